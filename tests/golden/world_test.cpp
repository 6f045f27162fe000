// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "stored_world.hpp"

#include "base/der.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

// Whole worlds that earlier versions made: they keep opening, their keys keep working, and what was signed and encrypted
// with them keeps verifying and decrypting.

namespace hsm::golden {

namespace {

using test::status_of;

/// What was signed then verifies now, and what is signed now too.
void check_signatures(const StoredWorld& stored, const Key& key, const std::string& ident) {
    INFO(ident);
    const auto message = stored.file("message.txt");
    const auto mechanism = default_signature(key.spec());
    CHECK(key.verify(mechanism, message, stored.file(ident + ".sig")));
    CHECK(key.verify(mechanism, message, key.sign(mechanism, message)));
    CHECK_FALSE(key.verify(mechanism, view("another message"), stored.file(ident + ".sig")));
}

/// A module to make keys on in mode fips-140-level-3 has a card in a slot; loading needs none.
Key load(Client& client, const StoredWorld& stored, const std::string& ident, const std::vector<std::string>& cards,
         const std::vector<std::string>& passphrases, std::uint32_t module = 1) {
    std::vector<std::filesystem::path> paths;
    for (const auto& card : cards) paths.push_back(stored.card(card));
    Presenter presenter(client, paths, passphrases);
    return client.world().load("simple", ident, presenter, module);
}

constexpr auto worlds = {"world-v1", "world-v1-level3"};

} // namespace

TEST_CASE("a stored world says what it said", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const StoredWorld stored(name);
    const auto client = stored.open();
    const auto world = client.world();
    const auto& facts = world.facts();
    CHECK(facts.mode == (name == "world-v1" ? WorldMode::unrestricted : WorldMode::fips_140_level_3));
    CHECK(facts.suite == (name == "world-v1" ? CipherSuite::ecp521_xwing_aes256 : CipherSuite::ecp521_rsa3072_aes256));
    CHECK(facts.quora == AcsQuora{2, 3, 1, 2, 2, 2});
    CHECK((facts.recovery && facts.passphrase_recovery && facts.test_parameters));
    const auto modules = client.modules();
    REQUIRE(modules.size() == 2);
    for (const auto& module : modules) {
        CHECK(module.mode == ModuleMode::operational);
        CHECK(module.hknso == facts.hknso);
        CHECK(module.protected_start == (module.number == 2));
        CHECK(status_of([&] { world.check(module.number); }) == Status::ok);
    }
    CHECK(world.card_set("operators").cards.size() == 3);
    CHECK(world.card_set("auto").persistent);
    CHECK(world.softcard("web-server").passphrase_recovery);
    CHECK(world.keys().size() == 8);
    CHECK(world.problems().empty());
}

TEST_CASE("the keys of a stored world still work", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const StoredWorld stored(name);
    auto client = stored.open();
    for (const std::uint32_t module : {1u, 2u}) {
        check_signatures(stored, load(client, stored, "module-rsa", {}, {}, module), "module-rsa");
        check_signatures(stored, load(client, stored, "module-hmac", {}, {}, module), "module-hmac");
        check_signatures(stored, load(client, stored, "imported-ed25519", {}, {}, module), "imported-ed25519");
    }
    check_signatures(stored, load(client, stored, "cards-p256", {"ben", "cleo"}, {"ben", "cleo"}), "cards-p256");
    client.remove_card(1, 1);
    check_signatures(stored, load(client, stored, "auto-mldsa44", {"auto"}, {}), "auto-mldsa44");
    client.remove_card(1, 1);
    check_signatures(stored, load(client, stored, "softcard-ed25519", {}, {"softcard"}), "softcard-ed25519");

    const auto encrypted = stored.file("module-aes.enc"); // 12 bytes of IV in front
    Mechanism gcm;
    gcm.id = MechanismId::gcm;
    gcm.length = 16;
    gcm.iv = ByteView(encrypted).first(12);
    CHECK(load(client, stored, "module-aes", {}, {}).decrypt(gcm, ByteView(encrypted).subspan(12)) == stored.file("message.txt"));
}

TEST_CASE("a stored world still refuses what it refused", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const StoredWorld stored(name);
    auto client = stored.open();
    CHECK(status_of([&] { (void)load(client, stored, "softcard-ed25519", {}, {"a guess"}); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { (void)load(client, stored, "cards-p256", {"anna"}, {"anna"}); }) == Status::cancelled);
    client.remove_card(1, 1);

    const auto key = load(client, stored, "limited", {}, {});
    const auto sign = [&] { (void)key.sign(default_signature(key.spec()), view("text")); };
    CHECK(status_of(sign) == Status::ok);
    CHECK(status_of(sign) == Status::ok);
    CHECK(status_of(sign) == Status::limit_reached);
    CHECK(status_of([&] { (void)key.export_plain(); }) == Status::access_denied);
}

TEST_CASE("the certificates of stored keys still verify", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    const StoredWorld stored(name);
    const auto client = stored.open();
    const auto world = client.world();
    for (const auto& facts : world.keys()) {
        INFO(name << ": " << facts.ident);
        CHECK(world.verify_key(facts, 2).certificate_valid == (facts.ident != "imported-ed25519"));
    }
}

TEST_CASE("stored administrator cards load the world onto a further module", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const StoredWorld stored(name);
    auto client = stored.open();
    const auto hknso = client.world().facts().hknso;
    const auto third = client.create_module();
    Presenter presenter(client, {stored.card("admin-2")}, {"admin two"});
    client.load_world(third, presenter, hknso).check(third);
    check_signatures(stored, load(client, stored, "module-rsa", {}, {}, third), "module-rsa");
}

TEST_CASE("a slot's file is as ever", "[golden]") {
    const StoredWorld stored("world-v1");
    auto client = stored.open();
    client.insert_card(1, 2, stored.card("anna"));
    const auto bytes = stored.file(std::filesystem::path("modules") / client.module(1).esn / "slots" / "2");
    base::der::Reader reader(bytes);
    auto inside = reader.enter(base::der::tag_sequence);
    CHECK(text(inside.octets(base::der::tag_utf8_string)) == "libhsm-slot");
    CHECK(inside.unsigned_integer() == 1);
    CHECK(std::filesystem::path(std::string(text(inside.octets(base::der::tag_utf8_string)))) == stored.card("anna"));
    CHECK(inside.octets(base::der::tag_octet_string).size() == 8);
    CHECK(inside.unsigned_integer() != 0);
    inside.finish();
    reader.finish();
}

} // namespace hsm::golden
