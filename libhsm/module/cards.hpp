// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/seal.hpp"
#include "crypto/shares.hpp"
#include "module/attempts.hpp"
#include "module/slots.hpp"
#include "module/snapshot.hpp"

/// \file
/// Shares on cards and softcards: a random K_w seals the shares; K_w is sealed under the module key and the passphrase.
/// Changing a passphrase seals K_w again and touches nothing else.

namespace hsm::module {

/// What a share or softcard is sealed with, besides its passphrase.
struct CardKeys {
    Secret wrap;   ///< seals K_w
    Secret pepper; ///< secret input of the passphrase hash
    Secret mac;    ///< authenticates the whole record before a passphrase is tried on it
};

[[nodiscard]] CardKeys operator_card_keys(const Snapshot& state);
[[nodiscard]] CardKeys administrator_card_keys(); ///< from the well-known module key
[[nodiscard]] CardKeys softcard_keys(const Snapshot& state);

/// K_w sealed.
struct SealedWrap {
    std::optional<protocol::PassphraseParams> passphrase;
    protocol::Sealed sealed;
};

/// Seals \p kw. \p cheap: test parameters. \p header is bound.
[[nodiscard]] SealedWrap seal_wrap(const CardKeys& keys, const Secret& kw, const Secret& passphrase, ByteView header, bool cheap);

/// Opens K_w with the passphrase. Throws passphrase_required, passphrase_wrong, passphrase_delayed; counts wrong ones
/// against \p guarded. The caller has authenticated the record.
[[nodiscard]] Secret open_wrap(const CardKeys& keys, const SealedWrap& wrap, const Secret& passphrase, ByteView header,
                               Attempts& attempts, const Guarded& guarded);

/// The record's authentication, over everything else in it.
void seal_mac(const CardKeys& keys, protocol::CardRecord& card);
void seal_mac(const CardKeys& keys, protocol::SoftcardRecord& softcard);
/// Throws card_damaged unless a module with these keys wrote all of it.
void check_mac(const CardKeys& keys, const protocol::CardRecord& card);
void check_mac(const CardKeys& keys, const protocol::SoftcardRecord& softcard);

/// Opens the card's K_w to see whether the passphrase is right.
void check_passphrase(const CardKeys& keys, const InsertedCard& card, const Secret& passphrase, Attempts& attempts);

/// One share to put on a card.
struct ShareToWrite {
    AdminRole role = AdminRole::nso;
    Hash256 token{};
    std::uint32_t k = 0;
    const crypto::Share* share = nullptr;
};

struct CardToWrite {
    protocol::CardHeader header;
    std::string card_name;
    std::vector<ShareToWrite> shares;
};

/// Fills a blank card. \p recovery_key: K_P, or null. \p fips_key: level 3 only, else null.
[[nodiscard]] protocol::CardRecord make_card(const CardKeys& keys, const CardToWrite& contents, const Bytes& serial,
                                             const Secret& passphrase, const Bytes* recovery_key, CipherSuite suite,
                                             const Secret* fips_key, bool cheap);

/// Reads the share for \p role (administrator) or the only one (operator). Never opens another.
[[nodiscard]] crypto::Share read_share(const CardKeys& keys, const InsertedCard& card, AdminRole role,
                                       const Secret& passphrase, Attempts& attempts);

/// The shares of every role on an administrator card, with one passphrase hash.
[[nodiscard]] std::vector<crypto::Share> read_admin_shares(const CardKeys& keys, const InsertedCard& card,
                                                           const Secret& passphrase, Attempts& attempts);

/// The same card under a new passphrase, whatever the old one was. \p kp: K_P's private half. Throws not_supported for a
/// card without recovery.
[[nodiscard]] protocol::CardRecord recover_passphrase(const CardKeys& keys, const InsertedCard& card, CipherSuite suite,
                                                      const Secret& kp, const Secret& new_one, Attempts& attempts, bool cheap);

/// The same card with another passphrase.
[[nodiscard]] protocol::CardRecord change_passphrase(const CardKeys& keys, const InsertedCard& card, const Secret& old_one,
                                                     const Secret& new_one, Attempts& attempts, bool cheap);

/// True when the card carries a valid level-3 authorisation of this world.
[[nodiscard]] bool gives_fips_auth(const Snapshot& state, const InsertedCard& card);

[[nodiscard]] crypto::PassphraseCost passphrase_cost(bool cheap);

/// Throws invalid_argument unless a set or softcard can be called so.
void check_name(const std::string& name);

} // namespace hsm::module
