// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <functional>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;
using protocol::WorldRecord;

namespace {

Secret pass() { return Secret::from_text("pass"); }

/// Runs \p attempt on the file with each byte changed in turn; the file is whole again afterwards.
void with_each_byte_changed(const base::Path& path, std::size_t step,
                            const std::function<void(std::size_t)>& attempt) {
    const auto good = read_file(path);
    for (std::size_t at = 0; at < good.size(); at += step) {
        auto bad = good;
        bad[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
        write_file(path, bad);
        attempt(at);
    }
    write_file(path, good);
}

void cut_short(const base::Path& path, const std::function<void(std::size_t)>& attempt) {
    const auto good = read_file(path);
    for (std::size_t size = 0; size < good.size(); size += 1 + size / 4) {
        write_file(path, ByteView(good).first(size));
        attempt(size);
    }
    auto longer = good;
    longer.push_back(0);
    write_file(path, longer);
    attempt(longer.size());
    write_file(path, good);
}

base::Path record(ReadyHome& ready, const std::string& name) { return ready.home.locations().kmlocal / name; }

protocol::KeyRecord key_record(ReadyHome& ready, const std::string& name) {
    return base::decode<protocol::KeyRecord>(read_file(record(ready, name)));
}

} // namespace

TEST_CASE("a changed key record loads the same key or none", "[tamper]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto id = ready.world.generate(request_for("k", "P-256"), Protector::module_key()).id();
    (void)ready.world.generate(request_for("sound", "P-256"), Protector::module_key());
    const auto path = record(ready, "key_simple_k");
    int refused = 0;
    const auto attempt = [&](std::size_t at) {
        CAPTURE(at);
        const auto refusal = error_of([&] {
            const auto loaded = ready.world.load("simple", "k", silent()).id();
            CHECK(loaded == id);
        });
        if (refusal) {
            ++refused;
            CHECK(refusal->status() != Status::internal);
            CHECK(refusal->status() != Status::ok);
        }
        // It hides no other, and nothing that lists keys stumbles over it.
        CHECK_NOTHROW(ready.world.problems());
        CHECK_NOTHROW(ready.world.keys());
    };
    with_each_byte_changed(path, uri.empty() ? 1 : 7, attempt);
    CHECK(refused > 100 / (uri.empty() ? 1 : 7));
    cut_short(path, [&](std::size_t size) {
        CAPTURE(size);
        const auto refusal = error_of([&] { (void)ready.world.load("simple", "k", silent()); });
        REQUIRE(refusal);
        bool named = false;
        for (const auto& problem : ready.world.problems()) named = named || problem.name == "key_simple_k";
        CHECK(named);
        CHECK_NOTHROW(ready.world.load("simple", "sound", silent()));
    });
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()));
    CHECK(ready.world.problems().empty());
}

TEST_CASE("what is exchanged between key records is noticed", "[tamper]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("a", "P-256"), Protector::module_key());
    (void)ready.world.generate(request_for("b", "P-256"), Protector::module_key());
    const auto a = key_record(ready, "key_simple_a"), b = key_record(ready, "key_simple_b");
    const auto refused = [&](const protocol::KeyRecord& forged) {
        write_file(record(ready, "key_simple_a"), base::encode(forged));
        const auto refusal = error_of([&] { (void)ready.world.load("simple", "a", silent()); });
        write_file(record(ready, "key_simple_a"), base::encode(a));
        return refusal;
    };
    SECTION("the whole blob") {
        auto forged = a;
        forged.blob = b.blob;
        const auto refusal = refused(forged);
        REQUIRE(refusal);
        CHECK(refusal->status() == Status::record_damaged);
        CHECK_THAT(refusal->message(), ContainsSubstring("'a'") || ContainsSubstring("key_simple_a"));
    }
    SECTION("the header of one with the body of the other") {
        auto mine = base::decode<protocol::Blob>(a.blob), theirs = base::decode<protocol::Blob>(b.blob);
        mine.sealed = theirs.sealed;
        auto forged = a;
        forged.blob = base::encode(mine);
        const auto refusal = refused(forged);
        REQUIRE(refusal);
        CHECK(refusal->status() == Status::record_damaged);
    }
    SECTION("any field of the header") {
        auto blob = base::decode<protocol::Blob>(a.blob);
        const auto theirs = base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(b.blob).header);
        const std::function<void(protocol::BlobHeader&)> edits[] = {
            [&](auto& h) { h.key_id = theirs.key_id; },
            [&](auto& h) { h.salt = theirs.salt; },
            [&](auto& h) { h.kek[0] ^= 1; },
            [&](auto& h) { h.world[0] ^= 1; },
            [&](auto& h) { h.version = 2; },
            [&](auto& h) { h.transport = {1}; },
            [&](auto& h) { h.kind = protocol::BlobKind::archive; }};
        for (const auto& edit : edits) {
            auto header = base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(a.blob).header);
            edit(header);
            blob.header = base::encode(header);
            auto forged = a;
            forged.blob = base::encode(blob);
            CHECK(refused(forged));
        }
    }
    SECTION("the recovery blob in the place of the working blob") {
        REQUIRE(a.archive);
        auto forged = a;
        forged.blob = *a.archive;
        CHECK(refused(forged));
    }
    SECTION("the public half in the record is not believed") {
        auto forged = a;
        forged.facts.public_info = b.facts.public_info;
        write_file(record(ready, "key_simple_a"), base::encode(forged));
        const auto facts = ready.world.find("simple", "a");
        REQUIRE(facts);
        Bytes loaded = a.facts.public_info;
        const auto status =
            status_of([&] { loaded = ready.world.load("simple", "a", silent()).public_info(); });
        CHECK((status == Status::ok || status == Status::record_damaged));
        CHECK(loaded == a.facts.public_info);
        CHECK_FALSE(ready.world.verify_key(*facts).certificate_valid);
    }
}

TEST_CASE("a certificate is of one key", "[tamper]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("a", "P-256"), Protector::module_key());
    (void)ready.world.generate(request_for("b", "P-256"), Protector::module_key());
    const auto a = key_record(ready, "key_simple_a"), b = key_record(ready, "key_simple_b");
    CHECK(ready.world.verify_key(*ready.world.find("simple", "a")).certificate_valid);
    auto forged = a;
    forged.generation = b.generation;
    write_file(record(ready, "key_simple_a"), base::encode(forged));
    CHECK_FALSE(ready.world.verify_key(*ready.world.find("simple", "a")).certificate_valid);
    forged.generation = a.generation;
    for (auto* bytes : {&forged.generation->body, &forged.generation->signature}) {
        for (auto& byte : *bytes) {
            byte ^= 1;
            write_file(record(ready, "key_simple_a"), base::encode(forged));
            bool valid = false;
            const auto refusal = error_of([&] {
                valid = ready.world.verify_key(*ready.world.find("simple", "a")).certificate_valid;
            });
            CHECK_FALSE(valid);
            if (refusal) CHECK_THAT(refusal->message(), ContainsSubstring("key_simple_a"));
            byte ^= 1;
        }
    }
}

TEST_CASE("a changed softcard record gives the same token or none", "[tamper]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto card = ready.world.create_softcard(1, "soft", pass());
    const auto id =
        ready.world.generate(request_for("k", "AES-256"), ready.world.load_softcard(1, card.token, pass()))
            .id();
    const auto path = record(ready, "softcard_" + to_hex(card.token).substr(0, 40));
    REQUIRE(std::filesystem::exists(path));
    int good = 0;
    with_each_byte_changed(path, uri.empty() ? 1 : 5, [&](std::size_t at) {
        CAPTURE(at);
        ready.home.clock().pass_s(61);
        const auto status = status_of([&] {
            const auto protector = ready.world.load_softcard(1, card.token, pass());
            CHECK(protector.hash() == card.token);
            CHECK(ready.world.load(*ready.world.find("simple", "k"), protector).id() == id);
        });
        if (status == Status::ok) ++good;
        CHECK(status != Status::internal);
        CHECK_NOTHROW(ready.world.softcards());
    });
    CHECK(good == 0); // nothing in it is free to change
    CHECK_NOTHROW(ready.world.load_softcard(1, card.token, pass()));
}

TEST_CASE("a damaged card is never taken for a good one", "[tamper][ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> plain, guarded;
    const auto set = ready.card_set(plain, set_of("plain", 1, 1));
    const auto locked = ready.card_set(guarded, set_of("locked", 1, 1), "pass");
    const Raw raw(ready.client);
    for (const auto& [facts, card, passphrase] :
         {std::tuple{set, plain[0], ""}, std::tuple{locked, guarded[0], "pass"}}) {
        ready.empty_slots();
        ready.client.insert_card(1, 0, card);
        with_each_byte_changed(card, uri.empty() ? 1 : 5, [&](std::size_t at) {
            CAPTURE(facts.name, at);
            ready.home.clock().pass_s(61);
            const auto token = raw.call(protocol::BeginToken{facts.token}).token;
            const auto status = status_of([&] {
                const auto progress = raw.call(protocol::AddShare{token, 0, Secret::from_text(passphrase)});
                // If it was taken, it is the token that was asked for: what is changed is only a name beside
                // it.
                CHECK(progress.presented == progress.needed);
                CHECK(progress.needed == 1);
                protocol::GenerateKey generate;
                generate.spec = parse_key_spec("AES-128");
                generate.protection.token = token;
                generate.acl = one_group(bit(Action::make_blob));
                const auto blob = raw.blob(raw.call(generate).key, token);
                const auto header =
                    base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(blob).header);
                CHECK(header.kek == facts.token);
            });
            CHECK(status != Status::internal);
            CHECK_NOTHROW(ready.client.slots(1));
        });
    }
}

TEST_CASE("an enrolled module refuses every change of the world file", "[tamper][world]") {
    const auto uri = each_connection();
    auto options = cheap_world(2, 3);
    options.passphrase_recovery = true;
    ReadyHome ready(uri, options), other(uri, options);
    (void)ready.client.create_module();
    const Raw enrolled(ready.client), fresh(ready.client, 2);
    const auto good = read_file(record(ready, "world"));
    const auto theirs = base::decode<WorldRecord>(read_file(record(other, "world")));
    const auto facts_edit = [](std::function<void(WorldFacts&)> edit) {
        return [edit](WorldRecord& record) {
            auto body = base::decode<protocol::WorldFactsBody>(record.facts.body);
            edit(body.facts);
            record.facts.body = base::encode(body);
        };
    };
    const std::pair<const char*, std::function<void(WorldRecord&)>> edits[] = {
        {"K_NSO", [&](auto& r) { r.knso_public = theirs.knso_public; }},
        {"K_RE", [&](auto& r) { r.kre_public = theirs.kre_public; }},
        {"no K_RE", [&](auto& r) { r.kre_public.clear(); }},
        {"K_RA", [&](auto& r) { r.kra_public = theirs.kra_public; }},
        {"K_NV", [&](auto& r) { r.knv_public = theirs.knv_public; }},
        {"K_P", [&](auto& r) { r.kp_public = theirs.kp_public; }},
        {"no K_P", [&](auto& r) { r.kp_public.clear(); }},
        {"certificate", [&](auto& r) { r.facts = theirs.facts; }},
        {"certificate and K_NSO",
         [&](auto& r) {
             r.facts = theirs.facts;
             r.knso_public = theirs.knso_public;
         }},
        {"kind", [&](auto& r) { r.facts.kind = protocol::CertificateKind::module_state; }},
        {"signature", [&](auto& r) { r.facts.signature.back() ^= 1; }},
        {"no signature", [&](auto& r) { r.facts.signature.clear(); }},
        {"mode", facts_edit([](auto& f) { f.mode = WorldMode::fips_140_level_3; })},
        {"suite", facts_edit([](auto& f) { f.suite = CipherSuite::mldsa87_xwing_aes256; })},
        {"K", facts_edit([](auto& f) { f.quora.k = 1; })},
        {"N", facts_edit([](auto& f) { f.quora.n = 2; })},
        {"m", facts_edit([](auto& f) { f.quora.load = 1; })},
        {"r", facts_edit([](auto& f) { f.quora.recovery = 1; })},
        {"p", facts_edit([](auto& f) { f.quora.passphrase = 1; })},
        {"nv", facts_edit([](auto& f) { f.quora.nvram = 1; })},
        {"recovery", facts_edit([](auto& f) { f.recovery = false; })},
        {"passphrase recovery", facts_edit([](auto& f) { f.passphrase_recovery = false; })},
        {"test parameters", facts_edit([](auto& f) { f.test_parameters = false; })},
        {"generation", facts_edit([](auto& f) { f.acs_generation = 2; })},
        {"HKM", facts_edit([](auto& f) { f.hkm[0] ^= 1; })},
        {"HKRE", facts_edit([](auto& f) { f.hkre[0] ^= 1; })},
        {"HKNSO", facts_edit([](auto& f) { f.hknso[0] ^= 1; })},
        {"token", facts_edit([](auto& f) { f.token_nso = f.token_nvram; })},
    };
    CHECK_NOTHROW(enrolled.call(protocol::CheckWorld{good}));
    for (const auto& [what, edit] : edits) {
        CAPTURE(what, uri);
        auto forged = base::decode<WorldRecord>(good);
        edit(forged);
        const auto bytes = base::encode(forged);
        const auto checked = status_of([&] { (void)enrolled.call(protocol::CheckWorld{bytes}); });
        CHECK((checked == Status::untrusted || checked == Status::foreign_world));
        for (const auto role : {AdminRole::nso, AdminRole::load, AdminRole::recovery, AdminRole::nvram})
            CHECK(status_of([&] { (void)enrolled.call(protocol::BeginAdminToken{role, bytes}); }) == checked);
        // A module that is in no world yet takes a whole world file only.
        if (std::string(what) == "certificate and K_NSO") continue;
        CHECK(status_of([&] {
                  (void)fresh.call(protocol::BeginAdminToken{AdminRole::load, bytes});
              }) != Status::ok);
    }
    CHECK(status_of([&] { (void)enrolled.call(protocol::CheckWorld{read_file(record(other, "world"))}); }) ==
          Status::foreign_world);
}

TEST_CASE("exchanged administrator blobs do not open", "[tamper][world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    (void)ready.client.create_module();
    const Raw fresh(ready.client, 2);
    const auto good = base::decode<WorldRecord>(read_file(record(ready, "world")));
    const auto theirs = base::decode<WorldRecord>(read_file(record(other, "world")));
    ready.client.insert_card(2, 0, ready.acs[0]);
    const auto enrols = [&](const WorldRecord& record) {
        const auto token = fresh.call(protocol::BeginAdminToken{AdminRole::load, base::encode(record)}).token;
        (void)fresh.call(protocol::AddShare{token, 0, {}});
        return status_of([&] { (void)fresh.call(protocol::Enrol{token}); });
    };
    for (const auto& blob :
         {theirs.km_blob, good.knso_blob, good.knv_blob, good.kre_blob, Bytes{}, Bytes{0x30, 0x00}}) {
        auto forged = good;
        forged.km_blob = blob;
        CHECK(enrols(forged) != Status::ok);
        CHECK_FALSE(ready.client.module(2).enrolled);
    }
    CHECK(enrols(good) == Status::ok);
}

TEST_CASE("flipping any byte of the world file never passes unnoticed", "[tamper][world]") {
    ReadyHome ready;
    const Raw raw(ready.client);
    const auto good = read_file(record(ready, "world"));
    const auto facts = base::encode(raw.call(protocol::CheckWorld{good}).facts);
    int passed = 0;
    for (std::size_t at = 0; at < good.size(); at += 3) {
        auto bad = good;
        bad[at] ^= 0x20;
        CAPTURE(at);
        const auto status = status_of([&] {
            const auto believed = base::encode(raw.call(protocol::CheckWorld{bad}).facts);
            CHECK(believed == facts);
        });
        if (status == Status::ok) ++passed; // in a sealed administrator blob: its own seal notices
        CHECK(status != Status::internal);
    }
    CHECK(passed > 0);
}

TEST_CASE("a module record certifies only as it was written", "[tamper]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("k", "P-256"), Protector::module_key());
    const auto facts = ready.world.find("simple", "k");
    const auto path = record(ready, "module_" + facts->esn);
    REQUIRE(std::filesystem::exists(path));
    with_each_byte_changed(path, uri.empty() ? 2 : 11, [&](std::size_t at) {
        CAPTURE(at);
        bool valid = true;
        const auto status = status_of([&] { valid = ready.world.verify_key(*facts).certificate_valid; });
        CHECK((status != Status::ok || !valid));
        CHECK(status != Status::internal);
    });
    CHECK(ready.world.verify_key(*facts).certificate_valid);
    std::filesystem::remove(path);
    const auto check = ready.world.verify_key(*facts);
    CHECK_FALSE(check.certificate_valid);
    CHECK_FALSE(check.notes.empty());
}
