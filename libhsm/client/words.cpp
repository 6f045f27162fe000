// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/authoriser.hpp>
#include <hsm/facts.hpp>
#include <hsm/version.hpp>

#include <array>

// Words for values, and the authorisers that never ask a person.

namespace hsm {

namespace {

template <class E>
struct Word {
    E value;
    std::string_view text;
};

constexpr std::array world_modes{
    Word<WorldMode>{WorldMode::unrestricted, "unrestricted"},
    Word<WorldMode>{WorldMode::fips_140_level_3, "fips-140-level-3"},
    Word<WorldMode>{WorldMode::common_criteria_cmts, "common-criteria-cmts"},
};
constexpr std::array cipher_suites{
    Word<CipherSuite>{CipherSuite::ecp521_xwing_aes256, "ecp521-xwing-aes256"},
    Word<CipherSuite>{CipherSuite::ecp521_rsa3072_aes256, "ecp521-rsa3072-aes256"},
    Word<CipherSuite>{CipherSuite::mldsa87_xwing_aes256, "mldsa87-xwing-aes256"},
};
constexpr std::array module_modes{
    Word<ModuleMode>{ModuleMode::operational, "operational"},
    Word<ModuleMode>{ModuleMode::pre_initialisation, "pre-initialisation"},
    Word<ModuleMode>{ModuleMode::maintenance, "maintenance"},
    Word<ModuleMode>{ModuleMode::failed, "failed"},
};
constexpr std::array slot_states{
    Word<SlotState>{SlotState::empty, "empty"},           Word<SlotState>{SlotState::blank, "blank"},
    Word<SlotState>{SlotState::administrator, "admin"},   Word<SlotState>{SlotState::operator_card, "operator"},
    Word<SlotState>{SlotState::foreign, "foreign"},       Word<SlotState>{SlotState::damaged, "damaged"},
};
constexpr std::array admin_role_words{
    Word<AdminRole>{AdminRole::nso, "nso"},
    Word<AdminRole>{AdminRole::load, "load"},
    Word<AdminRole>{AdminRole::recovery, "recovery"},
    Word<AdminRole>{AdminRole::passphrase, "passphrase"},
    Word<AdminRole>{AdminRole::nvram, "nvram"},
};

template <class Words, class E>
std::string_view word_of(const Words& words, E value) noexcept {
    for (const auto& word : words)
        if (word.value == value) return word.text;
    return "unknown";
}

template <class Words>
auto value_of(const Words& words, std::string_view text, std::string_view what) {
    std::string choices;
    for (const auto& word : words) {
        if (word.text == text) return word.value;
        choices += (choices.empty() ? "" : ", ") + std::string(word.text);
    }
    throw Error(Status::invalid_argument, "there is no " + std::string(what) + " '" + std::string(text) + "'; choose one of " + choices);
}

class Silent final : public Authoriser {
public:
    Answer ask(const Question&) override { return {}; }
};

} // namespace

std::string_view to_string(WorldMode mode) noexcept { return word_of(world_modes, mode); }
std::string_view to_string(CipherSuite suite) noexcept { return word_of(cipher_suites, suite); }
std::string_view to_string(ModuleMode mode) noexcept { return word_of(module_modes, mode); }
std::string_view to_string(SlotState state) noexcept { return word_of(slot_states, state); }
std::string_view to_string(AdminRole role) noexcept { return word_of(admin_role_words, role); }
WorldMode parse_world_mode(std::string_view text) { return value_of(world_modes, text, "mode"); }

CipherSuite parse_cipher_suite(std::string_view text) {
    // The name that scripts written for hardware modules pass for the elliptic-curve suite.
    if (text == "ECp521mAES") return CipherSuite::ecp521_xwing_aes256;
    return value_of(cipher_suites, text, "cipher suite");
}

void Authoriser::administrator_cards(std::uint32_t) {}

Authoriser& silent() {
    static Silent& authoriser = *new Silent;
    return authoriser;
}

Answer FixedPassphrase::ask(const Question& question) {
    Answer answer;
    if (question.attempt > 1) return answer; // the same passphrase would be wrong again
    switch (question.kind) {
    case Question::Kind::passphrase:
    case Question::Kind::new_passphrase:
        answer.go_on = true;
        answer.passphrase = passphrase_.clone();
        break;
    case Question::Kind::confirm:
        answer.go_on = true;
        break;
    case Question::Kind::insert_card:
    case Question::Kind::insert_blank_card:
    case Question::Kind::remove_card:
        break;
    }
    return answer;
}

std::string_view version() noexcept { return HSM_VERSION_STRING; }

} // namespace hsm
