// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

// Rules that keep keys and memory safe, one case for each way in which they were once broken.

namespace hsm::test {

namespace {

Template aes_key() {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).number(CKA_VALUE_LEN, 32);
    return key;
}

/// An RSA pair whose public half may wrap; visible to the officer.
std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> wrapping_pair(CK_SESSION_HANDLE session) {
    Mechanism mechanism(CKM_RSA_PKCS_KEY_PAIR_GEN);
    Template open, hidden;
    open.boolean(CKA_TOKEN, true).number(CKA_MODULUS_BITS, 2048).boolean(CKA_WRAP, true).text(CKA_LABEL, "kek");
    hidden.boolean(CKA_TOKEN, true).boolean(CKA_UNWRAP, true);
    std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> made{};
    HSM_REQUIRE_OK(p11().C_GenerateKeyPair(session, &mechanism, open.data(), open.count(), hidden.data(), hidden.count(),
                                           &made.first, &made.second));
    return made;
}

CK_RV wrap(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key) {
    Mechanism mechanism(CKM_RSA_PKCS);
    ByteString out(256);
    auto size = static_cast<CK_ULONG>(out.size());
    return p11().C_WrapKey(session, &mechanism, kek, key, out.data(), &size);
}

} // namespace

TEST_CASE("A value that may be read does not pass the end of a short buffer", "[pkcs11]") {
    UserToken token;
    auto key = aes_key();
    const auto handle =
        token.session.generate(CKM_AES_KEY_GEN, key.boolean(CKA_SENSITIVE, false).boolean(CKA_EXTRACTABLE, true));
    std::vector<CK_BYTE> memory(64, 0x5a);
    CK_ATTRIBUTE value{CKA_VALUE, memory.data(), 16};
    HSM_CHECK_RV(p11().C_GetAttributeValue(token.session, handle, &value, 1), CKR_BUFFER_TOO_SMALL);
    CHECK(value.ulValueLen == CK_UNAVAILABLE_INFORMATION);
    CHECK(std::ranges::count(memory, 0x5a) == 64);
    value.ulValueLen = 32;
    HSM_REQUIRE_OK(p11().C_GetAttributeValue(token.session, handle, &value, 1));
    CHECK(value.ulValueLen == 32);
    CHECK(std::all_of(memory.begin() + 32, memory.end(), [](CK_BYTE byte) { return byte == 0x5a; }));
}

TEST_CASE("A template that contains itself is refused", "[pkcs11]") {
    UserToken token;
    CK_ATTRIBUTE endless{CKA_WRAP_TEMPLATE, &endless, sizeof endless};
    Mechanism mechanism(CKM_AES_KEY_GEN);
    CK_OBJECT_HANDLE handle = 0;
    HSM_CHECK_RV(p11().C_GenerateKey(token.session, &mechanism, &endless, 1, &handle), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_CASE("Only what the officer trusts wraps a key that asks for a trusted one", "[pkcs11]") {
    UserToken token;
    auto wanted = aes_key();
    wanted.boolean(CKA_TOKEN, true).boolean(CKA_EXTRACTABLE, true).boolean(CKA_WRAP_WITH_TRUSTED, true);
    (void)token.session.generate(CKM_AES_KEY_GEN, wanted.text(CKA_LABEL, "wanted"));
    Template by_label;
    by_label.text(CKA_LABEL, "wanted");
    Template the_kek;
    the_kek.text(CKA_LABEL, "kek");
    const auto pair = wrapping_pair(token.session);
    HSM_CHECK_RV(wrap(token.session, pair.first, token.session.find(by_label).at(0)), CKR_KEY_NOT_WRAPPABLE);
    Template trusted;
    trusted.boolean(CKA_TRUSTED, true);
    HSM_CHECK_RV(p11().C_SetAttributeValue(token.session, pair.first, trusted.data(), 1), CKR_ATTRIBUTE_READ_ONLY);

    HSM_REQUIRE_OK(p11().C_Logout(token.session));
    token.session.login(CKU_SO);
    const auto as_officer = token.session.find(the_kek).at(0);
    HSM_REQUIRE_OK(p11().C_SetAttributeValue(token.session, as_officer, trusted.data(), 1));
    CHECK(token.session.boolean(as_officer, CKA_TRUSTED));
    HSM_REQUIRE_OK(p11().C_Logout(token.session));
    token.session.login();

    const auto keks = token.session.find(the_kek);
    REQUIRE(keks.size() == 1);
    HSM_CHECK_RV(wrap(token.session, keks[0], token.session.find(by_label).at(0)), CKR_OK);
    // What is trusted cannot be widened by its user, and a copy of it is not trusted.
    Template decrypts;
    decrypts.boolean(CKA_ENCRYPT, true);
    HSM_CHECK_RV(p11().C_SetAttributeValue(token.session, keks[0], decrypts.data(), 1), CKR_ATTRIBUTE_READ_ONLY);
    CK_OBJECT_HANDLE copy = 0;
    HSM_REQUIRE_OK(p11().C_CopyObject(token.session, keks[0], decrypts.data(), 1, &copy));
    CHECK_FALSE(token.session.boolean(copy, CKA_TRUSTED));
    HSM_CHECK_RV(wrap(token.session, copy, token.session.find(by_label).at(0)), CKR_KEY_NOT_WRAPPABLE);
}

TEST_CASE("Counted nonces never repeat, though the parameter is used again as it came back", "[pkcs11]") {
    UserToken token;
    const auto key = token.session.generate(CKM_AES_KEY_GEN, aes_key().boolean(CKA_ENCRYPT, true));
    for (const CK_GENERATOR_FUNCTION how : {CKG_GENERATE_COUNTER, CKG_GENERATE_COUNTER_XOR}) {
        std::set<ByteString> seen;
        ByteString nonce(12), tag(16), out(16);
        for (int round = 0; round < 2; ++round) {
            Mechanism mechanism(CKM_AES_GCM);
            HSM_REQUIRE_OK(p11().C_MessageEncryptInit(token.session, &mechanism, key));
            for (int i = 0; i < 8; ++i) {
                CK_GCM_MESSAGE_PARAMS parameter{nonce.data(), 12, 32, how, tag.data(), 128};
                CK_BYTE data[16] = {};
                CK_ULONG size = 16;
                HSM_REQUIRE_OK(p11().C_EncryptMessage(token.session, &parameter, sizeof parameter, nullptr, 0, data,
                                                      sizeof data, out.data(), &size));
                CHECK(seen.insert(nonce).second);
            }
            HSM_REQUIRE_OK(p11().C_MessageEncryptFinal(token.session));
        }
    }
}

TEST_CASE("A message in parts keeps the length of its tag", "[pkcs11]") {
    UserToken token;
    const auto key = token.session.generate(CKM_AES_KEY_GEN, aes_key().boolean(CKA_ENCRYPT, true));
    Mechanism mechanism(CKM_AES_GCM);
    HSM_REQUIRE_OK(p11().C_MessageEncryptInit(token.session, &mechanism, key));
    ByteString nonce(12), tag(16, 0x5a);
    CK_GCM_MESSAGE_PARAMS parameter{nonce.data(), 12, 0, CKG_NO_GENERATE, tag.data(), 32};
    HSM_REQUIRE_OK(p11().C_EncryptMessageBegin(token.session, &parameter, sizeof parameter, nullptr, 0));
    parameter.ulTagBits = 128;
    CK_BYTE out = 0;
    CK_ULONG size = 0;
    HSM_CHECK_RV(p11().C_EncryptMessageNext(token.session, &parameter, sizeof parameter, nullptr, 0, &out, &size,
                                            CKF_END_OF_MESSAGE),
                 CKR_MECHANISM_PARAM_INVALID);
    CHECK(std::ranges::count(tag, 0x5a) == 16);
}

TEST_CASE("A key that asks for its PIN each time takes the new one after it was changed", "[pkcs11]") {
    UserToken token;
    Mechanism generate(CKM_EC_KEY_PAIR_GEN), sign(CKM_ECDSA_SHA256);
    Template open, hidden;
    open.bytes(CKA_EC_PARAMS, from_hex_text("06082a8648ce3d030107"));
    hidden.boolean(CKA_TOKEN, true).boolean(CKA_SIGN, true).boolean(CKA_PRIVATE, true).boolean(CKA_ALWAYS_AUTHENTICATE, true);
    CK_OBJECT_HANDLE public_key = 0, key = 0;
    HSM_REQUIRE_OK(p11().C_GenerateKeyPair(token.session, &generate, open.data(), open.count(), hidden.data(), hidden.count(),
                                           &public_key, &key));
    HSM_REQUIRE_OK(p11().C_SetPIN(token.session, pin_pointer(user_pin), length_of(user_pin), pin_pointer("54321"), 5));
    CK_BYTE data[] = "data";
    ByteString signature(64);
    for (int i = 0; i < 2; ++i) {
        auto size = static_cast<CK_ULONG>(signature.size());
        HSM_REQUIRE_OK(p11().C_SignInit(token.session, &sign, key));
        HSM_CHECK_RV(p11().C_Login(token.session, CKU_CONTEXT_SPECIFIC, pin_pointer(user_pin), length_of(user_pin)),
                     CKR_PIN_INCORRECT);
        HSM_REQUIRE_OK(p11().C_Login(token.session, CKU_CONTEXT_SPECIFIC, pin_pointer("54321"), 5));
        HSM_CHECK_RV(p11().C_Sign(token.session, data, sizeof data, signature.data(), &size), CKR_OK);
    }
}

} // namespace hsm::test
