// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/world.hpp>

#include <cstddef>
#include <string>
#include <vector>

/// \file
/// Tokens for two people: a softcard that a security officer sets up and a user uses (PKCS #11 3.2, 4.4 "Users"). Its
/// logical token lies in up to two envelopes, one for each role. A softcard made by ppmk is a token without an officer.

namespace hsm {

/// The tokens of a world on one module. A value; thread-safe. All calls throw hsm::Error.
class HSM_API Tokens {
public:
    explicit Tokens(World world, std::uint32_t module = 1) : world_(std::move(world)), module_(module) {}

    /// By time of creation. Where a crash left two records of one serial number, the newer one.
    [[nodiscard]] std::vector<TokenFacts> list() const;
    [[nodiscard]] TokenFacts get(const Hash256& token) const; ///< not_found

    /// A new token with the officer's envelope only. One durable write. \p label: 64 bytes at most; without one, softcards()
    /// shows a name that is made up from the token's hash.
    TokenFacts create(const std::string& label, const Secret& officer) const;
    /// Makes a new logical token under the same serial number: no user, no objects. Durable before the old record and
    /// the objects (of application \p app) go. Throws passphrase_wrong, access_denied (a token without an officer).
    TokenFacts reinitialise(const Hash256& token, const std::string& label, const Secret& officer, const std::string& app) const;
    /// Removes the record, what is left of the tokens that it replaced, and the token's objects of application \p app; needs no passphrase (whoever may write the
    /// directory may remove files).
    void remove(const Hash256& token, const std::string& app) const;

    /// How many records of application \p app are under the token; a key pair is one. Needs no passphrase.
    [[nodiscard]] std::size_t count_objects(const Hash256& token, const std::string& app) const;

    /// Throws passphrase_wrong, passphrase_delayed, not_found (this role has no envelope).
    [[nodiscard]] Protector load(const Hash256& token, TokenRole role, const Secret& passphrase) const;
    /// Sets the user's passphrase, whatever it was. \p officer was loaded in that role. Keys and objects stay.
    void set_user_passphrase(const Protector& officer, const Secret& passphrase) const;
    void change_passphrase(const Hash256& token, TokenRole role, const Secret& old_one, const Secret& new_one) const;
    /// Gives a token without an officer one: needs the user's passphrase.
    void add_officer(const Hash256& token, const Secret& user, const Secret& officer) const;
    void set_label(const Hash256& token, const std::string& label) const;

private:
    World world_;
    std::uint32_t module_;
};

/// Makes what a single user needs where there is nothing: module 1 and a world with one administrator card without a
/// passphrase, written to a file beside the modules' directories. With a world there already, changes nothing but the
/// module's mode. Safe to call from several processes at once. Throws bad_state with what stands in the way.
struct Quickstart {
    std::uint32_t module = 0;
    std::filesystem::path admin_card; ///< empty: nothing was made
};
HSM_API Quickstart quickstart(Client& client, bool test_parameters = false);

} // namespace hsm
