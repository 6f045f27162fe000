// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "message.hpp"

#include "fault.hpp"
#include "operation.hpp"

#include <algorithm>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

void demand(bool holds) {
    if (!holds) refuse(CKR_MECHANISM_PARAM_INVALID);
}

template <class T>
T structure(CK_VOID_PTR parameter, CK_ULONG size) {
    demand(parameter && size == sizeof(T));
    T value;
    std::memcpy(&value, parameter, sizeof value);
    return value;
}

/// Fills the part of a nonce that the caller leaves to us: counted up, or random (also "generate": ours to choose). What
/// is XORed is XORed into \p base, the nonce as the first message of the operation had it, not into what came out last.
void generate_nonce(CK_BYTE_PTR nonce, CK_ULONG size, CK_ULONG fixed_bits, CK_GENERATOR_FUNCTION how, const Object& key,
                    Bytes& base, const Token& token) {
    demand(nonce && fixed_bits % 8 == 0 && fixed_bits / 8 < size);
    const auto fixed = fixed_bits / 8;
    const auto room = size - fixed;
    if (how == CKG_GENERATE_COUNTER || how == CKG_GENERATE_COUNTER_XOR) {
        demand(room >= 4);
        const auto counter = key.next_nonce();
        if (room < 8 && counter >> (8 * room)) refuse(CKR_FUNCTION_FAILED); // it would begin again
        if (base.empty()) base.assign(nonce, nonce + size);
        demand(base.size() == size);
        for (CK_ULONG i = 0; i < room; ++i) {
            const auto byte = i < 8 ? static_cast<CK_BYTE>(counter >> (8 * i)) : CK_BYTE{0};
            const auto at = size - 1 - i;
            nonce[at] = how == CKG_GENERATE_COUNTER ? byte : static_cast<CK_BYTE>(base[at] ^ byte);
        }
        return;
    }
    demand((how == CKG_GENERATE || how == CKG_GENERATE_RANDOM) && room >= 8);
    const auto random = token.random(room);
    std::copy(random.begin(), random.end(), nonce + fixed);
}

} // namespace

void MessageOperation::begin(Token& token, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_FLAGS purpose,
                             CK_ATTRIBUTE_TYPE usage) {
    const auto* row = &token.mechanism(mechanism.mechanism, purpose);
    ObjectPtr object;
    try {
        object = token.object(key);
    } catch (const Fault&) {
        refuse(CKR_KEY_HANDLE_INVALID);
    }
    check_key_for(*object, *row, usage);
    // Ciphers have their parameters with each message.
    const bool ciphers = action_ == Action::encrypt || action_ == Action::decrypt;
    init_ = {};
    if (!ciphers) {
        init_ = bind_mechanism(mechanism, purpose);
        init_.own();
    }
    init_.row = row;
    key_ = token.key_of(*object);
    if (key_.spec().type == KeyType::ed448) init_.core.empty_context = false; // as in Operation::begin
    token_ = &token;
    always_authenticate_ = object->attributes().flag(CKA_ALWAYS_AUTHENTICATE);
    authenticated_ = false;
    object_ = std::move(object);
    base_nonce_.clear();
    row_ = row;
}

void MessageOperation::drop_message() noexcept {
    in_message_ = authenticated_ = false;
    channel_.reset();
    WipedBytes().swap(collected_);
}

void MessageOperation::end() noexcept {
    drop_message();
    row_ = nullptr;
    forget();
}

void MessageOperation::forget() noexcept {
    key_ = {};
    object_.reset();
}

void MessageOperation::check_ready() const {
    if (object_->is_private() && token_->user() != CKU_USER) refuse(CKR_USER_NOT_LOGGED_IN);
}

void MessageOperation::authenticate(const Secret& pin) {
    key_.authorise_use(pin);
    authenticated_ = true;
}

void MessageOperation::check_authenticated() const {
    if (always_authenticate_ && !authenticated_) refuse(CKR_USER_NOT_LOGGED_IN);
}

CK_RV MessageOperation::code_for(const Error& error) const noexcept {
    switch (error.status()) {
    case Status::invalid_data:
    case Status::invalid_signature: return action_ == Action::decrypt ? CKR_AEAD_DECRYPT_FAILED : CKR_DATA_INVALID;
    case Status::limit_reached: return always_authenticate_ ? CKR_USER_NOT_LOGGED_IN : CKR_KEY_FUNCTION_NOT_PERMITTED;
    default: return code_of(error.status());
    }
}

template <class Body>
CK_RV MessageOperation::message(Body&& body) {
    auto code = static_cast<CK_RV>(CKR_GENERAL_ERROR);
    try {
        check_ready();
        code = body();
    } catch (const Fault& fault) {
        code = fault.code;
    } catch (const Error& error) {
        code = code_for(error);
    } catch (const std::bad_alloc&) {
        code = CKR_HOST_MEMORY;
    } catch (...) {
        code = CKR_GENERAL_ERROR;
    }
    if (code != CKR_OK && code != CKR_BUFFER_TOO_SMALL) drop_message();
    return code;
}

MessageParameter MessageOperation::read(CK_VOID_PTR parameter, CK_ULONG size, bool generate) {
    MessageParameter out;
    out.core.id = row_->id;
    const auto nonce = [&](CK_BYTE_PTR at, CK_ULONG length, CK_ULONG fixed_bits, CK_GENERATOR_FUNCTION how) {
        demand(at && length >= 1 && length <= 256);
        if (generate && how != CKG_NO_GENERATE) generate_nonce(at, length, fixed_bits, how, *object_, base_nonce_, *token_);
        out.core.iv = {at, length};
    };
    switch (row_->id) {
    case MechanismId::gcm: {
        const auto given = structure<CK_GCM_MESSAGE_PARAMS>(parameter, size);
        demand(given.pTag && given.ulTagBits % 8 == 0 && given.ulTagBits >= 32 && given.ulTagBits <= 128);
        nonce(given.pIv, given.ulIvLen, given.ulIvFixedBits, given.ivGenerator);
        out.tag = given.pTag;
        out.tag_size = given.ulTagBits / 8;
        break;
    }
    case MechanismId::ccm: {
        const auto given = structure<CK_CCM_MESSAGE_PARAMS>(parameter, size);
        demand(given.pMAC && given.ulMACLen >= 4 && given.ulMACLen <= 16 && given.ulMACLen % 2 == 0);
        demand(given.ulNonceLen >= 7 && given.ulNonceLen <= 13);
        nonce(given.pNonce, given.ulNonceLen, given.ulNonceFixedBits, given.nonceGenerator);
        out.tag = given.pMAC;
        out.tag_size = given.ulMACLen;
        out.data_length = given.ulDataLen;
        break;
    }
    default: {
        const auto given = structure<CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS>(parameter, size);
        demand(given.pTag);
        nonce(given.pNonce, given.ulNonceLen, 0, CKG_NO_GENERATE);
        out.tag = given.pTag;
        out.tag_size = 16;
    }
    }
    out.core.length = static_cast<std::uint32_t>(out.tag_size);
    return out;
}

CK_RV MessageOperation::crypt(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView aad, ByteView data, Output out) {
    return message([&]() -> CK_RV {
        if (in_message_) refuse(CKR_OPERATION_ACTIVE);
        if (out.asks() || *out.length < data.size()) return announce(out, data.size());
        check_authenticated();
        auto given = read(parameter, parameter_size, encrypts());
        given.core.aad = aad;
        if (encrypts()) {
            key_.encrypt_into(given.core, data, result_);
            std::copy(result_.end() - static_cast<std::ptrdiff_t>(given.tag_size), result_.end(), given.tag);
            result_.resize(result_.size() - given.tag_size);
        } else {
            Bytes sealed(data.begin(), data.end());
            sealed.insert(sealed.end(), given.tag, given.tag + given.tag_size);
            key_.decrypt_into(given.core, sealed, result_);
        }
        const auto code = deliver(out, result_);
        if (!encrypts()) wipe(result_);
        authenticated_ = false;
        return code;
    });
}

CK_RV MessageOperation::begin_message(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView aad) {
    return message([&]() -> CK_RV {
        if (in_message_) refuse(CKR_OPERATION_ACTIVE);
        check_authenticated();
        auto given = read(parameter, parameter_size, encrypts());
        given.core.aad = aad;
        current_ = {};
        current_.core = given.core;
        current_.own();
        // GCM goes out as it comes in; nothing is let out of a decryption before its tag was checked.
        if (encrypts() && row_->id == MechanismId::gcm) channel_.emplace(key_.open(action_, current_.core));
        in_message_ = true;
        return CKR_OK;
    });
}

CK_RV MessageOperation::next(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView part, Output out, bool last) {
    return message([&]() -> CK_RV {
        if (!in_message_) refuse(CKR_OPERATION_NOT_INITIALIZED);
        const auto given = read(parameter, parameter_size, false);
        demand(given.tag_size == current_.core.length); // as it was begun
        const auto total = collected_.size() + part.size();
        const auto size = channel_ ? part.size() : last ? total : 0;
        if (out.asks() || *out.length < size) return announce(out, size);
        result_.clear();
        if (channel_) {
            channel_->update(part, result_);
            if (last) channel_->finish(result_);
        } else {
            collected_.insert(collected_.end(), part.begin(), part.end());
            if (last && encrypts()) key_.encrypt_into(current_.core, collected_, result_);
            if (last && !encrypts()) {
                collected_.insert(collected_.end(), given.tag, given.tag + given.tag_size);
                key_.decrypt_into(current_.core, collected_, result_);
            }
        }
        if (last && encrypts()) {
            std::copy(result_.end() - static_cast<std::ptrdiff_t>(given.tag_size), result_.end(), given.tag);
            result_.resize(result_.size() - given.tag_size);
        }
        const auto code = deliver(out, result_);
        if (!encrypts()) wipe(result_);
        if (last) drop_message();
        return code;
    });
}

// ---- Sign and verify ----------------------------------------------------------------------------------------------

/// A message may bring a parameter of its own; without one that of Init holds.
BoundMechanism MessageOperation::signing(CK_VOID_PTR parameter, CK_ULONG size) const {
    BoundMechanism bound;
    if (!parameter || size == 0) {
        bound.row = init_.row;
        bound.core = init_.core;
        return bound;
    }
    return bind_mechanism({row_->type, parameter, size}, row_->flags);
}

CK_RV MessageOperation::sign(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView data, Output out) {
    return message([&]() -> CK_RV {
        if (in_message_) refuse(CKR_OPERATION_ACTIVE);
        const auto bound = signing(parameter, parameter_size);
        const auto size = signature_size(bound, key_.spec());
        if (out.asks() || *out.length < size) return announce(out, size);
        check_authenticated();
        key_.sign_into(bound.core, data, result_);
        authenticated_ = false;
        return deliver(out, result_);
    });
}

CK_RV MessageOperation::begin_signed(CK_VOID_PTR parameter, CK_ULONG parameter_size) {
    return message([&]() -> CK_RV {
        if (in_message_) refuse(CKR_OPERATION_ACTIVE);
        current_ = signing(parameter, parameter_size);
        current_.own();
        in_message_ = true;
        return CKR_OK;
    });
}

CK_RV MessageOperation::feed(ByteView part) {
    return message([&]() -> CK_RV {
        if (!in_message_) refuse(CKR_OPERATION_NOT_INITIALIZED);
        collected_.insert(collected_.end(), part.begin(), part.end());
        return CKR_OK;
    });
}

CK_RV MessageOperation::finish_sign(ByteView part, Output out) {
    return message([&]() -> CK_RV {
        if (!in_message_) refuse(CKR_OPERATION_NOT_INITIALIZED);
        const auto size = signature_size(current_, key_.spec());
        if (out.asks() || *out.length < size) return announce(out, size);
        check_authenticated();
        collected_.insert(collected_.end(), part.begin(), part.end());
        key_.sign_into(current_.core, collected_, result_);
        drop_message();
        return deliver(out, result_);
    });
}

CK_RV MessageOperation::verify(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView data, ByteView signature) {
    return message([&]() -> CK_RV {
        if (in_message_) refuse(CKR_OPERATION_ACTIVE);
        const auto bound = signing(parameter, parameter_size);
        if (signature.size() != signature_size(bound, key_.spec()) && bound.core.id != MechanismId::dsa) return CKR_SIGNATURE_LEN_RANGE;
        return key_.verify(bound.core, data, signature) ? CKR_OK : CKR_SIGNATURE_INVALID;
    });
}

CK_RV MessageOperation::finish_verify(ByteView part, ByteView signature) {
    return message([&]() -> CK_RV {
        if (!in_message_) refuse(CKR_OPERATION_NOT_INITIALIZED);
        collected_.insert(collected_.end(), part.begin(), part.end());
        const bool valid = key_.verify(current_.core, collected_, signature);
        drop_message();
        return valid ? CKR_OK : CKR_SIGNATURE_INVALID;
    });
}

} // namespace hsm::pkcs11
