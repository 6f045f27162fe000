// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>

#include <array>
#include <string_view>

/// \file
/// Object identifiers of keys and curves, as the contents of the OBJECT IDENTIFIER in hexadecimal.

namespace hsm::client {

/// An AlgorithmIdentifier's OID that says the type, and for some types the parameter set.
struct AlgorithmOidRow {
    std::string_view oid;
    KeyType type;
    ParamSet params;
};

/// The first row of a type and set is the one that is written.
inline constexpr std::array algorithm_oids{
    AlgorithmOidRow{"2a864886f70d010101", KeyType::rsa, ParamSet::none},
    AlgorithmOidRow{"2a864886f70d01010a", KeyType::rsa, ParamSet::none}, // RSASSA-PSS
    AlgorithmOidRow{"2a8648ce380401", KeyType::dsa, ParamSet::none},
    AlgorithmOidRow{"2a864886f70d010301", KeyType::dh, ParamSet::none}, // PKCS #3
    AlgorithmOidRow{"2a8648ce3e0201", KeyType::dh, ParamSet::none},     // X9.42
    AlgorithmOidRow{"2a8648ce3d0201", KeyType::ec, ParamSet::none},
    AlgorithmOidRow{"2b8104010c", KeyType::ec, ParamSet::none}, // id-ecDH
    AlgorithmOidRow{"2b656e", KeyType::x25519, ParamSet::none},
    AlgorithmOidRow{"2b656f", KeyType::x448, ParamSet::none},
    AlgorithmOidRow{"2b6570", KeyType::ed25519, ParamSet::none},
    AlgorithmOidRow{"2b6571", KeyType::ed448, ParamSet::none},
    AlgorithmOidRow{"608648016503040311", KeyType::ml_dsa, ParamSet::ml_dsa_44},
    AlgorithmOidRow{"608648016503040312", KeyType::ml_dsa, ParamSet::ml_dsa_65},
    AlgorithmOidRow{"608648016503040313", KeyType::ml_dsa, ParamSet::ml_dsa_87},
    AlgorithmOidRow{"608648016503040401", KeyType::ml_kem, ParamSet::ml_kem_512},
    AlgorithmOidRow{"608648016503040402", KeyType::ml_kem, ParamSet::ml_kem_768},
    AlgorithmOidRow{"608648016503040403", KeyType::ml_kem, ParamSet::ml_kem_1024},
    AlgorithmOidRow{"608648016503040314", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_128s},
    AlgorithmOidRow{"608648016503040315", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_128f},
    AlgorithmOidRow{"608648016503040316", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_192s},
    AlgorithmOidRow{"608648016503040317", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_192f},
    AlgorithmOidRow{"608648016503040318", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_256s},
    AlgorithmOidRow{"608648016503040319", KeyType::slh_dsa, ParamSet::slh_dsa_sha2_256f},
    AlgorithmOidRow{"60864801650304031a", KeyType::slh_dsa, ParamSet::slh_dsa_shake_128s},
    AlgorithmOidRow{"60864801650304031b", KeyType::slh_dsa, ParamSet::slh_dsa_shake_128f},
    AlgorithmOidRow{"60864801650304031c", KeyType::slh_dsa, ParamSet::slh_dsa_shake_192s},
    AlgorithmOidRow{"60864801650304031d", KeyType::slh_dsa, ParamSet::slh_dsa_shake_192f},
    AlgorithmOidRow{"60864801650304031e", KeyType::slh_dsa, ParamSet::slh_dsa_shake_256s},
    AlgorithmOidRow{"60864801650304031f", KeyType::slh_dsa, ParamSet::slh_dsa_shake_256f},
};

inline constexpr std::string_view pkcs3_dh_oid = "2a864886f70d010301";
inline constexpr std::string_view x942_dh_oid = "2a8648ce3e0201";

/// A curve by its OID, and by other names that programs use for it.
struct CurveRow {
    KeyType type;
    ParamSet params;
    std::string_view oid;
    std::string_view other_oid; ///< accepted, or empty
    std::string_view name;      ///< accepted as PrintableString, or empty: the parameter set's names
    std::size_t bytes;          ///< of the private value
};

inline constexpr std::array curve_rows{
    CurveRow{KeyType::ec, ParamSet::p192, "2a8648ce3d030101", "", "", 24},
    CurveRow{KeyType::ec, ParamSet::p224, "2b81040021", "", "", 28},
    CurveRow{KeyType::ec, ParamSet::p256, "2a8648ce3d030107", "", "", 32},
    CurveRow{KeyType::ec, ParamSet::p384, "2b81040022", "", "", 48},
    CurveRow{KeyType::ec, ParamSet::p521, "2b81040023", "", "", 66},
    CurveRow{KeyType::ec, ParamSet::secp256k1, "2b8104000a", "", "", 32},
    CurveRow{KeyType::ec, ParamSet::brainpool256, "2b2403030208010107", "", "", 32},
    CurveRow{KeyType::ec, ParamSet::brainpool320, "2b2403030208010109", "", "", 40},
    CurveRow{KeyType::ec, ParamSet::brainpool384, "2b240303020801010b", "", "", 48},
    CurveRow{KeyType::ec, ParamSet::brainpool512, "2b240303020801010d", "", "", 64},
    CurveRow{KeyType::ed25519, ParamSet::none, "2b6570", "2b06010401da470f01", "edwards25519", 32},
    CurveRow{KeyType::ed448, ParamSet::none, "2b6571", "", "edwards448", 57},
    CurveRow{KeyType::x25519, ParamSet::none, "2b656e", "2b060104019755010501", "curve25519", 32},
    CurveRow{KeyType::x448, ParamSet::none, "2b656f", "", "curve448", 56},
};

/// Sizes of what the lattice and hash schemes have, in bytes (FIPS 203 table 3, FIPS 204 table 2, FIPS 205 table 2).
struct RawSizeRow {
    ParamSet params;
    std::size_t public_bytes;
    std::size_t seed_bytes; ///< 0: there is no seed form
    std::size_t expanded_bytes;
};

inline constexpr std::array raw_sizes{
    RawSizeRow{ParamSet::ml_dsa_44, 1312, 32, 2560},
    RawSizeRow{ParamSet::ml_dsa_65, 1952, 32, 4032},
    RawSizeRow{ParamSet::ml_dsa_87, 2592, 32, 4896},
    RawSizeRow{ParamSet::ml_kem_512, 800, 64, 1632},
    RawSizeRow{ParamSet::ml_kem_768, 1184, 64, 2400},
    RawSizeRow{ParamSet::ml_kem_1024, 1568, 64, 3168},
    RawSizeRow{ParamSet::slh_dsa_sha2_128s, 32, 0, 64},
    RawSizeRow{ParamSet::slh_dsa_sha2_128f, 32, 0, 64},
    RawSizeRow{ParamSet::slh_dsa_sha2_192s, 48, 0, 96},
    RawSizeRow{ParamSet::slh_dsa_sha2_192f, 48, 0, 96},
    RawSizeRow{ParamSet::slh_dsa_sha2_256s, 64, 0, 128},
    RawSizeRow{ParamSet::slh_dsa_sha2_256f, 64, 0, 128},
    RawSizeRow{ParamSet::slh_dsa_shake_128s, 32, 0, 64},
    RawSizeRow{ParamSet::slh_dsa_shake_128f, 32, 0, 64},
    RawSizeRow{ParamSet::slh_dsa_shake_192s, 48, 0, 96},
    RawSizeRow{ParamSet::slh_dsa_shake_192f, 48, 0, 96},
    RawSizeRow{ParamSet::slh_dsa_shake_256s, 64, 0, 128},
    RawSizeRow{ParamSet::slh_dsa_shake_256f, 64, 0, 128},
};

} // namespace hsm::client
