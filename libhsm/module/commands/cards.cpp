// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/random.hpp"
#include "base/codec.hpp"
#include "module/cards.hpp"
#include "module/commands.hpp"

// Chapter: card slots and the cards in them.

namespace hsm::module {

using namespace protocol;

namespace {

std::optional<Hash256> own_world(const SnapshotPtr& state) {
    if (!state->enrolled()) return std::nullopt;
    return state->enrolment().facts.hknso;
}

/// A card of this module's world in the slot, and what opens it.
struct OwnCard {
    InsertedCard card;
    CardKeys keys;
};

OwnCard own_card(Context& context, std::uint32_t slot) {
    const auto state = context.state();
    auto card = context.module().slots().read(slot);
    if (card.record.kind == CardKind::blank) throw Error(Status::card_foreign, "the card is blank; insert a card of a set");
    if (card.header.hknso != state->enrolment().facts.hknso)
        throw Error(Status::card_foreign, "the card belongs to another Security World; insert a card of this one");
    auto keys = card.header.kind == CardKind::administrator ? administrator_card_keys() : operator_card_keys(*state);
    return {std::move(card), std::move(keys)};
}

} // namespace

SlotList::Reply run(Context& context, const SlotList&) {
    SlotList::Reply reply;
    const auto world = own_world(context.state());
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) reply.slots.push_back(context.module().slots().facts(slot, world));
    return reply;
}

Done run(Context& context, const InsertCard& command) {
    context.module().slots().insert(command.slot, command.path);
    return {};
}

Done run(Context& context, const RemoveCard& command) {
    context.module().slots().remove(command.slot);
    return {};
}

Done run(Context& context, const EraseCard& command) {
    auto& slots = context.module().slots();
    const auto card = slots.read(command.slot);
    const auto world = own_world(context.state());
    if (card.record.kind == CardKind::administrator && world == card.header.hknso)
        throw Error(Status::access_denied, "this card belongs to the administrator set of the current Security World; such a "
                                           "card is never erased while the world is in use");
    CardRecord blank;
    blank.serial = card.record.serial;
    slots.write(command.slot, card, blank);
    return {};
}

Done run(Context& context, const ChangeCardPassphrase& command) {
    const auto own = own_card(context, command.slot);
    const bool cheap = context.state()->enrolment().facts.test_parameters;
    const auto changed = change_passphrase(own.keys, own.card, command.old_passphrase, command.new_passphrase,
                                           context.module().attempts(), cheap);
    context.module().slots().write(command.slot, own.card, changed);
    return {};
}

Done run(Context& context, const CheckCardPassphrase& command) {
    const auto own = own_card(context, command.slot);
    check_passphrase(own.keys, own.card, command.passphrase, context.module().attempts());
    return {};
}

Done run(Context& context, const NewCard& command) {
    Slots::make_blank(context.module().home().files(), command.path);
    return {};
}

} // namespace hsm::module
