// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/objects.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

UseCell new_cell() { return std::make_shared<std::atomic<std::uint64_t>>(0); }

/// What a limit is called among the counters of its token: the key, the group (with its number among equal ones) and the
/// limit's place in it. Not the group's place in the ACL, which changes when the ACL is reduced.
Hash256 cell_name(const UseCells& cells, const Acl& acl, std::size_t group, std::size_t limit) {
    const auto& groups = acl.groups;
    const auto end = groups.begin() + static_cast<std::ptrdiff_t>(group);
    Bytes text = to_bytes(cells.key);
    base::append(static_cast<std::uint32_t>(cells.half), text);
    base::append(static_cast<std::uint32_t>(std::count(groups.begin(), end, *end)), text);
    base::append(static_cast<std::uint32_t>(limit), text);
    base::append(*end, text);
    return crypto::sha256(text);
}

} // namespace

UseCell TokenUses::cell(const Hash256& name) {
    auto& cell = (*cells_.lock())[name];
    if (!cell) {
        cell = new_cell();
        if (used_up_) cell->store(UINT64_MAX);
    }
    return cell;
}

UseCell TokenUses::adopt(const Hash256& name, const UseCell& from) {
    const auto cells = cells_.lock();
    auto& cell = (*cells)[name];
    if (!cell) return cell = from;
    const auto count = from->load();
    for (auto seen = cell->load(); seen < count && !cell->compare_exchange_weak(seen, count);) {}
    return cell;
}

AclState::AclState(Acl acl, const UseCells& cells) : acl_(std::move(acl)) {
    prepare();
    for (std::size_t g = 0; g < acl_.groups.size(); ++g)
        for (std::size_t i = 0; i < acl_.groups[g].limits.size(); ++i) {
            const bool shared = cells.token && acl_.groups[g].limits[i].kind == UseLimit::Kind::authorisation;
            used_[first_limit_[g] + i] = shared ? cells.token->cell(cell_name(cells, acl_, g, i)) : new_cell();
        }
}

AclState::AclState(Acl acl, const AclState& old, const UseCells& cells) : acl_(std::move(acl)) {
    const auto parents = reduction(old.acl_, acl_);
    if (!parents)
        throw Error(Status::access_denied, "the new ACL allows something that the old one does not; it can only be reduced");
    prepare();
    for (std::size_t g = 0; g < acl_.groups.size(); ++g) {
        const auto& parent = old.acl_.groups[(*parents)[g]];
        for (std::size_t i = 0; i < acl_.groups[g].limits.size(); ++i) {
            const auto& limit = acl_.groups[g].limits[i];
            auto& cell = used_[first_limit_[g] + i];
            for (std::size_t j = 0; j < parent.limits.size() && !cell; ++j)
                if (parent.limits[j].kind == limit.kind && parent.limits[j].id == limit.id &&
                    // Uses taken under a higher limit are not spent under a lower one.
                    (limit.kind != UseLimit::Kind::nonvolatile || parent.limits[j].value == limit.value))
                    cell = old.used_[old.first_limit_[(*parents)[g]] + j];
            if (!cell) cell = new_cell();
            // A blob made from now on has the reduced ACL: loaded under the same token, it must find this count.
            if (cells.token && limit.kind == UseLimit::Kind::authorisation)
                cell = cells.token->adopt(cell_name(cells, acl_, g, i), cell);
        }
    }
}

AclState AclState::adjusted(Acl acl, const AclState& old, const UseCells& cells) {
    AclState state(std::move(acl), UseCells{});
    if (state.used_.size() != old.used_.size()) throw Error(Status::internal, "adjusting an ACL changed its limits");
    state.used_ = old.used_;
    if (!cells.token) return state;
    // The groups are called otherwise now: loaded again under the same token, the key must find these counts.
    for (std::size_t g = 0; g < state.acl_.groups.size(); ++g)
        for (std::size_t i = 0; i < state.acl_.groups[g].limits.size(); ++i) {
            if (state.acl_.groups[g].limits[i].kind != UseLimit::Kind::authorisation) continue;
            auto& cell = state.used_[state.first_limit_[g] + i];
            cell = cells.token->adopt(cell_name(cells, state.acl_, g, i), cell);
        }
    return state;
}

void AclState::prepare() {
    std::size_t limits = 0;
    std::uint32_t mentioned = 0;
    for (const auto& group : acl_.groups) {
        first_limit_.push_back(limits);
        limits += group.limits.size();
        const bool free = group.certifier.empty() && group.esn.empty() && group.limits.empty();
        std::uint32_t here = 0;
        for (const auto& action : group.actions) {
            // make_blob and export_wrapped have conditions of their own, looked at every time.
            if (free && action.mechanisms.empty())
                unconditional_ |= action.actions & ~mentioned & ~(bit(Action::make_blob) | bit(Action::export_wrapped));
            here |= action.actions;
        }
        mentioned |= here;
    }
    used_.resize(limits);
}

KeyObject::KeyObject(std::uint64_t client, std::shared_ptr<const crypto::Key> key, KeyHalf half, const Hash256& id, Acl acl,
                     Protection protection, std::uint64_t loaded_ms)
    : Object(Kind::key, client), key_(std::move(key)), half_(half), id_(id), protection_(std::move(protection)),
      loaded_ms_(loaded_ms) {
    acls_.push_back(std::make_unique<const AclState>(std::move(acl), cells()));
    acl_.store(acls_.back().get(), std::memory_order_release);
}

KeyObject::~KeyObject() = default;

void KeyObject::reduce_acl(Acl reduced) {
    const std::scoped_lock lock(acl_mutex_);
    acls_.push_back(std::make_unique<const AclState>(std::move(reduced), *acls_.back(), cells()));
    acl_.store(acls_.back().get(), std::memory_order_release);
}

void KeyObject::adjust_acl(const std::function<Acl(const Acl&)>& edit) {
    const std::scoped_lock lock(acl_mutex_);
    const auto& old = *acls_.back();
    acls_.push_back(std::make_unique<const AclState>(AclState::adjusted(edit(old.acl()), old, cells())));
    acl_.store(acls_.back().get(), std::memory_order_release);
}

void KeyObject::grant_use() const {
    const auto& state = acl();
    const auto& groups = state.acl().groups;
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (std::size_t i = 0; i < groups[g].limits.size(); ++i) {
            const auto& limit = groups[g].limits[i];
            if (limit.kind != UseLimit::Kind::authorisation || limit.value == 0 || !groups[g].certifier.empty()) continue;
            auto& used = state.used(g, i);
            for (auto seen = used.load(std::memory_order_relaxed); seen >= limit.value;)
                if (used.compare_exchange_weak(seen, limit.value - 1, std::memory_order_acq_rel)) break;
        }
}

std::size_t KeyObject::wrapped_size(const Mechanism& mechanism, const KeyObject& key) const {
    return crypto::wrapped_size(*key_, mechanism, crypto::material(*key.key_).size());
}

std::optional<Hash256> KeyObject::trusted_by() const {
    const std::scoped_lock lock(acl_mutex_);
    return trusted_by_;
}

void KeyObject::set_trusted(std::optional<Hash256> by) {
    const std::scoped_lock lock(acl_mutex_);
    trusted_by_ = by;
}

namespace {

/// Calls \p visit with each token that a key lies under or may lie under.
template <class Visit>
void each_token(const KeyObject& key, Visit visit) {
    if (key.protection().kind != ProtectorKind::module) visit(ByteView(key.protection().hash));
    for (const auto& group : key.acl().acl().groups)
        for (const auto& action : group.actions)
            if ((action.actions & bit(Action::make_blob)) && !action.blob_target.empty()) visit(ByteView(action.blob_target));
}

} // namespace

bool KeyObject::concerns(const Hash256& token) const {
    bool found = false;
    each_token(*this, [&](ByteView other) { found = found || equal_in_constant_time(other, token); });
    return found;
}

bool KeyObject::trusts(const KeyObject& kek) const {
    const auto by = kek.trusted_by();
    if (!by) return false;
    bool any = false;
    each_token(*this, [&](ByteView) { any = true; });
    // A key that lies under nobody has no officer of its own to say whom it trusts.
    return is_zero(*by) || !any || concerns(*by);
}

PassphraseProof::PassphraseProof(const Secret& passphrase, const Guarded& guarded)
    : key_(crypto::random_secret(32)), mac_(crypto::derive_key(key_, "passphrase-proof", passphrase.view())), guarded_(guarded) {}

bool PassphraseProof::fits(const Secret& passphrase) const {
    return equal_in_constant_time(crypto::derive_key(key_, "passphrase-proof", passphrase.view()).view(), mac_.view());
}

void KeyObject::drop_idle_engines(std::uint32_t age) const noexcept {
    if (age - last_used_.load(std::memory_order_relaxed) >= 2) const_cast<crypto::Key&>(*key_).drop_engines();
}

} // namespace hsm::module
