// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "key_use.hpp"

namespace hsm::tools {

Exit run_encrypt(CommandLine& line) {
    CipherRequest request;
    Ceremony ceremony;
    declare_cipher(line, request, ceremony);
    line.text("Without --iv the output is the IV (12 bytes for GCM, a block for CBC and CTR), then the "
              "ciphertext, then the\n"
              "tag if the mechanism has one; hsm decrypt reads the same. With an RSA key no card is needed: "
              "the public half\n"
              "encrypts.");
    line.parse();

    auto client = open_client();
    auto world = client.world();
    const auto facts = find_key(world, request.key);
    CipherMechanism cipher(request, facts.spec);
    InputFile input(request.input);
    OutputFile output(request.output);
    ceremony.start(client);
    const auto key = load_public(world, facts, Action::encrypt, request.module, ceremony);
    if (cipher.carried_iv != 0) {
        cipher.use_iv(client.random(cipher.carried_iv, request.module));
        output.write(cipher.iv);
    }
    if (streams(cipher.mechanism)) {
        auto channel = key.open(Action::encrypt, cipher.mechanism);
        Bytes ready;
        for (auto piece = input.next(); !piece.empty(); piece = input.next()) {
            ready.clear();
            channel.update(piece, ready);
            output.write(ready);
        }
        ready.clear();
        channel.finish(ready);
        output.write(ready);
    } else {
        output.write(key.encrypt(cipher.mechanism, input.all()));
    }
    output.commit();
    return Exit::done;
}

} // namespace hsm::tools
