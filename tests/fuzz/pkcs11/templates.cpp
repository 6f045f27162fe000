// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "adapters/pkcs11/attribute_table.hpp"
#include "parameters.hpp"

namespace hsm::fuzz {

namespace {

using pkcs11::AttributeKind;

/// Every attribute that the module knows, and one that it does not.
const std::vector<CK_ATTRIBUTE_TYPE>& types() {
    static const auto all = [] {
        std::vector<CK_ATTRIBUTE_TYPE> found{CKA_COLOR};
        for (CK_ATTRIBUTE_TYPE low = 0; low < 0x1000; ++low)
            for (const auto type : {low, low | CKF_ARRAY_ATTRIBUTE, low | CKA_VENDOR_DEFINED})
                if (pkcs11::attribute_row(type)) found.push_back(type);
        return found;
    }();
    return all;
}

constexpr std::array<CK_ULONG, 16> classes_and_types{CKO_DATA,
                                                     CKO_CERTIFICATE,
                                                     CKO_PUBLIC_KEY,
                                                     CKO_PRIVATE_KEY,
                                                     CKO_SECRET_KEY,
                                                     CKK_AES,
                                                     CKK_GENERIC_SECRET,
                                                     CKK_EC,
                                                     CKK_EC_EDWARDS,
                                                     CKK_DES3,
                                                     CKK_CHACHA20,
                                                     CKK_ML_DSA,
                                                     CKK_ML_KEM,
                                                     16,
                                                     32,
                                                     256};

ByteView canned(Input& input) {
    static constexpr std::array<std::uint8_t, 10> p256{0x06, 0x08, 0x2a, 0x86, 0x48,
                                                       0xce, 0x3d, 0x03, 0x01, 0x07};
    static constexpr std::array<std::uint8_t, 5> ed25519{0x06, 0x03, 0x2b, 0x65, 0x70};
    static constexpr std::array<std::uint8_t, 5> x25519{0x06, 0x03, 0x2b, 0x65, 0x6e};
    static constexpr std::array<std::uint8_t, 3> f4{1, 0, 1};
    static constexpr std::array<std::uint8_t, 32> key{7, 7, 7, 7};
    static constexpr std::array<ByteView, 5> all{ByteView(p256), ByteView(ed25519), ByteView(x25519),
                                                 ByteView(f4), ByteView(key)};
    return input.one_of(all);
}

/// Nobody waits for keys of 16384 bits.
CK_ULONG patient(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    const bool bits = type == CKA_MODULUS_BITS || type == CKA_PRIME_BITS || type == CKA_SUBPRIME_BITS;
    return bits && value > 1024 && value <= 65536 ? 1024 : value;
}

CK_ATTRIBUTE of_bytes(CK_ATTRIBUTE_TYPE type, ByteView bytes, Memory& memory) {
    return {type, memory.block(bytes), static_cast<CK_ULONG>(bytes.size())};
}

template <class T>
CK_ATTRIBUTE of_value(CK_ATTRIBUTE_TYPE type, const T& value, Memory& memory) {
    return {type, memory.object(value), sizeof value};
}

CK_ATTRIBUTE with_value(CK_ATTRIBUTE_TYPE type, Input& input, Memory& memory, int depth) {
    const auto* row = pkcs11::attribute_row(type);
    const auto kind = row ? row->kind : AttributeKind::bytes;
    if (input.rarely(32)) return {type, nullptr, number(input)};
    if (kind == AttributeKind::attributes) {
        const auto inner = depth < 2 ? template_of(input, memory, {}, depth + 1) : List{};
        return {type, inner.at,
                static_cast<CK_ULONG>(inner.count * sizeof(CK_ATTRIBUTE) -
                                      (input.rarely() && inner.count ? 1 : 0))};
    }
    if (kind == AttributeKind::boolean && !input.rarely())
        return of_value(type, static_cast<CK_BBOOL>(input.byte() % 2), memory);
    if (kind == AttributeKind::number && !input.rarely())
        return of_value(
            type, patient(type, input.byte() % 2 ? input.one_of(classes_and_types) : number(input)), memory);
    if (input.byte() % 2) return of_bytes(type, canned(input), memory);
    return of_bytes(type, input.take(input.byte() % 72), memory);
}

CK_ATTRIBUTE with_room(Input& input, Memory& memory, int depth) {
    const auto type = input.one_of(types());
    const auto* row = pkcs11::attribute_row(type);
    if (input.byte() % 3 == 0) return {type, nullptr, number(input)};
    if (row && row->kind == AttributeKind::attributes) {
        const auto inner = depth < 2 ? question_of(input, memory, depth + 1) : List{};
        return {type, inner.at, static_cast<CK_ULONG>(inner.count * sizeof(CK_ATTRIBUTE))};
    }
    const auto size = std::min<CK_ULONG>(number(input), 512);
    return {type, memory.output(size), size};
}

} // namespace

List template_of(Input& input, Memory& memory, std::vector<CK_ATTRIBUTE> made, int depth) {
    for (auto left = input.byte() % 6; left > 0; --left)
        made.push_back(with_value(input.one_of(types()), input, memory, depth));
    if (input.rarely(64)) return {nullptr, static_cast<CK_ULONG>(made.size())};
    return {memory.array(made), static_cast<CK_ULONG>(made.size())};
}

List question_of(Input& input, Memory& memory, int depth) {
    std::vector<CK_ATTRIBUTE> made;
    for (auto left = input.byte() % 10; left > 0; --left) made.push_back(with_room(input, memory, depth));
    return {memory.array(made), static_cast<CK_ULONG>(made.size())};
}

} // namespace hsm::fuzz
