// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "message.hpp"
#include "new_object.hpp"
#include "operation.hpp"
#include "single_use.hpp"

#include <hsm/sync.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

/// \file
/// Sessions: an application's conversation with a token (PKCS #11 3.2, 5.6).

namespace hsm::pkcs11 {

/// A search in progress: a snapshot of handles.
struct Search {
    bool active = false;
    std::vector<CK_OBJECT_HANDLE> handles;
    std::size_t next = 0;
};

/// One session. Used while it is held: one call at a time.
class Session {
public:
    Session(CK_SESSION_HANDLE handle, CK_SLOT_ID slot, TokenPtr token, bool read_write);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] CK_SESSION_HANDLE handle() const noexcept { return handle_; }
    [[nodiscard]] CK_SLOT_ID slot() const noexcept { return slot_; }
    [[nodiscard]] Token& token() const noexcept { return *token_; }
    [[nodiscard]] bool read_write() const noexcept { return read_write_; }
    [[nodiscard]] CK_STATE state() const noexcept;
    [[nodiscard]] Maker maker() const noexcept { return {*token_, read_write_}; }
    [[nodiscard]] Caller caller() const noexcept { return {handle_, login_}; }
    /// Whoever closes the session does not wait for a call that waits.
    [[nodiscard]] GiveUp give_up() const {
        return [this] { return ending_.load(std::memory_order_acquire); };
    }

    Operation encrypt{Action::encrypt}, decrypt{Action::decrypt}, sign{Action::sign}, verify{Action::verify};
    Operation sign_recover{Action::sign}, verify_recover{Action::encrypt};
    Operation digest{Action::derive};
    MessageOperation message_encrypt{Action::encrypt}, message_decrypt{Action::decrypt};
    MessageOperation message_sign{Action::sign}, message_verify{Action::verify};
    SingleUse single_use;
    Search search;

    /// Lets go of what is kept from operations that ended: their keys may have to go.
    void tidy() noexcept;

private:
    friend class Sessions;
    CK_SESSION_HANDLE handle_;
    CK_SLOT_ID slot_;
    TokenPtr token_;
    bool read_write_;

    std::uint64_t tidied_ = 0; ///< Token::epoch() when it last let go
    std::uint64_t login_ = 0;  ///< Token::login_count() when the present call began
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    bool closed_ = false;
};

/// A session, locked for one call.
class HeldSession {
public:
    explicit HeldSession(std::shared_ptr<Session> session, std::unique_lock<std::mutex> lock)
        : session_(std::move(session)), lock_(std::move(lock)) {}
    Session& operator*() const noexcept { return *session_; }
    Session* operator->() const noexcept { return session_.get(); }

private:
    std::shared_ptr<Session> session_;
    std::unique_lock<std::mutex> lock_;
};

/// All sessions of the process. Thread-safe.
class Sessions {
public:
    CK_SESSION_HANDLE open(CK_SLOT_ID slot, const TokenPtr& token, bool read_write);
    /// Throws Fault (CKR_SESSION_HANDLE_INVALID).
    [[nodiscard]] HeldSession hold(CK_SESSION_HANDLE handle);
    void close(CK_SESSION_HANDLE handle);
    void close_all(const TokenPtr& token); ///< of a token
    /// After a logout or a destroyed object: idle sessions let go of keys that they keep; busy ones do so at their next call.
    /// \p caller tidies itself.
    void tidy(const Token& token, const Session& caller);
    /// C_Login of the security officer: no session that only reads may be there or come to be meanwhile.
    void login_officer(Session& session, const Secret& pin);

private:
    struct Shard {
        std::unordered_map<CK_SESSION_HANDLE, std::shared_ptr<Session>> sessions;
    };
    static constexpr std::size_t shard_count = 64;
    [[nodiscard]] Sync<Shard>& shard_of(CK_SESSION_HANDLE handle) { return shards_[handle % shard_count]; }
    [[nodiscard]] std::vector<std::shared_ptr<Session>> of(const Token& token);
    void end(const std::shared_ptr<Session>& session);

    std::array<Sync<Shard>, shard_count> shards_;
    std::uint32_t last_ = 0; ///< under opening_
    std::mutex opening_; ///< counting sessions and the end of a login belong together
};

} // namespace hsm::pkcs11
