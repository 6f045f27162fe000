// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/module.hpp"

#include "base/codec.hpp"
#include "base/fork_guard.hpp"
#include "base/log.hpp"
#include "crypto/self_test.hpp"
#include "module/objects.hpp"

#include <hsm/version.hpp>

namespace hsm::module {

namespace {

constexpr std::uint32_t keys_between_sweeps = 512;

constexpr base::ForkSteps fork_steps{
    [](void* locks) noexcept { static_cast<Locks*>(locks)->before_fork(); },
    [](void* locks) noexcept { static_cast<Locks*>(locks)->after_fork_in_parent(); },
    [](void* locks) noexcept { static_cast<Locks*>(locks)->after_fork_in_child(); },
};

} // namespace

Module::Module(const Platform& platform, const base::Path& directory, const Secret& start_passphrase)
    : home_(platform, directory, start_passphrase,
            [](Home& home) {
                Slots(home).restore();
                Attempts(home).restore();
                Limits(home).restore();
            }),
      slots_(home_), attempts_(home_), limits_(home_), nvram_(home_) {
    fork_generation_ = base::fork_generation();
    base::on_fork(&home_.locks(), fork_steps, 0);
    try {
        refresh();
    } catch (...) {
        base::forget_on_fork(&home_.locks());
        throw;
    }
}

Module::~Module() { base::forget_on_fork(&home_.locks()); }

ClientState Module::new_client() { return ClientState(next_client_.fetch_add(1)); }

void Module::forget_client(const ClientState& client) {
    if (fork_generation_ == base::fork_generation()) objects_.remove_client(client.id());
}

SnapshotPtr Module::state() { return *snapshot_.lock(); }

void Module::refresh() {
    const std::scoped_lock lock(refresh_mutex_);
    auto& epoch = home_.page()->epoch;
    for (;;) {
        home_.page().follow();
        const auto seen = epoch.load(std::memory_order_acquire);
        // Who only reads takes the state that is there; when the writer is done, the epoch changes again.
        if (seen % 2 != 0 && !home_.read_only()) {
            // Somebody writes, or died writing: with the lock in hand it is the latter.
            const auto state_lock = home_.locks().hold(Rank::state);
            if (epoch.load() == seen) epoch.fetch_add(1, std::memory_order_seq_cst);
            continue;
        }
        if (seen == epoch_.load() && state()) return;
        objects_.clear();
        auto next = home_.load();
        home_.page().follow();
        if (epoch.load(std::memory_order_acquire) != seen) continue;
        power_on_test(*next);
        mode_.store(next->secrets.mode);
        level3_.store(next->level3());
        fixed_features_.store(next->features ? next->features->fixed : UINT32_MAX);
        *snapshot_.lock() = std::move(next);
        epoch_.store(seen, std::memory_order_release);
        return;
    }
}

void Module::power_on_test(const Snapshot& state) {
    // In level 3 nothing is done with a key before the module, in this process, has shown that its algorithms work.
    if (!state.level3() || tested_) return;
    tested_ = true;
    if (const auto failed = self_test(); !failed.empty()) fail("the self-test '" + failed + "' failed");
}

std::string Module::self_test() {
    const auto test = home_.platform().self_test;
    return test ? test() : crypto::self_test();
}

void Module::change(Objects objects, const std::function<void(ModuleSecrets&)>& edit) {
    home_.require_writable("the module's state has to be written down");
    {
        const auto lock = home_.locks().hold(Rank::state);
        const auto current = home_.load();
        auto secrets = base::decode<ModuleSecrets>(base::encode_secret(current->secrets).view());
        edit(secrets);
        // Even again whatever happens: a failed write may have taken place after all.
        struct Writing {
            std::atomic<std::uint64_t>* epoch;
            ~Writing() {
                if (epoch) epoch->fetch_add(1, std::memory_order_seq_cst);
            }
        } writing{nullptr};
        if (objects == Objects::drop) {
            auto& epoch = home_.page()->epoch;
            if (epoch.load() % 2 == 0) epoch.fetch_add(1, std::memory_order_seq_cst);
            writing.epoch = &epoch;
            limits_.forget();
        }
        home_.store(secrets);
    }
    if (objects == Objects::drop) refresh();
}

void Module::sweep_removed() {
    removals_.store(home_.page()->removals.load(std::memory_order_acquire), std::memory_order_relaxed);
    objects_.retire([this](Object& object) {
        switch (object.kind()) {
        case Object::Kind::key: return !slots_.present(static_cast<KeyObject&>(object).protection().binding);
        case Object::Kind::token: return !slots_.present(static_cast<TokenObject&>(object).data.lock()->protection.binding);
        case Object::Kind::channel: return !slots_.present(static_cast<ChannelObject&>(object).data.lock()->binding);
        case Object::Kind::world:
        case Object::Kind::ticket: // who takes it looks at the card
        case Object::Kind::tombstone: break;
        }
        return false;
    });
}

std::string Module::failure() {
    auto reason = *failure_.lock();
    const auto code = home_.page()->failed.load(std::memory_order_acquire);
    if (reason.empty() && code == Failure::nvram_damaged)
        reason = "acknowledged contents of its NVRAM are lost; restore its directory, or initialise it again";
    if (reason.empty() && code == Failure::nvram_write) reason = "a write to its NVRAM may be lost";
    if (reason.empty()) reason = "another program found the failure; see its log";
    return reason;
}

void Module::fail(std::string reason) {
    base::log::severe("module {} failed: {}", home_.facts().esn, reason);
    *failure_.lock() = std::move(reason);
    home_.page()->failed.store(Failure::general, std::memory_order_seq_cst);
}

void Module::count_loaded_key() {
    if (keys_since_sweep_.fetch_add(1, std::memory_order_relaxed) + 1 < keys_between_sweeps) return;
    keys_since_sweep_.store(0, std::memory_order_relaxed);
    const auto now = age_.fetch_add(1, std::memory_order_relaxed) + 1;
    objects_.for_each([now](Object& object) {
        if (object.kind() == Object::Kind::key) static_cast<const KeyObject&>(object).drop_idle_engines(now);
    });
}

ModuleFacts Module::enquiry() {
    auto snapshot = state();
    // Another process may have finished it since.
    if (!snapshot->secrets.pending_swap.empty()) snapshot = home_.load();
    ModuleFacts facts;
    facts.number = home_.facts().number;
    facts.esn = home_.facts().esn;
    facts.mode = home_.page()->failed.load() ? ModuleMode::failed : snapshot->secrets.mode;
    if (facts.mode == ModuleMode::failed) facts.failure = failure();
    facts.enrolled = snapshot->enrolled();
    if (facts.enrolled) {
        facts.hknso = snapshot->enrolment().facts.hknso;
        facts.hkml = crypto::id_of_public(KeyType::ec, snapshot->enrolment().kml_public);
        facts.test_parameters = snapshot->enrolment().facts.test_parameters;
    }
    facts.slots = slot_count;
    facts.objects = objects_.size();
    for (const auto& count : commands_) facts.commands += count.n.load(std::memory_order_relaxed);
    facts.pending_swap = snapshot->secrets.pending_swap;
    facts.protected_start = home_.facts().protected_start;
    facts.version = version();
    facts.crypto_version = crypto_version();
    return facts;
}

} // namespace hsm::module
