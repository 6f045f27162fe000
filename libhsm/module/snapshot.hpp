// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"
#include "crypto/pke.hpp"
#include "protocol/records.hpp"

#include <hsm/sync.hpp>

#include <memory>
#include <optional>
#include <string>

/// \file
/// What a module knows and keeps: its own keys and, once enrolled, those of its world. The plaintext of `module.state`
/// and the keys derived from it.

namespace hsm::module {

/// Membership in a world: the facts verified at enrolment (never read again from the host) and the keys.
struct Enrolment {
    WorldFacts facts;
    Bytes knso_public, kre_public, kra_public, kp_public, knv_public;
    Secret km;
    Secret kml_private; ///< PKCS #8
    Bytes kml_public;
    protocol::Extensions extensions;
    HSM_FIELDS(facts, knso_public, kre_public, kra_public, kp_public, knv_public, km, kml_private, kml_public, extensions)
};

/// The sealed part of `module.state`.
struct ModuleSecrets {
    std::uint32_t version = 1;
    Esn esn;
    ModuleMode mode = ModuleMode::pre_initialisation;
    Secret klf2_private; ///< PKCS #8
    Bytes klf2_public;
    std::optional<Enrolment> enrolment;
    std::string pending_swap;
    protocol::Extensions extensions;
    HSM_FIELDS(version, esn, mode, klf2_private, klf2_public, enrolment, pending_swap, extensions)
};

/// Extensions of ModuleSecrets.
enum class StateExtension : std::uint32_t {
    features = 20, ///< DER of FeatureState
};

/// Of a module whose features somebody certifies.
struct FeatureState {
    Bytes issuer;            ///< SubjectPublicKeyInfo
    std::uint32_t fixed = 0; ///< bits of Feature
    HSM_FIELDS(issuer, fixed)
};

/// One consistent state of the module, immutable; a change makes a new one. Thread-safe.
struct Snapshot {
    explicit Snapshot(ModuleSecrets secrets);

    ModuleSecrets secrets;
    std::optional<FeatureState> features; ///< none: the module is not restricted
    // Derived from KM; empty outside a world.
    Secret blob_key, share_key, softcard_key, fips_key, id_key, record_key, pepper, data_key;
    /// The module's own signing keys; kml needs an enrolment. Made ready at the first call: few processes sign with them,
    /// and it takes milliseconds.
    [[nodiscard]] const crypto::Key& kml() const;
    [[nodiscard]] const crypto::Key& klf2() const;
    /// K_RE, for recovery blobs; needs an enrolment with recovery.
    [[nodiscard]] const crypto::PkeRecipient& recovery() const noexcept { return *recovery_; }

    [[nodiscard]] bool enrolled() const noexcept { return secrets.enrolment.has_value(); }
    /// Throws no_world when the module is in none.
    [[nodiscard]] const Enrolment& enrolment() const;
    [[nodiscard]] bool level3() const noexcept {
        return enrolled() && secrets.enrolment->facts.mode == WorldMode::fips_140_level_3;
    }
    [[nodiscard]] bool cmts() const noexcept {
        return enrolled() && secrets.enrolment->facts.mode == WorldMode::common_criteria_cmts;
    }

private:
    mutable Sync<crypto::KeyPtr> kml_, klf2_;
    std::unique_ptr<const crypto::PkeRecipient> recovery_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// The module key under which ACS cards are sealed: a public constant, so that any module can read them.
const Secret& well_known_module_key();
/// Its hash, as printed: 01 00 00 ...
Hash256 well_known_module_key_hash();
/// HKM: identity of a module key.
Hash256 module_key_hash(const Secret& km);
/// HKLTU: identity of a logical token.
Hash256 token_hash(const Secret& token);

} // namespace hsm::module
