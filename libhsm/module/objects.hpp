// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"
#include "crypto/operations.hpp"
#include "crypto/shares.hpp"
#include "module/attempts.hpp"
#include "module/object_table.hpp"
#include "module/slots.hpp"
#include "protocol/records.hpp"

#include <hsm/acl.hpp>
#include <hsm/sync.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

/// \file
/// What handles name: keys, logical tokens and channels. (A world being made is in world.hpp.)

namespace hsm::module {

class Permit;

inline constexpr std::size_t admin_role_count = 5; ///< of AdminRole

using UseCell = std::shared_ptr<std::atomic<std::uint64_t>>;

/// The counters of UseLimit::Kind::authorisation that belong to one loading of a token: a key that is loaded under it a
/// second time counts on. They live as long as the token or a key under it is loaded. Thread-safe.
class TokenUses {
public:
    /// \p used_up: a token that was not loaded here but taken from another program authorises nothing anew.
    explicit TokenUses(bool used_up = false) : used_up_(used_up) {}
    [[nodiscard]] UseCell cell(const Hash256& name); ///< made at its first mention
    /// Makes \p cell the one of that name. When there is one already, that one stays and has the higher count of the two.
    [[nodiscard]] UseCell adopt(const Hash256& name, const UseCell& cell);

private:
    bool used_up_;
    Sync<std::map<Hash256, UseCell>> cells_;
};

/// Where the counters of a key's limits per authorisation come from.
struct UseCells {
    std::shared_ptr<TokenUses> token; ///< none under the module: each loading of the key has its own
    Hash256 key{};                    ///< the key's identity
    KeyHalf half = KeyHalf::secret;   ///< both halves of a pair have one identity
};

/// An ACL with the counters of its volatile limits, prepared for fast evaluation. The ACL is immutable.
class AclState {
public:
    AclState(Acl acl, const UseCells& cells);
    /// A reduction of \p old: a limit that descends from an old one counts on in the same cell. Throws access_denied when
    /// it is not a reduction.
    AclState(Acl acl, const AclState& old, const UseCells& cells);
    /// Other actions in the same groups: the limits, and their counts, are those of \p old.
    static AclState adjusted(Acl acl, const AclState& old, const UseCells& cells);

    [[nodiscard]] const Acl& acl() const noexcept { return acl_; }
    /// Actions that the first group to mention them allows without a condition.
    [[nodiscard]] std::uint32_t unconditional() const noexcept { return unconditional_; }
    /// Uses so far; of a limit in NVRAM, uses that are counted there and not yet spent.
    [[nodiscard]] std::atomic<std::uint64_t>& used(std::size_t group, std::size_t limit) const {
        return *used_[first_limit_[group] + limit];
    }

private:
    Acl acl_;
    std::uint32_t unconditional_ = 0;
    std::vector<std::size_t> first_limit_;
    void prepare();

    mutable std::vector<UseCell> used_;
};

/// Recognises the passphrase that a token was loaded with, without hashing it at a passphrase's cost. Immutable.
class PassphraseProof {
public:
    PassphraseProof(const Secret& passphrase, const Guarded& guarded);
    [[nodiscard]] bool fits(const Secret& passphrase) const;
    [[nodiscard]] const Guarded& guarded() const noexcept { return guarded_; } ///< wrong ones count against this

private:
    Secret key_; ///< random, of this proof
    Secret mac_;
    Guarded guarded_;
};

/// What protects a loaded key, and whether it is still there.
struct Protection {
    ProtectorKind kind = ProtectorKind::module;
    Hash256 hash{}; ///< of the token; zero for module
    Binding binding;
    std::shared_ptr<const PassphraseProof> proof; ///< of the token's user; none without a passphrase
    std::shared_ptr<TokenUses> uses{}; ///< of this loading of the token; null for module
};

/// A loaded key. Immutable but for its ACL, which shrinks or is adjusted by its owner, its mark of trust, and its
/// counters. Thread-safe.
class KeyObject : public Object {
public:
    KeyObject(std::uint64_t client, std::shared_ptr<const crypto::Key> key, KeyHalf half, const Hash256& id, Acl acl,
              Protection protection, std::uint64_t loaded_ms);
    ~KeyObject() override;

    // Public facts; the material is reached through a Permit only.
    [[nodiscard]] const KeySpec& spec() const noexcept { return key_->spec(); }
    [[nodiscard]] KeyHalf half() const noexcept { return half_; }
    [[nodiscard]] const Hash256& id() const noexcept { return id_; }
    [[nodiscard]] const Protection& protection() const noexcept { return protection_; }
    [[nodiscard]] std::uint64_t loaded_ms() const noexcept { return loaded_ms_; }
    [[nodiscard]] const AclState& acl() const noexcept { return *acl_.load(std::memory_order_acquire); }
    [[nodiscard]] Bytes public_info() const { return crypto::public_info(*key_); }
    void reduce_acl(Acl reduced); ///< throws access_denied unless it allows no more than the present one
    /// Replaces the ACL by what \p edit makes of it: the same groups with the same limits.
    void adjust_acl(const std::function<Acl(const Acl&)>& edit);
    void grant_use() const; ///< one more use for limits that count authorisations

    /// Who trusts this wrapping key: a token's hash, zero for everybody; none: nobody.
    [[nodiscard]] std::optional<Hash256> trusted_by() const;
    void set_trusted(std::optional<Hash256> by);
    /// Whether the key lies under the token, or its ACL lets it lie there.
    [[nodiscard]] bool concerns(const Hash256& token) const;
    /// Whether those whom this key concerns trust the wrapping key \p kek.
    [[nodiscard]] bool trusts(const KeyObject& kek) const;
    /// Bytes of \p key wrapped under this one.
    [[nodiscard]] std::size_t wrapped_size(const Mechanism& mechanism, const KeyObject& key) const;

    Bytes app_data;
    mutable std::atomic<std::uint32_t> reserve{1}; ///< uses that are taken from a counter in NVRAM at a time
    bool certifier = false; ///< an administrator key: while loaded, this client has its authority

    /// Engines are given back by keys that were not used for two ages.
    void touch(std::uint32_t age) const noexcept {
        if (last_used_.load(std::memory_order_relaxed) != age) last_used_.store(age, std::memory_order_relaxed);
    }
    void drop_idle_engines(std::uint32_t age) const noexcept;

private:
    friend class Permit;
    [[nodiscard]] UseCells cells() const { return {protection_.uses, id_, half_}; }

    std::shared_ptr<const crypto::Key> key_;
    KeyHalf half_;
    Hash256 id_;
    Protection protection_;
    std::uint64_t loaded_ms_;
    std::atomic<const AclState*> acl_;
    mutable std::mutex acl_mutex_; // of changes of the ACL and of the mark of trust
    std::optional<Hash256> trusted_by_;
    std::vector<std::unique_ptr<const AclState>> acls_; // readers may still look at an old one
    mutable std::atomic<std::uint32_t> last_used_{0};
};

/// Every administrator token at once, from K cards: to replace the set, or to bring keys into another world.
struct AdminSet {
    bool foreign = false; ///< of another world than the module's
    std::array<std::vector<crypto::Share>, admin_role_count> shares; ///< by role; those of "nso" are the token's own
    std::array<Secret, admin_role_count> secrets;                    ///< when complete, by role; likewise
};

/// A logical token: being collected from cards, complete, or new and being written on cards.
struct TokenData {
    enum class Stage : std::uint8_t { collecting, complete, writing };
    Stage stage = Stage::collecting;
    ProtectorKind kind = ProtectorKind::card_set;
    TokenRole loaded_as = TokenRole::user;      ///< as officer it protects nothing and opens nothing
    std::optional<AdminRole> role;              ///< an administrator token
    Hash256 hash{};
    std::uint32_t k = 0;                        ///< needed; 0 until the first card was read
    std::vector<crypto::Share> shares;          ///< presented, or to be written
    std::optional<protocol::CardHeader> header; ///< of the first card: all others must agree
    Secret secret;                              ///< the token, when complete
    Protection protection;                      ///< of what is loaded under it
    std::shared_ptr<const protocol::WorldRecord> world; ///< administrator tokens: the checked record
    WorldFacts world_facts;
    std::vector<bool> written;
    std::unique_ptr<AdminSet> admins;           ///< administrator tokens of begin-admin-set
};

class TokenObject : public Object {
public:
    TokenObject(std::uint64_t client, TokenData from) : Object(Kind::token, client), data(std::move(from)) {}
    Sync<TokenData> data;
};

/// An operation in several parts. It keeps the key's material alive until it ends.
struct ChannelData {
    std::shared_ptr<const crypto::Key> key;
    std::unique_ptr<crypto::Stream> stream;
    Binding binding;
    Action action = Action::sign;
};

class ChannelObject : public Object {
public:
    ChannelObject(std::uint64_t client, ChannelData from) : Object(Kind::channel, client), data(std::move(from)) {}
    Sync<ChannelData> data;
};

} // namespace hsm::module
