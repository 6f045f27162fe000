// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "digest_states.hpp"
#include "exports.hpp"

#include <algorithm>

// PKCS #11 3.2, 5.6.5: cryptographic operations state.

namespace hsm::pkcs11 {

DigestStates::Name DigestStates::save(const Token& token, SavedDigest digest) {
    Name name{'h', 's', 'm', 'd', 0, 0, 0, 1};
    const auto random = token.random(name.size() - 8);
    std::copy(random.begin(), random.end(), name.begin() + 8);
    const auto entries = entries_.lock();
    entries->push_back({name, &token, std::move(digest)});
    if (entries->size() > most) entries->pop_front();
    return name;
}

SavedDigest DigestStates::restore(const Token& token, ByteView name) {
    const auto entries = entries_.lock();
    const auto found = std::ranges::find_if(
        *entries, [&](const Entry& entry) { return entry.token == &token && std::ranges::equal(entry.name, name); });
    if (found == entries->end()) refuse(CKR_SAVED_STATE_INVALID);
    return found->digest.copy();
}

namespace {

bool other_operation(const Session& session) {
    return session.encrypt.active() || session.decrypt.active() || session.sign.active() || session.verify.active() ||
           session.sign_recover.active() || session.verify_recover.active();
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

CK_RV C_GetOperationState(CK_SESSION_HANDLE handle, CK_BYTE_PTR state, CK_ULONG_PTR size) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        required(size);
        if (other_operation(*held)) return CKR_STATE_UNSAVEABLE;
        if (!held->digest.active()) return CKR_OPERATION_NOT_INITIALIZED;
        const Output out{state, size};
        if (out.asks() || *size < state_name_size) return announce(out, state_name_size);
        return deliver(out, library.digest_states().save(held->token(), held->digest.save_digest()));
    });
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE handle, CK_BYTE_PTR state, CK_ULONG size, CK_OBJECT_HANDLE encryption_key,
                          CK_OBJECT_HANDLE authentication_key) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        required(state);
        if (encryption_key != 0 || authentication_key != 0) return CKR_KEY_NOT_NEEDED;
        auto saved = library.digest_states().restore(held->token(), input(state, size));
        // What was active in this session is replaced.
        for (auto* operation : {&held->encrypt, &held->decrypt, &held->sign, &held->verify, &held->sign_recover, &held->verify_recover})
            operation->end();
        held->digest.resume_digest(held->token(), std::move(saved));
        return CKR_OK;
    });
}

} // extern "C"
