// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "slots.hpp"

#include "fault.hpp"

#include <hsm/abi/log.hpp>

#include <algorithm>
#include <filesystem>

namespace hsm::pkcs11 {

namespace {

/// The modules that are in this world and work. Its keys are used on the first.
std::vector<ModuleFacts> modules_in(const Client& client, const World& world) {
    auto modules = client.modules();
    std::erase_if(modules, [&](const ModuleFacts& module) {
        return !module.enrolled || module.hknso != world.facts().hknso || module.mode != ModuleMode::operational;
    });
    return modules;
}

std::string serial_of(ByteView hash) { return to_hex(hash).substr(0, 16); }

TokenIdentity identity_of(const CardSetFacts& set) {
    TokenIdentity identity;
    identity.kind = TokenKind::card_set;
    identity.owner = set.token;
    identity.label = set.name;
    identity.serial = serial_of(set.token);
    identity.create_time = set.create_time;
    identity.has_user = true;
    identity.k = set.k;
    identity.persistent = set.persistent;
    return identity;
}

} // namespace

Slots::Slots(const Settings& settings) : settings_(&settings) { look(); }

/// A number below 2^31 from what names the token, the next one where it is taken.
CK_SLOT_ID Slots::number_for(std::string_view seed) const {
    std::uint32_t hash = 2166136261u; // FNV-1a
    for (const unsigned char c : seed) hash = (hash ^ c) * 16777619u;
    CK_SLOT_ID id = (hash & 0x7fffffff) | 0x10000; // the small numbers are the free slot's
    while (std::ranges::find(slots_, id, &Slot::id) != slots_.end()) id = (id + 1) & 0x7fffffff;
    return id;
}

TokenPtr Slots::make_token(TokenIdentity identity) const {
    const auto module = identity.module ? identity.module : module_;
    return std::make_shared<Token>(*client_, *world_, module, std::move(identity), *settings_);
}

void Slots::add(TokenIdentity identity) {
    for (auto& slot : slots_) {
        if (!slot.token || slot.token->serial() != identity.serial) continue;
        // Initialised anew by another process: another token in the same slot.
        if (slot.token->owner() != identity.owner) slot.token = make_token(std::move(identity));
        return;
    }
    const auto id = number_for(identity.serial);
    // The free slot stays last.
    const auto last = !slots_.empty() && !slots_.back().token ? slots_.end() - 1 : slots_.end();
    slots_.insert(last, Slot{id, make_token(std::move(identity))});
    // Its card is there or not: that is no event yet.
    auto& slot = *std::ranges::find(slots_, id, &Slot::id);
    slot.present = slot.token->present();
}

/// Not in a world that C_InitToken made: programs written for other modules count slots, and a token without a login
/// surprises them. Such a world is known by its tokens' officers, or by its administrator card where quickstart left it.
bool Slots::wants_accelerator(const std::vector<TokenFacts>& softcards) const {
    if (settings_->accelerator_slots >= 0) return settings_->accelerator_slots != 0;
    if (settings_->fake_accelerator_login || settings_->security_world) return true;
    std::error_code no;
    return std::ranges::none_of(softcards, &TokenFacts::has_officer) &&
           !std::filesystem::exists(client_->locations().home / "cards" / "admin.card", no);
}

/// One for the world, or without load-sharing one for each module, whose session keys are its own.
void Slots::add_accelerators() {
    TokenIdentity accelerator;
    accelerator.kind = TokenKind::accelerator;
    if (settings_->load_sharing) {
        accelerator.label = "accelerator";
        accelerator.serial = serial_of(world_->facts().hknso);
        add(std::move(accelerator));
        return;
    }
    for (const auto& module : modules_in(*client_, *world_)) {
        accelerator.module = module.number;
        accelerator.label = "accelerator " + module.esn;
        accelerator.serial = module.esn;
        std::erase(accelerator.serial, '-');
        accelerator.serial.insert(0, 16 - std::min<std::size_t>(16, accelerator.serial.size()), '0');
        add(accelerator);
    }
}

void Slots::look() {
    if (!client_) client_ = Client::open();
    if (!world_ && client_->has_world()) {
        auto world = client_->world();
        if (const auto modules = modules_in(*client_, world); !modules.empty()) {
            module_ = modules.front().number;
            world_ = std::move(world);
        }
    }
    if (world_) {
        const auto softcards = Tokens(*world_, module_).list();
        for (const auto& facts : softcards) add(token_identity(facts));
        for (const auto& set : world_->card_sets())
            if (settings_->cardset_hash.empty() || to_hex(set.token).starts_with(settings_->cardset_hash)) add(identity_of(set));
        if (wants_accelerator(softcards)) add_accelerators();
    }
    if (settings_->free_slot && (slots_.empty() || slots_.back().token)) {
        CK_SLOT_ID id = 0;
        while (std::ranges::find(slots_, id, &Slot::id) != slots_.end()) ++id;
        slots_.push_back({id, nullptr});
    }
}

std::vector<CK_SLOT_ID> Slots::list(bool with_token, bool refresh) {
    const std::lock_guard lock(mutex_);
    if (refresh) look();
    std::vector<CK_SLOT_ID> ids;
    for (const auto& slot : slots_)
        if (!with_token || !slot.token || slot.token->present()) ids.push_back(slot.id);
    return ids;
}

Slot& Slots::at(CK_SLOT_ID id) {
    const auto slot = std::ranges::find(slots_, id, &Slot::id);
    if (slot == slots_.end()) refuse(CKR_SLOT_ID_INVALID);
    return *slot;
}

bool Slots::exists(CK_SLOT_ID id) {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(slots_, id, &Slot::id) != slots_.end();
}

WorldMode Slots::mode(CK_SLOT_ID id) {
    const std::lock_guard lock(mutex_);
    (void)at(id);
    return world_ ? world_->facts().mode : WorldMode::unrestricted;
}

TokenPtr Slots::token_or_free(CK_SLOT_ID id) {
    const std::lock_guard lock(mutex_);
    if (const auto& token = at(id).token; !token || token->alive() || (token->lost() && token->present())) return token;
    look(); // it may be there again, or another one in its place
    auto token = at(id).token;
    if (!token->present()) refuse(CKR_TOKEN_NOT_PRESENT);
    return token;
}

TokenPtr Slots::occupant(CK_SLOT_ID id) {
    const std::lock_guard lock(mutex_);
    return at(id).token;
}

std::pair<TokenPtr, bool> Slots::view(CK_SLOT_ID id) {
    const std::lock_guard lock(mutex_);
    const auto token = at(id).token;
    if (!token || token->present()) return {token, true};
    look();
    auto now = at(id).token;
    const auto present = now->present();
    return {std::move(now), present};
}

TokenPtr Slots::token(CK_SLOT_ID id) {
    auto token = token_or_free(id);
    if (!token) refuse(CKR_TOKEN_NOT_RECOGNIZED);
    return token;
}

std::optional<CK_SLOT_ID> Slots::next_event() {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots_) {
        if (!slot.token || slot.token->kind() != TokenKind::card_set) continue;
        const bool before = std::exchange(slot.present, slot.token->present()); // its own line: '!=' orders nothing
        if (before != slot.present) return slot.id;
    }
    return std::nullopt;
}

void Slots::initialise_token(CK_SLOT_ID id, const std::string& label, const Secret& officer_pin) {
    unhurried([&] {
        const std::lock_guard lock(mutex_);
        initialise_once(id, label, officer_pin);
    });
}

void Slots::initialise_once(CK_SLOT_ID id, const std::string& label, const Secret& officer_pin) {
    look(); // another process may have initialised it anew
    auto& slot = at(id);
    if (slot.token) {
        if (slot.token->sessions.load() != 0) refuse(CKR_SESSION_EXISTS);
        const auto who = slot.token->identity();
        if (who.kind != TokenKind::softcard || !who.has_officer) {
            abi::warn("C_InitToken makes nothing of what was made with createocs or ppmk; use these");
            refuse(CKR_TOKEN_WRITE_PROTECTED);
        }
        const auto fresh = Tokens(*world_, module_).reinitialise(who.owner, label, officer_pin, "pkcs11");
        slot.token = make_token(token_identity(fresh));
        return;
    }
    if (!world_) {
        const auto made = quickstart(*client_, settings_->test_parameters);
        module_ = made.module;
        world_ = client_->world();
    }
    const auto fresh = Tokens(*world_, module_).create(label, officer_pin);
    slot.token = make_token(token_identity(fresh));
}

} // namespace hsm::pkcs11
