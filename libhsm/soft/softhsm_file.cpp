// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/softhsm.hpp>

#include "crypto/key_file_ciphers.hpp"

#include <algorithm>
#include <array>

// A file is a generation number and attributes, each a type, a kind and a value; all numbers have 64 bits, the most
// significant byte first. Byte strings of private objects are AES-256-CBC under the token's key, behind their IV.

namespace hsm {

namespace {

constexpr unsigned most_depth = 4;
constexpr std::size_t salt_size = 8, iv_size = 16, key_size = 32;
constexpr std::array<std::uint8_t, 3> magic{0x52, 0x4a, 0x52}; // in front of the token's key
constexpr std::uint64_t fewest_rounds = 1500;                  // the last byte of the salt is added

[[noreturn]] void broken() { throw Error(Status::invalid_data, "the file of SoftHSM is damaged"); }

class FileReader {
public:
    explicit FileReader(ByteView file) : left_(file) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (const auto byte : take(8)) value = value << 8 | byte;
        return value;
    }

    ByteView sized() {
        const auto size = number();
        if (size > left_.size()) broken();
        return take(static_cast<std::size_t>(size));
    }

    std::vector<SoftHsmAttribute> attributes(unsigned depth) {
        if (depth > most_depth) broken();
        std::vector<SoftHsmAttribute> all;
        while (!left_.empty()) {
            all.emplace_back();
            all.back().type = number();
            value(all.back(), depth);
        }
        return all;
    }

private:
    ByteView take(std::size_t size) {
        if (size > left_.size()) broken();
        const auto taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }

    void value(SoftHsmAttribute& to, unsigned depth) {
        using Kind = SoftHsmAttribute::Kind;
        const auto kind = number();
        if (kind < 1 || kind > 5) broken();
        to.kind = static_cast<Kind>(kind);
        switch (to.kind) {
        case Kind::flag: to.number = take(1)[0] != 0; return;
        case Kind::number: to.number = number(); return;
        case Kind::bytes: to.bytes = Secret(sized()); return;
        case Kind::attributes: to.attributes = FileReader(sized()).attributes(depth + 1); return;
        case Kind::numbers: break;
        }
        const auto count = number();
        if (count > left_.size() / 8) broken();
        for (std::uint64_t i = 0; i < count; ++i) to.numbers.push_back(number());
    }

    ByteView left_;
};

} // namespace

std::vector<SoftHsmAttribute> read_softhsm_file(ByteView file) {
    FileReader reader(file);
    (void)reader.number(); // how often it was written
    return reader.attributes(0);
}

Secret open_softhsm_token(ByteView envelope, const Secret& pin) {
    if (envelope.size() < salt_size + iv_size) broken();
    const auto salt = envelope.first(salt_size);
    const auto key = crypto::iterated_sha256(salt, pin, fewest_rounds + salt.back());
    try {
        const auto plain = crypto::decrypt_file(crypto::FileCipher::aes, key.view(), envelope.subspan(salt_size, iv_size),
                                                envelope.subspan(salt_size + iv_size));
        const bool right = plain.size() == magic.size() + key_size && std::ranges::equal(plain.view().first(magic.size()), magic);
        if (right) return Secret(plain.view().subspan(magic.size()));
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data) throw;
    }
    throw Error(Status::passphrase_wrong, "the PIN of the SoftHSM token is wrong");
}

Secret decrypt_softhsm(const Secret& token_key, ByteView value) {
    if (value.size() < 2 * iv_size) broken();
    try {
        return crypto::decrypt_file(crypto::FileCipher::aes, token_key.view(), value.first(iv_size), value.subspan(iv_size));
    } catch (const Error& error) {
        if (error.status() == Status::invalid_data) broken();
        throw;
    }
}

} // namespace hsm
