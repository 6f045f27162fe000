// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// Makes a Security World with a 2-of-3 administrator card set and passphrases, then loads it onto a second module with
// two of the three cards.

#include <hsm/hsm.hpp>

#include <filesystem>
#include <iostream>
#include <vector>

/// Does what people do in a ceremony: puts one card after the other into slot 0 and types passphrases. Questions come
/// in the order in which the library needs the answers.
class Ceremony : public hsm::Authoriser {
public:
    Ceremony(hsm::Client client, std::vector<std::filesystem::path> cards) : client_(client), cards_(cards) {}

    hsm::Answer ask(const hsm::Question& question) override {
        using Kind = hsm::Question::Kind;
        switch (question.kind) {
        case Kind::insert_card:
        case Kind::insert_blank_card:
            if (next_ == cards_.size()) return {}; // no more cards: give up
            if (next_ != 0) client_.remove_card(question.module, 0);
            client_.insert_card(question.module, 0, cards_[next_++]);
            return {.go_on = true, .passphrase = {}};
        case Kind::passphrase:
        case Kind::new_passphrase: // the same for every card is good enough for an example
            return {.go_on = true, .passphrase = hsm::Secret::from_text("keep it secret")};
        default:
            return {.go_on = true, .passphrase = {}};
        }
    }

private:
    hsm::Client client_;
    std::vector<std::filesystem::path> cards_;
    std::size_t next_ = 0;
};

int main() try {
    auto client = hsm::Client::open();
    const auto first = client.create_module();
    const auto second = client.create_module();

    std::vector<std::filesystem::path> cards;
    for (const auto* name : {"admin-1.card", "admin-2.card", "admin-3.card"}) {
        cards.push_back(client.locations().home / name);
        client.create_card(cards.back());
    }

    hsm::WorldOptions options;
    options.quora = {.k = 2, .n = 3}; // any two cards; every other power needs two as well, unless said
    Ceremony makes(client, cards);
    const auto world = client.create_world(first, options, makes, {.ask_passphrases = true, .erase = false, .slot = {}});
    std::cout << "hknso = " << hsm::to_hex(world.facts().hknso) << '\n';

    // Two cards load the world onto the second module. HKNSO, written down at the ceremony, says that it is the right one.
    Ceremony loads(client, {cards[0], cards[2]});
    const auto loaded = client.load_world(second, loads, world.facts().hknso);
    loaded.check(second); // the module itself checks the world file against what it has just learnt
    return client.module(second).hknso == world.facts().hknso ? 0 : 1;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
