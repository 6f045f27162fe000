// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

#include <algorithm>

using namespace hsm;
using namespace hsm::test;

namespace {

struct WrapRow {
    MechanismId id;
    std::size_t iv;
    bool any_size; ///< of the key that is wrapped
};
constexpr WrapRow rows[] = {
    {MechanismId::ecb, 0, true},      {MechanismId::cbc, 16, true},    {MechanismId::cbc_pad, 16, true},
    {MechanismId::ctr, 16, true},     {MechanismId::gcm, 12, true},    {MechanismId::ccm, 12, true},
    {MechanismId::cfb8, 16, true},    {MechanismId::cfb128, 16, true}, {MechanismId::ofb, 16, true},
    {MechanismId::key_wrap, 0, false}, {MechanismId::key_wrap_pad, 0, true}, {MechanismId::key_wrap_pkcs7, 0, true},
};

Usage usage_for(std::uint32_t actions) {
    Usage usage;
    usage.actions = actions;
    return usage;
}

} // namespace

TEST_CASE("a wrapped key is as long as was said, and the key comes back", "[wrapping]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto kek = ready.world.generate_session(parse_key_spec("AES-256"), usage_for(bit(Action::wrap) | bit(Action::unwrap)));
    const Bytes iv(16, 7);
    for (const auto& row : rows)
        for (const std::size_t size : {1, 15, 16, 17, 24, 32, 40}) {
            if (!row.any_size && (size % 8 != 0 || size < 16)) continue;
            Mechanism mechanism;
            mechanism.id = row.id;
            mechanism.iv = ByteView(iv).first(row.iv);
            if (row.id == MechanismId::gcm || row.id == MechanismId::ccm) mechanism.length = 16;
            CAPTURE(mechanism_row(row.id).name, size, uri);
            const KeySpec spec{KeyType::generic, static_cast<std::uint32_t>(size * 8), ParamSet::none, 0};
            Bytes value(size);
            std::generate(value.begin(), value.end(), [n = std::uint8_t{1}]() mutable { return n++; });
            const auto usage = usage_for(bit(Action::export_wrapped) | bit(Action::export_plain));
            const auto key = ready.world.import_session(KeyHalf::secret, spec, Secret(ByteView(value)), usage);
            if (row.id == MechanismId::key_wrap_pkcs7 && size < 8) { // padded it would be one block: key wrap needs two
                CHECK(status_of([&] { (void)kek.wrap(mechanism, key); }) == Status::invalid_data);
                continue;
            }
            const auto wrapped = kek.wrap(mechanism, key);
            CHECK(kek.wrapped_size(mechanism, key) == wrapped.size());
            const auto back = kek.unwrap(mechanism, wrapped, spec, KeyHalf::secret, usage);
            CHECK(std::ranges::equal(back.export_plain().view(), value));
        }
}

TEST_CASE("to ask how long a wrapped key will be is no use of a key", "[wrapping]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto once = usage_for(bit(Action::wrap));
    once.limits = {limit_of(UseLimit::Kind::authorisation, 1)};
    const auto kek = ready.world.generate_session(parse_key_spec("AES-256"), once);
    const auto key = ready.world.generate_session(parse_key_spec("AES-128"), usage_for(bit(Action::export_wrapped)));
    Mechanism kw;
    kw.id = MechanismId::key_wrap;
    for (int i = 0; i < 3; ++i) CHECK(kek.wrapped_size(kw, key) == 24);
    CHECK(kek.wrap(kw, key).size() == 24);
    CHECK(status_of([&] { (void)kek.wrap(kw, key); }) == Status::limit_reached);
    kw.id = MechanismId::hmac;
    CHECK(status_of([&] { (void)kek.wrapped_size(kw, key); }) == Status::mechanism_invalid);
}

TEST_CASE("groups for DSA and DH keys are made to size, and keys in them", "[domain]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    for (const auto type : {KeyType::dsa, KeyType::dh}) {
        const auto group = ready.client.generate_group(type, 1024, type == KeyType::dsa ? 160 : 0);
        CHECK(group.p.size() == 128);
        CHECK(group.seed.empty() == (type == KeyType::dh));
        PublicComponents domain;
        domain.spec.type = type;
        domain.p = group.p;
        domain.q = group.q;
        domain.g = group.g;
        const KeySpec spec{type, 1024, ParamSet::none, 0};
        const auto key = ready.world.generate_session(spec, {}, 1, domain_parameters(domain));
        CHECK(components_of_spki(key.public_info()).p == group.p);
    }
    CHECK(status_of([&] { (void)ready.client.generate_group(KeyType::dsa, 1024, 256); }) == Status::key_size_range);
    CHECK(status_of([&] { (void)ready.client.generate_group(KeyType::dh, 512); }) == Status::key_size_range);
    CHECK(status_of([&] { (void)ready.client.generate_group(KeyType::rsa, 2048); }) == Status::invalid_argument);
}
