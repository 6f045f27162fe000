// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "sessions.hpp"

#include "fault.hpp"

namespace hsm::pkcs11 {

Session::Session(CK_SESSION_HANDLE handle, CK_SLOT_ID slot, TokenPtr token, bool read_write)
    : handle_(handle), slot_(slot), token_(std::move(token)), read_write_(read_write) {}

Session::~Session() = default;

CK_STATE Session::state() const noexcept {
    switch (token_->user()) {
    case CKU_SO: return CKS_RW_SO_FUNCTIONS;
    case CKU_USER: return read_write_ ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    default: return read_write_ ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    }
}

void Session::tidy() noexcept {
    for (auto* operation : {&encrypt, &decrypt, &sign, &verify, &sign_recover, &verify_recover, &digest})
        if (!operation->active()) operation->forget();
    for (auto* operation : {&message_encrypt, &message_decrypt, &message_sign, &message_verify})
        if (!operation->active()) operation->forget();
    if (token_->user() != CKU_USER) single_use.forget();
}

CK_SESSION_HANDLE Sessions::open(CK_SLOT_ID slot, const TokenPtr& token, bool read_write) {
    if (token->lost()) close_all(token);
    const std::lock_guard lock(opening_);
    if (!read_write && token->user() == CKU_SO) refuse(CKR_SESSION_READ_WRITE_SO_EXISTS);
    const auto limit = token->settings().max_sessions;
    if (limit && token->sessions.load() >= limit) refuse(CKR_SESSION_COUNT);
    if (last_ == 0xfffffffe) refuse(CKR_SESSION_COUNT); // no handle is ever used twice
    const CK_SESSION_HANDLE handle = ++last_;
    shard_of(handle).lock()->sessions.emplace(handle, std::make_shared<Session>(handle, slot, token, read_write));
    ++token->sessions;
    if (read_write) ++token->rw_sessions;
    return handle;
}

HeldSession Sessions::hold(CK_SESSION_HANDLE handle) {
    std::shared_ptr<Session> session;
    {
        const auto shard = shard_of(handle).lock();
        const auto at = shard->sessions.find(handle);
        if (at == shard->sessions.end()) refuse(CKR_SESSION_HANDLE_INVALID);
        session = at->second;
    }
    // A token that went takes its sessions along.
    if (!session->token().alive()) {
        close_all(session->token_);
        refuse(CKR_SESSION_HANDLE_INVALID);
    }
    std::unique_lock lock(session->mutex_);
    if (session->closed_) refuse(CKR_SESSION_HANDLE_INVALID);
    session->login_ = session->token().login_count();
    // What was busy when somebody logged out, or destroyed a key, lets go now.
    if (const auto stamp = session->token().epoch(); std::exchange(session->tidied_, stamp) != stamp) session->tidy();
    return HeldSession(std::move(session), std::move(lock));
}

void Sessions::login_officer(Session& session, const Secret& pin) {
    auto& token = session.token();
    token.login(CKU_SO, pin, session.give_up(), [&] {
        const std::lock_guard lock(opening_);
        if (token.sessions.load() != token.rw_sessions.load()) refuse(CKR_SESSION_READ_ONLY_EXISTS);
        token.become(CKU_SO); // before anybody can open a session that only reads
    });
}

/// The session is out of the table: what it left behind goes. The last one of a token logs out.
void Sessions::end(const std::shared_ptr<Session>& session) {
    auto& token = session->token();
    session->ending_.store(true, std::memory_order_release);
    {
        const std::lock_guard lock(session->mutex_); // a call that runs is waited for
        session->closed_ = true;
        session->search = {};
        for (auto* operation : {&session->encrypt, &session->decrypt, &session->sign, &session->verify, &session->sign_recover,
                                &session->verify_recover, &session->digest})
            operation->end();
        session->tidy();
    }
    token.drop_session_objects(session->handle());
    token.abandon_card_login(session->handle());
    const auto leave = [&] {
        if (session->read_write()) --token.rw_sessions;
        --token.sessions;
    };
    {
        const std::lock_guard opening(opening_);
        if (token.sessions.load() > 1) return leave();
    }
    // The last one, it seems. A login takes its lock before this one (login_officer), and so it is done here.
    token.logout_if([&] {
        const std::lock_guard opening(opening_);
        leave();
        return token.sessions.load() == 0;
    });
}

void Sessions::close(CK_SESSION_HANDLE handle) {
    std::shared_ptr<Session> session;
    {
        const auto shard = shard_of(handle).lock();
        const auto at = shard->sessions.find(handle);
        if (at == shard->sessions.end()) refuse(CKR_SESSION_HANDLE_INVALID);
        session = at->second;
        shard->sessions.erase(at);
    }
    end(session);
}

std::vector<std::shared_ptr<Session>> Sessions::of(const Token& token) {
    std::vector<std::shared_ptr<Session>> found;
    for (auto& shard : shards_) {
        const auto held = shard.lock(); // named: a temporary would not outlive the head of the loop
        for (const auto& [handle, session] : held->sessions)
            if (&session->token() == &token) found.push_back(session);
    }
    return found;
}

void Sessions::close_all(const TokenPtr& token) {
    for (const auto& session : of(*token)) {
        if (shard_of(session->handle()).lock()->sessions.erase(session->handle()) == 1) end(session);
    }
    token->found();
}

void Sessions::tidy(const Token& token, const Session& caller) {
    for (const auto& session : of(token)) {
        if (session.get() == &caller) continue;
        const std::unique_lock lock(session->mutex_, std::try_to_lock);
        if (lock.owns_lock()) session->tidy();
    }
}

} // namespace hsm::pkcs11
