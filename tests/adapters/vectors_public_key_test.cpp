// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "vector_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

// RSA, DSA, ECDSA and EdDSA against .vec files through the C interface.

namespace hsm::test {

namespace {

using kat::Case;
using kat::read_vec;
using kat::Tally;
using kat::Values;

std::string pubkey(const char* file) { return kat::botan_vectors() + "pubkey/" + file + ".vec"; }

/// A mechanism of RSA: how the file names it, and its parameter.
struct RsaMechanism {
    CK_MECHANISM_TYPE type = no_number;
    CK_RSA_PKCS_PSS_PARAMS pss = {};
    CK_RSA_PKCS_OAEP_PARAMS oaep = {};
    std::string label;

    /// "PKCS1v15(Raw)", "PSS(SHA-256)", "OAEP(SHA-256,MGF1(SHA-1),label)", "Raw" ...
    explicit RsaMechanism(const std::string& text, CK_ULONG salt = 0) {
        const auto open = text.find('(');
        const auto scheme = text.substr(0, open);
        auto inside =
            open == std::string::npos ? std::string() : text.substr(open + 1, text.size() - open - 2);
        if (scheme == "Raw") type = CKM_RSA_X_509;
        if (scheme == "EME-PKCS1-v1_5" || (scheme == "PKCS1v15" && inside == "Raw")) type = CKM_RSA_PKCS;
        const auto* hash = hash_named(inside.substr(0, inside.find(',')));
        if (hash == nullptr) return;
        if (scheme == "PKCS1v15") type = hash->rsa;
        if (scheme == "PSS" || scheme == "PSS_Raw") {
            type = scheme == "PSS" ? hash->pss : CK_MECHANISM_TYPE{CKM_RSA_PKCS_PSS};
            pss = {hash->digest, hash->mgf, salt};
        }
        if (scheme != "OAEP") return;
        const auto mgf = inside.find("MGF1(");
        const auto close = inside.find(')', mgf);
        const auto* mask =
            mgf == std::string::npos ? hash : hash_named(inside.substr(mgf + 5, close - mgf - 5));
        if (mask == nullptr) return;
        if (mgf != std::string::npos && close + 1 < inside.size()) label = inside.substr(close + 2);
        type = CKM_RSA_PKCS_OAEP;
        oaep = {hash->digest, mask->mgf, CKZ_DATA_SPECIFIED, label.data(), length_of(label)};
    }
    RsaMechanism(const RsaMechanism&) = delete;
    RsaMechanism& operator=(const RsaMechanism&) = delete;

    CK_MECHANISM get() {
        if (pss.hashAlg != 0) return {type, &pss, sizeof pss};
        if (oaep.hashAlg != 0) return {type, &oaep, sizeof oaep};
        return {type, nullptr, 0};
    }
};

const Imported& rsa_pair(Trial& trial, const Case& c, bool is_public) {
    const auto p = c.str("P"), q = c.str("Q"), e = c.str("E");
    return trial.kept((is_public ? "public " : "private ") + p + q + e,
                      [&] { return is_public ? rsa_public(rsa_modulus(p, q), e) : rsa_private(p, q, e); });
}

void fill_to(ByteString& value, std::size_t length) {
    if (value.size() < length) value.insert(value.begin(), length - value.size(), CK_BYTE{0});
}

void try_rsa_signatures(Trial& trial, Tally& tally, const std::string& path, Values values, const char* pss) {
    for (const auto& c : read_vec(path, "Signature", values)) {
        if (!tally.take()) continue;
        const auto scheme = pss == nullptr ? c.section : std::string(pss) + "(" + c.str("Hash") + ")";
        RsaMechanism mechanism(scheme, size(bytes(c, "Nonce")));
        if (mechanism.type == no_number) {
            tally.skip(scheme);
            continue;
        }
        const auto& key = rsa_pair(trial, c, false);
        const auto& other = rsa_pair(trial, c, true);
        if (!key.ok() || !other.ok()) {
            tally.skip("key: " + key.why());
            continue;
        }
        auto in = bytes(c, "Msg"), signature = bytes(c, "Signature");
        const auto modulus = (number_bits(c.str("P")) + number_bits(c.str("Q")) + 7) / 8;
        fill_to(signature, modulus);
        if (mechanism.type == CKM_RSA_X_509) fill_to(in, modulus);
        auto used = mechanism.get();
        tally.result(c.where(), trial.verify(used, other, in, signature, true));
        auto changed = signature;
        changed.back() ^= 1;
        tally.result(c.where() + " changed", trial.verify(used, other, in, changed, false));
        tally.result(c.where() + " sign", mechanism.pss.hashAlg != 0
                                              ? trial.sign_and_verify(used, key, other, in)
                                              : trial.sign(used, key, in, signature));
    }
}

void try_rsa_verification(Trial& trial, Tally& tally, const char* file, const char* last, bool valid,
                          Values values) {
    for (const auto& c : read_vec(pubkey(file), last, values)) {
        if (!tally.take()) continue;
        const auto& key =
            trial.kept(c.str("N") + c.str("E"), [&] { return rsa_public(c.str("N"), c.str("E")); });
        auto signature = bytes(c, last);
        if (valid) fill_to(signature, number_bytes(c.str("N")).size());
        RsaMechanism mechanism(c.section);
        if (mechanism.type == no_number || !key.ok()) {
            tally.skip(key.ok() ? c.section : "key: " + key.why());
            continue;
        }
        auto used = mechanism.get();
        if (valid && mechanism.pss.hashAlg != 0) {
            // The file does not say how long the salt is: one length must do.
            const auto in = bytes(c, "Msg");
            bool any = false;
            for (mechanism.pss.sLen = 0; mechanism.pss.sLen <= 64 && !any; ++mechanism.pss.sLen) {
                HSM_REQUIRE_OK(p11().C_VerifyInit(trial.session, &used, key));
                any = p11().C_Verify(trial.session, data(in), size(in), data(signature), size(signature)) ==
                      CKR_OK;
            }
            --mechanism.pss.sLen;
        }
        tally.result(c.where(), trial.verify(used, key, bytes(c, "Msg"), signature, valid));
    }
}

/// C_SignRecover gives the signature, C_VerifyRecover what was signed.
std::string try_recover(Trial& trial, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE other, const ByteString& in,
                        const ByteString& signature) {
    Mechanism mechanism(CKM_RSA_PKCS);
    ByteString out(signature.size());
    auto length = size(out);
    auto rv = p11().C_SignRecoverInit(trial.session, &mechanism, key);
    if (rv == CKR_OK) rv = p11().C_SignRecover(trial.session, data(in), size(in), out.data(), &length);
    if (rv != CKR_OK || out != signature) return "sign: " + rv_name(rv) + " " + hex_text(out);
    length = size(out);
    rv = p11().C_VerifyRecoverInit(trial.session, &mechanism, other);
    if (rv == CKR_OK)
        rv = p11().C_VerifyRecover(trial.session, data(signature), size(signature), out.data(), &length);
    out.resize(rv == CKR_OK ? length : 0);
    return out == in ? "" : "recovers " + hex_text(out) + " " + rv_name(rv);
}

void try_rsa_decryption(Trial& trial, Tally& tally, const char* file, const char* last, Values values) {
    for (const auto& c : read_vec(pubkey(file), last, values)) {
        if (!tally.take()) continue;
        RsaMechanism mechanism(c.section);
        const auto& key = rsa_pair(trial, c, false);
        const auto& other = rsa_pair(trial, c, true);
        if (mechanism.type == no_number || !key.ok()) {
            tally.skip(key.ok() ? c.section : "key: " + key.why());
            continue;
        }
        const auto modulus = (number_bits(c.str("P")) + number_bits(c.str("Q")) + 7) / 8;
        auto plain = bytes(c, "Msg"), sealed = bytes(c, "Ciphertext");
        fill_to(sealed, modulus);
        auto used = mechanism.get();
        if (mechanism.type == CKM_RSA_X_509) {
            fill_to(plain, modulus);
            ByteString out(modulus);
            auto length = size(out);
            HSM_REQUIRE_OK(p11().C_EncryptInit(trial.session, &used, other));
            HSM_REQUIRE_OK(p11().C_Encrypt(trial.session, data(plain), size(plain), out.data(), &length));
            tally.result(c.where() + " encrypt", out == sealed ? "" : "gives " + hex_text(out));
        }
        tally.result(c.where(), trial.decrypt(used, key, plain, sealed));
        if (mechanism.type != CKM_RSA_PKCS_OAEP) continue;
        sealed.back() ^= 1;
        tally.result(c.where() + " changed", trial.undecryptable(used, key, sealed));
    }
}

/// ECDSA and DSA: the nonce is ours, so the given signature is verified and a new one made.
void try_nonce_signature(Trial& trial, Tally& tally, const Case& c, CK_OBJECT_HANDLE key,
                         CK_OBJECT_HANDLE other, bool dsa) {
    const auto& name = c.str("Hash");
    const bool raw = name.empty() || name.starts_with("Raw");
    const auto* hash = hash_named(name);
    const auto type = raw               ? (dsa ? CKM_DSA : CKM_ECDSA)
                      : hash == nullptr ? no_number
                      : dsa             ? hash->dsa
                                        : hash->ecdsa;
    if (type == no_number) return tally.skip(name);
    Mechanism mechanism(type);
    const auto in = bytes(c, "Msg"); // raw: the hash itself
    tally.result(c.where(), trial.verify(mechanism, other, in, bytes(c, "Signature"), c.str("Valid") != "0"));
    if (key != 0) tally.result(c.where() + " sign", trial.sign_and_verify(mechanism, key, other, in));
}

/// The public half of a private key of the token: CKM_PUB_KEY_FROM_PRIV_KEY.
CK_OBJECT_HANDLE public_half(Trial& trial, CK_OBJECT_HANDLE key) {
    Mechanism mechanism(CKM_PUB_KEY_FROM_PRIV_KEY);
    Template made;
    made.number(CKA_CLASS, CKO_PUBLIC_KEY).boolean(CKA_VERIFY, true);
    CK_OBJECT_HANDLE other = 0;
    HSM_REQUIRE_OK(p11().C_DeriveKey(trial.session, &mechanism, key, made.data(), made.count(), &other));
    return other;
}

} // namespace

TEST_CASE("Vectors: RSA signatures", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 RSA signatures", 1220);
    try_rsa_signatures(trial, tally, pubkey("rsa_sig"), Values::cleared, nullptr);
    try_rsa_signatures(trial, tally, pubkey("rsa_pss"), Values::kept, "PSS");
    try_rsa_signatures(trial, tally, pubkey("rsa_pss_raw"), Values::kept, "PSS_Raw");
    try_rsa_verification(trial, tally, "rsa_verify", "Signature", true, Values::cleared);
    try_rsa_verification(trial, tally, "rsa_invalid", "InvalidSignature", false, Values::kept);
    for (const auto& c : read_vec(pubkey("rsa_sig"), "Signature")) {
        if (c.section != "PKCS1v15(Raw)" || !tally.take()) continue;
        const auto& key = rsa_pair(trial, c, false);
        if (!key.ok()) continue;
        tally.result(c.where() + " recover", try_recover(trial, key, rsa_pair(trial, c, true),
                                                         bytes(c, "Msg"), bytes(c, "Signature")));
    }
    tally.finish();
}

TEST_CASE("Vectors: RSA encryption", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 RSA encryption", 210);
    try_rsa_decryption(trial, tally, "rsaes", "Ciphertext", Values::cleared);
    try_rsa_decryption(trial, tally, "rsa_decrypt", "Msg", Values::kept);
    tally.finish();
}

TEST_CASE("Vectors: RSA-AES key wrap is a key under OAEP, and KWP under that key", "[pkcs11][vectors]") {
    Trial trial; // no file has it; both halves have files
    const auto cases = read_vec(pubkey("rsa_decrypt"), "Msg", Values::kept);
    const auto& c = cases.at(0);
    const auto key = trial.import(rsa_private(c.str("P"), c.str("Q"), c.str("E")).boolean(CKA_UNWRAP, true));
    const auto other =
        trial.import(rsa_public(rsa_modulus(c.str("P"), c.str("Q")), c.str("E")).boolean(CKA_WRAP, true));
    const auto secret = bytes_of("a secret of 33 bytes, not a block");
    const auto wanted = trial.import(secret_key(CKK_GENERIC_SECRET, secret));
    const auto modulus = (number_bits(c.str("P")) + number_bits(c.str("Q")) + 7) / 8;
    for (const CK_ULONG bits : {128u, 192u, 256u}) {
        RsaMechanism oaep("OAEP(SHA-256)");
        CK_RSA_AES_KEY_WRAP_PARAMS parameters = {bits, &oaep.oaep};
        Mechanism mechanism(CKM_RSA_AES_KEY_WRAP, &parameters);
        ByteString out(1024);
        auto length = size(out);
        HSM_REQUIRE_OK(p11().C_WrapKey(trial.session, &mechanism, other, wanted, out.data(), &length));
        const auto middle = out.begin() + static_cast<std::ptrdiff_t>(modulus);
        const ByteString first(out.begin(), middle),
            second(middle, out.begin() + static_cast<std::ptrdiff_t>(length));
        auto used = oaep.get();
        ByteString aes(modulus);
        auto aes_length = size(aes);
        HSM_REQUIRE_OK(p11().C_DecryptInit(trial.session, &used, key));
        HSM_REQUIRE_OK(p11().C_Decrypt(trial.session, data(first), size(first), aes.data(), &aes_length));
        REQUIRE(aes_length == bits / 8);
        aes.resize(aes_length);
        Mechanism kwp(CKM_AES_KEY_WRAP_KWP);
        CHECK(trial.decrypt(kwp, trial.import(secret_key(CKK_AES, aes)), secret, second).empty());
        auto made = secret_key(CKK_GENERIC_SECRET, {}).without(CKA_VALUE);
        CK_OBJECT_HANDLE back = 0;
        HSM_REQUIRE_OK(p11().C_UnwrapKey(trial.session, &mechanism, key, out.data(), length, made.data(),
                                         made.count(), &back));
        CHECK(trial.session.value(back, CKA_VALUE) == secret);
    }
}

TEST_CASE("Vectors: DSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 DSA", 12);
    std::set<std::string> tried; // file and hash
    for (const auto* file : {"dsa_prob", "dsa_rfc6979", "dsa_verify"}) {
        for (const auto& c : read_vec(pubkey(file), "Signature", Values::kept)) {
            if (!tally.take()) continue;
            const auto p = c.str("P"), q = c.str("Q"), g = c.str("G");
            if (!tried.insert(file + c.str("Hash")).second) {
                tally.skip(
                    "another key, whose group takes half a second to look at: the core's suite has them all");
                continue;
            }
            const bool whole = c.has("X");
            const auto& key = trial.kept(p + c.str("X") + c.str("Y"), [&] {
                return whole ? group_private(CKK_DSA, p, q, g, c.str("X"))
                             : group_public(CKK_DSA, p, q, g, c.str("Y"));
            });
            if (!key.ok()) {
                tally.skip("key: " + key.why());
                continue;
            }
            const auto other = whole ? public_half(trial, key) : CK_OBJECT_HANDLE{key};
            try_nonce_signature(trial, tally, c, whole ? CK_OBJECT_HANDLE{key} : 0, other, true);
            if (whole) HSM_CHECK_OK(p11().C_DestroyObject(trial.session, other));
        }
    }
    tally.finish();
}

TEST_CASE("Vectors: ECDSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 ECDSA", 620);
    for (const auto* file : {"ecdsa_prob", "ecdsa_rfc6979", "ecdsa_verify"}) {
        for (const auto& c : read_vec(pubkey(file), "Signature", Values::kept)) {
            if (!tally.take()) continue;
            const auto* curve = curve_named(c.str("Group"));
            if (curve == nullptr) {
                tally.skip(c.str("Group"));
                continue;
            }
            const bool whole = c.has("X");
            const auto key = trial.import(whole ? ec_private(*curve, c.str("X"))
                                                : ec_public(*curve, c.str("Px"), c.str("Py")));
            if (!key.ok()) {
                tally.fail(c.where(), "key: " + key.why());
                continue;
            }
            const auto other = whole ? public_half(trial, key) : CK_OBJECT_HANDLE{key};
            try_nonce_signature(trial, tally, c, whole ? CK_OBJECT_HANDLE{key} : 0, other, false);
            if (whole) HSM_CHECK_OK(p11().C_DestroyObject(trial.session, other));
        }
    }
    for (const auto& c : read_vec(pubkey("ecdsa_invalid"), "InvalidKeyY", Values::kept)) {
        if (!tally.take()) continue;
        const auto* curve = curve_named(c.str("Group"));
        const auto longest = std::max(number_bits(c.str("InvalidKeyX")), number_bits(c.str("InvalidKeyY")));
        if (curve == nullptr || longest > curve->bytes * 8) {
            tally.skip(c.str("Group") + ", or a coordinate that has no place");
            continue;
        }
        const auto key = trial.import(ec_public(*curve, c.str("InvalidKeyX"), c.str("InvalidKeyY")));
        tally.result(c.where(), key.ok() ? "a point off the curve came in" : "");
    }
    tally.finish();
}

TEST_CASE("Vectors: EdDSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 EdDSA", 1360);
    const std::vector<std::string> files = {kat::own_vectors() + "ed25519.vec", pubkey("ed25519"),
                                            pubkey("ed25519_verify"), pubkey("ed448"),
                                            kat::own_vectors() + "eddsa_context.vec"};
    for (const auto& path : files) {
        const bool contexts = path.ends_with("eddsa_context.vec");
        for (const auto& c : read_vec(path, "Signature", contexts ? Values::cleared : Values::kept)) {
            if (!tally.take()) continue;
            const bool ed448 = path.ends_with("ed448.vec") || c.section.starts_with("Ed448");
            const bool hashed = c.section.ends_with("ph");
            auto secret = bytes(c, c.has("Privkey") ? "Privkey" : "PrivateKey");
            const auto known = bytes(c, c.has("Pubkey") ? "Pubkey" : "PublicKey");
            const auto context = bytes(c, "Context"), in = bytes(c, "Msg"), signature = bytes(c, "Signature");
            if (!hashed && c.section != "Pure" && !contexts) {
                tally.skip(c.section);
                continue;
            }
            const std::size_t length = ed448 ? 57 : 32;
            if (secret.size() > length) secret.resize(length); // some are followed by the public key
            const bool valid = c.str("Valid") != "0";
            CK_EDDSA_PARAMS parameters = {static_cast<CK_BBOOL>(hashed), size(context), data(context)};
            Mechanism pure(CKM_EDDSA), with(CKM_EDDSA, &parameters);
            CK_MECHANISM& mechanism = hashed || ed448 || !context.empty() ? with : pure;
            if (!known.empty()) {
                const auto other = trial.import(edwards_public(known, length));
                if (other.ok())
                    tally.result(c.where(), trial.verify(mechanism, other, in, signature, valid));
                else
                    tally.result(c.where(), valid ? "a good public key is refused: " + other.why() : "");
            }
            if (!valid || secret.empty()) continue;
            const auto key = trial.import(edwards_private(secret));
            tally.result(c.where() + " sign",
                         key.ok() ? trial.sign(mechanism, key, in, signature) : "key: " + key.why());
            if (!contexts) continue;
            const auto other = public_half(trial, key);
            tally.result(c.where(), trial.verify(mechanism, other, in, signature, true));
            auto another = bytes_of("another");
            parameters.pContextData = another.data();
            parameters.ulContextDataLen = size(another);
            tally.result(c.where() + " another context", trial.verify(with, other, in, signature, false));
            HSM_CHECK_OK(p11().C_DestroyObject(trial.session, other));
        }
    }
    tally.finish();
}

} // namespace hsm::test
