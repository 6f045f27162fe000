// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "parameters.hpp"

#include <string_view>

namespace hsm::fuzz {

namespace {

using pkcs11::MechanismMapRow;
using P = pkcs11::Parameter;

// A structure, eight bytes a letter:
//   n number  r small number   h mechanism of a hash  g mask generation  k derivation of an agreement  o
//   object b truth   B two truths     c 16 bytes as they are (two words)        d 8 bytes as they are p
//   pointer l its length     i its length in bits: in either order     t room for a tag O pointer to OAEP's
//   structure   v room for a version    m room for TLS's keys    S fields of SP 800-108  D more keys
struct Layout {
    std::string_view letters;
    std::size_t size;
};

struct KindRow {
    P kind;
    Layout layout;
};
constexpr std::array kinds{
    KindRow{P::none, {"", 0}},
    KindRow{P::iv16, {"c", 16}},
    KindRow{P::iv8, {"d", 8}},
    KindRow{P::iv_any, {"c", 16}},
    KindRow{P::iv_optional, {"d", 8}},
    KindRow{P::mac_length, {"n", sizeof(CK_ULONG)}},
    KindRow{P::ctr, {"nc", sizeof(CK_AES_CTR_PARAMS)}},
    KindRow{P::gcm, {"plnpln", sizeof(CK_GCM_PARAMS)}},
    KindRow{P::ccm, {"nplpln", sizeof(CK_CCM_PARAMS)}},
    KindRow{P::chacha20, {"pipi", sizeof(CK_CHACHA20_PARAMS)}},
    KindRow{P::chacha20_poly1305, {"plpl", sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS)}},
    KindRow{P::pss, {"hgn", sizeof(CK_RSA_PKCS_PSS_PARAMS)}},
    KindRow{P::oaep, {"hgbpl", sizeof(CK_RSA_PKCS_OAEP_PARAMS)}},
    KindRow{P::eddsa_optional, {"blp", sizeof(CK_EDDSA_PARAMS)}},
    KindRow{P::context, {"bpl", sizeof(CK_SIGN_ADDITIONAL_CONTEXT)}},
    KindRow{P::hash_context, {"bplh", sizeof(CK_HASH_SIGN_ADDITIONAL_CONTEXT)}},
    KindRow{P::rsa_aes, {"nO", sizeof(CK_RSA_AES_KEY_WRAP_PARAMS)}},
    KindRow{P::tls_mac, {"hnn", sizeof(CK_TLS_MAC_PARAMS)}},
};

struct DerivationRow {
    MechanismId id;
    Layout layout;
};
constexpr std::array derivations{
    DerivationRow{MechanismId::ecdh, {"klplp", sizeof(CK_ECDH1_DERIVE_PARAMS)}},
    DerivationRow{MechanismId::ecdh_cofactor, {"klplp", sizeof(CK_ECDH1_DERIVE_PARAMS)}},
    DerivationRow{MechanismId::dh, {"cc", 32}},
    DerivationRow{MechanismId::concatenate_data, {"pl", sizeof(CK_KEY_DERIVATION_STRING_DATA)}},
    DerivationRow{MechanismId::concatenate_to_data, {"pl", sizeof(CK_KEY_DERIVATION_STRING_DATA)}},
    DerivationRow{MechanismId::xor_data, {"pl", sizeof(CK_KEY_DERIVATION_STRING_DATA)}},
    DerivationRow{MechanismId::concatenate_keys, {"o", sizeof(CK_OBJECT_HANDLE)}},
    DerivationRow{MechanismId::extract_bits, {"n", sizeof(CK_EXTRACT_PARAMS)}},
    DerivationRow{MechanismId::digest_key, {"", 0}},
    DerivationRow{MechanismId::ecb_encrypt_data, {"pl", sizeof(CK_KEY_DERIVATION_STRING_DATA)}},
    DerivationRow{MechanismId::hkdf, {"Bhnplopl", sizeof(CK_HKDF_PARAMS)}},
    DerivationRow{MechanismId::sp800_108_counter, {"hSD", sizeof(CK_SP800_108_KDF_PARAMS)}},
    DerivationRow{MechanismId::sp800_108_feedback, {"hSlpD", sizeof(CK_SP800_108_FEEDBACK_KDF_PARAMS)}},
    DerivationRow{MechanismId::sp800_108_pipeline, {"hSD", sizeof(CK_SP800_108_KDF_PARAMS)}},
    DerivationRow{MechanismId::tls12_master_secret, {"plplvh", sizeof(CK_TLS12_MASTER_KEY_DERIVE_PARAMS)}},
    DerivationRow{MechanismId::tls12_extended_master_secret,
                  {"hplv", sizeof(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS)}},
    DerivationRow{MechanismId::tls12_key_block, {"nnnbplplmh", sizeof(CK_TLS12_KEY_MAT_PARAMS)}},
    DerivationRow{MechanismId::tls12_prf, {"hplplplpl", sizeof(CK_TLS_KDF_PARAMS)}},
    DerivationRow{MechanismId::pbkdf2, {"bplrrplpl", sizeof(CK_PKCS5_PBKD2_PARAMS2)}},
};
constexpr Layout short_gcm{"plpln", 5 * sizeof(CK_ULONG)}; // as of PKCS #11 2.20
constexpr Layout aes_cbc_data{"cpl", sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS)};
constexpr Layout des_cbc_data{"dpl", sizeof(CK_DES_CBC_ENCRYPT_DATA_PARAMS)};

Layout layout_of(const MechanismMapRow& row) {
    for (const auto& kind : kinds)
        if (kind.kind == row.parameter) return kind.layout;
    if (row.id == MechanismId::cbc_encrypt_data)
        return row.type == CKM_AES_CBC_ENCRYPT_DATA ? aes_cbc_data : des_cbc_data;
    for (const auto& derivation : derivations)
        if (derivation.id == row.id) return derivation.layout;
    std::abort(); // a mechanism whose parameter this file does not know yet
}

constexpr std::array<CK_MECHANISM_TYPE, 12> digests{
    CKM_SHA256, CKM_SHA_1,      CKM_SHA512,      CKM_SHA3_256,    CKM_MD5,      CKM_SHA384,
    CKM_SHA224, CKM_SHA512_256, CKM_SHA256_HMAC, CKM_SHA512_HMAC, CKM_AES_CMAC, 0x1234};

class Structure {
public:
    Structure(Input& input, Memory& memory, Handles handles)
        : input_(input), memory_(memory), handles_(handles) {}

    std::vector<std::uint8_t> made(std::string_view letters) {
        for (const auto letter : letters) word_for(letter);
        return std::move(bytes_);
    }

private:
    void word(std::uint64_t value) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
        bytes_.insert(bytes_.end(), at, at + sizeof value);
    }
    void pointer(const void* at) { word(reinterpret_cast<std::uintptr_t>(at)); }
    void raw(std::size_t size) {
        auto part = to_bytes(input_.take(size));
        part.resize(size);
        bytes_.insert(bytes_.end(), part.begin(), part.end());
    }
    /// The first of a pointer and its length makes the memory, the second one completes it.
    Parameter pair() {
        if (half_) {
            half_ = false;
            return open_;
        }
        half_ = true;
        static constexpr std::array<std::uint8_t, 16> common{12, 16, 32, 8,  13, 1,  0,   7,
                                                             24, 20, 48, 57, 65, 97, 133, 255};
        const auto size = input_.one_of(common);
        auto value = to_bytes(input_.take(input_.byte() % 2 ? size : 0));
        value.resize(size, 4);
        open_ = {memory_.block(value), size};
        if (input_.rarely(32)) open_.at = nullptr;
        if (input_.rarely(32)) open_ = {};
        return open_;
    }
    void word_for(char letter) {
        switch (letter) {
        case 'n': return word(number(input_));
        case 'r': return word(input_.byte() % 16);
        case 'h': return word(input_.one_of(digests));
        case 'g': return word(input_.byte() % 11);
        case 'k': return word(input_.byte() % 20);
        case 'o': return word(handles_.empty() || input_.rarely() ? input_.byte() : input_.one_of(handles_));
        case 'b': return word(input_.byte() % 3);
        case 'B': return word(input_.byte() % 2 | (input_.byte() % 2) << 8);
        case 'c': return raw(16);
        case 'd': return raw(8);
        case 'p': return pointer(pair().at);
        case 'l': return word(pair().size);
        case 'i': return word(pair().size * 8);
        case 't': return pointer(memory_.output(32));
        case 'O': return pointer(memory_.block(Structure(input_, memory_, handles_).made("hgbpl")));
        case 'v': return pointer(input_.byte() % 2 ? memory_.output(sizeof(CK_VERSION)) : nullptr);
        case 'm': return pointer(key_material());
        case 'S': return fields();
        case 'D': return more_keys();
        default: std::abort();
        }
    }
    const void* key_material() {
        CK_SSL3_KEY_MAT_OUT out{};
        out.pIVClient = memory_.output(512);
        out.pIVServer = input_.rarely() ? nullptr : memory_.output(512);
        return memory_.object(out);
    }
    void fields() {
        std::vector<CK_PRF_DATA_PARAM> made;
        for (auto left = input_.byte() % 5; left > 0; --left) {
            const auto type = static_cast<CK_PRF_DATA_TYPE>(input_.byte() % 6);
            static constexpr std::array<std::string_view, 6> formats{"", "bn", "bn", "bbn", "c", "c"};
            const auto value =
                Structure(input_, memory_, handles_).made(input_.rarely(8) ? "" : formats[type]);
            made.push_back({type, value.empty() ? nullptr : memory_.block(value), value.size()});
        }
        word(made.size());
        pointer(memory_.array(made));
    }
    void more_keys() {
        std::vector<CK_DERIVED_KEY> made;
        for (auto left = input_.byte() % 3; left > 0; --left) {
            const auto list = template_of(input_, memory_);
            made.push_back(
                {list.at, list.count, input_.rarely() ? nullptr : memory_.object<CK_OBJECT_HANDLE>()});
        }
        word(made.size());
        pointer(memory_.array(made));
    }

    Input& input_;
    Memory& memory_;
    Handles handles_;
    std::vector<std::uint8_t> bytes_;
    Parameter open_;
    bool half_ = false;
};

Parameter made_of(const Layout& layout, Input& input, Memory& memory, Handles handles) {
    if (input.rarely(24)) return {};
    auto bytes = Structure(input, memory, handles).made(layout.letters);
    if (bytes.size() != layout.size) std::abort();
    if (!input.rarely(24)) return {bytes.empty() ? nullptr : memory.block(bytes), bytes.size()};
    bytes.resize(bytes.size() / 8 * (input.byte() % 8) +
                 3); // of no structure's size: its numbers must not be taken for pointers
    return {memory.block(bytes), bytes.size()};
}

} // namespace

Parameter parameter_of(const MechanismMapRow& row, Input& input, Memory& memory, Handles handles) {
    const bool shorter = row.parameter == P::gcm && input.rarely(4);
    return made_of(shorter ? short_gcm : layout_of(row), input, memory, handles);
}

Parameter message_parameter_of(CK_MECHANISM_TYPE type, Input& input, Memory& memory) {
    switch (type) {
    case CKM_AES_GCM: return made_of({"plnrtn", sizeof(CK_GCM_MESSAGE_PARAMS)}, input, memory, {});
    case CKM_AES_CCM: return made_of({"nplnrtn", sizeof(CK_CCM_MESSAGE_PARAMS)}, input, memory, {});
    case CKM_CHACHA20_POLY1305:
        return made_of({"plt", sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS)}, input, memory, {});
    default: break;
    }
    const auto* row = pkcs11::mechanism_row_of(type);
    return row && input.byte() % 4 == 0 ? parameter_of(*row, input, memory, {}) : Parameter{};
}

} // namespace hsm::fuzz
