// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"
#include "key_making.hpp"

// PKCS #11 3.2, 5.18: key management; 5.19: random numbers.

using namespace hsm;
using namespace hsm::pkcs11;

namespace {

CK_RV wrap(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key, std::optional<ByteView> aad,
           CK_BYTE_PTR out, CK_ULONG_PTR length, Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, length);
        return wrap_key(session, *mechanism, kek, key, aad, {out, length});
    }, where);
}

CK_RV unwrap(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_BYTE_PTR wrapped, CK_ULONG size,
             CK_ATTRIBUTE_PTR attributes, CK_ULONG count, std::optional<ByteView> aad, CK_OBJECT_HANDLE_PTR out,
             Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, wrapped, out);
        *out = unwrap_key(session, *mechanism, kek, input(wrapped, size), parse_template(attributes, count), aad);
        return CKR_OK;
    }, where);
}

} // namespace

extern "C" {

CK_RV C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                    CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, out);
        *out = generate_key(session, *mechanism, parse_template(attributes, count));
        return CKR_OK;
    });
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_template, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_template, CK_ULONG private_count, CK_OBJECT_HANDLE_PTR public_out,
                        CK_OBJECT_HANDLE_PTR private_out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, public_out, private_out);
        std::tie(*public_out, *private_out) = generate_pair(session, *mechanism, parse_template(public_template, public_count),
                                                            parse_template(private_template, private_count));
        return CKR_OK;
    });
}

CK_RV C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key, CK_BYTE_PTR out,
                CK_ULONG_PTR length) {
    return wrap(handle, mechanism, kek, key, std::nullopt, out, length);
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_BYTE_PTR wrapped, CK_ULONG size,
                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR out) {
    return unwrap(handle, mechanism, kek, wrapped, size, attributes, count, std::nullopt, out);
}

CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key,
                             CK_BYTE_PTR aad, CK_ULONG aad_size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    if (!readable(aad, aad_size)) return in_session(handle, [](Session&) -> CK_RV { return CKR_ARGUMENTS_BAD; });
    return wrap(handle, mechanism, kek, key, ByteView(aad, aad_size), out, length);
}

CK_RV C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE kek, CK_BYTE_PTR wrapped,
                               CK_ULONG size, CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR aad, CK_ULONG aad_size,
                               CK_OBJECT_HANDLE_PTR out) {
    if (!readable(aad, aad_size)) return in_session(handle, [](Session&) -> CK_RV { return CKR_ARGUMENTS_BAD; });
    return unwrap(handle, mechanism, kek, wrapped, size, attributes, count, ByteView(aad, aad_size), out);
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                  CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism);
        // The keys of a TLS connection come back in the parameter.
        const bool in_parameter = mechanism->mechanism == CKM_TLS12_KEY_AND_MAC_DERIVE || mechanism->mechanism == CKM_TLS12_KEY_SAFE_DERIVE;
        if (!in_parameter) required(out);
        const auto made = derive_key(session, *mechanism, base, parse_template(attributes, count));
        if (out) *out = made;
        return CKR_OK;
    });
}

CK_RV C_EncapsulateKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_PTR attributes,
                       CK_ULONG count, CK_BYTE_PTR ciphertext, CK_ULONG_PTR size, CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, size);
        const auto needed = ciphertext_size(session, *mechanism, key);
        // A question makes no key.
        if (!ciphertext || *size < needed) return announce({ciphertext, size}, needed);
        required(out);
        Bytes made;
        *out = encapsulate(session, *mechanism, key, parse_template(attributes, count), made);
        return deliver({ciphertext, size}, made);
    });
}

CK_RV C_DecapsulateKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_PTR attributes,
                       CK_ULONG count, CK_BYTE_PTR ciphertext, CK_ULONG size, CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(mechanism, ciphertext, out);
        *out = decapsulate(session, *mechanism, key, parse_template(attributes, count), input(ciphertext, size));
        return CKR_OK;
    });
}

CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR seed, CK_ULONG size) {
    return in_session(handle, [&](Session&) -> CK_RV {
        (void)input(seed, size); // the system's generator needs none; what it is given does no harm
        return CKR_OK;
    });
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(out, size)) return CKR_ARGUMENTS_BAD;
        constexpr CK_ULONG at_once = 64u << 10;
        for (CK_ULONG done = 0; done < size;) {
            const auto part = session.token().random(std::min(at_once, size - done));
            std::copy(part.begin(), part.end(), out + done);
            done += static_cast<CK_ULONG>(part.size());
        }
        return CKR_OK;
    });
}

} // extern "C"
