// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "fault.hpp"
#include "mechanisms.hpp"
#include "object_table.hpp"
#include "settings.hpp"

#include <hsm/token.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <thread>

/// \file
/// A token: who is logged in, and its objects. A softcard, a card set, or the module itself.

namespace hsm::pkcs11 {

bool closing() noexcept; // library.hpp

enum class TokenKind : std::uint8_t { softcard, card_set, accelerator };

/// What stands behind a token, as the world's records say.
struct TokenIdentity {
    TokenKind kind = TokenKind::softcard;
    Hash256 owner{};        ///< token of the softcard or card set; zero: the module
    std::string label;
    std::string serial;     ///< 16 characters
    std::int64_t create_time = 0;
    std::uint32_t module = 0; ///< an accelerator's; 0: the one that all others are on
    bool has_officer = false, has_user = false;
    std::uint32_t user_failures = 0, officer_failures = 0;
    std::uint32_t k = 1;    ///< cards that a login needs
    bool persistent = false; ///< a card set whose keys stay when its cards are taken out
};

TokenIdentity token_identity(const TokenFacts& facts);

/// Who makes an object: a session, and who was logged in when its call began.
struct Caller {
    CK_SESSION_HANDLE session = 0;
    std::uint64_t login = 0; ///< Token::login_count()
};

/// Whether the caller is no longer waited for: its session was closed.
using GiveUp = std::function<bool()>;

/// A wrong PIN slows the next one down (the module says that it does); the caller waits here rather than be told so. No PIN
/// is locked by that, so that is not what the caller hears. C_Finalize and the end of the session end the wait.
template <class Attempt>
auto unhurried(Attempt&& attempt, const GiveUp& give_up = {}) {
    constexpr auto look_again = std::chrono::milliseconds(50);
    constexpr int most = 2400; // twice the longest delay of a card: somebody else goes on guessing
    for (int waits = 0;; ++waits) {
        try {
            return attempt();
        } catch (const Error& error) {
            if (error.status() != Status::passphrase_delayed || waits == most) throw;
        }
        if (closing()) refuse(CKR_FUNCTION_CANCELED);
        if (give_up && give_up()) refuse(CKR_SESSION_CLOSED);
        std::this_thread::sleep_for(look_again);
    }
}

/// Thread-safe. Locks: login before objects.
class Token {
public:
    Token(Client client, World world, std::uint32_t module, TokenIdentity identity, const Settings& settings);

    [[nodiscard]] TokenIdentity identity() const { return *identity_.lock(); } ///< a copy: it may change
    // What does not.
    [[nodiscard]] TokenKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& serial() const noexcept { return serial_; }
    [[nodiscard]] const Hash256& owner() const noexcept { return owner_; }
    [[nodiscard]] std::uint32_t module() const noexcept { return module_; }
    [[nodiscard]] const World& world() const noexcept { return world_; }
    [[nodiscard]] const Settings& settings() const noexcept { return *settings_; }
    /// The row, if the mechanism is there for any of \p purpose (bits of CKF_) in this world. Throws Fault
    /// (CKR_MECHANISM_INVALID).
    [[nodiscard]] const MechanismMapRow& mechanism(CK_MECHANISM_TYPE type, CK_FLAGS purpose) const;
    [[nodiscard]] Objects& objects() noexcept { return objects_; }
    [[nodiscard]] const Objects& objects() const noexcept { return objects_; }
    /// Whether the token is still there: its record, or a card of its set. Looks again only when something changed (records)
    /// or a tenth of a second went by (cards).
    [[nodiscard]] bool alive();
    [[nodiscard]] bool present() const; ///< as alive(), looked at now
    /// A card that a login needs was taken out, even if it is back: the sessions end at their next call.
    void lose() noexcept { lost_.store(true, std::memory_order_release); }
    void found() noexcept { lost_.store(false, std::memory_order_release); } ///< no session is left from before
    [[nodiscard]] bool lost() const noexcept { return lost_.load(std::memory_order_acquire); }
    /// Reads the records again: another process may have set the user's PIN.
    void refresh_identity();

    // Users. PINs are passed on as they are; C_Login's rules about sessions are the session's business.
    static constexpr CK_USER_TYPE nobody = CK_UNAVAILABLE_INFORMATION;
    [[nodiscard]] CK_USER_TYPE user() const noexcept { return user_.load(std::memory_order_acquire); }
    [[nodiscard]] bool login_required() const noexcept;
    /// \p admit: the officer's last condition; it calls become() when it holds, and throws otherwise.
    void login(CK_USER_TYPE type, const Secret& pin, const GiveUp& give_up, const std::function<void()>& admit = {});
    /// Throws Fault (CKR_PIN_LOCKED) and logs the user out, where wrong PINs lock and there were enough of them.
    void check_pin_usable();
    void become(CK_USER_TYPE type) noexcept;
    void logout();
    /// The same where somebody is logged in, when \p wanted says so, which is asked once nobody else can log in or out.
    void logout_if(const std::function<bool()>& wanted);
    void set_user_pin(const Secret& pin);                        ///< C_InitPIN
    // A card set, card by card (C_LoginBegin, C_LoginNext, C_LoginEnd), in one session from beginning to end.
    void begin_card_login(CK_SESSION_HANDLE session, CK_ULONG& k, CK_ULONG& n);
    CK_ULONG next_card(CK_SESSION_HANDLE session, const Secret& pin, const GiveUp& give_up); ///< cards that are still missing
    void end_card_login(CK_SESSION_HANDLE session);
    void abandon_card_login(CK_SESSION_HANDLE session) noexcept; ///< if it is this session's
    /// C_SetPIN of whoever is logged in (or the user).
    void change_pin(const Secret& old_one, const Secret& new_one, const GiveUp& give_up);

    // Objects.
    /// The object, current and visible to whoever is logged in. Throws Fault (CKR_OBJECT_HANDLE_INVALID).
    [[nodiscard]] ObjectPtr object(CK_OBJECT_HANDLE handle);
    [[nodiscard]] EntryPtr entry(CK_OBJECT_HANDLE handle);
    /// Whether such an object is stored under the token. The module itself has no user to seal for.
    [[nodiscard]] bool seals(const Attributes& attributes) const noexcept { return has_owner() && attributes.flag(CKA_PRIVATE); }
    /// Handles of the objects that match, as of now.
    [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(const Attributes& wanted);
    /// Puts a new object into place: a session object of \p session, or a stored one.
    CK_OBJECT_HANDLE add(Attributes attributes, Key key, const Caller& caller);
    /// A generated pair: one record if both are stored.
    std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> add_pair(Attributes public_half, Attributes private_half, Key key,
                                                            const Caller& caller);
    void destroy(CK_OBJECT_HANDLE handle);
    /// Replaces an object's attributes; \p key: to be stored anew with its present ACL.
    void change(CK_OBJECT_HANDLE handle, const ObjectPtr& old, Attributes attributes, const Key* key);
    /// Marks a wrapping key as trusted, or takes the mark away; the officer is logged in.
    void trust(CK_OBJECT_HANDLE handle, const ObjectPtr& old, Attributes attributes);
    void drop_session_objects(CK_SESSION_HANDLE session);
    /// The object's key, loaded.
    [[nodiscard]] Key key_of(const Object& object);
    /// A public key from its attributes, loaded.
    [[nodiscard]] Key import_public(const Attributes& attributes) const;
    /// The same loaded again, so that its ACL can be changed by itself.
    [[nodiscard]] Key key_copy(const Object& object);
    /// The officer, when logged in, for Key::set_trusted.
    [[nodiscard]] std::optional<Protector> officer() const { return *officer_.lock(); }

    /// A number that changes whenever an object may have changed or disappeared: what was looked up before is to be looked
    /// up again. Two loads.
    [[nodiscard]] std::uint64_t stamp() const noexcept {
        const auto changes = settings_->assume_single_process ? 0 : objects_.changes();
        return epoch() + (changes << 20);
    }

    [[nodiscard]] Bytes random(std::size_t size) const { return client_.random(size, module_); }
    [[nodiscard]] Bytes digest(Hash hash, ByteView data) const { return client_.digest(hash, data, module_); }
    [[nodiscard]] const Client& client() const noexcept { return client_; }

    /// Grows with every login and logout.
    [[nodiscard]] std::uint64_t login_count() const noexcept { return logins_.load(std::memory_order_acquire); }
    /// Grows with every login, logout and destroyed object.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_acquire); }

    // Sessions: how many there are, of each kind.
    std::atomic<std::uint32_t> sessions{0}, rw_sessions{0};

private:
    [[nodiscard]] bool visible(const ObjectEntry& entry) const noexcept;
    [[nodiscard]] ObjectPtr current(ObjectEntry& entry);
    [[nodiscard]] std::vector<ObjectMatch> search(std::vector<SearchTerm> terms) const;
    /// Counts what may have changed a stored object: with one process, what this one did.
    [[nodiscard]] std::uint64_t changes() const noexcept {
        return 1 + (settings_->assume_single_process ? own_changes_.load(std::memory_order_acquire) : objects_.changes());
    }
    void bump() noexcept { epoch_.fetch_add(1, std::memory_order_acq_rel); }
    [[nodiscard]] bool has_owner() const noexcept { return kind_ != TokenKind::accelerator; }
    [[nodiscard]] Tokens tokens() const { return Tokens(world_, module_); }

    void add_profiles();
    void look_for_foreign_keys();
    [[nodiscard]] Key foreign_key(const Object& object) const;
    [[nodiscard]] bool matches(const Object& object, const Attributes& wanted);
    void replace_part(StoredObject& stored, std::uint32_t part, std::optional<Attributes> attributes, const Key* key);
    void login_once(CK_USER_TYPE type, const Secret& pin, const std::function<void()>& admit);
    void logout_now();
    void change_pin_once(const Secret& old_one, const Secret& new_one);
    void check_not_locked(const TokenIdentity& who) const;
    void open_card_set(const Secret& pin);
    void forget_card_login() noexcept;
    void change_card_pin(const Secret& old_one, const Secret& new_one);

    Client client_;
    World world_;
    std::uint32_t module_;
    const Settings* settings_;
    const TokenKind kind_;
    const std::string serial_;
    const Hash256 owner_;
    const bool persistent_;
    const WorldMode mode_;
    mutable Sync<TokenIdentity> identity_;
    Objects objects_;
    ObjectTable table_;
    /// Keys of other programs, by name and identity, and the handles of their halves.
    struct Foreign {
        std::uint64_t seen = 0; ///< changes() and login_count() when it was last looked at
        std::map<std::string, std::vector<CK_OBJECT_HANDLE>> keys;
    };
    Sync<Foreign> foreign_;
    std::atomic<bool> alive_{true};
    std::atomic<std::uint64_t> looked_{0}; ///< alive(): at which change, or when
    std::mutex login_mutex_; ///< one login, logout or change of PIN at a time
    std::atomic<CK_USER_TYPE> user_{nobody};
    std::atomic<std::uint64_t> epoch_{0}, logins_{0};
    std::atomic<std::uint64_t> own_changes_{0};
    mutable Sync<std::optional<Protector>> officer_;
    std::optional<CardSetLoading> loading_; ///< under login_mutex_
    std::atomic<CK_SESSION_HANDLE> loading_session_{0}; ///< zero: nobody's
    mutable std::atomic<bool> lost_{false};
};

using TokenPtr = std::shared_ptr<Token>;

} // namespace hsm::pkcs11
