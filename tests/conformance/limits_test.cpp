// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

#include <atomic>
#include <limits>
#include <thread>

using namespace hsm;
using namespace hsm::test;
using Kind = UseLimit::Kind;

namespace {

/// How many of \p tries uses are allowed.
int uses_of(const Raw& raw, KeyHandle key, int tries) {
    int good = 0;
    for (int i = 0; i < tries; ++i) {
        const auto status = status_of([&] { (void)raw.use(key); });
        if (status == Status::ok)
            ++good;
        else
            CHECK(status == Status::limit_reached);
    }
    return good;
}

} // namespace

TEST_CASE("under the module, a limit per authorisation counts each loading of the key on its own", "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    auto acl = one_group(bit(Action::sign), {limit_of(Kind::authorisation, 3)});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl);
    const auto blob = raw.blob(key);
    CHECK(uses_of(raw, key, 10) == 3);
    const auto again = raw.load(blob);
    CHECK(uses_of(raw, again, 10) == 3);
    CHECK(uses_of(raw, key, 2) == 0);
    // The public API says so too.
    auto request = request_for("limited", "HMAC-256");
    request.usage.limits = {limit_of(Kind::authorisation, 2)};
    const auto stored = ready.world.generate(request, Protector::module_key());
    const Raw through(ready.client);
    CHECK(uses_of(through, stored.handle(), 5) == 2);
    CHECK(uses_of(through, ready.world.load("simple", "limited", silent()).handle(), 5) == 2);
    CHECK_NOTHROW(stored.acl()); // looking is not counted
}

TEST_CASE("under a token, a limit per authorisation is one for each loading of the token", "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto passphrase = Secret::from_text("p");
    const auto facts = ready.world.create_softcard(1, "s", passphrase);
    const auto first = ready.world.load_softcard(1, facts.token, passphrase);
    Acl acl;
    acl.groups.push_back(one_group(bit(Action::sign), {limit_of(Kind::authorisation, 3)}).groups[0]);
    acl.groups.push_back(one_group(bit(Action::make_blob) | bit(Action::reduce_acl)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl, first.token());
    const auto blob = raw.blob(key, first.token());
    CHECK(uses_of(raw, key, 2) == 2);
    // Loading the key again refills nothing, and neither does unloading all of it first.
    const auto again = raw.load(blob, first.token());
    CHECK(uses_of(raw, again, 5) == 1);
    CHECK(uses_of(raw, key, 2) == 0);
    raw.destroy(key);
    raw.destroy(again);
    CHECK(uses_of(raw, raw.load(blob, first.token()), 2) == 0);
    // Loading the token again does.
    const auto second = ready.world.load_softcard(1, facts.token, passphrase);
    const auto refilled = raw.load(blob, second.token());
    CHECK(uses_of(raw, refilled, 1) == 1);
    CHECK(uses_of(raw, raw.load(blob, first.token()), 2) == 0);
    // A blob with a reduced ACL does not begin to count afresh under the same loading.
    auto reduced = acl;
    reduced.groups[0].limits[0].value = 2;
    (void)raw.call(protocol::ReduceAcl{refilled, reduced});
    const auto smaller = raw.blob(refilled, second.token());
    CHECK(uses_of(raw, raw.load(smaller, second.token()), 5) == 1);
    CHECK(uses_of(raw, refilled, 1) == 0);
    // Another key under the token has its own count, and so has each of two equal groups.
    auto twice = acl;
    twice.groups.push_back(acl.groups[0]);
    const auto other = raw.generate("HMAC-256", twice, second.token());
    const auto other_blob = raw.blob(other, second.token());
    CHECK(uses_of(raw, other, 4) == 4);
    CHECK(uses_of(raw, raw.load(other_blob, second.token()), 5) == 2);
}

TEST_CASE("a global limit is one for all loadings and all processes, until the module is cleared",
          "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto other_client = ready.home.open();
    const Raw one(ready.client), two(other_client);
    auto acl = one_group(bit(Action::sign), {limit_of(Kind::global, 6, "G")});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto key = one.generate("HMAC-256", acl);
    const auto blob = one.blob(key);
    CHECK(uses_of(one, key, 2) == 2);
    CHECK(uses_of(one, one.load(blob), 2) == 2);
    CHECK(uses_of(two, two.load(blob), 10) == 2);
    CHECK(uses_of(one, key, 3) == 0);
    CHECK(uses_of(one, one.load(blob), 3) == 0);
    // Another key with the same counter name has its own count.
    const auto stranger = one.generate("HMAC-256", acl);
    CHECK(uses_of(one, stranger, 10) == 6);
    other_client.clear(1, ModuleMode::operational);
    CHECK(uses_of(one, one.load(blob), 10) == 6);
}

TEST_CASE("many global limits do not disturb each other", "[limits]") {
    ReadyHome ready;
    const Raw raw(ready.client);
    const auto material = Bytes(32, 7);
    for (int i = 0; i < 300; ++i) {
        const auto key =
            raw.import_secret(KeyType::generic, material,
                              one_group(bit(Action::sign), {limit_of(Kind::global, 1, std::to_string(i))}));
        CHECK(uses_of(raw, key, 2) == 1);
        raw.destroy(key);
    }
    // The counters belong to the key and the name, not to the loading.
    for (int i = 0; i < 300; i += 50) {
        const auto key =
            raw.import_secret(KeyType::generic, material,
                              one_group(bit(Action::sign), {limit_of(Kind::global, 1, std::to_string(i))}));
        CHECK(uses_of(raw, key, 2) == 0);
    }
}

TEST_CASE("when there is no room for a global limit, the key is refused rather than uncounted", "[limits]") {
    ReadyHome ready;
    const Raw raw(ready.client);
    const auto material = Bytes(32, 7);
    Status last = Status::ok;
    int made = 0;
    for (; made < 1100 && last == Status::ok; ++made) {
        const auto key = raw.import_secret(
            KeyType::generic, material,
            one_group(bit(Action::sign), {limit_of(Kind::global, 1, std::to_string(made))}));
        last = status_of([&] { (void)raw.use(key); });
        raw.destroy(key);
    }
    CHECK(last == Status::nvram_full);
    CHECK(made == 1025);
    ready.client.clear(1, ModuleMode::operational);
    const auto key = raw.import_secret(KeyType::generic, material,
                                       one_group(bit(Action::sign), {limit_of(Kind::global, 1, "x")}));
    CHECK(uses_of(raw, key, 2) == 1);
}

TEST_CASE("a time limit runs from loading", "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    auto acl = one_group(bit(Action::sign), {limit_of(Kind::time, 10)});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl);
    const auto blob = raw.blob(key);
    ready.home.clock().pass_ms(9999);
    CHECK(uses_of(raw, key, 5) == 5);
    ready.home.clock().pass_ms(1);
    CHECK(uses_of(raw, key, 2) == 0);
    const auto again = raw.load(blob);
    CHECK(uses_of(raw, again, 2) == 2);
    CHECK(uses_of(raw, key, 1) == 0);
    // Very long is long, wherever the arithmetic might wrap round.
    for (const std::uint64_t seconds : {std::uint64_t{18446744073709552}, std::uint64_t{1} << 63,
                                        std::numeric_limits<std::uint64_t>::max()}) {
        CAPTURE(seconds);
        const auto long_lived =
            raw.generate("HMAC-256", one_group(bit(Action::sign), {limit_of(Kind::time, seconds)}));
        ready.home.clock().pass_s(3600);
        CHECK(uses_of(raw, long_lived, 1) == 1);
    }
}

TEST_CASE("limits of one group are taken all or none, and the next group is tried", "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    Acl acl;
    acl.groups.push_back(
        one_group(bit(Action::sign), {limit_of(Kind::authorisation, 9), limit_of(Kind::global, 2, "g")})
            .groups[0]);
    acl.groups.push_back(one_group(bit(Action::sign), {limit_of(Kind::authorisation, 3)}).groups[0]);
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl);
    const auto blob = raw.blob(key);
    CHECK(uses_of(raw, key, 20) == 5);
    // The exhausted global limit did not use up the other of its group: after clearing, all of it is there.
    ready.client.clear(1, ModuleMode::operational);
    CHECK(uses_of(raw, raw.load(blob), 20) == 5);
    // A refused mechanism is not a use.
    const auto once =
        raw.generate("HMAC-256", one_group(bit(Action::sign), {limit_of(Kind::authorisation, 1)}));
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    CHECK(status_of([&] {
              (void)raw.call(protocol::Verify{once, mechanism, view("x"), view("y")});
          }) == Status::access_denied);
    CHECK(uses_of(raw, once, 3) == 1);
}

TEST_CASE("what this version cannot count it does not accept", "[limits]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto status_with = [&](const Acl& acl) {
        return status_of([&] { (void)raw.generate("HMAC-256", acl); });
    };
    CHECK(status_with(one_group(bit(Action::sign), {{Kind::nonvolatile, 5, to_bytes(view("area")),
                                                     "0000-0000-0000"}})) == Status::access_denied);
    CHECK(status_with(one_group(bit(Action::sign), {limit_of(Kind::global, 1, "seventeen bytes!!")})) ==
          Status::invalid_argument);
    auto target = one_group(bit(Action::make_blob));
    target.groups[0].actions[0].blob_target = Bytes(31, 1);
    CHECK(status_with(target) == Status::invalid_argument);
    auto certifier = one_group(bit(Action::sign));
    certifier.groups[0].certifier = Bytes(31, 1);
    CHECK(status_with(certifier) == Status::invalid_argument);
    // Values that no version has given a meaning: refused, not ignored.
    CHECK(status_with(one_group(bit(Action::sign) | 1u << 17)) == Status::invalid_argument);
    CHECK(status_with(one_group(bit(Action::sign) | 1u << 31)) == Status::invalid_argument);
    CHECK(status_with(one_group(bit(Action::sign), {limit_of(static_cast<Kind>(9), 5)})) ==
          Status::invalid_argument);
    auto kind = one_group(bit(Action::make_blob));
    kind.groups[0].actions[0].blob_kinds = {static_cast<ProtectorKind>(9)};
    CHECK(status_with(kind) == Status::invalid_argument);
    auto mechanism = one_group(bit(Action::sign));
    mechanism.groups[0].actions[0].mechanisms = {static_cast<MechanismId>(999)};
    CHECK(status_with(mechanism) == Status::invalid_argument);
}

TEST_CASE("limits hold exactly under many threads", "[limits][threaded]") {
    ReadyHome ready;
    auto other_client = ready.home.open();
    const Raw one(ready.client), two(other_client);
    auto acl = one_group(bit(Action::sign), {limit_of(Kind::global, 500, "g")});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto blob = one.blob(one.generate("HMAC-256", acl));
    const auto limited =
        one.generate("HMAC-256", one_group(bit(Action::sign), {limit_of(Kind::authorisation, 100)}));
    std::atomic<int> global{0}, local{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const auto& raw = t % 2 ? one : two;
            const auto key = raw.load(blob);
            for (int i = 0; i < 300; ++i) {
                if (status_of([&] { (void)raw.use(key); }) == Status::ok) ++global;
                if (status_of([&] { (void)one.use(limited); }) == Status::ok) ++local;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(global.load() == 500);
    CHECK(local.load() == 100);
}
