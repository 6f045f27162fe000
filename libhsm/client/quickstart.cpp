// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/token.hpp>

#include "client/state.hpp"

// What a single user needs, made where there is nothing.

namespace hsm {

namespace {

/// The one card in a slot of the module, as long as this object lives.
class CardInSlot {
public:
    CardInSlot(Client client, std::uint32_t module, const std::filesystem::path& card) : client_(std::move(client)), module_(module) {
        const auto slots = client_.slots(module);
        for (const auto& facts : slots)
            if (facts.state == SlotState::empty) {
                slot_ = facts.slot;
                client_.insert_card(module, slot_, card);
                return;
            }
        if (slots.empty()) throw Error(Status::no_card, "the module has no slot for a card");
        slot_ = slots.front().slot;
        before_ = slots.front().card_path;
        client_.remove_card(module, slot_);
        client_.insert_card(module, slot_, card);
    }
    CardInSlot(const CardInSlot&) = delete;
    CardInSlot& operator=(const CardInSlot&) = delete;
    ~CardInSlot() {
        try {
            client_.remove_card(module_, slot_);
            if (!before_.empty()) client_.insert_card(module_, slot_, before_);
        } catch (...) {
            // The card stays where it is: nothing depends on it.
        }
    }
    [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }

private:
    Client client_;
    std::uint32_t module_, slot_ = 0;
    std::filesystem::path before_; ///< what was in the slot
};

/// Puts the existing world to use, as far as that can be done without cards.
std::uint32_t use_existing(Client& client, const World& world) {
    for (const auto& listed : client.modules()) {
        if (listed.mode == ModuleMode::failed) continue;
        const auto module = client.module(listed.number); // not as it was when this process looked last
        if (!module.enrolled || module.hknso != world.facts().hknso) continue;
        if (module.mode != ModuleMode::operational) client.clear(module.number, ModuleMode::operational);
        return module.number;
    }
    throw Error(Status::bad_state, "a Security World is there, but no module is in it; load it onto a module with: new-world --load");
}

std::uint32_t fresh_module(Client& client) {
    const auto modules = client.modules();
    if (modules.empty()) return client.create_module();
    const auto& first = modules.front();
    if (first.enrolled)
        throw Error(Status::bad_state, "module #" + std::to_string(first.number) + " belongs to a Security World whose files are not in '" +
                                           client.locations().kmdata.string() +
                                           "'; bring them back, or give it up with: new-world --factory");
    if (first.mode != ModuleMode::pre_initialisation) client.clear(first.number, ModuleMode::pre_initialisation);
    return first.number;
}

std::filesystem::path fresh_card(Client& client) {
    const auto& state = *client.state();
    const auto directory = state.locations.home / "cards";
    if (!state.files->info(directory)) state.files->create_directories(directory, base::FileMode::private_dir);
    for (unsigned number = 1;; ++number) {
        const auto path = directory / (number == 1 ? "admin.card" : "admin-" + std::to_string(number) + ".card");
        if (state.files->info(path)) continue;
        client.create_card(path);
        return path;
    }
}

/// One process at a time; the others then find a world. Byte 0 of this file guards the modules' numbers.
std::unique_ptr<base::LockFile> lock_quickstart(const Client::State& state) {
    state.files->create_directories(state.locations.modules, base::FileMode::private_dir);
    auto lock = state.files->lock_file(state.locations.modules / ".lock");
    lock->lock(1, base::LockFile::Mode::exclusive, std::chrono::minutes(1));
    return lock;
}

} // namespace

Quickstart quickstart(Client& client, bool test_parameters) {
    const auto lock = lock_quickstart(*client.state()); // also to look: another process may be half way through
    if (client.has_world()) return {use_existing(client, client.world()), {}};
    const auto module = fresh_module(client);
    const auto card = fresh_card(client);
    try {
        const CardInSlot inserted(client, module, card);
        WorldOptions options;
        options.test_parameters = test_parameters;
        NewCards how;
        how.slot = inserted.slot();
        (void)client.create_world(module, options, silent(), how);
        if (client.module(module).mode != ModuleMode::operational) client.clear(module, ModuleMode::operational);
        return {module, card};
    } catch (...) {
        if (!client.has_world()) { // nothing of a world is on the card
            std::error_code ignored;
            std::filesystem::remove(card, ignored);
        }
        throw;
    }
}

} // namespace hsm
