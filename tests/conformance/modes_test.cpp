// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "module/commands.hpp"
#include "support/scripted_authoriser.hpp"

#include <functional>

// What the modes fips-140-level-3 and common-criteria-cmts forbid.

using namespace hsm;
using namespace hsm::test;

namespace {

WorldOptions level3() {
    auto options = cheap_world();
    options.mode = WorldMode::fips_140_level_3;
    return options;
}

Mechanism with(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

constexpr Action operations[] = {Action::sign, Action::verify, Action::encrypt, Action::decrypt};

Status try_operation(const Raw& raw, KeyHandle key, Action action, const Mechanism& mechanism) {
    const Bytes data(32, 1);
    return status_of([&] {
        switch (action) {
        case Action::sign: (void)raw.call(protocol::Sign{key, mechanism, data}); break;
        case Action::verify: (void)raw.call(protocol::Verify{key, mechanism, data, data}); break;
        case Action::encrypt: (void)raw.call(protocol::Encrypt{key, mechanism, data}); break;
        default: (void)raw.call(protocol::Decrypt{key, mechanism, data}); break;
        }
    });
}

} // namespace

TEST_CASE("level 3: making a key needs a card of this world in a slot", "[level3]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3()), unrestricted(uri), stranger(uri, level3());
    const Raw raw(ready.client);
    const auto aes = parse_key_spec("AES-256");
    const auto generate = [&] { return status_of([&] { (void)ready.world.generate_session(aes, {}); }); };
    const auto import = [&] {
        return status_of(
            [&] { (void)ready.world.import_session(KeyHalf::secret, aes, Secret(Bytes(32, 1)), {}); });
    };
    CHECK(generate() == Status::needs_fips_auth);
    CHECK(import() == Status::needs_fips_auth);
    CHECK_FALSE(ready.world.find("simple", "x"));
    std::vector<std::string> cards;
    (void)ready.card_set(cards, set_of("ops", 1, 1));
    std::vector<std::string> useless = ready.home.cards(ready.client, 1);
    useless.push_back(stranger.acs[0]);
    useless.push_back(unrestricted.acs[0]);
    for (const auto& card : useless) {
        ready.client.insert_card(1, 0, card);
        CHECK(generate() == Status::needs_fips_auth);
        ready.empty_slots();
    }
    for (const auto& card : {cards[0], ready.acs[0]}) {
        ready.client.insert_card(1, 3, card);
        CHECK(generate() == Status::ok);
        CHECK(import() == Status::ok);
        ready.empty_slots();
    }
    // Derivation, unwrapping and encapsulation make keys too.
    ready.client.insert_card(1, 0, cards[0]);
    const auto base = raw.generate("HMAC-256", one_group(every_action));
    const auto kek = raw.generate("AES-256", one_group(every_action));
    const auto kem = raw.generate("ML-KEM-768", one_group(every_action));
    const auto wrapped = raw.call(protocol::WrapKey{kek, kek, with(MechanismId::key_wrap)}).wrapped;
    auto hkdf = with(MechanismId::hkdf, Hash::sha256);
    hkdf.length = 32;
    const auto all = [&](Status expected) {
        CHECK(status_of([&] { (void)raw.call(protocol::DeriveKey{base, hkdf, aes, {}, {}}); }) == expected);
        CHECK(status_of([&] {
                  (void)raw.call(protocol::UnwrapKey{
                      kek, with(MechanismId::key_wrap), wrapped, aes, KeyHalf::secret, {}, {}});
              }) == expected);
        CHECK(status_of([&] {
                  (void)raw.call(protocol::Encapsulate{kem, with(MechanismId::ml_kem), aes, {}});
              }) == expected);
    };
    all(Status::ok);
    ready.empty_slots();
    all(Status::needs_fips_auth);
    CHECK_NOTHROW(raw.use(base)); // using one does not
}

TEST_CASE("level 3: who makes a key is asked for a card, who is silent is told", "[level3]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3()), stranger(uri, level3()), free(uri);
    CHECK_NOTHROW(free.world.authorise_new_key(1, silent()));
    CHECK(status_of([&] { ready.world.authorise_new_key(1, silent()); }) == Status::needs_fips_auth);
    // A card that does not serve is not enough; the person is asked again, and told so.
    ScriptedAuthoriser person(ready.client, {stranger.acs[0], ready.acs[0]});
    CHECK_NOTHROW(ready.world.authorise_new_key(1, person));
    REQUIRE(person.asked.size() == 2);
    CHECK(person.asked[0].kind == Question::Kind::insert_card);
    CHECK(person.asked[1].problem_status == Status::needs_fips_auth);
    CHECK_NOTHROW(ready.world.generate(request_for("k", "P-256"), Protector::module_key()));
    ready.empty_slots();
    // A public key too.
    const auto info = ready.world.find("simple", "k")->public_info;
    const auto import = [&] {
        return status_of([&] {
            (void)ready.world.import(request_for("p", "P-256"), KeyHalf::public_key, Secret(info), Protector::module_key());
        });
    };
    CHECK(import() == Status::needs_fips_auth);
    ready.client.insert_card(1, 2, ready.acs[0]);
    CHECK(import() == Status::ok);
}

namespace {
std::string broken_test() { return "cipher"; }
} // namespace

TEST_CASE("level 3: a module whose self-test fails answers nothing but how it is", "[level3][self-test]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3());
    ready.client.insert_card(1, 0, ready.acs[0]);
    (void)ready.world.generate(request_for("k", "P-256"), Protector::module_key());
    ready.home.use_self_test(&broken_test);
    {
        auto later = ready.home.open();
        const auto facts = later.module(1);
        CHECK(facts.mode == ModuleMode::failed);
        CHECK(facts.failure.find("cipher") != std::string::npos);
    }
    // What one process found holds for all: the first one has it from the page.
    CHECK(ready.client.module(1).mode == ModuleMode::failed);
    for (std::uint16_t number = 0; number < protocol::command_id_end; ++number) {
        const auto* row = module::command_row(static_cast<protocol::CommandId>(number));
        if (!row || !(row->when & module::When::failed)) continue;
        CAPTURE(row->name);
        CHECK((row->name == "enquiry" || row->name == "clear" || row->name == "factory" || row->name == "destroy"));
    }
    const Raw raw(ready.client);
    CHECK(status_of([&] { (void)ready.world.load("simple", "k", silent()); }) == Status::module_failed);
    CHECK(status_of([&] { (void)raw.generate("AES-128", {}); }) == Status::module_failed);
    CHECK(status_of([&] { (void)ready.client.random(8); }) == Status::module_failed);
    CHECK(status_of([&] { (void)ready.client.slots(1); }) == Status::module_failed);
    CHECK(status_of([&] { (void)ready.client.digest(Hash::sha256, view("x")); }) == Status::module_failed);
    // Clearing tests again. This process has good algorithms.
    ready.client.clear(1, ModuleMode::operational);
    CHECK(ready.client.module(1).mode == ModuleMode::operational);
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()));
    // The other one has not: it finds it out whenever it opens, and cannot clear it away.
    auto later = ready.home.open();
    CHECK(later.module(1).mode == ModuleMode::failed);
    CHECK(status_of([&] { later.clear(1, ModuleMode::operational); }) == Status::module_failed);
}

TEST_CASE("level 3: types and sizes", "[level3]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3()), unrestricted(uri);
    ready.client.insert_card(1, 0, ready.acs[0]);
    const Raw raw(ready.client), free(unrestricted.client);
    for (const auto& row : table("level3.txt")) {
        CAPTURE(row[0], uri);
        CHECK(outcome_of([&] { raw.destroy(raw.generate(row[0], one_group(every_action))); }) == row[1]);
        // The same key made elsewhere and brought in.
        const auto spec = parse_key_spec(row[0]);
        const bool pair = key_type_row(spec.type).asymmetric;
        const auto key = free.generate(row[0], one_group(every_action));
        protocol::ImportKey import;
        import.half = pair ? KeyHalf::private_key : KeyHalf::secret;
        import.type = spec.type;
        import.material = free.call(protocol::ExportKey{key}).material;
        import.acl = one_group(every_action);
        CHECK(outcome_of([&] { raw.destroy(raw.call(import).key); }) == row[1]);
        if (pair) {
            import.half = KeyHalf::public_key;
            import.material = Secret(free.call(protocol::KeyInfo{key}).public_info);
            CHECK(outcome_of([&] { raw.destroy(raw.call(import).key); }) == row[1]);
        }
        free.destroy(key);
    }
}

TEST_CASE("level 3: mechanisms are those of their column", "[level3]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3());
    ready.client.insert_card(1, 0, ready.acs[0]);
    const Raw raw(ready.client);
    const std::string specs[] = {"RSA-2048", "P-256",    "Ed25519", "ML-DSA-44",
                                 "AES-128",  "DES3-192", "HMAC-256"};
    for (const auto& name : specs) {
        const auto key = raw.generate(name, one_group(every_action));
        const auto type = parse_key_spec(name).type;
        for (const auto& row : mechanism_table()) {
            if (!(row.key_types & bit(type))) continue;
            for (const auto action : operations) {
                if (!(row.actions & bit(action)) || row.level3_actions & bit(action)) continue;
                CAPTURE(name, row.name, action_name(action));
                CHECK(try_operation(raw, key, action,
                                    with(row.id, row.needs_hash ? Hash::sha256 : Hash::none)) ==
                      Status::mode_forbidden);
            }
        }
        raw.destroy(key);
    }
}

TEST_CASE("level 3: weak hashes sign nothing", "[level3]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, level3());
    ready.client.insert_card(1, 0, ready.acs[0]);
    const Raw raw(ready.client);
    const auto ec = raw.generate("P-256", one_group(every_action));
    const auto rsa = raw.generate("RSA-2048", one_group(every_action));
    const auto hmac = raw.generate("HMAC-256", one_group(every_action));
    for (const auto hash : {Hash::md4, Hash::md5, Hash::sha1}) {
        CAPTURE(hash_row(hash).name);
        CHECK(try_operation(raw, ec, Action::sign, with(MechanismId::ecdsa, hash)) == Status::mode_forbidden);
        for (const auto id : {MechanismId::rsa_pkcs1, MechanismId::rsa_pss})
            CHECK(try_operation(raw, rsa, Action::sign, with(id, hash)) == Status::mode_forbidden);
        CHECK(status_of([&] {
                  (void)raw.call(protocol::OpenChannel{ec, Action::sign, with(MechanismId::ecdsa, hash)});
              }) == Status::mode_forbidden);
        // FIPS 198-1 with SHA-1 is still approved for HMAC; MD4 and MD5 never were.
        CHECK(try_operation(raw, hmac, Action::sign, with(MechanismId::hmac, hash)) ==
              (hash == Hash::sha1 ? Status::ok : Status::mode_forbidden));
    }
    auto masked = with(MechanismId::rsa_pss, Hash::sha256);
    masked.mgf_hash = Hash::md5;
    CHECK(try_operation(raw, rsa, Action::sign, masked) == Status::mode_forbidden);
    for (const auto hash : {Hash::sha224, Hash::sha256, Hash::sha384, Hash::sha512, Hash::sha3_256})
        CHECK(try_operation(raw, ec, Action::sign, with(MechanismId::ecdsa, hash)) == Status::ok);
}

TEST_CASE("cmts: no private or secret key comes in or goes out in the clear", "[cmts]") {
    const auto uri = each_connection();
    auto options = cheap_world(2, 2);
    options.mode = WorldMode::common_criteria_cmts;
    ReadyHome ready(uri, options);
    ReadyHome elsewhere(uri);
    const Raw raw(ready.client), free(elsewhere.client);
    const auto key = free.generate("P-256", one_group(every_action));
    const auto& world = ready.world;
    auto request = request_for("in", "AES-256");
    CHECK(status_of([&] {
              (void)ready.world.import(request, KeyHalf::secret, Secret(Bytes(32, 1)),
                                       Protector::module_key());
          }) == Status::mode_forbidden);
    protocol::ImportKey import;
    import.half = KeyHalf::private_key;
    import.material = free.call(protocol::ExportKey{key}).material;
    CHECK(status_of([&] { (void)raw.call(import); }) == Status::mode_forbidden);
    import.half = KeyHalf::public_key;
    import.material = Secret(free.call(protocol::KeyInfo{key}).public_info);
    CHECK(status_of([&] { (void)raw.call(import); }) == Status::ok);
    CHECK_FALSE(world.find("simple", "in"));
    for (const auto* spec : {"P-256", "AES-256"}) {
        const auto made = raw.generate(spec, one_group(bit(Action::export_plain) | bit(Action::sign)));
        CHECK(status_of([&] { (void)raw.call(protocol::ExportKey{made}); }) == Status::mode_forbidden);
    }
    // Wrapped under a key of the world they may travel.
    const auto kek = raw.generate("AES-256", one_group(bit(Action::wrap) | bit(Action::unwrap)));
    const auto travels = raw.generate("AES-128", one_group(bit(Action::export_wrapped)));
    const auto wrapped = raw.call(protocol::WrapKey{kek, travels, with(MechanismId::key_wrap)}).wrapped;
    // One key that wraps and decrypts would open what it wrapped.
    for (const auto& [one, two] :
         {std::pair{Action::wrap, Action::decrypt}, {Action::unwrap, Action::encrypt}}) {
        Acl split = one_group(bit(one));
        split.groups.push_back(one_group(bit(two)).groups[0]);
        for (const auto& acl : {one_group(bit(one) | bit(two)), split}) {
            CHECK(status_of([&] { (void)raw.generate("AES-256", acl); }) == Status::mode_forbidden);
            protocol::UnwrapKey command{
                kek, with(MechanismId::key_wrap), wrapped, parse_key_spec("AES-128"), KeyHalf::secret, acl,
                {}};
            CHECK(status_of([&] { (void)raw.call(command); }) == Status::mode_forbidden);
        }
    }
}

TEST_CASE("cmts: an assigned key is one whose use and authorisation nobody changes", "[cmts]") {
    const auto uri = each_connection();
    auto options = cheap_world(2, 2);
    options.mode = WorldMode::common_criteria_cmts;
    ReadyHome ready(uri, options);
    const auto softcard = ready.world.create_softcard(1, "soft", Secret::from_text("p"));
    const auto soft = ready.world.load_softcard(1, softcard.token, Secret::from_text("p"));
    Tokens tokens(ready.world);
    const auto officer = tokens.create("with officer", Secret::from_text("o")).token;
    tokens.set_user_passphrase(tokens.load(officer, TokenRole::officer, Secret::from_text("o")), Secret::from_text("u"));
    const auto ruled = tokens.load(officer, TokenRole::user, Secret::from_text("u"));
    const auto note = [&](const std::string& ident, const Protector& protector, const std::function<void(Usage&)>& change) {
        auto request = request_for(ident, "P-256");
        change(request.usage);
        (void)ready.world.generate(request, protector);
        const auto check = ready.world.verify_key(*ready.world.find("simple", ident));
        REQUIRE(check.certificate_valid);
        return check.notes.back();
    };
    CHECK(note("assigned", soft, [](Usage&) {}).starts_with("an assigned key"));
    CHECK(note("module", Protector::module_key(), [](Usage&) {}).starts_with("not an assigned key"));
    CHECK(note("officer", ruled, [](Usage&) {}).starts_with("not an assigned key"));
    CHECK(note("adjustable", soft, [](Usage& usage) { usage.adjustable = true; }).starts_with("not an assigned key"));
    CHECK(note("exported", soft, [](Usage& usage) {
              usage.actions = bit(Action::sign) | bit(Action::export_wrapped);
          }).starts_with("not an assigned key"));
}
