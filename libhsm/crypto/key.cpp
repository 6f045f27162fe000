// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/key.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/key_state.hpp"

namespace hsm::crypto {

Key::Key(std::unique_ptr<KeyState> state) : state_(std::move(state)) {}
Key::~Key() = default;

const KeySpec& Key::spec() const noexcept { return state_->spec; }
KeyHalf Key::half() const noexcept { return state_->half; }
const Hash256& Key::id() const noexcept { return state_->id; }
std::size_t Key::kept_engines() const noexcept { return state_->engines.kept(); }
std::size_t Key::drop_engines() noexcept { return state_->engines.drop(); }

KeyPtr import_secret(KeyType type, ByteView raw) {
    return translated(Status::invalid_data, [&] { return std::make_unique<Key>(secret_state(type, raw)); });
}

KeyPtr import_private(ByteView pkcs8) {
    return translated(Status::invalid_data,
                      [&] { return std::make_unique<Key>(decode_private(pkcs8, true)); });
}

KeyPtr import_public(ByteView spki) {
    return translated(Status::invalid_data, [&] { return std::make_unique<Key>(decode_public(spki, true)); });
}

KeyPtr public_half(const Key& key) {
    const auto& state = key.state();
    if (state.public_key == nullptr) {
        throw Error(Status::key_type_mismatch, "a secret key has no public half");
    }
    return translated(Status::internal, [&] {
        return std::make_unique<Key>(decode_public(encode_public(*state.public_key), false));
    });
}

Secret material(const Key& key) {
    const auto& state = key.state();
    return translated(Status::internal, [&] {
        switch (state.half) {
        case KeyHalf::secret: return state.raw.clone();
        case KeyHalf::private_key: return encode_private(state);
        case KeyHalf::public_key: break;
        }
        return Secret(ByteView(encode_public(*state.public_key)));
    });
}

Secret export_material(const Key& key) {
    if (key.half() != KeyHalf::private_key) return material(key);
    return translated(Status::internal, [&] { return encode_private(key.state(), true); });
}

Bytes public_info(const Key& key) {
    const auto& state = key.state();
    if (state.public_key == nullptr) return {};
    return translated(Status::internal, [&] { return encode_public(*state.public_key); });
}

KeyPtr restore(const KeySpec& spec, KeyHalf half, ByteView material) {
    return translated(Status::invalid_data, [&] {
        std::unique_ptr<KeyState> state;
        switch (half) {
        case KeyHalf::secret: state = secret_state(spec.type, material); break;
        case KeyHalf::private_key: state = decode_private(material, false); break;
        case KeyHalf::public_key: state = decode_public(material, false); break;
        }
        if (state == nullptr) throw Error(Status::invalid_argument, "there is no such half of a key");
        auto wanted = spec;
        if (wanted.public_exponent == 65537) wanted.public_exponent = 0;
        if (!(state->spec == wanted)) {
            throw Error(Status::invalid_data, "the key material is that of " + to_string(state->spec) +
                                                  ", not of " + to_string(spec));
        }
        return std::make_unique<Key>(std::move(state));
    });
}

void require_private(const KeyState& key) {
    if (key.half == KeyHalf::public_key) {
        throw Error(Status::key_type_mismatch, "this operation needs the private key, not the public half");
    }
}

const Botan::Private_Key& private_key_for_engine(const KeyState& key,
                                                 std::unique_ptr<Botan::Private_Key>& own) {
    const bool lattice = key.spec.type == KeyType::ml_dsa || key.spec.type == KeyType::ml_kem;
    if (lattice_keys_are_shared || !lattice) return *key.private_key;
    const auto encoded = encode_private(*key.private_key, key.spec.type);
    own = std::move(decode_private(encoded.view(), false)->private_key);
    return *own;
}

const Botan::Public_Key& public_key_for_engine(const KeyState& key, std::unique_ptr<Botan::Public_Key>& own) {
    const bool lattice = key.spec.type == KeyType::ml_dsa || key.spec.type == KeyType::ml_kem;
    if (lattice_keys_are_shared || !lattice) return *key.public_key;
    own = std::move(decode_public(encode_public(*key.public_key), false)->public_key);
    return *own;
}

} // namespace hsm::crypto
