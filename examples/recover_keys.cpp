// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// A softcard's passphrase is forgotten: administrators move its key to another softcard, and then replace
// their own cards.

#include <hsm/hsm.hpp>

#include <filesystem>
#include <iostream>
#include <vector>

/// Presents the given cards in turn, and knows that administrator cards deserve a thought.
class Administrators : public hsm::Authoriser {
public:
    Administrators(hsm::Client client, std::vector<std::filesystem::path> cards)
        : client_(client), cards_(cards) {}

    hsm::Answer ask(const hsm::Question& question) override {
        if (next_ == cards_.size()) return {}; // give up
        const auto slot = question.slot.value_or(0);
        for (const auto& each : client_.slots(question.module))
            if (each.slot == slot && each.state != hsm::SlotState::empty)
                client_.remove_card(question.module, slot);
        client_.insert_card(question.module, slot, cards_[next_++]);
        return {.go_on = true, .passphrase = {}};
    }
    void administrator_cards(std::uint32_t) override { std::cout << "Is this host one that you trust?\n"; }

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
    const std::vector cards{card("one.card"), card("two.card"), card("three.card")};
    hsm::WorldOptions options;
    options.quora = {2, 3}; // any two of three administrators
    Administrators make(client, cards);
    auto world = client.create_world(module, options, make);
    client.remove_card(module, 0);

    const auto lost = world.create_softcard(module, "lost", hsm::Secret::from_text("forgotten"));
    hsm::KeyRequest request;
    request.ident = "ca";
    request.spec = hsm::parse_key_spec("P-256");
    const auto key =
        world.generate(request, world.load_softcard(module, lost.token, hsm::Secret::from_text("forgotten")));

    const auto fresh = world.create_softcard(module, "fresh", hsm::Secret::from_text("written down"));
    const auto to = world.load_softcard(module, fresh.token, hsm::Secret::from_text("written down"));
    Administrators two(client, {cards[2], cards[0]});
    for (const auto& result : hsm::Administration(world, module).recover_keys(lost.token, to, two))
        std::cout << result.key.ident
                  << (result.outcome == hsm::RecoveredKey::Outcome::moved ? " recovered\n"
                                                                          : " not recovered\n");
    const auto recovered = world.load(*world.find("simple", "ca"), to);
    if (recovered.public_info() != key.public_info()) return 1;
    client.remove_card(module, 0);

    Administrators change(
        client, {cards[0], cards[1], card("new-one.card"), card("new-two.card"), card("new-three.card")});
    world = hsm::Administration(world, module).replace_cards(change);
    std::cout << "administrator cards of generation " << world.facts().acs_generation << '\n';
    return world.facts().acs_generation == 2 ? 0 : 1;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
