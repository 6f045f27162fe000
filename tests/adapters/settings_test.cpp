// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>

// What the environment and cknfastrc say is read by C_Initialize.

namespace hsm::test {

namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

CK_FLAGS slot_flags(CK_SLOT_ID slot) {
    CK_SLOT_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetSlotInfo(slot, &info));
    return info.flags;
}

CK_FLAGS token_flags(CK_SLOT_ID slot) {
    CK_TOKEN_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetTokenInfo(slot, &info));
    return info.flags;
}

Template aes_key() {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).bytes(CKA_VALUE, ByteString(16, 1));
    key.boolean(CKA_UNWRAP, true).boolean(CKA_WRAP, true).boolean(CKA_EXTRACTABLE, true);
    return key;
}

CK_RV create(CK_SESSION_HANDLE session, Template object) {
    CK_OBJECT_HANDLE handle = 0;
    return p11().C_CreateObject(session, object.data(), object.count(), &handle);
}

} // namespace

TEST_CASE("CKNFAST_WRITE_PROTECTED: nothing can be stored", "[pkcs11][settings]") {
    const EmptyHome home;
    {
        const Running module;
        (void)make_token();
    }
    const Variable set("CKNFAST_WRITE_PROTECTED", "1");
    const Running module;
    const auto slot = slot_of_token("t");
    CHECK((token_flags(slot) & CKF_WRITE_PROTECTED) != 0);
    CK_SESSION_HANDLE handle = 0;
    HSM_CHECK_RV(p11().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle),
                 CKR_TOKEN_WRITE_PROTECTED);
    HSM_CHECK_RV(p11().C_InitToken(free_slot(), pin_pointer(officer_pin), length_of(officer_pin), label_of("u").data()),
                 CKR_TOKEN_WRITE_PROTECTED);
    Session session(slot, CKF_SERIAL_SESSION);
    session.login();
    HSM_CHECK_OK(create(session, aes_key()));
    HSM_CHECK_RV(create(session, aes_key().boolean(CKA_TOKEN, true)), CKR_SESSION_READ_ONLY);
}

TEST_CASE("CKNFAST_NO_SYMMETRIC: no secret keys", "[pkcs11][settings]") {
    const Variable set("CKNFAST_NO_SYMMETRIC", "Y");
    UserToken token;
    HSM_CHECK_RV(create(token.session, aes_key()), CKR_ATTRIBUTE_VALUE_INVALID);
    Template data;
    data.number(CKA_CLASS, CKO_DATA);
    HSM_CHECK_OK(create(token.session, data));
}

TEST_CASE("LIBHSM_PROFILE_OBJECTS: what a program may rely on", "[pkcs11][settings]") {
    const Template profiles = Template().number(CKA_CLASS, CKO_PROFILE);
    {
        UserToken token;
        CHECK(token.session.find(profiles).empty());
    }
    const Variable set("LIBHSM_PROFILE_OBJECTS", "1");
    UserToken token;
    std::vector<CK_ULONG> found;
    for (const auto object : token.session.find(profiles)) {
        found.push_back(token.session.number(object, CKA_PROFILE_ID));
        CHECK(token.session.boolean(object, CKA_TOKEN));
        CHECK(!token.session.boolean(object, CKA_PRIVATE));
        HSM_CHECK_RV(p11().C_DestroyObject(token.session, object), CKR_ACTION_PROHIBITED);
        auto label = Template().text(CKA_LABEL, "mine");
        HSM_CHECK_RV(p11().C_SetAttributeValue(token.session, object, label.data(), label.count()), CKR_ACTION_PROHIBITED);
    }
    CHECK(found == std::vector<CK_ULONG>{CKP_BASELINE_PROVIDER, CKP_EXTENDED_PROVIDER, CKP_AUTHENTICATION_TOKEN});
    CHECK(token.session.find(Template(profiles).boolean(CKA_TOKEN, true)).size() == 3);
    CHECK(token.session.find(Template(profiles).boolean(CKA_TOKEN, false)).empty());
    CHECK(token.session.find(Template().number(CKA_PROFILE_ID, CKP_EXTENDED_PROVIDER)).size() == 1);
    HSM_CHECK_RV(create(token.session, Template(profiles)), CKR_ATTRIBUTE_VALUE_INVALID);
    HSM_CHECK_OK(p11().C_Logout(token.session));
    CHECK(token.session.find(profiles).size() == 3); // they are for everybody
}

TEST_CASE("A PIN that is locked while a key asks for it logs the user out", "[pkcs11][settings]") {
    const Variable set("LIBHSM_PIN_LOCKOUT", "2");
    UserToken token;
    Mechanism pair(CKM_EC_KEY_PAIR_GEN), sign(CKM_ECDSA_SHA256);
    Template open, hidden;
    open.bytes(CKA_EC_PARAMS, from_hex_text("06082a8648ce3d030107"));
    hidden.boolean(CKA_SIGN, true).boolean(CKA_PRIVATE, true).boolean(CKA_ALWAYS_AUTHENTICATE, true);
    CK_OBJECT_HANDLE public_key = 0, key = 0;
    HSM_REQUIRE_OK(p11().C_GenerateKeyPair(token.session, &pair, open.data(), open.count(), hidden.data(), hidden.count(), &public_key,
                                           &key));
    HSM_REQUIRE_OK(p11().C_SignInit(token.session, &sign, key));
    const auto again = [&](std::string_view pin) {
        return p11().C_Login(token.session, CKU_CONTEXT_SPECIFIC, pin_pointer(pin), length_of(pin));
    };
    HSM_CHECK_RV(again("wrong"), CKR_PIN_INCORRECT);
    HSM_CHECK_RV(again("wrong"), CKR_PIN_INCORRECT);
    HSM_CHECK_RV(again(user_pin), CKR_PIN_LOCKED);
    CK_SESSION_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetSessionInfo(token.session, &info));
    CHECK(info.state == CKS_RW_PUBLIC_SESSION);
}

namespace {

KeyRequest request_for(const std::string& ident, const std::string& spec) {
    KeyRequest request;
    request.ident = ident;
    request.name = "name of " + ident;
    request.spec = parse_key_spec(spec);
    return request;
}

std::size_t count_named(Session& session, const std::string& name) { return session.find(Template().text(CKA_LABEL, name)).size(); }

} // namespace

TEST_CASE("LIBHSM_FOREIGN_KEYS: keys of other programs can be used, and not changed", "[pkcs11][settings]") {
    WorldHome home;
    auto& world = home.world();
    (void)world.generate(request_for("pair", "P-256"), Protector::module_key());
    const auto card = world.create_softcard(1, "card", Secret(view(user_pin)));
    (void)world.generate(request_for("hidden", "AES-256"), world.load_softcard(1, card.token, Secret(view(user_pin))));
    {
        const Running module;
        Session session(slot_named("accelerator"));
        CHECK(session.find().empty());
    }
    const Variable set("LIBHSM_FOREIGN_KEYS", "1");
    const Running module;
    SECTION("under the module") {
        Session session(slot_named("accelerator"));
        CHECK(session.find().size() == 2);
        const auto found = session.find(Template().number(CKA_CLASS, CKO_PRIVATE_KEY).text(CKA_LABEL, "name of pair"));
        REQUIRE(found.size() == 1);
        const auto open = session.find(Template().number(CKA_CLASS, CKO_PUBLIC_KEY).boolean(CKA_TOKEN, true));
        REQUIRE(open.size() == 1);
        CHECK(session.value(found[0], CKA_NFKM_APPNAME) == bytes_of("simple"));
        Mechanism mechanism(CKM_ECDSA_SHA256);
        ByteString signature(64), data = bytes_of("data");
        auto size = static_cast<CK_ULONG>(signature.size());
        HSM_REQUIRE_OK(p11().C_SignInit(session, &mechanism, found[0]));
        HSM_REQUIRE_OK(p11().C_Sign(session, data.data(), 4, signature.data(), &size));
        HSM_REQUIRE_OK(p11().C_VerifyInit(session, &mechanism, open[0]));
        HSM_CHECK_OK(p11().C_Verify(session, data.data(), 4, signature.data(), size));
        HSM_CHECK_RV(p11().C_DestroyObject(session, found[0]), CKR_ACTION_PROHIBITED);
        auto label = Template().text(CKA_LABEL, "mine");
        HSM_CHECK_RV(p11().C_SetAttributeValue(session, found[0], label.data(), label.count()), CKR_ACTION_PROHIBITED);
        (void)world.generate(request_for("later", "AES-128"), Protector::module_key());
        CHECK(count_named(session, "name of later") == 1);
        world.remove("simple", "later");
        CHECK(count_named(session, "name of later") == 0);
        CHECK(session.find().size() == 2);
    }
    SECTION("under a softcard, for its user") {
        Session session(slot_named("card"));
        CHECK(session.find().empty());
        for (int i = 0; i < 2; ++i) {
            session.login();
            const auto found = session.find(Template().text(CKA_LABEL, "name of hidden"));
            REQUIRE(found.size() == 1);
            Mechanism ecb(CKM_AES_ECB);
            ByteString block(16);
            CK_ULONG size = 16;
            HSM_REQUIRE_OK(p11().C_EncryptInit(session, &ecb, found[0]));
            HSM_CHECK_OK(p11().C_Encrypt(session, block.data(), 16, block.data(), &size));
            HSM_REQUIRE_OK(p11().C_Logout(session));
            CHECK(session.find().empty());
            HSM_CHECK_RV(p11().C_EncryptInit(session, &ecb, found[0]), CKR_KEY_HANDLE_INVALID);
        }
    }
}

TEST_CASE("CKNFAST_LOADSHARING: one slot for all modules, or one for each", "[pkcs11][settings]") {
    WorldHome home;
    const auto second = home.add_module();
    {
        const Running module;
        CHECK(all_slots().size() == 2); // and the free one
        (void)slot_named("accelerator");
    }
    const Variable set("CKNFAST_LOADSHARING", "0");
    const Running module;
    CHECK(all_slots().size() == 3);
    Session one(slot_named("accelerator " + home.esn(1))), two(slot_named("accelerator " + home.esn(second)));
    const auto hidden = one.create(aes_key());
    CHECK(one.find().size() == 1);
    CHECK(two.find().empty()); // a session's key is on its module
    HSM_CHECK_OK(p11().C_DestroyObject(one, hidden));
    (void)one.create(aes_key().boolean(CKA_TOKEN, true).boolean(CKA_ENCRYPT, true));
    const auto stored = two.find(Template().number(CKA_CLASS, CKO_SECRET_KEY));
    REQUIRE(stored.size() == 1); // a stored one is the world's
    Mechanism ecb(CKM_AES_ECB);
    HSM_CHECK_OK(p11().C_EncryptInit(two, &ecb, stored.front()));
}

TEST_CASE("CKNFAST_NO_UNWRAP: what was wrapped stays so", "[pkcs11][settings]") {
    const Variable set("CKNFAST_NO_UNWRAP", "1");
    UserToken token;
    const auto key = token.session.create(aes_key());
    Mechanism mechanism(CKM_AES_KEY_WRAP);
    ByteString wrapped(64);
    auto length = static_cast<CK_ULONG>(wrapped.size());
    HSM_REQUIRE_OK(p11().C_WrapKey(token.session, &mechanism, key, key, wrapped.data(), &length));
    Template inner;
    inner.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES);
    CK_OBJECT_HANDLE unwrapped = 0;
    HSM_CHECK_RV(p11().C_UnwrapKey(token.session, &mechanism, key, wrapped.data(), length, inner.data(), inner.count(),
                                   &unwrapped),
                 CKR_FUNCTION_NOT_SUPPORTED);
}

TEST_CASE("CKNFAST_NONREMOVABLE: card slots do not say that cards can be taken out", "[pkcs11][settings]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1);
    const Variable set("CKNFAST_NONREMOVABLE", "1");
    const Running module;
    CHECK(slot_flags(slot_named("ops")) == 0);
    home.insert(cards[0]);
    CHECK(slot_flags(slot_named("ops")) == CKF_TOKEN_PRESENT);
}

TEST_CASE("CKNFAST_CARDSET_HASH shows one card set, and CKNFAST_NO_ACCELERATOR_SLOTS no accelerator",
          "[pkcs11][settings]") {
    WorldHome home;
    (void)home.card_set("one", 1, 1);
    (void)home.card_set("two", 1, 1);
    {
        const Running module;
        CHECK(all_slots().size() == 4); // and the accelerator and the free slot
    }
    const Variable hidden("CKNFAST_NO_ACCELERATOR_SLOTS", "1");
    const Variable one("CKNFAST_CARDSET_HASH", to_hex(home.world().card_set("two").token));
    const Running module;
    CHECK(all_slots().size() == 2);
    (void)slot_named("two");
}

TEST_CASE("CKNFAST_FAKE_ACCELERATOR_LOGIN: any PIN logs in to the module", "[pkcs11][settings]") {
    WorldHome home;
    const Variable set("CKNFAST_FAKE_ACCELERATOR_LOGIN", "1");
    const Running module;
    const auto slot = slot_of_token("accelerator");
    CHECK((token_flags(slot) & (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED)) ==
          (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED));
    Session session(slot), other(slot);
    const auto is_private = [](bool value) {
        Template criteria;
        return criteria.boolean(CKA_PRIVATE, value);
    };
    session.login();
    const auto hidden = session.create(aes_key().boolean(CKA_PRIVATE, true).boolean(CKA_TOKEN, true));
    const auto shown = session.create(aes_key().boolean(CKA_PRIVATE, false).boolean(CKA_TOKEN, true));
    CHECK(other.find(is_private(true)).size() == 1);
    CHECK(other.find().size() == 2);
    // What is private is nobody's without the login, though it is under no passphrase.
    HSM_REQUIRE_OK(p11().C_Logout(other));
    CK_ULONG size = 0;
    HSM_CHECK_RV(p11().C_GetObjectSize(session, hidden, &size), CKR_OBJECT_HANDLE_INVALID);
    HSM_CHECK_OK(p11().C_GetObjectSize(session, shown, &size));
    CHECK(session.find(is_private(true)).empty());
    CHECK(session.find() == std::vector{shown});
    HSM_CHECK_RV(create(session, aes_key().boolean(CKA_PRIVATE, true).boolean(CKA_TOKEN, true)), CKR_USER_NOT_LOGGED_IN);
    other.login();
    CHECK(session.find().size() == 2);
}

TEST_CASE("CKNFAST_ASSUME_SINGLE_PROCESS: what one session does is seen by the others of the process", "[pkcs11][settings]") {
    const Variable set("CKNFAST_ASSUME_SINGLE_PROCESS", "1");
    UserToken token;
    Session other(token.slot);
    CHECK(token.session.find().empty());
    const auto object = token.session.create(aes_key().boolean(CKA_TOKEN, true).text(CKA_LABEL, "first"));
    CHECK(other.find() == std::vector{object});
    CHECK(other.value(object, CKA_LABEL) == bytes_of("first"));
    Template label;
    label.text(CKA_LABEL, "second");
    HSM_REQUIRE_OK(p11().C_SetAttributeValue(token.session, object, label.data(), label.count()));
    CHECK(other.value(object, CKA_LABEL) == bytes_of("second"));
    CHECK(token.session.value(object, CKA_LABEL) == bytes_of("second"));
    HSM_REQUIRE_OK(p11().C_DestroyObject(token.session, object));
    CK_ULONG size = 0;
    HSM_CHECK_RV(p11().C_GetObjectSize(other, object, &size), CKR_OBJECT_HANDLE_INVALID);
    CHECK(other.find().empty());
}

TEST_CASE("CKNFAST_DEBUG logs calls and what they returned, and nothing else of them", "[pkcs11][settings]") {
    const EmptyHome home;
    const auto path = home.path() / "calls.log";
    const Variable level("CKNFAST_DEBUG", "5"), file("CKNFAST_DEBUGFILE", path.string());
    const Variable ignored("CKNFAST_SEED_MAC_ZERO", "1");
    {
        const Running module;
        const auto slot = make_token();
        Session session(slot);
        HSM_CHECK_RV(p11().C_Login(session, CKU_USER, pin_pointer("a wrong pin"), 11), CKR_PIN_INCORRECT);
        session.login();
        // Functions that share their body.
        const auto key = session.create(aes_key().boolean(CKA_ENCRYPT, true));
        Mechanism ecb(CKM_AES_ECB), kw(CKM_AES_KEY_WRAP);
        ByteString out(64);
        auto size = static_cast<CK_ULONG>(out.size());
        HSM_REQUIRE_OK(p11().C_EncryptInit(session, &ecb, key));
        HSM_REQUIRE_OK(p11().C_Encrypt(session, out.data(), 16, out.data(), &size));
        HSM_REQUIRE_OK(p11().C_WrapKey(session, &kw, key, key, nullptr, &size));
        HSM_CHECK_RV(p11().C_MessageDecryptFinal(session), CKR_OPERATION_NOT_INITIALIZED);
        HSM_CHECK_RV(p11().C_EncryptMessageBegin(session, nullptr, 0, nullptr, 0), CKR_OPERATION_NOT_INITIALIZED);
        HSM_CHECK_RV(p11().C_SignUpdate(session, out.data(), 1), CKR_OPERATION_NOT_INITIALIZED);
    }
    const auto log = text_of(path);
    for (const auto* call : {"C_Encrypt 0x00000000\n", "C_WrapKey 0x00000000\n", "C_MessageDecryptFinal 0x00000091\n",
                             "C_EncryptMessageBegin 0x00000091\n", "C_SignUpdate 0x00000091\n"})
        CHECK(log.find(call) != std::string::npos);
    CHECK(log.find("C_Initialize 0x00000000\n") != std::string::npos);
    CHECK(log.find("C_Login 0x000000a0\n") != std::string::npos);
    CHECK(log.find("C_Finalize 0x00000000\n") != std::string::npos);
    CHECK(log.find("CKNFAST_SEED_MAC_ZERO has no effect") != std::string::npos);
    CHECK(log.find("wrong pin") == std::string::npos);
    CHECK(log.find(officer_pin) == std::string::npos);
}

TEST_CASE("LIBHSM_PIN_LOCKOUT: wrong PINs lock the user out until the officer sets a new one", "[pkcs11][settings]") {
    const Variable set("LIBHSM_PIN_LOCKOUT", "2");
    const Initialised module;
    const auto slot = make_token();
    Session session(slot);
    const auto login = [&](std::string_view pin) {
        return p11().C_Login(session, CKU_USER, pin_pointer(pin), length_of(pin));
    };
    const auto flags = [&] { return token_flags(slot) & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED); };
    CHECK(flags() == 0);
    HSM_CHECK_RV(login("wrong"), CKR_PIN_INCORRECT);
    CHECK(flags() == (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY));
    HSM_CHECK_RV(login("wrong"), CKR_PIN_INCORRECT);
    CHECK(flags() == (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED));
    HSM_CHECK_RV(login(user_pin), CKR_PIN_LOCKED);
    HSM_CHECK_RV(p11().C_SetPIN(session, pin_pointer(user_pin), length_of(user_pin), pin_pointer("4321"), 4), CKR_PIN_LOCKED);
    session.login(CKU_SO);
    HSM_REQUIRE_OK(p11().C_InitPIN(session, pin_pointer(user_pin), length_of(user_pin)));
    HSM_REQUIRE_OK(p11().C_Logout(session));
    CHECK(flags() == 0);
    HSM_CHECK_OK(login(user_pin));
}

TEST_CASE("cknfastrc is read, and the environment wins over it", "[pkcs11][settings]") {
    WorldHome home;
    std::ofstream(home.path() / "cknfastrc") << "# settings\nCKNFAST_NO_ACCELERATOR_SLOTS = 1\nCKNFAST_NO_SYMMETRIC=0 # no\n";
    {
        const Running module;
        CHECK(all_slots().size() == 1);
    }
    const Variable set("CKNFAST_NO_ACCELERATOR_SLOTS", "0");
    const Running module;
    CHECK(all_slots().size() == 2);
}

TEST_CASE("Without CKNFAST_DEBUG nothing is logged", "[pkcs11][settings]") {
    const EmptyHome home;
    const auto path = home.path() / "calls.log";
    const Variable file("CKNFAST_DEBUGFILE", path.string());
    const Running module;
    CHECK_FALSE(std::filesystem::exists(path));
}

} // namespace hsm::test
