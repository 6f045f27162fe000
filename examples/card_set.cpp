// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// An operator card set: a key that is usable only while two of three operators have presented their cards.

#include <hsm/hsm.hpp>

#include <filesystem>
#include <iostream>
#include <vector>

/// Presents the given cards in turn in slot 1.
class Operators : public hsm::Authoriser {
public:
    Operators(hsm::Client client, std::vector<std::filesystem::path> cards) : client_(client), cards_(cards) {}

    hsm::Answer ask(const hsm::Question& question) override {
        const bool card = question.kind == hsm::Question::Kind::insert_card ||
                          question.kind == hsm::Question::Kind::insert_blank_card;
        if (!card) return {.go_on = true, .passphrase = {}};
        if (next_ == cards_.size()) return {}; // give up
        if (next_ != 0) client_.remove_card(question.module, 1);
        client_.insert_card(question.module, 1, cards_[next_++]);
        return {.go_on = true, .passphrase = {}};
    }

private:
    hsm::Client client_;
    std::vector<std::filesystem::path> cards_;
    std::size_t next_ = 0;
};

int main() try {
    auto client = hsm::Client::open();
    const auto module = client.create_module();
    const auto card = [&client](const char* name) {
        auto path = client.locations().home / name;
        client.create_card(path);
        return path;
    };
    client.insert_card(module, 0, card("admin.card"));
    auto world = client.create_world(module, {}, hsm::silent());
    client.remove_card(module, 0);

    // Three cards, any two of which load the set. Without `persistent`, the last card presented must stay in its slot.
    const std::vector cards{card("anna.card"), card("ben.card"), card("cleo.card")};
    hsm::CardSetOptions options;
    options.name = "operators";
    options.k = 2;
    options.n = 3;
    Operators make(client, cards);
    const auto set = world.create_card_set(module, options, make);
    client.remove_card(module, 1);

    Operators two(client, {cards[0], cards[2]});
    const auto protector = world.load_card_set(module, set.token, two);
    hsm::KeyRequest request;
    request.ident = "ca";
    request.spec = hsm::parse_key_spec("Ed25519");
    const auto key = world.generate(request, protector);
    const auto mechanism = hsm::default_signature(key.spec());
    if (!key.verify(mechanism, hsm::view("text"), key.sign(mechanism, hsm::view("text")))) return 1;

    client.remove_card(module, 1); // a card goes, and with it the key
    try {
        (void)key.sign(mechanism, hsm::view("text"));
        return 1;
    } catch (const hsm::Error& error) {
        std::cout << error.what() << '\n';
        return error.status() == hsm::Status::card_removed ? 0 : 1;
    }
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
