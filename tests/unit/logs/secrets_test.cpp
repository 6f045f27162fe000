// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/log.hpp>
#include <support/scripted_authoriser.hpp>
#include <support/throwaway_home.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>

// A life with planted passphrases and key bytes, logged as verbosely as there is; then everything that was written,
// logged or said is searched for them, in clear, in hexadecimal and in base64.

using namespace hsm;
using namespace hsm::test;

namespace {

std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::string base64(ByteView bytes, bool url) {
    const std::string alphabet = std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + (url ? "-_" : "+/");
    std::string text;
    unsigned bits = 0, waiting = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | byte;
        for (waiting += 8; waiting >= 6; waiting -= 6) text += alphabet[bits >> (waiting - 6) & 63];
    }
    return text; // what would need padding is left out: only whole characters of the secret are searched for
}

/// How the secret would look in a text or a file.
std::vector<std::string> looks_of(ByteView secret) {
    std::vector<std::string> looks = {text_of(secret), std::string(secret.rbegin(), secret.rend())};
    auto hex = to_hex(secret);
    looks.push_back(hex);
    std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    looks.push_back(hex);
    std::string apart;
    for (std::size_t i = 0; i < hex.size(); i += 2) apart += (i == 0 ? "" : ":") + hex.substr(i, 2);
    looks.push_back(apart);
    for (const bool url : {false, true})
        for (std::size_t from = 0; from < 3; ++from) looks.push_back(base64(secret.subspan(from), url));
    return looks;
}

/// Secrets with a name for each, and what was found of them where.
class Search {
public:
    void plant(const std::string& name, ByteView secret) {
        REQUIRE(secret.size() >= 10);
        for (const auto& look : looks_of(secret)) looks_.emplace_back(name, look);
    }
    [[nodiscard]] std::vector<std::string> find(const std::string& where, ByteView text) const {
        std::vector<std::string> found;
        for (const auto& [name, look] : looks_) {
            const auto at = std::search(text.begin(), text.end(), std::boyer_moore_horspool_searcher(look.begin(), look.end()));
            if (at != text.end()) found.push_back(name + " in " + where);
        }
        return found;
    }

private:
    std::vector<std::pair<std::string, std::string>> looks_;
};

void set_variable(const char* name, const std::string& value) {
#if defined(_WIN32)
    _putenv_s(name, value.c_str());
#else
    if (value.empty()) unsetenv(name);
    else setenv(name, value.c_str(), 1);
#endif
}

/// The log, as verbose as it can be, into a file.
class VerboseLog {
public:
    explicit VerboseLog(const base::Path& file) {
        set_variable("LIBHSM_LOG", "DEBUG10");
        set_variable("NFLOG_FILE", file.string());
        base::log::reopen();
    }
    ~VerboseLog() {
        set_variable("LIBHSM_LOG", "");
        set_variable("NFLOG_FILE", "");
        base::log::reopen();
    }
    VerboseLog(const VerboseLog&) = delete;
    VerboseLog& operator=(const VerboseLog&) = delete;
};

const std::string acs_passphrase = "planted-acs-passphrase-1";
const std::string ocs_passphrase = "planted-ocs-passphrase-2";
const std::string new_ocs_passphrase = "planted-new-ocs-passphrase-3";
const std::string soft_passphrase = "planted-softcard-passphrase-4";
const std::string new_soft_passphrase = "planted-new-softcard-passphrase-5";
const std::string wrong_passphrase = "planted-wrong-passphrase-6";
const std::string key_text = "planted key bytes, 32 of them 7!";

Secret secret(const std::string& text) { return Secret::from_text(text); }

/// What is refused, in words.
class Refusals {
public:
    template <class Action>
    void of(Action action) {
        try {
            action();
        } catch (const Error& error) {
            texts_ += error.message() + '\n';
            base::log::error("refused: {}", error.what());
            return;
        }
        FAIL_CHECK("nothing was refused");
    }
    [[nodiscard]] const std::string& texts() const noexcept { return texts_; }

private:
    std::string texts_;
};

void use_cards(ThrowawayHome& home, Client& client, World& world, Refusals& refused) {
    const auto cards = home.cards(client, 1, "ocs");
    ScriptedAuthoriser person(client, cards, {ocs_passphrase});
    NewCards with_passphrase;
    with_passphrase.ask_passphrases = true;
    const auto set = world.create_card_set(1, set_of("ops", 1, 1), person, with_passphrase);
    refused.of([&] { client.check_card_passphrase(1, 0, secret(wrong_passphrase)); });
    refused.of([&] { client.change_card_passphrase(1, 0, secret(wrong_passphrase), secret(new_ocs_passphrase)); });
    client.change_card_passphrase(1, 0, secret(ocs_passphrase), secret(new_ocs_passphrase));
    refused.of([&] { client.check_card_passphrase(1, 0, secret(ocs_passphrase)); });
    FixedPassphrase known(secret(new_ocs_passphrase));
    (void)world.generate(request_for("under-cards", "P-256"), world.load_card_set(1, set.token, known));
    client.remove_card(1, 0);
}

void use_softcard(World& world, Refusals& refused) {
    const auto soft = world.create_softcard(1, "soft", secret(soft_passphrase)).token;
    refused.of([&] { (void)world.load_softcard(1, soft, secret(wrong_passphrase)); });
    world.change_softcard_passphrase(1, soft, secret(soft_passphrase), secret(new_soft_passphrase));
    refused.of([&] { (void)world.load_softcard(1, soft, secret(soft_passphrase)); });
    (void)world.generate(request_for("under-softcard", "AES-256"), world.load_softcard(1, soft, secret(new_soft_passphrase)));
}

/// Returns the private key's bytes, which were exported.
Bytes use_keys(World& world, Refusals& refused) {
    const auto module = Protector::module_key();
    (void)world.import(request_for("imported", "AES-256"), KeyHalf::secret, secret(key_text), module);
    refused.of([&] { (void)world.import(request_for("imported", "AES-256"), KeyHalf::secret, secret(key_text), module); });
    refused.of([&] { (void)world.import(request_for("no-key", "P-256"), KeyHalf::private_key, secret(key_text), module); });
    auto request = request_for("exported", "P-256");
    request.usage.actions = bit(Action::sign) | bit(Action::verify) | bit(Action::export_plain);
    const auto key = world.generate(request, module);
    const auto plain = key.export_plain();
    refused.of([&] { (void)world.load("simple", "imported", silent()).export_plain(); });
    refused.of([&] { (void)key.encrypt(parse_mechanism("GCM"), view(key_text)); });
    // PKCS #8 of P-256: the private value follows the tag and length of an octet string of 32 bytes.
    const auto bytes = to_bytes(plain.view());
    static constexpr std::array<std::uint8_t, 2> head = {0x04, 0x20};
    const auto at = std::search(bytes.begin(), bytes.end(), head.begin(), head.end());
    REQUIRE(bytes.end() - at >= 34);
    return {at + 2, at + 34};
}

void check_absent(const Search& search, const std::string& where, ByteView text) {
    for (const auto& found : search.find(where, text)) FAIL_CHECK(found);
}

} // namespace

TEST_CASE("the search finds a secret however it is written", "[logs]") {
    Search search;
    search.plant("it", view("planted-secret"));
    for (const auto* text : {"xxplanted-secretxx", "706c616e7465642d736563726574", "706C616E7465642D736563726574",
                             "70:6C:61:6E:74:65:64:2D:73:65:63:72:65:74", "terces-detnalp",
                             "cGxhbnRlZC1zZWNyZXQ=", "eHBsYW50ZWQtc2VjcmV0", "eHhwbGFudGVkLXNlY3JldHg="}) {
        CAPTURE(text);
        CHECK_FALSE(search.find("a text", view(std::string_view(text))).empty());
    }
    CHECK(search.find("a text", view("planted-secre")).empty());
}

TEST_CASE("no log, message or file holds a passphrase or a key in clear", "[logs]") {
    ThrowawayHome home;
    const MemoryDirectory elsewhere;
    const auto log_file = elsewhere.path() / "verbose.log";
    Search search;
    for (const auto* passphrase : {&acs_passphrase, &ocs_passphrase, &new_ocs_passphrase, &soft_passphrase,
                                   &new_soft_passphrase, &wrong_passphrase, &key_text})
        search.plant(*passphrase, view(*passphrase));
    Refusals refused;
    {
        const VerboseLog verbose(log_file);
        auto client = home.open();
        client.create_module();
        const auto cards = home.cards(client, 1, "acs");
        ScriptedAuthoriser person(client, cards, {acs_passphrase});
        NewCards with_passphrase;
        with_passphrase.ask_passphrases = true;
        auto world = client.create_world(1, cheap_world(), person, with_passphrase);
        client.remove_card(1, 0);
        use_cards(home, client, world, refused);
        use_softcard(world, refused);
        search.plant("the exported key", use_keys(world, refused));
        base::log::debug(10, "the life is over"); // the log is there at all
    }
    const auto log = read_file(log_file);
    CHECK(text_of(log).find("the life is over") != std::string::npos);
    check_absent(search, "the log", log);
    CHECK(std::ranges::count(refused.texts(), '\n') >= 9);
    check_absent(search, "a message", view(refused.texts()));
    const auto files = contents_of(home.path());
    CHECK(files.size() > 8);
    for (const auto& [name, contents] : files) {
        check_absent(search, "the file " + name, contents);
        check_absent(search, "the name of " + name, view(name));
    }
}
