// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "trial.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hsm::test {

namespace {

/// Those that take their data in one call only.
constexpr std::array<CK_MECHANISM_TYPE, 8> single_calls{CKM_RSA_PKCS,      CKM_RSA_X_509,   CKM_RSA_PKCS_PSS,
                                                        CKM_RSA_PKCS_OAEP, CKM_ECDSA,       CKM_DSA,
                                                        CKM_HASH_ML_DSA,   CKM_HASH_SLH_DSA};

bool has_parts(CK_MECHANISM_TYPE type) { return std::ranges::find(single_calls, type) == single_calls.end(); }

/// By sevens, and where that would be very many, by more that is no multiple of a block either.
std::size_t part_size(std::size_t all) { return std::max<std::size_t>(7, all / 64 | 1); }

template <class Take>
CK_RV by_parts(const ByteString& in, Take&& take) {
    CK_RV rv = CKR_OK;
    const auto step = part_size(in.size());
    for (std::size_t at = 0; at < in.size() && rv == CKR_OK; at += step)
        rv = take(data(in) + at, static_cast<CK_ULONG>(std::min(step, in.size() - at)),
                  at + step >= in.size());
    return rv;
}

using OneCall = CK_RV (*)(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR);

/// Output of a call, or of several, behind each other.
struct Output {
    CK_RV rv = CKR_OK;
    ByteString bytes;

    template <class Call>
    CK_RV take(std::size_t room, Call&& call) {
        const auto had = bytes.size();
        bytes.resize(had + room);
        auto length = static_cast<CK_ULONG>(room);
        rv = call(bytes.data() + had, &length);
        bytes.resize(had + (rv == CKR_OK ? length : 0));
        return rv;
    }
};

constexpr std::size_t overhead =
    1024; ///< more than any padding, tag or signature that the vectors here have in parts

Output crypt(CK_SESSION_HANDLE session, OneCall once, OneCall update, CK_C_EncryptFinal final, bool parts,
             const ByteString& in) {
    Output out;
    if (!parts) {
        out.take(in.size() + overhead,
                 [&](auto* to, auto* length) { return once(session, data(in), size(in), to, length); });
        return out;
    }
    const auto rv = by_parts(in, [&](CK_BYTE_PTR part, CK_ULONG length, bool) {
        return out.take(in.size() + overhead,
                        [&](auto* to, auto* room) { return update(session, part, length, to, room); });
    });
    if (rv == CKR_OK)
        out.take(in.size() + overhead, [&](auto* to, auto* room) { return final(session, to, room); });
    return out;
}

Output encrypt(CK_SESSION_HANDLE session, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, bool parts,
               const ByteString& in) {
    if (const auto rv = p11().C_EncryptInit(session, &mechanism, key); rv != CKR_OK) return {rv, {}};
    return crypt(session, p11().C_Encrypt, p11().C_EncryptUpdate, p11().C_EncryptFinal, parts, in);
}

Output decrypt_in(CK_SESSION_HANDLE session, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, bool parts,
                  const ByteString& in) {
    if (const auto rv = p11().C_DecryptInit(session, &mechanism, key); rv != CKR_OK) return {rv, {}};
    return crypt(session, p11().C_Decrypt, p11().C_DecryptUpdate, p11().C_DecryptFinal, parts, in);
}

/// What an operation gave against what it was to give.
std::string compare(const std::string& what, const Output& got, const ByteString& expected) {
    if (got.rv != CKR_OK) return what + ": " + rv_name(got.rv);
    return got.bytes == expected ? std::string() : what + " gives " + hex_text(got.bytes);
}

std::string parts_or_not(bool parts) { return parts ? " in parts" : ""; }

constexpr std::size_t longest_signature = 1 << 16;

} // namespace

CK_BYTE_PTR data(const ByteString& bytes) {
    static CK_BYTE nothing = 0;
    return bytes.empty() ? &nothing : const_cast<CK_BYTE_PTR>(bytes.data());
}

Imported::Imported(CK_SESSION_HANDLE session, Template key) : session_(session) {
    rv_ = p11().C_CreateObject(session_, key.data(), key.count(), &handle_);
}

Imported::Imported(Imported&& other) noexcept
    : session_(other.session_), rv_(std::exchange(other.rv_, CKR_GENERAL_ERROR)), handle_(other.handle_) {}

Imported::~Imported() {
    if (rv_ == CKR_OK) (void)p11().C_DestroyObject(session_, handle_);
}

const Imported& Trial::kept(const std::string& name, const std::function<Template()>& make) {
    const auto found = keys_.find(name);
    return found != keys_.end() ? found->second : keys_.emplace(name, import(make())).first->second;
}

CK_FLAGS Trial::flags_of(CK_MECHANISM_TYPE type) {
    const auto [at, fresh] = flags_.try_emplace(type, 0);
    CK_MECHANISM_INFO info = {};
    if (fresh && p11().C_GetMechanismInfo(slot, type, &info) == CKR_OK) at->second = info.flags;
    return at->second;
}

std::string Trial::digest(CK_MECHANISM& mechanism, const ByteString& in, const ByteString& out) {
    for (const bool parts : {false, true}) {
        Output got;
        auto rv = p11().C_DigestInit(session, &mechanism);
        if (rv == CKR_OK && !parts)
            got.take(256, [&](auto* to, auto* room) {
                return p11().C_Digest(session, data(in), size(in), to, room);
            });
        if (rv == CKR_OK && parts)
            rv = by_parts(in, [&](auto* part, auto length, bool) {
                return p11().C_DigestUpdate(session, part, length);
            });
        if (rv == CKR_OK && parts)
            got.take(256, [&](auto* to, auto* room) { return p11().C_DigestFinal(session, to, room); });
        if (rv != CKR_OK) got.rv = rv;
        if (auto problem = compare("digest" + parts_or_not(parts), got, out); !problem.empty())
            return problem;
    }
    return {};
}

ByteString Trial::digest_of(CK_MECHANISM_TYPE type, const ByteString& in) {
    Mechanism mechanism(type);
    ByteString out(64);
    auto length = size(out);
    HSM_REQUIRE_OK(p11().C_DigestInit(session, &mechanism));
    HSM_REQUIRE_OK(p11().C_Digest(session, data(in), size(in), out.data(), &length));
    out.resize(length);
    return out;
}

std::string Trial::signed_one_way(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                                  unsigned way, ByteString& out) {
    Output got;
    const auto& f = p11();
    const auto take = [&](auto&& call) { return got.take(longest_signature, call); };
    const bool messages = way >= 2;
    auto rv =
        messages ? f.C_MessageSignInit(session, &mechanism, key) : f.C_SignInit(session, &mechanism, key);
    if (rv != CKR_OK) return "init: " + rv_name(rv);
    switch (way) {
    case 0:
        take([&](auto* to, auto* room) { return f.C_Sign(session, data(in), size(in), to, room); });
        break;
    case 1:
        rv = by_parts(in,
                      [&](auto* part, auto length, bool) { return f.C_SignUpdate(session, part, length); });
        if (rv == CKR_OK) take([&](auto* to, auto* room) { return f.C_SignFinal(session, to, room); });
        break;
    case 2:
        take([&](auto* to, auto* room) {
            return f.C_SignMessage(session, nullptr, 0, data(in), size(in), to, room);
        });
        break;
    default:
        rv = f.C_SignMessageBegin(session, nullptr, 0);
        if (rv == CKR_OK)
            rv = by_parts(in, [&](auto* part, auto length, bool) {
                return f.C_SignMessageNext(session, nullptr, 0, part, length, nullptr, nullptr);
            });
        if (rv == CKR_OK)
            take([&](auto* to, auto* room) {
                return f.C_SignMessageNext(session, nullptr, 0, data({}), 0, to, room);
            });
    }
    if (messages) (void)f.C_MessageSignFinal(session);
    out = std::move(got.bytes);
    if (rv == CKR_OK) rv = got.rv;
    return rv == CKR_OK ? "" : "sign, way " + std::to_string(way) + ": " + rv_name(rv);
}

std::string Trial::sign(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                        const ByteString& signature) {
    const bool messages = (flags_of(mechanism.mechanism) & CKF_MESSAGE_SIGN) != 0;
    const auto extra = 2 + ++turn_ % 2;
    for (const unsigned way : {0u, 1u, extra}) {
        if ((way == 1 && !has_parts(mechanism.mechanism)) || (way >= 2 && !messages)) continue;
        ByteString out;
        if (auto problem = signed_one_way(mechanism, key, in, way, out); !problem.empty()) return problem;
        if (out != signature) return "sign, way " + std::to_string(way) + ", gives " + hex_text(out);
    }
    return {};
}

std::string Trial::sign_and_verify(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE other,
                                   const ByteString& in) {
    ByteString signature;
    const unsigned way = has_parts(mechanism.mechanism) ? ++turn_ % 2 : 0;
    if (auto problem = signed_one_way(mechanism, key, in, way, signature); !problem.empty()) return problem;
    if (const auto rv = verified_one_way(mechanism, other, in, signature, 0); rv != CKR_OK)
        return "own signature: " + rv_name(rv);
    signature.at(signature.size() / 2) ^= 1;
    const auto rv = verified_one_way(mechanism, other, in, signature, 0);
    return rv == CKR_SIGNATURE_INVALID ? "" : "a changed signature: " + rv_name(rv);
}

CK_RV Trial::verified_one_way(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                              const ByteString& signature, unsigned way) {
    const auto& f = p11();
    const auto feed = [&](auto update) {
        return by_parts(in, [&](auto* part, auto length, bool) { return update(session, part, length); });
    };
    CK_RV rv = CKR_OK;
    switch (way) {
    case 0:
    case 1:
        rv = f.C_VerifyInit(session, &mechanism, key);
        if (rv != CKR_OK) return rv;
        if (way == 0) return f.C_Verify(session, data(in), size(in), data(signature), size(signature));
        rv = feed(f.C_VerifyUpdate);
        return rv != CKR_OK ? rv : f.C_VerifyFinal(session, data(signature), size(signature));
    case 2:
    case 3:
        rv = f.C_VerifySignatureInit(session, &mechanism, key, data(signature), size(signature));
        if (rv != CKR_OK) return rv;
        if (way == 2) return f.C_VerifySignature(session, data(in), size(in));
        rv = feed(f.C_VerifySignatureUpdate);
        return rv != CKR_OK ? rv : f.C_VerifySignatureFinal(session);
    default: break;
    }
    rv = f.C_MessageVerifyInit(session, &mechanism, key);
    if (rv != CKR_OK) return rv;
    if (way == 4) {
        rv = f.C_VerifyMessage(session, nullptr, 0, data(in), size(in), data(signature), size(signature));
    } else {
        rv = f.C_VerifyMessageBegin(session, nullptr, 0);
        if (rv == CKR_OK)
            rv = by_parts(in, [&](auto* part, auto length, bool) {
                return f.C_VerifyMessageNext(session, nullptr, 0, part, length, nullptr, 0);
            });
        if (rv == CKR_OK)
            rv = f.C_VerifyMessageNext(session, nullptr, 0, data({}), 0, data(signature), size(signature));
    }
    (void)f.C_MessageVerifyFinal(session);
    return rv;
}

std::string Trial::verify(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                          const ByteString& signature, bool valid) {
    const bool messages = (flags_of(mechanism.mechanism) & CKF_MESSAGE_VERIFY) != 0;
    const auto extra = 2 + ++turn_ % 4;
    for (const unsigned way : {0u, 1u, extra}) {
        if ((way % 2 == 1 && !has_parts(mechanism.mechanism)) || (way >= 4 && !messages)) continue;
        const auto rv = verified_one_way(mechanism, key, in, signature, way);
        const bool right =
            valid ? rv == CKR_OK : rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE;
        if (!right) return "verify, way " + std::to_string(way) + ": " + rv_name(rv);
    }
    return {};
}

std::string Trial::cipher(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& plain,
                          const ByteString& sealed) {
    for (const bool parts : {false, true}) {
        if (parts && !has_parts(mechanism.mechanism)) continue;
        auto problem =
            compare("encrypt" + parts_or_not(parts), encrypt(session, mechanism, key, parts, plain), sealed);
        if (!problem.empty()) return problem;
    }
    return decrypt(mechanism, key, plain, sealed);
}

std::string Trial::decrypt(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& plain,
                           const ByteString& sealed) {
    for (const bool parts : {false, true}) {
        if (parts && !has_parts(mechanism.mechanism)) continue;
        auto problem = compare("decrypt" + parts_or_not(parts),
                               decrypt_in(session, mechanism, key, parts, sealed), plain);
        if (!problem.empty()) return problem;
    }
    return {};
}

std::string Trial::undecryptable(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& sealed) {
    for (const bool parts : {false, true}) {
        if (parts && !has_parts(mechanism.mechanism)) continue;
        const auto got = decrypt_in(session, mechanism, key, parts, sealed);
        if (got.rv == CKR_OK) return "decrypts what is wrong" + parts_or_not(parts);
        const bool says = got.rv == CKR_ENCRYPTED_DATA_INVALID || got.rv == CKR_ENCRYPTED_DATA_LEN_RANGE ||
                          got.rv == CKR_AEAD_DECRYPT_FAILED || got.rv == CKR_MECHANISM_PARAM_INVALID;
        if (!says) return "what is wrong gives " + rv_name(got.rv);
    }
    return {};
}

std::string Trial::message(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, const MessageParameter& parameter,
                           const ByteString& aad, const ByteString& plain, const ByteString& sealed,
                           bool valid) {
    const auto& f = p11();
    const ByteString body(sealed.begin(), sealed.end() - static_cast<std::ptrdiff_t>(parameter.tag_size));
    const ByteString tag(sealed.end() - static_cast<std::ptrdiff_t>(parameter.tag_size), sealed.end());
    Mechanism mechanism(type);
    for (const bool parts : {false, true}) {
        for (const bool encrypts : {true, false}) {
            if (encrypts && !valid) continue;
            const auto& in = encrypts ? plain : body;
            auto rv = encrypts ? f.C_MessageEncryptInit(session, &mechanism, key)
                               : f.C_MessageDecryptInit(session, &mechanism, key);
            if (rv != CKR_OK) return "init for messages: " + rv_name(rv);
            if (encrypts)
                std::fill_n(parameter.tag, parameter.tag_size, CK_BYTE{0});
            else
                std::ranges::copy(tag, parameter.tag);
            const auto once = encrypts ? f.C_EncryptMessage : f.C_DecryptMessage;
            const auto begin = encrypts ? f.C_EncryptMessageBegin : f.C_DecryptMessageBegin;
            const auto next = encrypts ? f.C_EncryptMessageNext : f.C_DecryptMessageNext;
            Output out;
            if (!parts) {
                rv = out.take(in.size() + overhead, [&](auto* to, auto* room) {
                    return once(session, parameter.parameter, parameter.size, data(aad), size(aad), data(in),
                                size(in), to, room);
                });
            } else {
                const auto one = [&](CK_BYTE_PTR part, CK_ULONG length, bool last) {
                    return out.take(in.size() + overhead, [&](auto* to, auto* room) {
                        return next(session, parameter.parameter, parameter.size, part, length, to, room,
                                    last ? CKF_END_OF_MESSAGE : 0);
                    });
                };
                rv = begin(session, parameter.parameter, parameter.size, data(aad), size(aad));
                if (rv == CKR_OK) rv = in.empty() ? one(data(in), 0, true) : by_parts(in, one);
            }
            (void)(encrypts ? f.C_MessageEncryptFinal(session) : f.C_MessageDecryptFinal(session));
            out.rv = rv;
            const auto what = (encrypts ? "encrypt a message" : "decrypt a message") + parts_or_not(parts);
            if (!valid) {
                if (rv == CKR_OK) return what + " though it is wrong";
                continue;
            }
            if (encrypts)
                out.bytes.insert(out.bytes.end(), parameter.tag, parameter.tag + parameter.tag_size);
            if (auto problem = compare(what, out, encrypts ? sealed : plain); !problem.empty())
                return problem;
        }
    }
    return {};
}

std::string Trial::derive(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base, Template made,
                          const ByteString& expected) {
    CK_OBJECT_HANDLE key = 0;
    const auto rv = p11().C_DeriveKey(session, &mechanism, base, made.data(), made.count(), &key);
    if (rv != CKR_OK) return "derive: " + rv_name(rv);
    const auto got = session.value(key, CKA_VALUE);
    (void)p11().C_DestroyObject(session, key);
    return got == expected ? "" : "derives " + hex_text(got);
}

} // namespace hsm::test
