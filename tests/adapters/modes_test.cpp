// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

// What a Security World's mode leaves of the mechanisms.

namespace hsm::test {

namespace {

std::vector<CK_MECHANISM_TYPE> mechanisms(CK_SLOT_ID slot) {
    CK_ULONG count = 0;
    HSM_REQUIRE_OK(p11().C_GetMechanismList(slot, nullptr, &count));
    std::vector<CK_MECHANISM_TYPE> all(count);
    HSM_REQUIRE_OK(p11().C_GetMechanismList(slot, all.data(), &count));
    return all;
}

CK_MECHANISM_INFO info_of(CK_SLOT_ID slot, CK_MECHANISM_TYPE type) {
    CK_MECHANISM_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetMechanismInfo(slot, type, &info));
    return info;
}

} // namespace

TEST_CASE("A world in mode fips-140-level-3 offers the mechanisms that it allows", "[pkcs11][modes]") {
    WorldHome home(WorldMode::fips_140_level_3);
    Running running;
    const auto slot = slot_named("accelerator");
    const auto listed = mechanisms(slot);
    for (const auto type : listed) CHECK(info_of(slot, type).flags != 0);
    for (const auto type : {CKM_MD5, CKM_RC4, CKM_DES_CBC, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_CHACHA20_POLY1305,
                            CKM_SHA256_KEY_DERIVATION, CKM_RSA_X_509}) {
        CAPTURE(type);
        CHECK(std::ranges::find(listed, type) == listed.end());
        CK_MECHANISM_INFO info = {};
        HSM_CHECK_RV(p11().C_GetMechanismInfo(slot, type, &info), CKR_MECHANISM_INVALID);
    }
    // Old signatures can be verified, new ones are not made; what a key may have at least is the mode's.
    CHECK((info_of(slot, CKM_SHA1_RSA_PKCS).flags & (CKF_SIGN | CKF_VERIFY)) == CKF_VERIFY);
    CHECK((info_of(slot, CKM_RSA_PKCS).flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP)) == (CKF_DECRYPT | CKF_UNWRAP));
    CHECK((info_of(slot, CKM_AES_CBC).flags & (CKF_ENCRYPT | CKF_WRAP)) == CKF_ENCRYPT);
    CHECK(info_of(slot, CKM_SHA256_RSA_PKCS).ulMinKeySize == 2048);
    CHECK(info_of(slot, CKM_ECDSA_SHA256).ulMinKeySize == 224);
    CHECK(info_of(slot, CKM_SHA256_HMAC).ulMinKeySize == 112);
    CHECK(info_of(slot, CKM_AES_GCM).ulMinKeySize == 16);
    Session session(slot);
    Mechanism md5(CKM_MD5), sha256(CKM_SHA256);
    HSM_CHECK_RV(p11().C_DigestInit(session, &md5), CKR_MECHANISM_INVALID);
    HSM_CHECK_OK(p11().C_DigestInit(session, &sha256));
}

TEST_CASE("A world without such a mode offers all mechanisms", "[pkcs11][modes]") {
    WorldHome home;
    Running running;
    const auto slot = slot_named("accelerator");
    CHECK(std::ranges::count(mechanisms(slot), CK_MECHANISM_TYPE{CKM_MD5}) == 1);
    CHECK(info_of(slot, CKM_SHA256_RSA_PKCS).ulMinKeySize == 1024);
}

} // namespace hsm::test
