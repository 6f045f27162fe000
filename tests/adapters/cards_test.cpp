// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

// Card sets, softcards and the module itself as slots, in a world that other programs made.

namespace hsm::test {

namespace {

Template hmac_key(const std::string& label, bool is_private = true) {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY)
        .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .number(CKA_VALUE_LEN, 32)
        .text(CKA_LABEL, label)
        .boolean(CKA_TOKEN, true)
        .boolean(CKA_PRIVATE, is_private)
        .boolean(CKA_SIGN, true);
    return key;
}

Template labelled(const std::string& label) {
    Template criteria;
    criteria.text(CKA_LABEL, label);
    return criteria;
}

CK_RV sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    Mechanism mechanism(CKM_SHA256_HMAC);
    auto data = bytes_of("data");
    ByteString signature(32);
    CK_ULONG length = 32;
    const auto rv = p11().C_SignInit(session, &mechanism, key);
    if (rv != CKR_OK) return rv;
    return p11().C_Sign(session, data.data(), static_cast<CK_ULONG>(data.size()), signature.data(), &length);
}

CK_RV session_info(CK_SESSION_HANDLE session) {
    CK_SESSION_INFO info = {};
    return p11().C_GetSessionInfo(session, &info);
}

CK_STATE state_of(CK_SESSION_HANDLE session) {
    CK_SESSION_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetSessionInfo(session, &info));
    return info.state;
}

CK_RV open_session(CK_SLOT_ID slot) {
    CK_SESSION_HANDLE session = 0;
    const auto rv = p11().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
    if (rv == CKR_OK) (void)p11().C_CloseSession(session);
    return rv;
}

CK_RV login(CK_SESSION_HANDLE session, std::string_view pin, CK_USER_TYPE user = CKU_USER) {
    return p11().C_Login(session, user, pin_pointer(pin), length_of(pin));
}

CK_RV init_token(CK_SLOT_ID slot) {
    return p11().C_InitToken(slot, pin_pointer(officer_pin), length_of(officer_pin), label_of("again").data());
}

bool listed_with_token(CK_SLOT_ID slot) {
    std::vector<CK_SLOT_ID> slots(16);
    CK_ULONG count = 16;
    HSM_REQUIRE_OK(p11().C_GetSlotList(CK_TRUE, slots.data(), &count));
    slots.resize(count);
    return std::ranges::find(slots, slot) != slots.end();
}

CK_FLAGS token_flags(CK_SLOT_ID slot) {
    CK_TOKEN_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetTokenInfo(slot, &info));
    return info.flags;
}

CK_RV wait_for_event(CK_FLAGS flags, CK_SLOT_ID& slot) { return p11().C_WaitForSlotEvent(flags, &slot, nullptr); }

struct CardLogin {
    explicit CardLogin(CK_SESSION_HANDLE of) : session(of) {}
    CK_RV begin() { return loaded_module().function<CK_C_LoginBegin>("C_LoginBegin")(session, CKU_USER, &k, &n); }
    CK_RV next(std::string_view pin) {
        return loaded_module().function<CK_C_LoginNext>("C_LoginNext")(session, CKU_USER, pin_pointer(pin),
                                                                       length_of(pin), &left);
    }
    CK_RV end() { return loaded_module().function<CK_C_LoginEnd>("C_LoginEnd")(session, CKU_USER); }
    CK_SESSION_HANDLE session;
    CK_ULONG k = 0, n = 0, left = 0;
};

} // namespace

TEST_CASE("A card set's slot has a token while a card of it is in", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 2);
    const Running module;
    const auto slot = slot_named("ops");
    CK_SLOT_INFO about = {};
    CK_TOKEN_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetSlotInfo(slot, &about));
    CHECK(about.flags == CKF_REMOVABLE_DEVICE);
    HSM_CHECK_RV(p11().C_GetTokenInfo(slot, &info), CKR_TOKEN_NOT_PRESENT);
    HSM_CHECK_RV(open_session(slot), CKR_TOKEN_NOT_PRESENT);
    CHECK_FALSE(listed_with_token(slot));

    home.insert(cards[1]);
    HSM_REQUIRE_OK(p11().C_GetSlotInfo(slot, &about));
    CHECK(about.flags == (CKF_REMOVABLE_DEVICE | CKF_TOKEN_PRESENT));
    CHECK(listed_with_token(slot));
    HSM_REQUIRE_OK(p11().C_GetTokenInfo(slot, &info));
    CHECK(unpadded(info.label, sizeof(info.label)) == "ops");
    CHECK((info.flags & CKF_LOGIN_REQUIRED) != 0);
    CHECK((info.flags & CKF_USER_PIN_INITIALIZED) != 0);
    CHECK((info.flags & CKF_WRITE_PROTECTED) == 0);
    HSM_CHECK_RV(init_token(slot), CKR_TOKEN_WRITE_PROTECTED);
    HSM_CHECK_OK(open_session(slot));
    home.remove();
    CHECK(eventually(CKR_TOKEN_NOT_PRESENT, [&] { return open_session(slot); }));
}

TEST_CASE("Logging in with a card, and what removing the last card takes along", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 2);
    home.insert(cards[0]);
    const Running module;
    const auto slot = slot_named("ops");
    Session session(slot), other(slot);
    HSM_CHECK_RV(login(session, "wrong"), CKR_PIN_INCORRECT);
    HSM_CHECK_RV(login(session, officer_pin, CKU_SO), CKR_USER_PIN_NOT_INITIALIZED);
    session.login();
    CHECK(state_of(other) == CKS_RW_USER_FUNCTIONS);
    Template key = hmac_key("k");
    Mechanism generate(CKM_GENERIC_SECRET_KEY_GEN);
    CK_OBJECT_HANDLE handle = 0;
    HSM_REQUIRE_OK(p11().C_GenerateKey(session, &generate, key.data(), key.count(), &handle));
    HSM_CHECK_OK(sign(session, handle));
    // Another card of the set keeps the token there.
    home.insert(cards[1], 1);
    home.remove(1);
    HSM_CHECK_OK(sign(other, handle));

    home.remove();
    CHECK(eventually(CKR_SESSION_HANDLE_INVALID, [&] { return session_info(session); }));
    HSM_CHECK_RV(session_info(other), CKR_SESSION_HANDLE_INVALID);
    HSM_CHECK_RV(open_session(slot), CKR_TOKEN_NOT_PRESENT);

    home.insert(cards[1], 1);
    Session again(slot);
    CHECK(state_of(again) == CKS_RW_PUBLIC_SESSION);
    CHECK(again.find(labelled("k")).empty());
    again.login();
    const auto found = again.find(labelled("k"));
    REQUIRE(found.size() == 1);
    HSM_CHECK_OK(sign(again, found[0]));
}

TEST_CASE("A card that was out for a moment has ended the sessions", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1);
    home.insert(cards[0]);
    const Running module;
    const auto slot = slot_named("ops");
    Session session(slot);
    session.login();
    const auto handle = session.generate(CKM_GENERIC_SECRET_KEY_GEN, hmac_key("k"));
    SECTION("nobody looked meanwhile") {
        home.remove();
        home.insert(cards[0]);
        HSM_CHECK_RV(sign(session, handle), CKR_DEVICE_REMOVED);
    }
    SECTION("it was seen by another call") {
        home.remove();
        CHECK_FALSE(token_present(slot));
        home.insert(cards[0]);
        CHECK(token_present(slot));
    }
    HSM_CHECK_RV(session_info(session), CKR_SESSION_HANDLE_INVALID);
    Session again(slot);
    CHECK(state_of(again) == CKS_RW_PUBLIC_SESSION);
    again.login();
    HSM_CHECK_OK(sign(again, again.find(labelled("k")).at(0)));
}

TEST_CASE("A new session after an unnoticed removal begins without a login", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1);
    home.insert(cards[0]);
    const Running module;
    const auto slot = slot_named("ops");
    Session session(slot);
    session.login();
    home.remove();
    CHECK_FALSE(token_present(slot));
    home.insert(cards[0]);
    Session again(slot);
    CHECK(state_of(again) == CKS_RW_PUBLIC_SESSION);
    HSM_CHECK_RV(session_info(session), CKR_SESSION_HANDLE_INVALID);
}

TEST_CASE("Keys of a persistent set stay in use without the card until logout", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1, true);
    home.insert(cards[0]);
    const Running module;
    const auto slot = slot_named("ops");
    Session session(slot);
    session.login();
    const auto handle = session.generate(CKM_GENERIC_SECRET_KEY_GEN, hmac_key("k"));
    home.remove();
    CHECK(token_present(slot));
    HSM_CHECK_OK(sign(session, handle));
    HSM_CHECK_OK(open_session(slot));
    HSM_CHECK_OK(p11().C_Logout(session));
    CHECK_FALSE(token_present(slot));
    CHECK(eventually(CKR_SESSION_HANDLE_INVALID, [&] { return session_info(session); }));
}

TEST_CASE("The PIN of a card is its passphrase, and C_SetPIN changes it", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1);
    home.insert(cards[0]);
    const Running module;
    Session session(slot_named("ops"));
    const std::string_view fresh = "fresh pin";
    const auto change = [&](std::string_view old_pin, std::string_view new_pin) {
        return p11().C_SetPIN(session, pin_pointer(old_pin), length_of(old_pin), pin_pointer(new_pin), length_of(new_pin));
    };
    HSM_CHECK_RV(change("wrong", fresh), CKR_PIN_INCORRECT);
    HSM_CHECK_OK(change(user_pin, fresh));
    HSM_CHECK_RV(login(session, user_pin), CKR_PIN_INCORRECT);
    HSM_CHECK_OK(login(session, fresh));
}

TEST_CASE("Slot events say which slot's card came or went", "[pkcs11][cards]") {
    WorldHome home;
    const auto one = home.card_set("one", 1, 1), two = home.card_set("two", 1, 1);
    const Running module;
    CK_SLOT_ID slot = 0;
    HSM_CHECK_RV(wait_for_event(CKF_DONT_BLOCK, slot), CKR_NO_EVENT);
    home.insert(two[0]);
    HSM_CHECK_OK(wait_for_event(CKF_DONT_BLOCK, slot));
    CHECK(slot == slot_named("two"));
    HSM_CHECK_RV(wait_for_event(CKF_DONT_BLOCK, slot), CKR_NO_EVENT);
    home.remove();
    HSM_CHECK_OK(wait_for_event(CKF_DONT_BLOCK, slot));
    CHECK(slot == slot_named("two"));
    home.insert(one[0]);
    slot = 0;
    HSM_CHECK_OK(wait_for_event(0, slot)); // it happened already: nothing blocks
    CHECK(slot == slot_named("one"));
}

TEST_CASE("A call that waits for a card is woken by the card, and by C_Finalize", "[pkcs11][cards][threaded]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 1, 1);
    const Running module;
    const auto expected = slot_named("ops");
    CK_SLOT_ID slot = 0;
    CK_RV result = CKR_GENERAL_ERROR;
    std::thread waiting([&] { result = wait_for_event(0, slot); });
    home.insert(cards[0]);
    waiting.join();
    HSM_CHECK_OK(result);
    CHECK(slot == expected);

    std::atomic<bool> begun{false};
    std::thread forever([&] {
        begun = true;
        result = wait_for_event(0, slot);
    });
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
    forever.join();
    HSM_CHECK_RV(result, CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_CASE("Two of three cards log in one after the other in one reader", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("quorum", 2, 3);
    home.insert(cards[2]);
    const Running module;
    const auto slot = slot_named("quorum");
    Session session(slot), other(slot);
    HSM_CHECK_RV(login(session, user_pin), CKR_TOKEN_NOT_PRESENT); // one card is not enough
    CardLogin by_card(session), elsewhere(other);
    HSM_CHECK_RV(by_card.next(user_pin), CKR_OPERATION_NOT_INITIALIZED);
    HSM_CHECK_RV(by_card.end(), CKR_OPERATION_NOT_INITIALIZED);
    HSM_REQUIRE_OK(by_card.begin());
    CHECK(by_card.k == 2);
    CHECK(by_card.n == 3);
    HSM_CHECK_RV(by_card.begin(), CKR_OPERATION_ACTIVE);
    HSM_CHECK_RV(elsewhere.begin(), CKR_OPERATION_ACTIVE);
    HSM_CHECK_RV(elsewhere.next(user_pin), CKR_OPERATION_NOT_INITIALIZED);
    HSM_CHECK_RV(by_card.next("wrong"), CKR_PIN_INCORRECT);
    HSM_CHECK_OK(by_card.next(user_pin));
    CHECK(by_card.left == 1);
    HSM_CHECK_RV(by_card.next(user_pin), CKR_TOKEN_NOT_PRESENT); // the same card again
    home.remove();
    CHECK(eventually(CKR_TOKEN_NOT_PRESENT, [&] { return by_card.next(user_pin); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(150)); // longer than a look at the cards is believed
    HSM_CHECK_RV(by_card.next(user_pin), CKR_TOKEN_NOT_PRESENT);
    home.insert(cards[0]);
    HSM_CHECK_OK(by_card.next(user_pin));
    CHECK(by_card.left == 0);
    HSM_CHECK_OK(by_card.end());
    CHECK(state_of(other) == CKS_RW_USER_FUNCTIONS);
    const auto handle = session.generate(CKM_GENERIC_SECRET_KEY_GEN, hmac_key("k"));
    HSM_CHECK_OK(sign(session, handle));
    HSM_CHECK_RV(by_card.begin(), CKR_USER_ALREADY_LOGGED_IN);
    home.remove();
    CHECK(eventually(CKR_SESSION_HANDLE_INVALID, [&] { return session_info(session); }));
}

TEST_CASE("Two of three cards in two readers log in with C_Login", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("quorum", 2, 3);
    home.insert(cards[0], 0);
    home.insert(cards[1], 1);
    const Running module;
    Session session(slot_named("quorum"));
    session.login();
    HSM_CHECK_OK(sign(session, session.generate(CKM_GENERIC_SECRET_KEY_GEN, hmac_key("k"))));
}

TEST_CASE("A login by cards goes with its session, and is not for other tokens", "[pkcs11][cards]") {
    WorldHome home;
    const auto cards = home.card_set("quorum", 2, 3);
    home.insert(cards[0]);
    home.world().create_softcard(1, "soft", Secret::from_text(user_pin));
    const Running module;
    const auto slot = slot_named("quorum");
    Session other(slot);
    {
        Session session(slot);
        CardLogin begun(session);
        HSM_REQUIRE_OK(begun.begin());
        HSM_CHECK_OK(begun.next(user_pin));
        HSM_CHECK_RV(login(other, user_pin), CKR_OPERATION_ACTIVE);
    }
    CardLogin anew(other);
    HSM_CHECK_OK(anew.begin());
    HSM_CHECK_RV(anew.end(), CKR_TOKEN_NOT_PRESENT);
    CardLogin left_behind(other);
    HSM_REQUIRE_OK(left_behind.begin());
    HSM_REQUIRE_OK(p11().C_CloseAllSessions(slot));
    Session last(slot);
    HSM_CHECK_OK(CardLogin(last).begin());
    Session soft(slot_named("soft"));
    HSM_CHECK_RV(CardLogin(soft).begin(), CKR_FUNCTION_NOT_SUPPORTED);
}

TEST_CASE("A softcard of ppmk is a token with a user and without an officer", "[pkcs11][cards]") {
    WorldHome home;
    (void)home.world().create_softcard(1, "soft", Secret::from_text(user_pin));
    const Running module;
    const auto slot = slot_of_token("soft");
    CHECK((token_flags(slot) & (CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED)) ==
          (CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED));
    HSM_CHECK_RV(init_token(slot), CKR_TOKEN_WRITE_PROTECTED);
    Session session(slot);
    HSM_CHECK_RV(login(session, officer_pin, CKU_SO), CKR_USER_PIN_NOT_INITIALIZED);
    HSM_CHECK_RV(login(session, "wrong"), CKR_PIN_INCORRECT);
    session.login();
    const auto handle = session.generate(CKM_GENERIC_SECRET_KEY_GEN, hmac_key("k"));
    HSM_CHECK_OK(sign(session, handle));
    const std::string_view fresh = "fresh pin";
    HSM_CHECK_OK(p11().C_SetPIN(session, pin_pointer(user_pin), length_of(user_pin), pin_pointer(fresh), length_of(fresh)));
    HSM_CHECK_OK(p11().C_Logout(session));
    HSM_CHECK_OK(login(session, fresh));
    CHECK(session.find(labelled("k")).size() == 1);
}

TEST_CASE("The module's own slot needs no login and takes none", "[pkcs11][cards]") {
    WorldHome home;
    const Running module;
    const auto slot = slot_of_token("accelerator");
    CHECK((token_flags(slot) & CKF_LOGIN_REQUIRED) == 0);
    Session session(slot);
    HSM_CHECK_RV(login(session, user_pin), CKR_USER_PIN_NOT_INITIALIZED);
    HSM_CHECK_RV(login(session, officer_pin, CKU_SO), CKR_USER_PIN_NOT_INITIALIZED);
    HSM_CHECK_RV(init_token(slot), CKR_SESSION_EXISTS);
    Template is_private = hmac_key("private"), open_to_all = hmac_key("module's", false);
    Mechanism generate(CKM_GENERIC_SECRET_KEY_GEN);
    CK_OBJECT_HANDLE handle = 0;
    HSM_CHECK_RV(p11().C_GenerateKey(session, &generate, is_private.data(), is_private.count(), &handle),
                 CKR_USER_NOT_LOGGED_IN);
    HSM_REQUIRE_OK(p11().C_GenerateKey(session, &generate, open_to_all.data(), open_to_all.count(), &handle));
    HSM_CHECK_OK(sign(session, handle));
    session.close();
    HSM_CHECK_RV(init_token(slot), CKR_TOKEN_WRITE_PROTECTED);
}

} // namespace hsm::test
