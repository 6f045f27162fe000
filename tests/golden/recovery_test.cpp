// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "stored_world.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/pke.hpp"
#include "crypto/seal.hpp"
#include "crypto/shares.hpp"
#include "module/snapshot.hpp"
#include "module/world.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/records.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

// No tool of this version recovers keys or passphrases, but later ones must be able to, from what is written today. So
// this opens the recovery blobs of the stored worlds by hand, after docs/formats.md, with administrator cards alone.

namespace hsm::golden {

namespace {

using namespace protocol;

template <class... Parts>
Bytes joined(ByteView first, const Parts&... parts) {
    Bytes out = to_bytes(first);
    (base::append(parts, out), ...);
    return out;
}

Secret card_wrap(const CardRecord& card, const std::string& passphrase) {
    const auto& km0 = module::well_known_module_key();
    const auto wrap = crypto::derive_key(km0, "share-acs");
    auto key = crypto::derive_key(wrap, "no-passphrase");
    if (card.passphrase) {
        const auto& p = *card.passphrase;
        const auto hashed = crypto::passphrase_key(Secret::from_text(passphrase), p.salt, {p.memory_kib, p.passes, p.lanes},
                                                   crypto::derive_key(km0, "pepper"), card.header);
        key = crypto::derive_key(wrap, "passphrase", hashed.view());
    }
    return crypto::unseal(key, "card-wrap", card.sealed_wrap.salt, joined(card.header, card.passphrase), card.sealed_wrap.bytes);
}

/// The administrator token of a role, from two cards.
Secret admin_token(const StoredWorld& stored, AdminRole role) {
    std::vector<crypto::Share> shares;
    const std::pair<std::string, std::string> cards[] = {{"admin-3", ""}, {"admin-1", "admin one"}};
    for (const auto& [name, passphrase] : cards) {
        const auto card = read_record<CardRecord>(stored.file("cards/" + name + ".card"), name);
        const auto number = base::decode<CardHeader>(card.header).share;
        const auto kw = card_wrap(card, passphrase);
        for (const auto& share : card.shares) {
            if (share.role != role) continue;
            const auto context = joined(card.header, share.role, share.token, share.k);
            shares.push_back({number, crypto::unseal(kw, "share", share.sealed.salt, context, share.sealed.bytes)});
        }
    }
    return crypto::combine(2, shares);
}

KeyContents open_blob(const Secret& key, std::string_view label, const Bytes& bytes) {
    const auto blob = base::decode<Blob>(bytes);
    const auto header = base::decode<BlobHeader>(blob.header);
    return base::decode<KeyContents>(crypto::unseal(key, label, header.salt, blob.header, blob.sealed).view());
}

struct OpenedWorld {
    explicit OpenedWorld(const std::string& name)
        : stored(name), record(read_record<WorldRecord>(stored.file("kmdata/local/world"), "the world file")),
          facts(base::decode<WorldFactsBody>(record.facts.body).facts), suite(module::pke_suite(facts.suite)) {}

    StoredWorld stored;
    WorldRecord record;
    WorldFacts facts;
    crypto::PkeSuite suite;
};

constexpr auto worlds = {"world-v1", "world-v1-level3"};

} // namespace

TEST_CASE("recovery blobs open with administrator cards", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    const OpenedWorld world(name);
    const auto token = admin_token(world.stored, AdminRole::recovery);
    CHECK(module::token_hash(token) == world.facts.token_recovery);
    const auto kre = open_blob(token, "admin-blob", world.record.kre_blob).material.clone();

    const auto client = world.stored.open();
    for (const auto& facts : client.world().keys()) {
        INFO(name << ": " << facts.ident);
        const auto record = read_record<KeyRecord>(
            world.stored.file("kmdata/local/key_" + facts.app + "_" + facts.ident), facts.ident);
        REQUIRE(record.archive);
        const auto header = base::decode<BlobHeader>(base::decode<Blob>(*record.archive).header);
        CHECK(header.kek == world.facts.hkre);
        Bytes context = to_bytes(world.facts.hkra);
        context.insert(context.end(), header.key_id.begin(), header.key_id.end());
        const auto key = crypto::pke_decrypt(world.suite, kre, header.transport, context);
        const auto contents = open_blob(key, "key-blob", *record.archive);
        CHECK(contents.spec == facts.spec);
        CHECK(crypto::public_info(*crypto::restore(contents.spec, contents.half, contents.material.view())) == facts.public_info);
    }
}

TEST_CASE("passphrases can be replaced with administrator cards", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const OpenedWorld world(name);
    const auto token = admin_token(world.stored, AdminRole::passphrase);
    const auto kp = open_blob(token, "admin-blob", world.record.kp_blob).material.clone();

    const auto client = world.stored.open();
    const auto softcard = client.world().softcard("web-server");
    const auto record = read_record<SoftcardRecord>(
        world.stored.file("kmdata/local/softcard_" + to_hex(softcard.token).substr(0, 40)), "the softcard");
    REQUIRE(record.recovery);
    const auto kw = crypto::pke_decrypt(world.suite, kp, *record.recovery, record.header);
    const auto opened =
        crypto::unseal(kw, "softcard-token", record.sealed_token.salt, record.header, record.sealed_token.bytes);
    CHECK(module::token_hash(opened) == softcard.token);

    // A card of a set, the same way: its K_w opens its share.
    const auto card = read_record<CardRecord>(world.stored.file("cards/anna.card"), "anna");
    REQUIRE(card.recovery);
    const auto card_kw = crypto::pke_decrypt(world.suite, kp, *card.recovery, card.header);
    const auto& share = card.shares.at(0);
    CHECK_FALSE(crypto::unseal(card_kw, "share", share.sealed.salt, joined(card.header, share.role, share.token, share.k),
                               share.sealed.bytes)
                    .empty());
}

TEST_CASE("the module key on the administrator cards is the world's", "[golden]") {
    const std::string name = GENERATE(values<const char*>(worlds));
    INFO(name);
    const OpenedWorld world(name);
    // The quorum for loading is 1, so that each card's share is the token itself.
    const auto card = read_record<CardRecord>(world.stored.file("cards/admin-3.card"), "admin-3");
    const auto kw = card_wrap(card, "");
    for (const auto& share : card.shares) {
        if (share.role != AdminRole::load) continue;
        const auto context = joined(card.header, share.role, share.token, share.k);
        const auto token = crypto::unseal(kw, "share", share.sealed.salt, context, share.sealed.bytes);
        CHECK(module::token_hash(token) == world.facts.token_load);
        const auto km = open_blob(token, "admin-blob", world.record.km_blob).material.clone();
        CHECK(module::module_key_hash(km) == world.facts.hkm);
    }
}

} // namespace hsm::golden
