// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

// Tokens that another program keeps loaded (hsm preload).

namespace hsm::test {

namespace {

void set_tokens_file(const std::string& value) {
#ifdef _WIN32
    ::_putenv_s("NFAST_NFKM_TOKENSFILE", value.c_str());
#else
    if (value.empty())
        ::unsetenv("NFAST_NFKM_TOKENSFILE");
    else
        ::setenv("NFAST_NFKM_TOKENSFILE", value.c_str(), 1);
#endif
}

struct TokensFile {
    explicit TokensFile(const std::string& value) { set_tokens_file(value); }
    ~TokensFile() { set_tokens_file({}); }
    TokensFile(const TokensFile&) = delete;
    TokensFile& operator=(const TokensFile&) = delete;
};

/// Two cards of a set 2/3, presented in the other program.
Protector load(WorldHome& home, const std::vector<std::string>& cards) {
    home.insert(cards[0], 0);
    home.insert(cards[2], 1);
    FixedPassphrase person(Secret::from_text(user_pin));
    return home.world().load_card_set(1, home.world().card_set("ops").token, person);
}

} // namespace

TEST_CASE("A preloaded card set of K > 1 logs in at once, with one of its cards in a slot",
          "[pkcs11][cards][preload]") {
    WorldHome home;
    const auto cards = home.card_set("ops", 2, 3, true);
    const auto file = home.path() / "tokens";
    std::optional<Preload> preload(std::in_place, home.world(), std::vector{load(home, cards)});
    preload->write(file);
    home.remove(1);
    const TokensFile told(file.string());
    {
        const Running module;
        Session session(slot_named("ops"));
        HSM_CHECK_OK(p11().C_Login(session, CKU_USER, pin_pointer("anything"), length_of("anything")));
        CK_SESSION_INFO info = {};
        HSM_REQUIRE_OK(p11().C_GetSessionInfo(session, &info));
        CHECK(info.state == CKS_RW_USER_FUNCTIONS);
    }
    preload.reset();
    const Running module;
    Session session(slot_named("ops"));
    CHECK(p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin)) !=
          CKR_OK); // one card of two
}

} // namespace hsm::test
