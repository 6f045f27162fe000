// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "files.hpp"
#include "session.hpp"

#include <hsm/key.hpp>

#include <string>

/// \file
/// What sign, verify, encrypt and decrypt share.

namespace hsm::tools {

/// The mechanism called \p name; empty: the usual one for signing with this key. A scheme without a hash gets
/// the usual hash, because what is signed is a file.
Mechanism signature_mechanism(const std::string& name, const KeySpec& spec);

/// The public half alone, loaded as a session key: needs no cards. The stored key itself if it has no public
/// half.
Key load_public(World& world, const KeyFacts& facts, Action action, std::uint32_t module, Ceremony& ceremony);

/// Bytes of r and of s each; 0 for a mechanism whose signatures are not such pairs.
std::size_t pair_bytes(const Mechanism& mechanism, const KeyFacts& facts);

/// True when the mechanism takes its data in pieces of any size.
bool streams(const Mechanism& mechanism);

/// Shared by encrypt and decrypt.
struct CipherRequest {
    std::string key, input = "-", output = "-", mechanism, iv, aad, label;
    std::uint32_t module = 1;
};
void declare_cipher(CommandLine& line, CipherRequest& request, Ceremony& ceremony);

/// A mechanism with the storage of its parameters. Not movable: the views point into it.
struct CipherMechanism {
    CipherMechanism(const CipherRequest& request, const KeySpec& spec);
    CipherMechanism(const CipherMechanism&) = delete;
    CipherMechanism& operator=(const CipherMechanism&) = delete;

    Mechanism mechanism;
    Bytes iv, aad, label;
    std::size_t carried_iv = 0; ///< bytes of IV in front of the ciphertext; 0: it was given, or there is none
    bool authenticated = false;

    void use_iv(Bytes value);
};

} // namespace hsm::tools
