// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/acl.hpp>
#include <hsm/facts.hpp>
#include <hsm/handle.hpp>
#include <hsm/mechanism.hpp>
#include <hsm/nvram_area.hpp>
#include <hsm/secret.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// \file
/// A loaded key and what can be done with it.

namespace hsm {

namespace client {
class Link;
}

class Signer;
class Channel;
class Key;

/// One key of several that a single derivation makes: the next spec.bits of its output.
struct DerivedPart {
    KeySpec spec; ///< a secret key; bits are required and whole bytes
    Usage usage;
};

struct DerivedKeys {
    std::vector<Key> keys; ///< as many as there were parts, in their order
    Bytes bytes;           ///< what may leave in the clear
};

/// A key loaded in a module. Copying a Key copies a reference; the last one to go unloads it. Thread-safe: any number
/// of threads may use one Key. Every operation is authorised by the key's ACL inside the module; refusals are
/// access_denied, limit_reached, needs_certifier, card_removed, token_expired, module_cleared, mode_forbidden.
class HSM_API Key {
public:
    Key() noexcept = default;
    explicit Key(std::shared_ptr<const struct LoadedKey> loaded) : loaded_(std::move(loaded)) {}
    explicit operator bool() const noexcept { return loaded_ != nullptr; }

    [[nodiscard]] const KeySpec& spec() const;
    [[nodiscard]] KeyHalf half() const;
    [[nodiscard]] const Hash256& id() const;          ///< identity of the key
    [[nodiscard]] const Bytes& public_info() const;   ///< SubjectPublicKeyInfo (RFC 5280); empty for a secret key
    [[nodiscard]] std::string public_pem() const;     ///< the same as PEM
    [[nodiscard]] KeyHandle handle() const;
    [[nodiscard]] std::uint32_t module() const;       ///< number of the module that holds it
    [[nodiscard]] Acl acl() const;                    ///< needs get_acl
    void reduce_acl(const Acl& acl) const;            ///< needs reduce_acl; only towards less. This loaded key only

    /// Sets the owner's actions and mechanisms anew, for a key made with Usage::adjustable. Never adds export_plain or
    /// export_wrapped, never loosens a limit; throws access_denied. This loaded key only, until it is stored again.
    void adjust(const Usage& usage) const;
    /// Marks a wrapping key as trusted. \p officer: a token loaded in the officer's role, under which the key lies or may
    /// lie (Usage::homes). Trusted it is for keys that lie, or may lie, under the same token. This loaded key only.
    void set_trusted(const class Protector& officer, bool trusted) const;
    [[nodiscard]] bool trusted() const;
    /// One more use for a key whose limits count authorisations; \p passphrase is that of its token's user. Throws
    /// passphrase_wrong. Costs no passphrase hashing: the module remembers what the token was loaded with.
    void authorise_use(const Secret& passphrase) const;
    /// The public half of a private key, loaded as a key of its own (a session key).
    [[nodiscard]] Key public_half(const Usage& usage) const;

    [[nodiscard]] Bytes sign(const Mechanism& mechanism, ByteView data) const;
    [[nodiscard]] bool verify(const Mechanism& mechanism, ByteView data, ByteView signature) const;
    [[nodiscard]] Bytes encrypt(const Mechanism& mechanism, ByteView plaintext) const;
    [[nodiscard]] Bytes decrypt(const Mechanism& mechanism, ByteView ciphertext) const;
    /// Replaces \p out, whose capacity is reused: no allocation in a loop.
    void sign_into(const Mechanism& mechanism, ByteView data, Bytes& out) const;
    void encrypt_into(const Mechanism& mechanism, ByteView plaintext, Bytes& out) const;
    void decrypt_into(const Mechanism& mechanism, ByteView ciphertext, Bytes& out) const;

    /// An operation in several parts.
    [[nodiscard]] Channel open(Action action, const Mechanism& mechanism) const;

    /// This key is the wrapping key. ECB and CBC fill the last block of a secret key up with zeros; unwrap() takes them off
    /// again where \p spec says the size (PKCS #11 3.2, 6.10.3).
    [[nodiscard]] Bytes wrap(const Mechanism& mechanism, const Key& key) const;
    /// Bytes that wrap() would give. It is no use of either key.
    [[nodiscard]] std::size_t wrapped_size(const Mechanism& mechanism, const Key& key) const;
    [[nodiscard]] Key unwrap(const Mechanism& mechanism, ByteView wrapped, const KeySpec& spec, KeyHalf half,
                             const Usage& usage) const;
    [[nodiscard]] Key derive(const Mechanism& mechanism, const KeySpec& spec, const Usage& usage) const;
    /// KEM (FIPS 203): a shared secret for this public key, and what its owner needs to get at it.
    [[nodiscard]] Key encapsulate(const Mechanism& mechanism, const KeySpec& spec, const Usage& usage, Bytes& ciphertext) const;
    [[nodiscard]] Key decapsulate(const Mechanism& mechanism, ByteView ciphertext, const KeySpec& spec, const Usage& usage) const;
    /// One derivation cut into keys, one after the other (SP 800-108, HKDF, TLS). \p public_bytes leave in the clear:
    /// with tls12_key_block the ivs that end the block (at most 64); with tls12_master_secret and its extended form the two
    /// of the protocol version in a 48-byte premaster secret; else 0. mechanism.length 0: the parts and the ivs together.
    [[nodiscard]] DerivedKeys derive_all(const Mechanism& mechanism, std::span<const DerivedPart> parts,
                                         std::uint32_t public_bytes = 0) const;
    /// Three bytes by which people compare secret keys: of a block of zeros under a block cipher's key, else of the SHA-1 of
    /// the value (PKCS #11 3.2, 4.11). Needs get_acl. Throws key_type_mismatch for other keys.
    [[nodiscard]] Bytes check_value() const;
    /// How far the use limits are that the key counts in NVRAM (UseLimit::Kind::nonvolatile); empty: it has none. Counts
    /// what is taken, spent or not.
    [[nodiscard]] std::vector<KeyUse> uses() const;
    /// The lowest of those limits and the uses counted against it; nullopt: none.
    [[nodiscard]] std::optional<std::uint64_t> use_limit() const;
    [[nodiscard]] std::optional<std::uint64_t> use_count() const;
    /// From now on this loaded key counts \p batch uses at a time in NVRAM, one durable write for all of them, and spends
    /// them without another one. What is not spent when the key is unloaded, or its process dies, is lost: up to a batch of
    /// uses less, never one more.
    void reserve_uses(std::uint32_t batch) const;
    [[nodiscard]] Secret export_plain() const; ///< needs export_plain in the ACL; raw bytes or PKCS #8

    [[nodiscard]] const LoadedKey& loaded() const; ///< throws invalid_handle when empty

private:
    std::shared_ptr<const LoadedKey> loaded_;
};

/// An operation in several parts (a channel of the module). Move-only, thread-bound.
class HSM_API Channel {
public:
    Channel(Channel&&) noexcept;
    Channel& operator=(Channel&&) noexcept;
    ~Channel();

    void update(ByteView data, Bytes& out);  ///< what is ready is appended to \p out
    void finish(Bytes& out);                 ///< signature, MAC, digest or last block is appended
    [[nodiscard]] bool finish_verify(ByteView signature);
    /// A digest that goes on from here by itself. Throws not_supported for anything else.
    [[nodiscard]] Channel copy() const;

private:
    friend class Key;
    friend class Client;
    Channel(std::shared_ptr<client::Link> link, std::uint32_t module, ChannelHandle handle);
    std::shared_ptr<client::Link> link_;
    std::uint32_t module_ = 0;
    ChannelHandle handle_;
};

/// ECDSA and DSA signatures as X9.62 / RFC 3279 SEQUENCE { r, s }, from and to the r || s that libhsm uses.
HSM_API Bytes signature_to_der(ByteView r_and_s);
HSM_API Bytes signature_from_der(ByteView der, std::size_t order_bytes); ///< throws invalid_data

} // namespace hsm
