// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/rng.hpp"
#include "crypto/scheme.hpp"

#include <botan/bigint.h>
#include <botan/pubkey.h>

#include <algorithm>

/// \file
/// Signatures other than RSA. ECDSA (FIPS 186-5) and DSA (FIPS 186-4) sign a hash value, so that one engine
/// serves every hash; EdDSA (RFC 8032), ML-DSA (FIPS 204) and SLH-DSA (FIPS 205) take the message. The forms
/// that Botan lacks are in eddsa.cpp and pq_sign.cpp.

namespace hsm::crypto {
namespace {

struct SignEngine final : Engine {
    SignEngine(const KeyState& key, std::string_view params)
        : op(private_key_for_engine(key, own), system_random(), params) {}
    std::unique_ptr<Botan::Private_Key> own; ///< before op, which refers to it
    Botan::PK_Signer op;
};

struct VerifyEngine final : Engine {
    VerifyEngine(const KeyState& key, std::string_view params)
        : op(public_key_for_engine(key, own), params) {}
    std::unique_ptr<Botan::Public_Key> own;
    Botan::PK_Verifier op;
};

/// How Botan names the forms of a scheme.
struct FormRow {
    KeyType type;
    std::string_view sign;
    std::string_view deterministic;
    std::string_view verify;
    std::string_view prehashed; ///< for both directions; empty: not Botan's
};

constexpr std::array<FormRow, 4> forms{{
    {KeyType::ed25519, "Pure", "Pure", "Pure", "Ed25519ph"},
    {KeyType::ed448, "Pure", "Pure", "Pure", "Ed448ph"},
    {KeyType::ml_dsa, "Randomized", "Deterministic", "", ""},
    {KeyType::slh_dsa, "Randomized", "Deterministic", "", ""},
}};

/// One of Botan's forms, and a number for it.
struct Form {
    std::string_view params;
    std::uint32_t number;
};

Form form(const KeyState& key, const Mechanism& mechanism, bool signs) {
    for (const auto& row : forms) {
        if (row.type != key.spec.type) continue;
        if (mechanism.prehashed) return {row.prehashed, 1};
        if (!signs) return {row.verify, 0};
        if (mechanism.hedge == Hedge::deterministic) return {row.deterministic, 2};
        return {row.sign, 0};
    }
    throw Error(Status::internal, "not a scheme that signs messages");
}

/// A form that Botan does not offer: whose functions to call. Throws mechanism_params_invalid for what no scheme has.
struct OuterForm {
    SignFn sign;
    VerifyFn verify;
    std::unique_ptr<Stream> (*open)(const KeyState&, const Mechanism&);
};

constexpr OuterForm eddsa_forms{eddsa_sign, eddsa_verify, open_eddsa};
constexpr OuterForm pq_forms{pq_sign, pq_verify, open_pq};

const OuterForm* outer_form(const KeyState& key, const Mechanism& mechanism, bool signs) {
    if (mechanism.id == MechanismId::eddsa) return eddsa_has_context(key, mechanism) ? &eddsa_forms : nullptr;
    if (signs) require_private(key);
    return pq_needs_outer_layer(key, mechanism, signs) ? &pq_forms : nullptr;
}

constexpr std::string_view raw = "Raw";

/// Data that the caller says is a hash value of any kind: the leftmost bits count (FIPS 186-5 6.4.1).
ByteView unhashed(ByteView data) {
    if (data.size() > 1024) throw Error(Status::invalid_data, "the data is too long to be a hash value");
    return data;
}

void sign_with(const KeyState& key, MechanismId id, std::string_view params, std::uint32_t detail,
               ByteView data, Bytes& out) {
    require_private(key);
    EngineSlots::Claim claim(key.engines);
    auto& engine = claim.get<SignEngine>(engine_tag(id, Action::sign, Hash::none, detail),
                                         [&] { return std::make_unique<SignEngine>(key, params); });
    engine.op.update(data.data(), data.size());
    out = engine.op.signature(system_random());
    claim.done();
}

bool verify_with(const KeyState& key, MechanismId id, std::string_view params, std::uint32_t detail,
                 ByteView data, ByteView signature) {
    EngineSlots::Claim claim(key.engines);
    auto& engine = claim.get<VerifyEngine>(engine_tag(id, Action::verify, Hash::none, detail),
                                           [&] { return std::make_unique<VerifyEngine>(key, params); });
    engine.op.update(data.data(), data.size());
    const bool valid = engine.op.check_signature(signature.data(), signature.size());
    claim.done();
    return valid;
}

class MessageSignStream final : public StreamBase {
public:
    MessageSignStream(const KeyState& key, std::string_view params) : engine_(key, params) {}
    void update(ByteView data, Bytes&) override { engine_.op.update(data.data(), data.size()); }
    void finish(Bytes& out) override {
        const auto signature = engine_.op.signature(system_random());
        out.insert(out.end(), signature.begin(), signature.end());
    }

private:
    SignEngine engine_;
};

class MessageVerifyStream final : public StreamBase {
public:
    MessageVerifyStream(const KeyState& key, std::string_view params) : engine_(key, params) {}
    void update(ByteView data, Bytes&) override { engine_.op.update(data.data(), data.size()); }
    bool finish_verify(ByteView signature) override {
        return engine_.op.check_signature(signature.data(), signature.size());
    }

private:
    VerifyEngine engine_;
};

/// Hashes what comes, then signs or verifies the hash value in one go.
class HashedStream final : public StreamBase {
public:
    HashedStream(const KeyState& key, const Mechanism& mechanism)
        : key_(key), mechanism_(mechanism), hash_(open_digest(nullptr, mechanism, Action::sign)) {}

    void update(ByteView data, Bytes& out) override { hash_->update(data, out); }

    void finish(Bytes& out) override {
        Bytes signature;
        (rsa() ? rsa_sign : group_sign)(key_, prehashed(), value(), signature);
        out.insert(out.end(), signature.begin(), signature.end());
    }

    bool finish_verify(ByteView signature) override {
        return (rsa() ? rsa_verify : group_verify)(key_, prehashed(), value(), signature);
    }

private:
    [[nodiscard]] bool rsa() const { return key_.spec.type == KeyType::rsa; }
    [[nodiscard]] Mechanism prehashed() const {
        auto mechanism = mechanism_.get();
        mechanism.prehashed = true;
        return mechanism;
    }
    Bytes value() {
        Bytes out;
        hash_->finish(out);
        return out;
    }

    const KeyState& key_;
    KeptMechanism mechanism_;
    std::unique_ptr<Stream> hash_;
};

/// Collects data that is not hashed (hash none, prehashed): short, and wanted whole.
class CollectingStream final : public StreamBase {
public:
    CollectingStream(const KeyState& key, const Mechanism& mechanism) : key_(key), mechanism_(mechanism) {}

    void update(ByteView data, Bytes&) override {
        if (data_.size() + data.size() > longest) {
            throw Error(Status::invalid_data, "the data is longer than this mechanism can sign");
        }
        data_.insert(data_.end(), data.begin(), data.end());
    }

    void finish(Bytes& out) override {
        Bytes signature;
        (rsa() ? rsa_sign : group_sign)(key_, mechanism_.get(), data_, signature);
        out.insert(out.end(), signature.begin(), signature.end());
    }

    bool finish_verify(ByteView signature) override {
        return (rsa() ? rsa_verify : group_verify)(key_, mechanism_.get(), data_, signature);
    }

private:
    static constexpr std::size_t longest = 2048; ///< the modulus of the largest RSA key
    [[nodiscard]] bool rsa() const { return key_.spec.type == KeyType::rsa; }

    const KeyState& key_;
    KeptMechanism mechanism_;
    Bytes data_;
};

} // namespace

void group_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    if (mechanism.hash == Hash::none) return sign_with(key, mechanism.id, raw, 0, unhashed(data), out);
    const auto value = signed_hash(mechanism, data);
    sign_with(key, mechanism.id, raw, 0, value.view(), out);
}

bool group_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    if (signature.size() != signature_bound(key, mechanism, Action::verify, 0)) return false;
    if (mechanism.hash == Hash::none)
        return verify_with(key, mechanism.id, raw, 0, unhashed(data), signature);
    const auto value = signed_hash(mechanism, data);
    return verify_with(key, mechanism.id, raw, 0, value.view(), signature);
}

void message_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    if (const auto* outer = outer_form(key, mechanism, true)) return outer->sign(key, mechanism, data, out);
    const auto [params, number] = form(key, mechanism, true);
    sign_with(key, mechanism.id, params, number, data, out);
}

bool message_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    if (const auto* outer = outer_form(key, mechanism, false)) return outer->verify(key, mechanism, data, signature);
    const auto [params, number] = form(key, mechanism, false);
    return verify_with(key, mechanism.id, params, number, data, signature);
}

std::unique_ptr<Stream> open_message_signature(const KeyState* key, const Mechanism& mechanism,
                                               Action action) {
    const bool signs = action == Action::sign;
    if (signs) require_private(*key);
    if (const auto* outer = outer_form(*key, mechanism, signs)) return outer->open(*key, mechanism);
    const auto params = form(*key, mechanism, signs).params;
    if (!signs) return std::make_unique<MessageVerifyStream>(*key, params);
    return std::make_unique<MessageSignStream>(*key, params);
}

std::unique_ptr<Stream> open_hashed_signature(const KeyState* key, const Mechanism& mechanism,
                                              Action action) {
    if (action == Action::sign) require_private(*key);
    if (!hashes_data(mechanism)) return std::make_unique<CollectingStream>(*key, mechanism);
    return std::make_unique<HashedStream>(*key, mechanism);
}

namespace {

struct SizeRow {
    ParamSet params;
    std::size_t bytes;
};

/// FIPS 204 table 2, FIPS 205 table 2.
constexpr std::array<SizeRow, 15> signature_sizes{{
    {ParamSet::ml_dsa_44, 2420},
    {ParamSet::ml_dsa_65, 3309},
    {ParamSet::ml_dsa_87, 4627},
    {ParamSet::slh_dsa_sha2_128s, 7856},
    {ParamSet::slh_dsa_sha2_128f, 17088},
    {ParamSet::slh_dsa_sha2_192s, 16224},
    {ParamSet::slh_dsa_sha2_192f, 35664},
    {ParamSet::slh_dsa_sha2_256s, 29792},
    {ParamSet::slh_dsa_sha2_256f, 49856},
    {ParamSet::slh_dsa_shake_128s, 7856},
    {ParamSet::slh_dsa_shake_128f, 17088},
    {ParamSet::slh_dsa_shake_192s, 16224},
    {ParamSet::slh_dsa_shake_192f, 35664},
    {ParamSet::slh_dsa_shake_256s, 29792},
    {ParamSet::slh_dsa_shake_256f, 49856},
}};

} // namespace

std::size_t signature_bound(const KeyState& key, const Mechanism&, Action, std::size_t) {
    switch (key.spec.type) {
    case KeyType::ec:
        return 2 * ((param_set_row(key.spec.params).bits + 7) / 8); // n is as long as p in every curve
    case KeyType::dsa: return 2 * ((key.public_key->get_int_field("q").bits() + 7) / 8);
    case KeyType::ed25519: return 64;
    case KeyType::ed448: return 114;
    default: break;
    }
    for (const auto& row : signature_sizes) {
        if (row.params == key.spec.params) return row.bytes;
    }
    throw Error(Status::internal, "a signature scheme without a size");
}

} // namespace hsm::crypto
