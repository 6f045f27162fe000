// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

#include <random>

// A reduced ACL never allows what the original did not: by is_reduction, and by what the module then does.

using namespace hsm;
using namespace hsm::test;
using Kind = UseLimit::Kind;

namespace {

using Random = std::mt19937;

template <class T>
T one_of(Random& random, std::initializer_list<T> all) {
    return *(all.begin() + random() % all.size());
}

PermissionGroup random_group(Random& random) {
    PermissionGroup group;
    if (random() % 6 == 0) group.esn = one_of<Esn>(random, {"0000-0000-0000", "1111-1111-1111"});
    if (random() % 3 == 0) group.limits.push_back(limit_of(Kind::authorisation, random() % 4));
    if (random() % 4 == 0)
        group.limits.push_back(
            limit_of(Kind::global, random() % 4, one_of<std::string_view>(random, {"a", "b"})));
    if (random() % 5 == 0) group.limits.push_back(limit_of(Kind::time, 1 + random() % 9));
    const auto actions = 1 + random() % 2;
    for (unsigned i = 0; i < actions; ++i) {
        AclAction action;
        action.actions = random() & (bit(Action::sign) | bit(Action::verify) | bit(Action::export_plain) |
                                     bit(Action::make_blob));
        if (random() % 3 == 0) action.mechanisms = {one_of(random, {MechanismId::hmac, MechanismId::cmac})};
        if (random() % 4 == 0)
            action.blob_kinds = {one_of(random, {ProtectorKind::module, ProtectorKind::softcard})};
        action.trusted_kek_only = random() % 5 == 0;
        group.actions.push_back(std::move(action));
    }
    return group;
}

Acl random_acl(Random& random) {
    Acl acl;
    const auto groups = 1 + random() % 3;
    for (unsigned i = 0; i < groups; ++i) acl.groups.push_back(random_group(random));
    return acl;
}

/// A small change, mostly towards less.
Acl changed(Random& random, Acl acl) {
    const auto changes = 1 + random() % 3;
    for (unsigned i = 0; i < changes && !acl.groups.empty(); ++i) {
        auto& group = acl.groups[random() % acl.groups.size()];
        switch (random() % 8) {
        case 0:
            acl.groups.erase(acl.groups.begin() + static_cast<std::ptrdiff_t>(random() % acl.groups.size()));
            break;
        case 1: acl.groups.push_back(group); break;
        case 2:
            if (!group.limits.empty()) group.limits[0].value = random() % 5;
            break;
        case 3: group.limits.push_back(limit_of(Kind::authorisation, random() % 4)); break;
        case 4:
            if (!group.actions.empty()) group.actions[0].actions &= static_cast<std::uint32_t>(random());
            break;
        case 5:
            if (!group.actions.empty()) group.actions[0].mechanisms = {MechanismId::hmac};
            break;
        case 6:
            if (!group.limits.empty()) group.limits.pop_back();
            break;
        case 7: std::swap(acl.groups[0], acl.groups[random() % acl.groups.size()]); break;
        }
    }
    return acl;
}

Acl with_admin(Acl acl) {
    acl.groups.push_back(one_group(bit(Action::get_acl) | bit(Action::reduce_acl)).groups[0]);
    return acl;
}

constexpr int tries = 14; ///< more than any limit above adds up to

struct Behaviour {
    int signs = 0, verifies = 0;
    bool exports = false, makes_blob = false;
};

/// What a key can still do. (Its counters are used up by that.)
Behaviour behaviour(const Raw& raw, KeyHandle key) {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    const Bytes tag(32, 1);
    Behaviour found;
    for (int i = 0; i < tries; ++i) {
        if (status_of([&] { (void)raw.use(key); }) == Status::ok) ++found.signs;
    }
    for (int i = 0; i < tries; ++i)
        if (status_of([&] {
                (void)raw.call(protocol::Verify{key, mechanism, view("x"), tag});
            }) == Status::ok)
            ++found.verifies;
    found.exports = status_of([&] { (void)raw.call(protocol::ExportKey{key}); }) == Status::ok;
    found.makes_blob = status_of([&] { (void)raw.blob(key); }) == Status::ok;
    return found;
}

} // namespace

TEST_CASE("is_reduction accepts the same and less, and nothing more", "[acl]") {
    Random random(20260101);
    for (int i = 0; i < 500; ++i) {
        const auto acl = random_acl(random);
        CHECK(is_reduction(acl, acl));
        CHECK(is_reduction(acl, {}));
        auto less = acl;
        less.groups.pop_back();
        CHECK(is_reduction(acl, less));
        auto more = acl;
        more.groups.push_back(one_group(every_action).groups[0]);
        CHECK_FALSE(is_reduction(acl, more));
        const auto stricter = changed(random, acl);
        const auto strictest = changed(random, stricter);
        if (is_reduction(acl, stricter) && is_reduction(stricter, strictest))
            CHECK(is_reduction(acl, strictest));
    }
}

TEST_CASE("doubling a limited group is no reduction", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto limited = with_admin(one_group(bit(Action::sign), {limit_of(Kind::authorisation, 5)}));
    auto doubled = limited;
    doubled.groups.push_back(limited.groups[0]);
    CHECK_FALSE(is_reduction(limited, doubled));
    const auto key = raw.generate("HMAC-256", limited);
    (void)status_of([&] { (void)raw.call(protocol::ReduceAcl{key, doubled}); });
    CHECK(behaviour(raw, key).signs == 5);
}

TEST_CASE("whatever ACLs: after a reduction a key does no more than it would have done", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    Random random(uri.empty() ? 7 : 8);
    int accepted = 0;
    for (int i = 0; i < 250; ++i) {
        const auto original = with_admin(random_acl(random));
        const auto wanted = changed(random, original);
        CAPTURE(i, describe(original), describe(wanted));
        // Two keys with the same past: some uses, counted.
        Bytes material(32, static_cast<std::uint8_t>(i));
        material[1] = static_cast<std::uint8_t>(i >> 8);
        const auto key = raw.import_secret(KeyType::generic, material, original);
        material[2] = 1; // another key, so that global counters are its own
        const auto twin = raw.import_secret(KeyType::generic, material, original);
        for (auto past = random() % 3; past > 0; --past)
            for (const auto each : {key, twin}) (void)status_of([&] { (void)raw.use(each); });
        const auto status = status_of([&] { (void)raw.call(protocol::ReduceAcl{key, wanted}); });
        CHECK(status == (is_reduction(original, wanted) ? Status::ok : Status::access_denied));
        if (status == Status::ok) {
            ++accepted;
            const auto before = behaviour(raw, twin), after = behaviour(raw, key);
            CHECK(after.signs <= before.signs);
            CHECK(after.signs + after.verifies <= before.signs + before.verifies);
            CHECK((!after.exports || before.exports ||
                   before.signs + before.verifies < after.signs + after.verifies + tries));
            CHECK((!after.makes_blob || before.makes_blob || before.signs > after.signs ||
                   before.verifies > after.verifies));
        }
        raw.destroy(key);
        raw.destroy(twin);
    }
    CHECK(accepted > 50);
}

TEST_CASE("counters never start afresh by reducing", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto acl = with_admin(one_group(bit(Action::sign), {limit_of(Kind::authorisation, 5)}));
    const auto key = raw.generate("HMAC-256", acl);
    for (int round = 0; round < 5; ++round) {
        CHECK_NOTHROW(raw.use(key));
        CHECK_NOTHROW(raw.call(protocol::ReduceAcl{key, acl}));
    }
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::limit_reached);
    auto more = acl;
    more.groups[0].limits[0].value = 6;
    CHECK(status_of([&] { (void)raw.call(protocol::ReduceAcl{key, more}); }) == Status::access_denied);
    more.groups[0].limits.clear();
    CHECK(status_of([&] { (void)raw.call(protocol::ReduceAcl{key, more}); }) == Status::access_denied);
}

TEST_CASE("a reduction is of the loaded key; its blob carries what it had when it was made", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    CHECK_NOTHROW(key.reduce_acl({}));
    CHECK(status_of([&] { (void)key.acl(); }) == Status::access_denied);
    const auto again = ready.world.load("simple", "k", silent());
    CHECK_FALSE(again.acl().groups.empty());
    // Nobody brings back what was given up.
    CHECK(status_of([&] { key.reduce_acl(again.acl()); }) == Status::access_denied);
}
