// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/seal.hpp"
#include "module/commands/new_key.hpp"

// Chapter: what front ends keep on the host, sealed and searchable.

namespace hsm::module {

using namespace protocol;

namespace {

constexpr std::size_t max_data = 1 << 20;

/// As for blobs: what is under a token needs the module key and the token.
Secret data_key(const Snapshot& state, const TokenInUse& token) {
    if (token.secret.empty()) return state.data_key.clone();
    const auto bound = crypto::derive_key(state.data_key, "token", token.kek);
    return crypto::derive_key(token.secret, "token-data", bound.view());
}

Secret seal_key(const Snapshot& state, const TokenInUse& token) { return crypto::derive_key(data_key(state, token), "seal"); }

void check_size(std::size_t size) {
    if (size > max_data) throw Error(Status::invalid_argument, "at most 1 MiB of data can be sealed");
}

} // namespace

SealData::Reply run(Context& context, const SealData& command) {
    const auto state = context.state();
    check_size(command.data.size());
    const auto token = use_token(context, *state, command.token);
    SealData::Reply reply;
    reply.sealed.salt = crypto::random_salt();
    reply.sealed.bytes = crypto::seal(seal_key(*state, token), "data", reply.sealed.salt, command.header, command.data);
    return reply;
}

OpenData::Reply run(Context& context, const OpenData& command) {
    const auto state = context.state();
    const auto token = use_token(context, *state, command.token);
    return {crypto::unseal(seal_key(*state, token), "data", command.sealed.salt, command.header, command.sealed.bytes)};
}

SearchKey::Reply run(Context& context, const SearchKey& command) {
    const auto state = context.state();
    const auto token = use_token(context, *state, command.token);
    return {crypto::derive_key(data_key(*state, token), "search", command.context, 16)};
}

} // namespace hsm::module
