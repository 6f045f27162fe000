// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/nvram.hpp"

#include "client/cards.hpp"
#include "client/state.hpp"

#include <hsm/nvram.hpp>
#include <hsm/sync.hpp>

#include <algorithm>
#include <optional>

// NVRAM of a module, as an application sees it.

namespace hsm {

struct Nvram::State {
    std::shared_ptr<World::State> world;
    std::uint32_t module = 1;
    Sync<std::optional<KeyHandle>> authority; ///< K_NV

    State(std::shared_ptr<World::State> of, std::uint32_t number) : world(std::move(of)), module(number) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { set({}); }

    void set(std::optional<KeyHandle> key) {
        std::swap(*authority.lock(), key);
        if (key) link().destroy(module, key->value);
    }
    [[nodiscard]] client::Link& link() const { return *world->client->link; }
    template <class Command>
    auto call(const Command& command) const {
        return link().call(module, command);
    }
};

std::string_view to_string(NvramKind kind) noexcept {
    switch (kind) {
    case NvramKind::data: return "data";
    case NvramKind::counter: return "counter";
    case NvramKind::key: return "key";
    }
    return "unknown";
}

Nvram::Nvram(const World& world, std::uint32_t module) : state_(std::make_shared<State>(world.state(), module)) {}

void Nvram::authorise(Authoriser& authoriser) {
    auto& link = state_->link();
    const auto begun = state_->call(protocol::BeginAdminToken{AdminRole::nvram, state_->world->record});
    struct Unload {
        client::Link& link;
        std::uint32_t module;
        TokenHandle token;
        ~Unload() { link.destroy(module, token.value); }
    } unload{link, state_->module, begun.token};
    client::collect_cards(link, {state_->module, begun.token, true, begun.facts.hknso, "administrator", begun.needed},
                          authoriser);
    state_->set(state_->call(protocol::LoadAdminKey{begun.token}).key);
}

NvramFacts Nvram::facts() const { return state_->call(protocol::NvramList{}).facts; }

NvramArea Nvram::area(std::string_view name) const {
    for (auto& area : facts().areas)
        if (area.name == name) return area;
    throw Error(Status::not_found,
                "there is no NVRAM area '" + std::string(name) + "' on module #" + std::to_string(state_->module));
}

std::vector<NvramRule> Nvram::stock_rules(NvramKind kind, std::uint64_t limit) const {
    const auto facts = client::verified_facts(*state_->world, state_->module);
    if (kind == NvramKind::key) return {{{}, bit(NvramRight::free), 0}};
    auto everybody = bit(NvramRight::read);
    if (kind == NvramKind::data) everybody |= bit(NvramRight::write) | bit(NvramRight::increment);
    // Who may write could write any number: a limit is worth something only without.
    if (limit != 0) everybody &= ~bit(NvramRight::write);
    return {{{}, everybody, limit}, {to_bytes(facts.hknv), bit(NvramRight::free), 0}};
}

void Nvram::allocate(const NvramArea& area) { allocate(std::vector<NvramArea>{area}); }

void Nvram::allocate(const std::vector<NvramArea>& areas) { state_->call(protocol::NvramAllocate{areas}); }

std::vector<std::string> Nvram::prepare(std::uint32_t count, NvramKind kind, std::uint32_t size) {
    if (kind == NvramKind::data)
        throw Error(Status::invalid_argument, "counters and places for keys are prepared; allocate data");
    if (count < 1 || count > 256) throw Error(Status::invalid_argument, "1 to 256 areas are prepared at a time");
    const auto present = facts().areas;
    const auto taken = [&](const std::string& name) {
        return std::any_of(present.begin(), present.end(), [&](const NvramArea& area) { return area.name == name; });
    };
    NvramArea area;
    area.kind = kind;
    area.size = kind == NvramKind::counter ? 8 : size;
    area.rules = stock_rules(kind);
    std::vector<NvramArea> areas;
    std::vector<std::string> names;
    for (std::uint32_t number = 1; areas.size() < count; ++number) {
        area.name = (kind == NvramKind::counter ? "count-" : "key-") + std::to_string(number);
        if (taken(area.name)) continue;
        names.push_back(area.name);
        areas.push_back(area);
    }
    allocate(areas);
    return names;
}

void Nvram::free(std::string_view name) { state_->call(protocol::NvramFree{std::string(name)}); }

Bytes Nvram::read(std::string_view name, std::uint32_t offset, std::uint32_t size) const {
    return state_->call(protocol::NvramRead{std::string(name), offset, size}).bytes;
}

void Nvram::write(std::string_view name, ByteView bytes, std::uint32_t offset) {
    state_->call(protocol::NvramWrite{std::string(name), offset, to_bytes(bytes)});
}

std::uint64_t Nvram::increment(std::string_view name, std::uint64_t amount) {
    return state_->call(protocol::NvramIncrement{std::string(name), amount}).value;
}

void Nvram::resize(std::uint32_t capacity) { state_->call(protocol::NvramResize{capacity}); }

Bytes Nvram::back_up(std::string_view name) const {
    return state_->call(protocol::NvramBackUp{std::string(name)}).backup;
}

NvramArea Nvram::restore(ByteView backup) { return state_->call(protocol::NvramRestore{to_bytes(backup)}).area; }

std::string Nvram::recreate_counter(const Key& key, std::uint64_t start) {
    if (key.module() != state_->module) throw Error(Status::invalid_argument, "the key is loaded on another module");
    return state_->call(protocol::RecreateCounter{key.handle(), start}).area;
}

} // namespace hsm
