// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"

#include <set>

// Cards presented one by one.

namespace hsm {

struct CardSetLoading::State {
    std::shared_ptr<client::Link> link;
    Protector token; ///< not complete yet
    std::set<std::string> used;
    std::uint32_t missing = 1;
};

CardSetLoading::CardSetLoading(std::unique_ptr<State> state) : state_(std::move(state)) {}
CardSetLoading::CardSetLoading(CardSetLoading&&) noexcept = default;
CardSetLoading& CardSetLoading::operator=(CardSetLoading&&) noexcept = default;
CardSetLoading::~CardSetLoading() = default;

std::uint32_t CardSetLoading::present(const Secret& passphrase) {
    auto& state = *state_;
    if (state.missing == 0) return 0; // loaded by another program: no card and no passphrase is asked for
    for (const auto& slot : state.link->call(state.token.module(), protocol::SlotList{}).slots) {
        if (slot.state != SlotState::operator_card || slot.set != state.token.hash() || state.used.contains(slot.serial)) continue;
        const auto progress =
            state.link->call(state.token.module(), protocol::AddShare{state.token.token(), slot.slot, passphrase.clone()});
        state.used.insert(slot.serial);
        state.missing = progress.needed > progress.presented ? progress.needed - progress.presented : 0;
        return state.missing;
    }
    throw Error(Status::no_card, "no card of this set that was not presented yet is in a slot; insert the next one");
}

Protector CardSetLoading::finish() {
    if (state_->missing) throw Error(Status::token_incomplete, "more cards of this set are needed");
    return state_->token;
}

CardSetLoading World::begin_card_set(std::uint32_t module, const Hash256& token) {
    auto& client = *state_->client;
    if (auto preloaded = client::take_preloaded(client, module, token))
        return CardSetLoading(std::make_unique<CardSetLoading::State>(CardSetLoading::State{client.link, std::move(*preloaded), {}, 0}));
    auto loaded = std::make_shared<Protector::Loaded>();
    loaded->link = client.link;
    loaded->module = module;
    loaded->kind = ProtectorKind::card_set;
    loaded->hash = token;
    loaded->token = client.link->call(module, protocol::BeginToken{token}).token;
    return CardSetLoading(std::make_unique<CardSetLoading::State>(CardSetLoading::State{client.link, Protector(std::move(loaded)), {}, 1}));
}

} // namespace hsm
