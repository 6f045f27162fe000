// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/log.hpp"
#include "client/state.hpp"
#include "protocol/administration.hpp"

#include <hsm/preload.hpp>

#include <sstream>

// Tokens loaded for other programs. The file has a line "ESN TICKET HASH" for each.

namespace hsm {

namespace {

constexpr std::string_view first_line = "libhsm-tokens 1";
constexpr std::uint64_t max_tokens_file = 64 << 10;

struct TokenLine {
    std::string esn, ticket, hash;
};

std::vector<TokenLine> read_lines(const Bytes& bytes) {
    std::istringstream in{std::string(text(bytes))};
    std::string line;
    std::vector<TokenLine> lines;
    if (!std::getline(in, line) || line != first_line)
        throw Error(Status::record_newer, "the tokens file is not of a kind that this version reads");
    while (std::getline(in, line)) {
        std::istringstream words(line);
        TokenLine token;
        if (words >> token.esn >> token.ticket >> token.hash) lines.push_back(std::move(token));
    }
    return lines;
}

} // namespace

struct Preload::State {
    struct Published {
        Protector token;
        TokenLine line;
        std::uint64_t ticket = 0;
    };
    std::shared_ptr<Client::State> client;
    std::vector<Published> published;

    ~State() {
        for (const auto& each : published) client->link->destroy(each.token.module(), each.ticket);
    }
};

Preload::Preload(const World& world, const std::vector<Protector>& tokens) : state_(std::make_unique<State>()) {
    state_->client = world.state()->client;
    auto& link = *state_->client->link;
    for (const auto& token : tokens) {
        if (token.kind() == ProtectorKind::module)
            throw Error(Status::invalid_argument,
                        "the module's own protection needs no loading; name card sets and softcards");
        auto made = link.call(token.module(), protocol::PublishToken{token.token()});
        state_->published.push_back({token, {}, made.ticket});
        state_->published.back().line = {link.call(token.module(), protocol::Enquiry{}).facts.esn, std::move(made.file),
                                         to_hex(token.hash())};
    }
}

Preload::~Preload() = default;
Preload::Preload(Preload&&) noexcept = default;
Preload& Preload::operator=(Preload&&) noexcept = default;

void Preload::write(const std::filesystem::path& file) const {
    std::string out(first_line);
    out += '\n';
    for (const auto& each : state_->published)
        out += each.line.esn + ' ' + each.line.ticket + ' ' + each.line.hash + '\n';
    base::write_atomically(*state_->client->files, file, view(out), base::FileMode::private_file,
                           base::IfExists::replace);
}

std::optional<Protector> client::take_preloaded(Client::State& client, std::uint32_t module, const Hash256& token) {
    if (client.tokens_file.empty()) return std::nullopt;
    try {
        const auto bytes = client.files->read(client.tokens_file, max_tokens_file);
        if (!bytes) return std::nullopt;
        const auto hash = to_hex(token);
        std::string esn;
        for (const auto& line : read_lines(*bytes)) {
            if (line.hash != hash) continue;
            if (esn.empty()) esn = client.link->call(module, protocol::Enquiry{}).facts.esn;
            if (line.esn != esn) continue;
            const auto taken = client.link->call(module, protocol::TakePublished{line.ticket});
            return make_protector(client, module, taken.kind, taken.hash, taken.token);
        }
    } catch (const Error& error) {
        // Its loader is gone, or the card: then cards are asked for, as always.
        base::log::notice("the preloaded token cannot be used: {}", error.what());
    }
    return std::nullopt;
}

} // namespace hsm
