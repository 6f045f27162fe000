// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include "fault.hpp"

// Users of a token. Its objects are in token_objects.cpp.

namespace hsm::pkcs11 {

TokenIdentity token_identity(const TokenFacts& facts) {
    TokenIdentity identity;
    identity.kind = TokenKind::softcard;
    identity.owner = facts.token;
    identity.label = facts.label;
    identity.serial = facts.serial;
    identity.create_time = facts.create_time;
    identity.has_officer = facts.has_officer;
    identity.has_user = facts.has_user;
    identity.user_failures = facts.user_failures;
    identity.officer_failures = facts.officer_failures;
    return identity;
}

Token::Token(Client client, World world, std::uint32_t module, TokenIdentity identity, const Settings& settings)
    : client_(std::move(client)), world_(std::move(world)), module_(module), settings_(&settings), kind_(identity.kind),
      serial_(identity.serial), owner_(identity.owner), persistent_(identity.persistent), mode_(world_.facts().mode), identity_(identity), objects_(world_, "pkcs11", module, owner_) {
    if (settings.profile_objects) add_profiles();
}

void Token::refresh_identity() {
    if (kind_ != TokenKind::softcard) return;
    try {
        auto identity = token_identity(tokens().get(owner_));
        *identity_.lock() = std::move(identity);
    } catch (const Error& error) {
        if (error.status() != Status::not_found) throw;
        refuse(CKR_TOKEN_NOT_PRESENT); // removed or initialised anew by another process
    }
}

const MechanismMapRow& Token::mechanism(CK_MECHANISM_TYPE type, CK_FLAGS purpose) const {
    const auto* row = mechanism_row_of(type);
    if (!row || !(row->flags & purpose)) refuse(CKR_MECHANISM_INVALID);
    if (mode_ != WorldMode::unrestricted && !(allowed_in(*row, mode_).flags & purpose)) refuse(CKR_MECHANISM_INVALID);
    return *row;
}

bool Token::present() const {
    switch (kind_) {
    case TokenKind::accelerator: return true;
    case TokenKind::softcard:
        try {
            return tokens().get(owner_).token == owner_;
        } catch (const Error& error) {
            if (error.status() == Status::not_found) return false;
            throw;
        }
    case TokenKind::card_set:
        for (const auto& slot : client_.slots(module_))
            if (slot.state == SlotState::operator_card && slot.set == owner_) return true;
        // Between two cards of a login there may be none.
        if ((persistent_ && user() == CKU_USER) || loading_session_.load(std::memory_order_acquire) != 0) return true;
        if (sessions.load() != 0) lost_.store(true, std::memory_order_release);
    }
    return false;
}

bool Token::alive() {
    if (lost()) return false;
    if (kind_ == TokenKind::accelerator) return true;
    std::uint64_t now = objects_.changes() + 1;
    if (kind_ == TokenKind::card_set) {
        const auto time = std::chrono::steady_clock::now().time_since_epoch();
        now = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) / 100 + 1;
    }
    // That it is gone is not believed for long: its card may have come back.
    if (looked_.load(std::memory_order_acquire) != now || !alive_.load(std::memory_order_relaxed)) {
        alive_.store(present(), std::memory_order_relaxed);
        looked_.store(now, std::memory_order_release);
    }
    return alive_.load(std::memory_order_relaxed);
}

bool Token::login_required() const noexcept {
    return kind_ != TokenKind::accelerator || settings_->fake_accelerator_login;
}

void Token::login(CK_USER_TYPE type, const Secret& pin, const GiveUp& give_up, const std::function<void()>& admit) {
    const auto once = [&] {
        const std::lock_guard lock(login_mutex_);
        login_once(type, pin, admit);
    };
    unhurried(once, give_up);
}

void Token::login_once(CK_USER_TYPE type, const Secret& pin, const std::function<void()>& admit) {
    if (const auto now = user(); now != nobody)
        refuse(now == type ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    refresh_identity();
    const auto who = identity();
    if (who.kind == TokenKind::accelerator) {
        if (!settings_->fake_accelerator_login || type != CKU_USER) refuse(CKR_USER_PIN_NOT_INITIALIZED);
    } else if (type == CKU_SO) {
        if (!who.has_officer) refuse(CKR_USER_PIN_NOT_INITIALIZED);
        auto officer = tokens().load(who.owner, TokenRole::officer, pin);
        admit();
        *officer_.lock() = std::move(officer);
        bump();
        return;
    } else if (who.kind == TokenKind::card_set) {
        if (loading_) refuse(CKR_OPERATION_ACTIVE);
        open_card_set(pin);
    } else {
        if (!who.has_user) refuse(CKR_USER_PIN_NOT_INITIALIZED);
        if (pin.empty()) refuse(CKR_PIN_INCORRECT);
        check_not_locked(who);
        objects_.open(tokens().load(who.owner, TokenRole::user, pin));
    }
    become(type);
}

void Token::become(CK_USER_TYPE type) noexcept {
    logins_.fetch_add(1, std::memory_order_acq_rel);
    user_.store(type, std::memory_order_release);
    bump();
}

/// The officer is slowed down by wrong PINs, never locked out: C_InitPIN is what unlocks the user.
void Token::check_not_locked(const TokenIdentity& who) const {
    if (settings_->pin_lockout && who.user_failures >= settings_->pin_lockout) refuse(CKR_PIN_LOCKED);
}

void Token::check_pin_usable() {
    if (!settings_->pin_lockout) return;
    refresh_identity();
    try {
        check_not_locked(identity());
    } catch (const Fault&) {
        logout(); // PKCS #11 3.2, 4.10
        throw;
    }
}

/// All the cards that the set needs are in slots, and the PIN is each one's passphrase.
void Token::open_card_set(const Secret& pin) {
    FixedPassphrase authoriser(pin.clone());
    World world(world_);
    try {
        objects_.open(world.load_card_set(module_, owner_, authoriser));
    } catch (const Error& error) {
        if (error.status() != Status::cancelled) throw;
        refuse(CKR_TOKEN_NOT_PRESENT); // there was nobody to ask for another card
    }
}

void Token::begin_card_login(CK_SESSION_HANDLE session, CK_ULONG& k, CK_ULONG& n) {
    const std::lock_guard lock(login_mutex_);
    if (user() != nobody) refuse(user() == CKU_USER ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    if (loading_) refuse(CKR_OPERATION_ACTIVE);
    if (kind_ != TokenKind::card_set) refuse(CKR_FUNCTION_NOT_SUPPORTED);
    const auto set = world_.card_set(to_hex(owner_));
    loading_.emplace(world_.begin_card_set(module_, set.token));
    loading_session_.store(session, std::memory_order_release);
    k = set.k;
    n = set.n;
}

CK_ULONG Token::next_card(CK_SESSION_HANDLE session, const Secret& pin, const GiveUp& give_up) {
    const auto once = [&] {
        const std::lock_guard lock(login_mutex_);
        if (!loading_ || loading_session_ != session) refuse(CKR_OPERATION_NOT_INITIALIZED);
        try {
            return loading_->present(pin);
        } catch (const Error& error) {
            const auto code = code_of(error.status());
            const bool goes_on = error.status() == Status::passphrase_delayed || code == CKR_PIN_INCORRECT || code == CKR_TOKEN_NOT_PRESENT;
            if (!goes_on) forget_card_login();
            throw;
        }
    };
    return unhurried(once, give_up);
}

void Token::forget_card_login() noexcept {
    loading_.reset();
    loading_session_.store(0, std::memory_order_release);
}

void Token::abandon_card_login(CK_SESSION_HANDLE session) noexcept {
    if (loading_session_.load(std::memory_order_acquire) != session) return;
    const std::lock_guard lock(login_mutex_);
    if (loading_session_.load() == session) forget_card_login();
}

void Token::end_card_login(CK_SESSION_HANDLE session) {
    const std::lock_guard lock(login_mutex_);
    if (!loading_ || loading_session_ != session) refuse(CKR_OPERATION_NOT_INITIALIZED);
    auto loading = std::move(*loading_);
    loading_.reset();
    try {
        objects_.open(loading.finish());
    } catch (...) {
        forget_card_login();
        throw;
    }
    become(CKU_USER);
    forget_card_login(); // from here on it is the user who keeps the token there
}

void Token::logout() {
    const std::lock_guard lock(login_mutex_);
    if (user() == nobody) refuse(CKR_USER_NOT_LOGGED_IN);
    logout_now();
}

void Token::logout_if(const std::function<bool()>& wanted) {
    const std::lock_guard lock(login_mutex_);
    if (wanted() && user() != nobody) logout_now();
}

void Token::logout_now() {
    user_.store(nobody, std::memory_order_release);
    logins_.fetch_add(1, std::memory_order_acq_rel); // before the objects are looked through: see add()
    bump(); // nothing that was looked up before is believed any more
    *officer_.lock() = std::nullopt;
    objects_.close();
    // Handles of private objects die for good; private session objects with them.
    table_.remove_if([](const ObjectEntry& entry) { return entry.is_private; });
}

void Token::set_user_pin(const Secret& pin) {
    const std::lock_guard lock(login_mutex_);
    const auto officer = this->officer();
    if (user() != CKU_SO || !officer) refuse(CKR_USER_NOT_LOGGED_IN);
    tokens().set_user_passphrase(*officer, pin);
    refresh_identity();
}

void Token::change_pin(const Secret& old_one, const Secret& new_one, const GiveUp& give_up) {
    const auto once = [&] {
        const std::lock_guard lock(login_mutex_);
        change_pin_once(old_one, new_one);
    };
    unhurried(once, give_up);
}

void Token::change_pin_once(const Secret& old_one, const Secret& new_one) {
    refresh_identity();
    const auto who = identity();
    const auto role = user() == CKU_SO ? TokenRole::officer : TokenRole::user;
    if (who.kind == TokenKind::card_set) {
        change_card_pin(old_one, new_one);
        return;
    }
    if (who.kind == TokenKind::accelerator || (role == TokenRole::user && !who.has_user)) refuse(CKR_USER_PIN_NOT_INITIALIZED);
    if (role == TokenRole::user) check_not_locked(who);
    tokens().change_passphrase(who.owner, role, old_one, new_one);
    if (user() != CKU_USER) return;
    // The token as it was loaded knows the old passphrase; C_Login for a single use must take the new one.
    objects_.open(tokens().load(who.owner, TokenRole::user, new_one));
    bump();
}

void Token::change_card_pin(const Secret& old_one, const Secret& new_one) {
    for (const auto& slot : client_.slots(module_)) {
        if (slot.state != SlotState::operator_card || slot.set != owner_) continue;
        client_.change_card_passphrase(module_, slot.slot, old_one, new_one);
        return;
    }
    refuse(CKR_TOKEN_NOT_PRESENT);
}

} // namespace hsm::pkcs11
