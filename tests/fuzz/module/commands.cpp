// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "fuzz_home.hpp"

// Any command with any body, as it would arrive over a wire: two bytes for its number, then the body. Several in a row,
// each after its length in two bytes.

using namespace hsm;
using namespace hsm::fuzz;

namespace {

template <class Command>
std::optional<Command> decoded(ByteView body) {
    try {
        return base::decode<Command>(body);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Legal, and takes minutes: large primes, slow schemes, a hundred million iterations.
bool is_slow(protocol::CommandId id, ByteView body) {
    using protocol::CommandId;
    if (id == CommandId::generate_key) {
        const auto command = decoded<protocol::GenerateKey>(body);
        if (!command) return false;
        const auto type = command->spec.type;
        return type == KeyType::rsa || type == KeyType::dsa || type == KeyType::dh || type == KeyType::slh_dsa;
    }
    if (id == CommandId::derive_key) {
        const auto command = decoded<protocol::DeriveKey>(body);
        return command && command->mechanism.iterations > 1000;
    }
    // Argon2 may cost a gigabyte and sixteen passes when a record says so.
    return (id >= CommandId::make_softcard && id <= CommandId::reinitialise_token);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto& home = Home::instance();
    auto& module = home.module(1);
    auto client = module.new_client(); // handles are the client's own: nothing outlives the input
    ByteView rest(data, size);
    for (int n = 0; n < 8 && rest.size() >= 4; ++n) {
        const auto id = static_cast<protocol::CommandId>(rest[0] << 8 | rest[1]);
        const std::size_t length = std::min<std::size_t>(static_cast<std::size_t>(rest[2]) << 8 | rest[3], rest.size() - 4);
        const auto body = rest.subspan(4, length);
        rest = rest.subspan(4 + length);
        if (is_slow(id, body) || id == protocol::CommandId::self_test) continue;
        Secret reply;
        const auto outcome = module.execute_encoded(client, id, body, reply);
        if (outcome.status == Status::internal || (outcome.status == Status::ok) != !reply.empty()) std::abort();
        if (status_row(outcome.status).status != outcome.status) std::abort();
    }
    module.forget_client(client);
    if (home.client->module(1).mode != ModuleMode::operational) home.client->clear(1, ModuleMode::operational);
    return 0;
}
