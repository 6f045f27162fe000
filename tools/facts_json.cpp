// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "facts_json.hpp"

#include "console.hpp"

namespace hsm::tools {

namespace {

std::string_view half_name(KeyHalf half) {
    switch (half) {
    case KeyHalf::secret: return "secret";
    case KeyHalf::private_key: return "private";
    case KeyHalf::public_key: return "public";
    }
    return "unknown";
}

} // namespace

Json json_of(const WorldFacts& world) {
    auto quora = Json::object();
    quora.set("k", world.quora.k)
        .set("n", world.quora.n)
        .set("load", world.quora.load)
        .set("recovery", world.quora.recovery);
    quora.set("passphrase", world.quora.passphrase).set("nvram", world.quora.nvram);
    auto json = Json::object();
    json.set("hknso", to_hex(world.hknso)).set("hkm", to_hex(world.hkm)).set("hkre", to_hex(world.hkre));
    json.set("hkra", to_hex(world.hkra)).set("hkp", to_hex(world.hkp)).set("hknv", to_hex(world.hknv));
    json.set("mode", to_string(world.mode))
        .set("cipher_suite", to_string(world.suite))
        .set("quora", std::move(quora));
    json.set("recovery", world.recovery).set("passphrase_recovery", world.passphrase_recovery);
    json.set("warn_short_passphrases", world.warn_short_passphrases)
        .set("test_parameters", world.test_parameters);
    return std::move(json.set("create_time", world.create_time).set("acs_generation", world.acs_generation));
}

Json json_of(const ModuleFacts& module) {
    auto json = Json::object();
    json.set("number", module.number).set("esn", module.esn).set("mode", to_string(module.mode));
    json.set("failure", module.failure).set("enrolled", module.enrolled);
    json.set("hknso", module.enrolled ? to_hex(module.hknso) : std::string())
        .set("hkml", to_hex(module.hkml));
    json.set("slots", module.slots).set("objects", module.objects).set("commands", module.commands);
    json.set("pending_swap", module.pending_swap).set("protected_start", module.protected_start);
    json.set("test_parameters", module.test_parameters).set("version", module.version);
    return std::move(json.set("crypto_version", module.crypto_version));
}

Json json_of(const SlotFacts& slot) {
    auto json = Json::object();
    json.set("slot", slot.slot)
        .set("state", to_string(slot.state))
        .set("card_path", slot.card_path)
        .set("serial", slot.serial);
    json.set("set", is_zero(slot.set) ? std::string() : to_hex(slot.set)).set("set_name", slot.set_name);
    json.set("card", slot.share).set("card_name", slot.card_name).set("k", slot.k).set("n", slot.n);
    return std::move(json.set("has_passphrase", slot.has_passphrase).set("problem", slot.problem));
}

Json json_of(const CardSetFacts& set) {
    auto cards = Json::list();
    for (const auto& card : set.cards) {
        auto row = Json::object();
        row.set("card", card.number).set("name", card.name).set("has_passphrase", card.has_passphrase);
        cards.add(std::move(row));
    }
    auto json = Json::object();
    json.set("hash", to_hex(set.token)).set("name", set.name).set("k", set.k).set("n", set.n);
    json.set("persistent", set.persistent)
        .set("remoteable", set.remoteable)
        .set("passphrase_recovery", set.passphrase_recovery);
    json.set("timeout", set.timeout_s).set("create_time", set.create_time);
    return std::move(json.set("cards", std::move(cards)));
}

Json json_of(const SoftcardFacts& softcard) {
    auto json = Json::object();
    json.set("hash", to_hex(softcard.token)).set("name", softcard.name);
    return std::move(json.set("passphrase_recovery", softcard.passphrase_recovery)
                         .set("create_time", softcard.create_time));
}

Json json_of(const KeyFacts& key) {
    auto json = Json::object();
    json.set("app", key.app).set("ident", key.ident).set("name", key.name).set("type", to_string(key.spec));
    json.set("half", half_name(key.half)).set("protection", protector_kind_name(key.protector));
    json.set("protector", is_zero(key.protector_hash) ? std::string() : to_hex(key.protector_hash));
    json.set("key_id", to_hex(key.key_id))
        .set("public_key", to_hex(key.public_info))
        .set("recoverable", key.recoverable);
    json.set("nvram", key.nvram_area);
    return std::move(
        json.set("generated", key.generated).set("esn", key.esn).set("create_time", key.create_time));
}

Json json_of(const Problem& problem) {
    auto json = Json::object();
    json.set("name", problem.name).set("status", status_row(problem.status).name);
    return std::move(json.set("text", problem.text));
}

Json json_of(const Acl& acl) {
    auto list = Json::list();
    for (const auto& line : describe(acl)) list.add(line);
    return list;
}

} // namespace hsm::tools
