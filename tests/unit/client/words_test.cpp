// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("words for modes and suites go both ways", "[client]") {
    for (const auto mode :
         {WorldMode::unrestricted, WorldMode::fips_140_level_3, WorldMode::common_criteria_cmts})
        CHECK(parse_world_mode(to_string(mode)) == mode);
    for (const auto suite : {CipherSuite::ecp521_xwing_aes256, CipherSuite::ecp521_rsa3072_aes256,
                             CipherSuite::mldsa87_xwing_aes256})
        CHECK(parse_cipher_suite(to_string(suite)) == suite);
    CHECK(parse_cipher_suite("ECp521mAES") == CipherSuite::ecp521_xwing_aes256);
    const auto refusal = error_of([] { (void)parse_world_mode("fips"); });
    REQUIRE(refusal);
    CHECK(refusal->status() == Status::invalid_argument);
    CHECK_THAT(refusal->message(), ContainsSubstring("fips-140-level-3"));
    CHECK(status_of([] { (void)parse_cipher_suite(""); }) == Status::invalid_argument);
}

TEST_CASE("the authorisers that never ask a person", "[client]") {
    Question question;
    FixedPassphrase fixed(Secret::from_text("pass"));
    for (const auto kind :
         {Question::Kind::insert_card, Question::Kind::insert_blank_card, Question::Kind::remove_card,
          Question::Kind::passphrase, Question::Kind::new_passphrase, Question::Kind::confirm}) {
        question.kind = kind;
        CHECK_FALSE(silent().ask(question).go_on);
        const bool card = kind == Question::Kind::insert_card || kind == Question::Kind::insert_blank_card ||
                          kind == Question::Kind::remove_card;
        CHECK(fixed.ask(question).go_on != card);
    }
    question.kind = Question::Kind::passphrase;
    CHECK(text(fixed.ask(question).passphrase.view()) == "pass");
    question.attempt = 2;
    CHECK_FALSE(fixed.ask(question).go_on);
}

TEST_CASE("an ACL in words says everything that it means", "[acl]") {
    Acl acl;
    PermissionGroup group;
    group.certifier = Bytes(32, 0xab);
    group.esn = "1A2B-3C4D-5E6F";
    group.limits = {{UseLimit::Kind::authorisation, 3, {}, {}},
                    {UseLimit::Kind::global, 4, {1}, {}},
                    {UseLimit::Kind::time, 5, {}, {}}};
    group.actions = {{bit(Action::sign), {MechanismId::rsa_pss}, {}, {}, false},
                     {bit(Action::make_blob), {}, {ProtectorKind::softcard}, Bytes(32, 0xcd), false},
                     {bit(Action::export_wrapped), {}, {}, {}, true}};
    acl.groups = {group, {}};
    const auto lines = describe(acl);
    REQUIRE(lines.size() == 2);
    for (const auto* word : {"sign", "RSA-PSS", "softcard", "cdcd", "abab", "1A2B-3C4D-5E6F", "3 uses",
                             "4 uses", "5 seconds", "trusted", "export-wrapped"})
        CHECK_THAT(lines[0], ContainsSubstring(word));
}

TEST_CASE("the stock ACL never lets blob permissions into the owner's group", "[acl]") {
    WorldFacts world;
    world.recovery = true;
    Usage usage;
    usage.actions = 0xffffffff;
    usage.limits = {{UseLimit::Kind::authorisation, 1, {}, {}}};
    const Hash256 token{1};
    const auto acl = client::make_acl(usage, parse_key_spec("AES-256"), KeyHalf::secret,
                                      ProtectorKind::softcard, token, world);
    for (const auto& each : acl.groups)
        for (const auto& action : each.actions) {
            if (!(action.actions & bit(Action::make_blob))) continue;
            // Bound to the protector, or to the recovery key's authority.
            CHECK((action.blob_target == to_bytes(token) || !each.certifier.empty()));
        }
    for (unsigned spec = 0; spec < 2; ++spec)
        for (const auto& row : key_type_table())
            CHECK((default_actions({row.type, 0, ParamSet::none, 0}, KeyHalf::public_key) &
                   (bit(Action::export_plain) | bit(Action::export_wrapped) | bit(Action::make_blob))) == 0);
}
