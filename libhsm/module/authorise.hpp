// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/objects.hpp"

#include <hsm/mechanism.hpp>

#include <memory>

/// \file
/// The one place where an ACL is evaluated. A Permit says that it was; key material is readable only with one.

namespace hsm::module {

class Context;

/// Authority for one use of one key, already counted against its limits. Thread-bound; gone soon.
class Permit {
public:
    [[nodiscard]] const crypto::Key& key() const noexcept { return *object().key_; }
    /// For operations that outlive the command.
    [[nodiscard]] std::shared_ptr<const crypto::Key> shared_key() const noexcept { return object().key_; }
    [[nodiscard]] KeyObject& object() const noexcept { return static_cast<KeyObject&>(pin_.object()); }

private:
    friend Permit authorise(Context&, KeyHandle, const struct Request&);
    explicit Permit(Pin pin) noexcept : pin_(std::move(pin)) {}
    Pin pin_;
};

/// What is asked for.
struct Request {
    Action action = Action::sign;
    MechanismId mechanism = MechanismId::none;
    Hash hash = Hash::none;
    Hash mgf_hash = Hash::none;
    ProtectorKind blob_kind = ProtectorKind::module; ///< make_blob
    const Hash256* blob_target = nullptr;            ///< make_blob under a token
    bool trusted_kek = false;                        ///< export_wrapped: the wrapping key is trusted
};

/// Checks that the key is this client's, alive (card present, not timed out), that the world's mode allows the
/// mechanism, and that one permission group allows the request; consumes that group's limits. Throws invalid_handle,
/// card_removed, token_expired, mode_forbidden, access_denied, mechanism_invalid, limit_reached, needs_certifier,
/// bad_state (its counter in NVRAM was erased), and what durable counting throws.
[[nodiscard]] Permit authorise(Context& context, KeyHandle handle, const Request& request);

/// Throws mode_forbidden when fips-140-level-3 rules this out: key type or size, parameter set, mechanism, hash.
void check_level3(const KeySpec& spec, const Request& request);
void check_level3_key(const KeySpec& spec);
void check_level3_hash(Hash hash, MechanismId mechanism);

[[nodiscard]] inline Request request_for(Action action, const Mechanism& mechanism) {
    return {action, mechanism.id, mechanism.hash, mechanism.mgf_hash};
}

} // namespace hsm::module
