// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "key_use.hpp"

#include <fmt/format.h>

namespace hsm::tools {

namespace {

constexpr std::size_t held_back_limit = std::size_t{256} << 20;

/// Takes the IV off the front of the first piece.
ByteView strip_iv(CipherMechanism& cipher, ByteView piece, const std::string& name) {
    if (cipher.carried_iv == 0) return piece;
    if (piece.size() < cipher.carried_iv) {
        throw Error(Status::invalid_data,
                    fmt::format("{} is too short to be a ciphertext; check the file", escaped(name)));
    }
    cipher.use_iv(to_bytes(piece.first(cipher.carried_iv)));
    return piece.subspan(cipher.carried_iv);
}

/// Plaintext of a mechanism with a tag must not be seen before the tag was checked. A file appears only then
/// anyway; what goes to standard output is held back.
class Sink {
public:
    Sink(OutputFile& output, bool hold_back) : output_(output), hold_back_(hold_back) {}
    ~Sink() { wipe(held_); }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    void write(ByteView data) {
        if (!hold_back_) return output_.write(data);
        if (held_.size() + data.size() > held_back_limit) {
            throw Error(Status::invalid_argument,
                        "too much to hold back until it is known to be authentic; use --output FILE");
        }
        held_.insert(held_.end(), data.begin(), data.end());
    }
    void commit() {
        output_.write(held_);
        output_.commit();
    }

private:
    OutputFile& output_;
    bool hold_back_;
    Bytes held_;
};

} // namespace

Exit run_decrypt(CommandLine& line) {
    CipherRequest request;
    Ceremony ceremony;
    declare_cipher(line, request, ceremony);
    line.text("Nothing is written unless all of it was decrypted and, where the mechanism has a tag, found "
              "authentic.");
    line.parse();

    auto client = open_client();
    const auto world = client.world();
    const auto facts = find_key(world, request.key);
    CipherMechanism cipher(request, facts.spec);
    InputFile input(request.input);
    OutputFile output(request.output);
    ceremony.start(client);
    const auto key = world.load(facts.app, facts.ident, ceremony, request.module);
    Sink sink(output, cipher.authenticated && output.to_standard_output());
    Bytes ready;
    if (streams(cipher.mechanism)) {
        auto piece = strip_iv(cipher, input.next(), request.input);
        auto channel = key.open(Action::decrypt, cipher.mechanism);
        for (; !piece.empty(); piece = input.next()) {
            ready.clear();
            channel.update(piece, ready);
            sink.write(ready);
        }
        ready.clear();
        channel.finish(ready);
        sink.write(ready);
    } else {
        ready = key.decrypt(cipher.mechanism, input.all());
        sink.write(ready);
    }
    wipe(ready);
    sink.commit();
    return Exit::done;
}

} // namespace hsm::tools
