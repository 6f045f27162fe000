// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include <catch2/catch_test_macros.hpp>

// What the Security World knows of the keys that are stored through PKCS #11.

namespace hsm::test {

namespace {

Template stored_aes() {
    Template key;
    key.boolean(CKA_TOKEN, true).number(CKA_VALUE_LEN, 32).boolean(CKA_ENCRYPT, true).boolean(CKA_WRAP, true);
    return key.boolean(CKA_UNWRAP, true).boolean(CKA_DERIVE, true).boolean(CKA_EXTRACTABLE, true);
}

/// A slot of the module's own, and one with a login.
struct Place {
    const char* slot;
    bool login;
};
constexpr Place places[] = {{"accelerator", false}, {"card", true}};

} // namespace

TEST_CASE("Keys that PKCS #11 makes have a certificate of their birth", "[pkcs11][world]") {
    WorldHome home;
    (void)home.world().create_softcard(1, "card", Secret(view(user_pin)));
    Running running;
    std::size_t made = 0;
    for (const auto& place : places) {
        Session session(slot_named(place.slot));
        if (place.login) session.login();
        const auto secret = session.generate(CKM_AES_KEY_GEN, stored_aes());
        Mechanism pair(CKM_EC_KEY_PAIR_GEN);
        Template open, hidden;
        open.bytes(CKA_EC_PARAMS, from_hex_text("06082a8648ce3d030107")).boolean(CKA_TOKEN, true);
        hidden.boolean(CKA_TOKEN, true).boolean(CKA_SIGN, true);
        CK_OBJECT_HANDLE public_key = 0, key = 0;
        HSM_REQUIRE_OK(p11().C_GenerateKeyPair(session, &pair, open.data(), open.count(), hidden.data(), hidden.count(), &public_key,
                                               &key));
        // A change writes the key anew: it was made where it was made all the same.
        auto change = Template().boolean(CKA_ENCRYPT, false);
        HSM_REQUIRE_OK(p11().C_SetAttributeValue(session, secret, change.data(), change.count()));
        made += 2;
    }
    const auto keys = home.world().keys("pkcs11");
    REQUIRE(keys.size() == made);
    for (const auto& facts : keys) {
        CAPTURE(facts.ident);
        const auto check = home.world().verify_key(facts);
        CHECK(facts.generated);
        CHECK(check.certificate_valid);
        CHECK(check.notes.size() == 1); // of the test parameters
    }
}

TEST_CASE("Keys that PKCS #11 derives or unwraps can be recovered as others can", "[pkcs11][world]") {
    WorldHome home;
    (void)home.world().create_softcard(1, "card", Secret(view(user_pin)));
    Running running;
    std::size_t made = 0;
    for (const auto& place : places) {
        Session session(slot_named(place.slot));
        if (place.login) session.login();
        const auto base = session.generate(CKM_AES_KEY_GEN, stored_aes());
        Mechanism wrap(CKM_AES_KEY_WRAP), hash(CKM_SHA256_KEY_DERIVATION);
        ByteString wrapped(40);
        auto size = static_cast<CK_ULONG>(wrapped.size());
        HSM_REQUIRE_OK(p11().C_WrapKey(session, &wrap, base, base, wrapped.data(), &size));
        auto secret = Template().number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).boolean(CKA_TOKEN, true);
        CK_OBJECT_HANDLE key = 0;
        HSM_REQUIRE_OK(p11().C_UnwrapKey(session, &wrap, base, wrapped.data(), size, secret.data(), secret.count(), &key));
        secret.number(CKA_VALUE_LEN, 32);
        HSM_REQUIRE_OK(p11().C_DeriveKey(session, &hash, base, secret.data(), secret.count(), &key));
        made += 3;
    }
    const auto keys = home.world().keys("pkcs11");
    REQUIRE(keys.size() == made);
    for (const auto& facts : keys) CHECK(facts.recoverable);
}

} // namespace hsm::test
