// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

using namespace hsm;
using namespace hsm::test;

namespace {

/// Loads an administrator key with the first cards of the ACS; the last of them stays in slot 0.
KeyHandle load_admin(ReadyHome& ready, const Raw& raw, AdminRole role, std::size_t cards) {
    const auto token =
        raw.call(protocol::BeginAdminToken{role, read_file(ready.home.locations().kmlocal / "world")}).token;
    for (std::size_t i = 0; i < cards; ++i) {
        ready.empty_slots();
        ready.client.insert_card(1, 0, ready.acs[i]);
        (void)raw.call(protocol::AddShare{token, 0, {}});
    }
    return raw.call(protocol::LoadAdminKey{token}).key;
}

} // namespace

TEST_CASE("a certified group needs its administrator key loaded, by this client, with the card in place",
          "[acl][certifier]") {
    const auto uri = each_connection();
    auto options = cheap_world(2, 3);
    options.quora.nvram = 1;
    ReadyHome ready(uri, options);
    const Raw raw(ready.client);
    struct Case {
        AdminRole role;
        Hash256 hash;
        std::size_t cards;
    };
    const auto& facts = ready.world.facts();
    for (const auto& each : {Case{AdminRole::nso, facts.hknso, 2}, Case{AdminRole::recovery, facts.hkra, 2},
                             Case{AdminRole::nvram, facts.hknv, 1}}) {
        CAPTURE(to_string(each.role));
        auto acl = one_group(bit(Action::sign));
        acl.groups[0].certifier = to_bytes(each.hash);
        const auto key = raw.generate("HMAC-256", acl);
        CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
        const auto admin = load_admin(ready, raw, each.role, each.cards);
        CHECK_NOTHROW(raw.use(key));
        // Another client has no such authority.
        auto other_client = ready.home.open();
        const Raw other(other_client);
        const auto theirs = other.generate("HMAC-256", acl);
        CHECK(status_of([&] { (void)other.use(theirs); }) == Status::needs_certifier);
        // Nor does another administrator key give it.
        for (const auto hash : {facts.hknso, facts.hkra, facts.hknv}) {
            if (hash == each.hash) continue;
            auto different = acl;
            different.groups[0].certifier = to_bytes(hash);
            CHECK(status_of([&] { (void)raw.use(raw.generate("HMAC-256", different)); }) ==
                  Status::needs_certifier);
        }
        // It signs nothing itself, and does not leave.
        CHECK(
            status_of([&] {
                (void)raw.call(protocol::Sign{admin, default_signature(parse_key_spec("P-521")), view("x")});
            }) == Status::access_denied);
        CHECK(status_of([&] { (void)raw.blob(admin); }) == Status::access_denied);
        CHECK(status_of([&] { (void)raw.call(protocol::ExportKey{admin}); }) == Status::access_denied);
        // Without the card its authority is gone, and re-insertion does not bring it back.
        ready.client.remove_card(1, 0);
        CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
        ready.client.insert_card(1, 0, ready.acs[each.cards - 1]);
        CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
        const auto again = load_admin(ready, raw, each.role, each.cards);
        CHECK_NOTHROW(raw.use(key));
        raw.destroy(again);
        raw.destroy(admin);
        CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
    }
}

TEST_CASE("an application key with the certify permission is no administrator", "[acl][certifier]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto certifier = raw.call([] {
        protocol::GenerateKey command;
        command.spec = parse_key_spec("P-521");
        command.acl = one_group(every_action);
        return command;
    }());
    auto acl = one_group(bit(Action::sign));
    acl.groups[0].certifier = to_bytes(certifier.key_id);
    CHECK(status_of([&] { (void)raw.use(raw.generate("HMAC-256", acl)); }) == Status::needs_certifier);
}

TEST_CASE("make-blob is bound to the protectors and targets of the ACL", "[acl][blob]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    auto& world = ready.world;
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    const auto soft_one = world.create_softcard(1, "one", Secret::from_text("1")).token;
    const auto soft_two = world.create_softcard(1, "two", Secret::from_text("2")).token;
    ScriptedAuthoriser authoriser(ready.client, cards);
    const auto ocs = world.load_card_set(1, set.token, authoriser);
    const auto one = world.load_softcard(1, soft_one, Secret::from_text("1"));
    const auto two = world.load_softcard(1, soft_two, Secret::from_text("2"));
    struct Case {
        std::vector<ProtectorKind> kinds;
        Bytes target;
        bool module, ocs, one, two;
    };
    using enum ProtectorKind;
    const Case cases[] = {
        {{}, {}, true, true, true, true},
        {{ProtectorKind::module}, {}, true, false, false, false},
        {{card_set}, {}, false, true, false, false},
        {{softcard}, {}, false, false, true, true},
        {{softcard}, to_bytes(soft_one), false, false, true, false},
        {{card_set}, to_bytes(set.token), false, true, false, false},
        {{card_set}, to_bytes(soft_one), false, false, false, false},
        {{ProtectorKind::module}, to_bytes(soft_one), false, false, false, false},
        {{}, to_bytes(soft_two), false, false, false, true},
    };
    for (const auto& each : cases) {
        CAPTURE(each.kinds.size(), to_hex(each.target));
        auto acl = one_group(bit(Action::make_blob));
        acl.groups[0].actions[0].blob_kinds = each.kinds;
        acl.groups[0].actions[0].blob_target = each.target;
        const auto key = raw.generate("HMAC-256", acl);
        const auto makes = [&](TokenHandle token) {
            return status_of([&] { (void)raw.blob(key, token); }) == Status::ok;
        };
        CHECK(makes({}) == each.module);
        CHECK(makes(ocs.token()) == each.ocs);
        CHECK(makes(one.token()) == each.one);
        CHECK(makes(two.token()) == each.two);
    }
    // A blob comes back under its own protector only.
    const auto key = raw.generate("HMAC-256", one_group(bit(Action::make_blob)));
    const auto under_one = raw.blob(key, one.token());
    CHECK_NOTHROW(raw.load(under_one, one.token()));
    CHECK(status_of([&] { (void)raw.load(under_one, two.token()); }) == Status::card_foreign);
    CHECK(status_of([&] { (void)raw.load(under_one, ocs.token()); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)raw.load(under_one); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)raw.load(raw.blob(key), one.token()); }) == Status::invalid_argument);
}

TEST_CASE("keys that need a trusted wrapping key do not leave under another", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    auto acl = one_group(bit(Action::export_wrapped));
    acl.groups[0].actions[0].trusted_kek_only = true;
    const auto key = raw.generate("AES-128", acl);
    const auto kek = raw.generate("AES-256", one_group(every_action));
    Mechanism mechanism;
    mechanism.id = MechanismId::key_wrap;
    CHECK(status_of([&] {
              (void)raw.call(protocol::WrapKey{kek, key, mechanism});
          }) == Status::access_denied);
}

TEST_CASE("the stock ACL gives what was asked and not more", "[acl]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& world = ready.world;
    auto request = request_for("plain", "RSA-2048");
    const auto key = world.generate(request, Protector::module_key());
    CHECK(status_of([&] { (void)key.export_plain(); }) == Status::access_denied);
    CHECK_NOTHROW(key.sign(default_signature(key.spec()), view("x")));
    request = request_for("signer", "P-256");
    request.usage.actions = bit(Action::sign);
    const auto signer = world.generate(request, Protector::module_key());
    Mechanism ecdh;
    ecdh.id = MechanismId::ecdh;
    CHECK(status_of([&] { (void)signer.derive(ecdh, parse_key_spec("AES-256"), {}); }) ==
          Status::access_denied);
    CHECK_FALSE(describe(signer.acl()).empty());
    request = request_for("exportable", "AES-256");
    request.usage.actions = bit(Action::export_plain);
    request.usage.recoverable = false;
    const auto exportable = world.generate(request, Protector::module_key());
    CHECK(exportable.export_plain().size() == 32);
    CHECK_FALSE(world.find("simple", "exportable")->recoverable);
    CHECK(world.find("simple", "signer")->recoverable);
    for (const auto& group : signer.acl().groups)
        CHECK((group.certifier.empty() || group.certifier == to_bytes(world.facts().hkra)));
}
