// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "operation.hpp"

#include "fault.hpp"
#include "key_attributes.hpp"
#include "key_types.hpp"

#include <algorithm>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

constexpr std::size_t collect_limit = 64u << 20;

/// Key types that a row's mechanism works with.
bool suits(const MechanismMapRow& row, const Attributes& attributes) {
    const auto number = attributes.number(CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    const auto* map = key_type_map(number);
    if (!map || !(map->family & row.families)) return false;
    switch (row.id) {
    case MechanismId::hmac: {
        const auto own = hash_of_key_type(number);
        return map->type == KeyType::generic && (own == Hash::none || own == row.hash);
    }
    case MechanismId::tls12_mac: return map->type == KeyType::generic;
    case MechanismId::ecdh:
    case MechanismId::ecdh_cofactor: return map->type == KeyType::ec || map->type == KeyType::x25519;
    default: return row.key_type == KeyType::none || row.key_type == map->type;
    }
}

bool allows(const Attributes& attributes, CK_MECHANISM_TYPE type) {
    const auto list = attributes.bytes(CKA_ALLOWED_MECHANISMS);
    if (list.empty()) return true;
    for (std::size_t i = 0; i + 8 <= list.size(); i += 8)
        if (number_of(list.subspan(i, 8)) == type) return true;
    return false;
}

} // namespace

void check_key_for(const Object& object, const MechanismMapRow& row, CK_ATTRIBUTE_TYPE usage) {
    const auto& attributes = object.attributes();
    if (!object.is_key()) refuse(CKR_KEY_HANDLE_INVALID);
    if (!suits(row, attributes)) refuse(CKR_KEY_TYPE_INCONSISTENT);
    if (!attributes.flag(usage)) refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
    if (!allows(attributes, row.type)) refuse(CKR_MECHANISM_INVALID);
}

CK_RV announce(const Output& out, std::size_t size) noexcept {
    const auto there = *out.length;
    *out.length = static_cast<CK_ULONG>(size);
    return out.asks() || there >= size ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

CK_RV deliver(const Output& out, ByteView result) noexcept {
    const auto code = announce(out, result.size());
    if (code == CKR_OK && !out.asks() && !result.empty()) std::memcpy(out.buffer, result.data(), result.size());
    return code;
}

// ---- Init and end -----------------------------------------------------------------------------------------------

void Operation::attach(Token& token, CK_OBJECT_HANDLE key) {
    const auto stamp = token.stamp();
    if (key_ && token_ == &token && handle_ == key && stamp_ == stamp) return; // as last time
    forget();
    ObjectPtr object;
    try {
        object = token.object(key);
    } catch (const Fault&) {
        refuse(CKR_KEY_HANDLE_INVALID);
    }
    if (!object->is_key()) refuse(CKR_KEY_HANDLE_INVALID);
    token_ = &token;
    handle_ = key;
    stamp_ = stamp;
    object_ = std::move(object);
}

void Operation::begin(Token& token, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_FLAGS purpose, CK_ATTRIBUTE_TYPE usage) {
    const auto* row = &token.mechanism(mechanism.mechanism, purpose);
    attach(token, key);
    if (checked_ != row || checked_usage_ != usage) {
        check_key_for(*object_, *row, usage);
        always_authenticate_ = object_->attributes().flag(CKA_ALWAYS_AUTHENTICATE);
        checked_ = row;
        checked_usage_ = usage;
    }
    auto bound = bind_mechanism(mechanism, purpose);
    bound.own(std::move(mechanism_.storage));
    mechanism_ = std::move(bound);
    if (!key_) key_ = token.key_of(*object_);
    check_parameter_fits(mechanism_, key_.spec());
    if (key_.spec().type == KeyType::ed448) mechanism_.core.empty_context = false; // Ed448 has only one form without one
    authenticated_ = asked_single_ = false;
    taken_ = given_ = 0;
    progress_ = Progress::fresh;
}

void Operation::begin_digest(Token& token, const CK_MECHANISM& mechanism) {
    (void)token.mechanism(mechanism.mechanism, CKF_DIGEST);
    mechanism_ = bind_mechanism(mechanism, CKF_DIGEST);
    if (token_ != &token) forget();
    token_ = &token;
    stamp_ = token.stamp();
    always_authenticate_ = asked_single_ = false;
    taken_ = given_ = 0;
    progress_ = Progress::fresh;
}

void Operation::end() noexcept {
    progress_ = Progress::idle;
    channel_.reset();
    WipedBytes().swap(collected_);
    expected_.reset();
    if (!deciphers()) return;
    result_.resize(result_.capacity()); // what was longer before lies behind the end
    wipe(result_);
    result_.clear();
}

void Operation::forget() noexcept {
    key_ = {};
    object_.reset();
    checked_ = nullptr;
    handle_ = 0;
    stamp_ = 0;
}

void Operation::authenticate(const Secret& pin) {
    key_.authorise_use(pin);
    authenticated_ = true;
}

template <class Body>
CK_RV Operation::keeping(Body&& body) {
    auto code = static_cast<CK_RV>(CKR_GENERAL_ERROR);
    try {
        code = body();
    } catch (const Fault& fault) {
        code = fault.code;
    } catch (const Error& error) {
        code = code_for(error);
    } catch (const std::bad_alloc&) {
        code = CKR_HOST_MEMORY;
    }
    if (code != CKR_OK && code != CKR_BUFFER_TOO_SMALL) end();
    return code;
}

CK_RV Operation::code_for(const Error& error) const noexcept {
    const bool decrypts = action_ == Action::decrypt;
    switch (error.status()) {
    case Status::invalid_data:
        if (mechanism_.core.id == MechanismId::ctr) return CKR_DATA_LEN_RANGE; // the counter would wrap around
        [[fallthrough]];
    case Status::invalid_signature: return decrypts ? CKR_ENCRYPTED_DATA_INVALID : CKR_DATA_INVALID;
    case Status::limit_reached: return always_authenticate_ ? CKR_USER_NOT_LOGGED_IN : CKR_KEY_FUNCTION_NOT_PERMITTED;
    case Status::invalid_handle: return CKR_KEY_HANDLE_INVALID;
    default: return code_of(error.status());
    }
}

// ---- Data -------------------------------------------------------------------------------------------------------

bool Operation::exact_size() const noexcept {
    if (action_ != Action::decrypt) return mechanism_.core.id != MechanismId::dsa;
    switch (mechanism_.core.id) {
    case MechanismId::rsa_pkcs1:
    case MechanismId::rsa_oaep:
    case MechanismId::cbc_pad:
    case MechanismId::key_wrap_pad:
    case MechanismId::key_wrap_pkcs7: return false;
    default: return true;
    }
}

std::size_t Operation::result_size(std::size_t input) const {
    if (mechanism_.core.id == MechanismId::digest) return hash_row(mechanism_.core.hash).size;
    if (ciphers()) return output_bound(mechanism_, key_.spec(), !deciphers(), input);
    return signature_size(mechanism_, key_.spec());
}

/// Lengths that the mechanism cannot take.
void Operation::check_data(std::size_t size) const {
    check_lengths(mechanism_, key_ ? key_.spec() : KeySpec{}, action_, size);
}

void Operation::check_ready(const Token& token) const {
    if (object_ && object_->is_private() && token.user() != CKU_USER) refuse(CKR_USER_NOT_LOGGED_IN);
    if (always_authenticate_ && !authenticated_) refuse(CKR_USER_NOT_LOGGED_IN);
}

void Operation::run(ByteView data) {
    const auto& core = mechanism_.core;
    result_.clear();
    switch (action_) {
    case Action::encrypt: return key_.encrypt_into(core, data, result_);
    case Action::decrypt: return key_.decrypt_into(core, data, result_);
    case Action::sign: return key_.sign_into(core, data, result_);
    default: token_->client().digest_into(core.hash, data, result_, token_->module());
    }
}

CK_RV Operation::give_result(Output out) {
    if (object_ && object_->is_private() && token_->user() != CKU_USER) refuse(CKR_USER_NOT_LOGGED_IN);
    const auto code = deliver(out, result_);
    if (code == CKR_OK && !out.asks()) end();
    return code;
}

CK_RV Operation::single(ByteView data, Output out) {
    return keeping([&]() -> CK_RV {
        if (progress_ == Progress::done) return give_result(out);
        if (progress_ != Progress::fresh) refuse(CKR_OPERATION_ACTIVE);
        const auto size = result_size(data.size());
        if (out.asks()) {
            asked_single_ = true;
            return announce(out, size);
        }
        check_ready(*token_);
        check_data(data.size());
        if (exact_size() && *out.length < size) return announce(out, size);
        run(data);
        progress_ = Progress::done;
        return give_result(out);
    });
}

Channel& Operation::channel() {
    if (!channel_) {
        if (mechanism_.core.id == MechanismId::digest)
            channel_.emplace(token_->client().open_digest(mechanism_.core.hash, token_->module()));
        else channel_.emplace(key_.open(action_, mechanism_.core));
    }
    return *channel_;
}

void Operation::collect(ByteView part) {
    if (part.size() > collect_limit - std::min(collect_limit, collected_.size())) refuse(deciphers() ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE);
    collected_.insert(collected_.end(), part.begin(), part.end());
}

std::size_t Operation::update_bound(std::size_t input) const noexcept {
    if (!streams()) return 0;
    const auto block = key_ && key_.spec().type == KeyType::aes ? 16u : 8u;
    const auto total = taken_ + input;
    switch (mechanism_.core.id) {
    case MechanismId::ecb:
    case MechanismId::cbc: return static_cast<std::size_t>(total / block * block - given_);
    case MechanismId::cbc_pad: {
        const auto whole = deciphers() ? (total ? (total - 1) / block * block : 0) : total / block * block;
        return static_cast<std::size_t>(whole - given_);
    }
    default: return static_cast<std::size_t>(total - given_);
    }
}

CK_RV Operation::update(ByteView part, Output out) {
    return keeping([&]() -> CK_RV {
        if (progress_ > Progress::parts || asked_single_) refuse(CKR_OPERATION_ACTIVE);
        if (mechanism_.row->form == Form::single) refuse(CKR_FUNCTION_NOT_SUPPORTED);
        const auto size = update_bound(part.size());
        if (out.asks() || *out.length < size) return announce(out, size);
        check_ready(*token_);
        progress_ = Progress::parts;
        result_.clear();
        if (streams()) channel().update(part, result_);
        else collect(part);
        taken_ += part.size();
        given_ += result_.size();
        return deliver(out, result_);
    });
}

void Operation::feed(ByteView part) {
    const auto code = keeping([&]() -> CK_RV {
        if (progress_ > Progress::parts || asked_single_) refuse(CKR_OPERATION_ACTIVE);
        if (mechanism_.row->form == Form::single) refuse(CKR_FUNCTION_NOT_SUPPORTED);
        check_ready(*token_);
        progress_ = Progress::parts;
        if (streams()) channel().update(part, result_);
        else collect(part);
        return CKR_OK;
    });
    if (code != CKR_OK) refuse(code);
}

std::size_t Operation::final_bound() const {
    if (!ciphers()) return result_size(0);
    if (!streams()) return result_size(collected_.size());
    if (mechanism_.core.id != MechanismId::cbc_pad) return static_cast<std::size_t>(taken_ - given_);
    return key_.spec().type == KeyType::aes ? 16 : 8;
}

CK_RV Operation::finish(Output out) {
    return keeping([&]() -> CK_RV {
        if (progress_ == Progress::ending) return give_result(out);
        if (progress_ == Progress::done || asked_single_) refuse(CKR_OPERATION_ACTIVE);
        if (mechanism_.row->form == Form::single) refuse(CKR_FUNCTION_NOT_SUPPORTED);
        const auto size = final_bound();
        if (out.asks()) return announce(out, size);
        const bool exact = exact_size() && !(streams() && ciphers());
        if (exact && *out.length < size) return announce(out, size);
        check_ready(*token_);
        if (streams()) {
            if (ciphers()) check_data(static_cast<std::size_t>(taken_));
            result_.clear();
            channel().finish(result_);
        } else {
            check_data(collected_.size());
            run(collected_);
        }
        progress_ = Progress::ending;
        return give_result(out);
    });
}

// ---- Verification: every answer ends it ----------------------------------------------------------------------------

CK_RV Operation::verify(ByteView data, ByteView signature) {
    const auto code = keeping([&]() -> CK_RV {
        if (progress_ != Progress::fresh) refuse(CKR_OPERATION_ACTIVE);
        check_ready(*token_);
        check_data(data.size());
        if (exact_size() && signature.size() != result_size(0)) return CKR_SIGNATURE_LEN_RANGE;
        return key_.verify(mechanism_.core, data, signature) ? CKR_OK : CKR_SIGNATURE_INVALID;
    });
    end();
    return code;
}

CK_RV Operation::finish_verify(ByteView signature) {
    const auto code = keeping([&]() -> CK_RV {
        if (mechanism_.row->form == Form::single) refuse(CKR_FUNCTION_NOT_SUPPORTED);
        check_ready(*token_);
        if (exact_size() && signature.size() != result_size(0)) return CKR_SIGNATURE_LEN_RANGE;
        const bool valid = streams() ? channel().finish_verify(signature) : key_.verify(mechanism_.core, collected_, signature);
        return valid ? CKR_OK : CKR_SIGNATURE_INVALID;
    });
    end();
    return code;
}

CK_RV Operation::recover(ByteView signature, Output out, ByteView (*unpadded)(ByteView)) {
    return keeping([&]() -> CK_RV {
        check_ready(*token_);
        const auto modulus = signature_size(mechanism_, key_.spec());
        if (out.asks()) return announce(out, modulus);
        if (signature.size() != modulus) return CKR_SIGNATURE_LEN_RANGE;
        Mechanism raw;
        raw.id = MechanismId::rsa_raw;
        key_.encrypt_into(raw, signature, result_);
        const auto data = mechanism_.core.id == MechanismId::rsa_raw ? ByteView(result_) : unpadded(result_);
        const auto code = deliver(out, data);
        if (code == CKR_OK) end();
        return code;
    });
}

// ---- States of digests -------------------------------------------------------------------------------------------------

SavedDigest SavedDigest::copy() const {
    SavedDigest out{row, std::nullopt};
    if (channel) out.channel.emplace(channel->copy());
    return out;
}

SavedDigest Operation::save_digest() const {
    SavedDigest out{mechanism_.row, std::nullopt};
    if (channel_) out.channel.emplace(channel_->copy());
    return out;
}

void Operation::resume_digest(Token& token, SavedDigest saved) {
    CK_MECHANISM mechanism{saved.row->type, nullptr, 0};
    end();
    begin_digest(token, mechanism);
    if (saved.channel) progress_ = Progress::parts;
    channel_ = std::move(saved.channel);
}

} // namespace hsm::pkcs11
