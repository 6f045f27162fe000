// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "vector_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>

// Key derivation against .vec files through the C interface.

namespace hsm::test {

namespace {

using kat::Case;
using kat::read_vec;
using kat::Tally;

const CK_VERSION tls12 = {3, 3};

CK_SSL3_RANDOM_DATA randoms(const ByteString& client, const ByteString& server) {
    return {data(client), size(client), data(server), size(server)};
}

// ---- Botan's files
// ------------------------------------------------------------------------------------------

std::string try_hkdf(Trial& trial, const Case& c, const HashNames& hash) {
    const auto salt = bytes(c, "Salt"), label = bytes(c, "Label"), out = bytes(c, "Output");
    const bool extract = !c.section.starts_with("HKDF-Expand"),
               expand = !c.section.starts_with("HKDF-Extract");
    const auto& info = extract ? label : salt; // as the file has it
    CK_HKDF_PARAMS parameters = {
        extract,     expand,
        hash.digest, salt.empty() || !extract ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA,
        data(salt),  extract ? size(salt) : 0,
        0,           data(info),
        size(info)};
    const auto base = trial.import(secret_key(CKK_GENERIC_SECRET, bytes(c, "Secret")));
    if (!base.ok()) return "base: " + base.why();
    Mechanism mechanism(CKM_HKDF_DERIVE, &parameters);
    auto problem = trial.derive(mechanism, base, derived_secret(size(out)), out);
    if (!problem.empty() || salt.empty() || !extract) return problem;
    // The salt as a key, and the result as data.
    const auto salt_key = trial.import(secret_key(CKK_GENERIC_SECRET, salt));
    parameters.ulSaltType = CKF_HKDF_SALT_KEY;
    parameters.hSaltKey = salt_key;
    problem = trial.derive(mechanism, base, derived_secret(size(out)), out);
    if (!problem.empty()) return "with a key as salt: " + problem;
    Mechanism to_data(CKM_HKDF_DATA, &parameters);
    Template object;
    object.number(CKA_CLASS, CKO_DATA).number(CKA_VALUE_LEN, size(out));
    problem = trial.derive(to_data, base, object, out);
    return problem.empty() ? "" : "data: " + problem;
}

struct Kdf108 {
    std::string_view name;
    CK_MECHANISM_TYPE mechanism;
};
constexpr Kdf108 kdfs_108[] = {{"SP800-108-Counter", CKM_SP800_108_COUNTER_KDF},
                               {"SP800-108-Feedback", CKM_SP800_108_FEEDBACK_KDF},
                               {"SP800-108-Pipeline", CKM_SP800_108_DOUBLE_PIPELINE_KDF}};

/// ",16,24)" at the end of a section: bits of the counter and of the length; 32 when they are not given.
std::pair<CK_ULONG, CK_ULONG> widths_of(const std::string& section) {
    const auto comma = section.find(',');
    if (comma == std::string::npos) return {32, 32};
    return {std::stoul(section.substr(comma + 1)),
            std::stoul(section.substr(section.find(',', comma + 1) + 1))};
}

std::string try_sp800_108(Trial& trial, const Case& c, CK_MECHANISM_TYPE type, std::string& skip) {
    const auto raw = bytes(c, "Secret"), out = bytes(c, "Output");
    auto label = bytes(c, "Label"), context = bytes(c, "Salt");
    const auto cmac = c.section.find("CMAC(");
    const auto cipher =
        cmac == std::string::npos ? "" : c.section.substr(cmac + 5, c.section.find(')') - cmac - 5);
    const auto* hash = hash_named(innermost(c.section));
    if (cmac == std::string::npos && hash == nullptr) return skip = c.section;
    const auto key_type =
        cmac == std::string::npos ? CKK_GENERIC_SECRET : cipher_key_type(cipher, raw.size());
    const auto base = trial.import(secret_key(key_type, raw));
    if (!base.ok()) return skip = "base: " + base.why();
    const auto prf = cmac == std::string::npos ? hash->hmac : cipher_named(cipher, "CMAC")->mechanism;
    ByteString iv;
    if (type ==
        CKM_SP800_108_FEEDBACK_KDF) { // iv || context, the iv as long as the PRF, when it is long enough
        const auto prf_size = cmac != std::string::npos ? (key_type == CKK_AES ? 16u : 8u)
                              : hash->name == "SHA-1"   ? 20u
                              : hash->name == "SHA-256" ? 32u
                              : hash->name == "SHA-384" ? 48u
                                                        : 64u;
        if (context.size() >= prf_size) {
            iv.assign(context.begin(), context.begin() + prf_size);
            context.erase(context.begin(), context.begin() + prf_size);
        }
    }
    const auto [counter_width, length_width] = widths_of(c.section);
    CK_SP800_108_COUNTER_FORMAT counter = {CK_FALSE, counter_width};
    CK_SP800_108_DKM_LENGTH_FORMAT length = {CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, length_width};
    ByteString zero(1);
    std::vector<CK_PRF_DATA_PARAM> fields;
    if (type == CKM_SP800_108_COUNTER_KDF) {
        fields.push_back({CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof counter});
    } else {
        fields.push_back({CK_SP800_108_ITERATION_VARIABLE, nullptr, 0});
        fields.push_back({CK_SP800_108_OPTIONAL_COUNTER, &counter, sizeof counter});
    }
    for (const auto* part : {&label, &zero, &context})
        fields.push_back({CK_SP800_108_BYTE_ARRAY, data(*part), size(*part)});
    fields.push_back({CK_SP800_108_DKM_LENGTH, &length, sizeof length});
    const auto count = static_cast<CK_ULONG>(fields.size());
    CK_SP800_108_KDF_PARAMS plain = {prf, count, fields.data(), 0, nullptr};
    CK_SP800_108_FEEDBACK_KDF_PARAMS feedback = {prf, count, fields.data(), size(iv), data(iv), 0, nullptr};
    Mechanism of_plain(type, &plain), of_feedback(type, &feedback);
    return trial.derive(type == CKM_SP800_108_FEEDBACK_KDF ? of_feedback : of_plain, base,
                        derived_secret(size(out)), out);
}

std::string try_pbkdf2(Trial& trial, const ByteString& password, const ByteString& salt, CK_ULONG iterations,
                       CK_ULONG prf, const ByteString& out) {
    CK_PKCS5_PBKD2_PARAMS2 parameters = {
        CKZ_SALT_SPECIFIED, data(salt),    size(salt), iterations, prf, nullptr, 0,
        data(password),     size(password)};
    CK_ULONG length = size(password);
    CK_PKCS5_PBKD2_PARAMS older = {CKZ_SALT_SPECIFIED, data(salt), size(salt), iterations, prf, nullptr, 0,
                                   data(password),     &length};
    Mechanism now(CKM_PKCS5_PBKD2, &parameters), before(CKM_PKCS5_PBKD2, &older);
    for (CK_MECHANISM* mechanism : {static_cast<CK_MECHANISM*>(&now), static_cast<CK_MECHANISM*>(&before)}) {
        auto made = derived_secret(size(out));
        CK_OBJECT_HANDLE key = 0;
        const auto rv = p11().C_GenerateKey(trial.session, mechanism, made.data(), made.count(), &key);
        if (rv != CKR_OK) return rv_name(rv);
        const auto got = trial.session.value(key, CKA_VALUE);
        HSM_CHECK_OK(p11().C_DestroyObject(trial.session, key));
        if (got != out) return "derives " + hex_text(got);
    }
    return {};
}

std::string try_tls_prf(Trial& trial, const Case& c, const HashNames& hash) {
    const auto label = bytes(c, "Label"), seed = bytes(c, "Salt"), out = bytes(c, "Output");
    const auto base = trial.import(secret_key(CKK_GENERIC_SECRET, bytes(c, "Secret")));
    const ByteString client(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(seed.size() / 2));
    const ByteString server(seed.begin() + static_cast<std::ptrdiff_t>(seed.size() / 2), seed.end());
    CK_TLS_KDF_PARAMS parameters = {
        hash.digest, data(label), size(label), randoms(client, server), nullptr, 0};
    for (const auto number : {CKM_TLS_KDF, CKM_TLS12_KDF}) {
        Mechanism mechanism(number, &parameters);
        if (auto problem = trial.derive(mechanism, base, derived_secret(size(out)), out); !problem.empty())
            return problem;
    }
    return {};
}

void run_kdf_file(Trial& trial, Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Output")) {
        if (!tally.take()) continue;
        const auto of_108 = std::ranges::find_if(
            kdfs_108, [&](const Kdf108& row) { return c.section.starts_with(row.name); });
        const auto* hash = hash_named(innermost(c.section));
        std::string skip;
        if (of_108 != std::end(kdfs_108)) {
            const auto problem = try_sp800_108(trial, c, of_108->mechanism, skip);
            skip.empty() ? tally.result(c.where(), problem) : tally.skip(skip);
        } else if (hash == nullptr) {
            tally.skip(c.section);
        } else if (bytes(c, "Output").size() > 4096) {
            tally.skip("longer than a key may be");
        } else if (c.section.starts_with("HKDF")) {
            tally.result(c.where(), try_hkdf(trial, c, *hash));
        } else if (c.section.starts_with("PBKDF2(HMAC") && !c.str("Passphrase").empty()) {
            tally.result(c.where(),
                         try_pbkdf2(trial, bytes_of(c.str("Passphrase")), bytes(c, "Salt"),
                                    std::stoul(c.str("Iterations")), hash->pbkdf2, bytes(c, "Output")));
        } else if (c.section.starts_with("TLS-12-PRF")) {
            tally.result(c.where(), try_tls_prf(trial, c, *hash));
        } else {
            tally.skip(c.section);
        }
    }
}

// ---- Our file: one section a mechanism
// ----------------------------------------------------------------------

struct Given {
    Trial& trial;
    const Case& c;
    ByteString base, context, salt, out;
    CK_MECHANISM_TYPE hash = 0;
    std::string derive(CK_MECHANISM& mechanism, CK_KEY_TYPE type = CKK_GENERIC_SECRET) {
        return trial.derive(mechanism, trial.import(secret_key(type, base)), derived_secret(size(out)), out);
    }
};

std::string with_string(Given& given, CK_MECHANISM_TYPE type, CK_KEY_TYPE key_type) {
    CK_KEY_DERIVATION_STRING_DATA parameters = {data(given.context), size(given.context)};
    Mechanism mechanism(type, &parameters);
    return given.derive(mechanism, key_type);
}

std::string with_key(Given& given) {
    const auto second = given.trial.import(secret_key(CKK_GENERIC_SECRET, bytes(given.c, "Second")));
    CK_OBJECT_HANDLE handle = second;
    Mechanism mechanism(CKM_CONCATENATE_BASE_AND_KEY, &handle);
    return given.derive(mechanism);
}

std::string extracted(Given& given) {
    CK_EXTRACT_PARAMS offset = std::stoul(given.c.str("Offset"));
    Mechanism mechanism(CKM_EXTRACT_KEY_FROM_KEY, &offset);
    return given.derive(mechanism);
}

std::string encrypted_by_cbc(Given& given) {
    CK_AES_CBC_ENCRYPT_DATA_PARAMS parameters = {};
    std::ranges::copy(given.salt, parameters.iv);
    parameters.pData = data(given.context);
    parameters.length = size(given.context);
    Mechanism mechanism(CKM_AES_CBC_ENCRYPT_DATA, &parameters);
    return given.derive(mechanism, CKK_AES);
}

std::string master_secret(Given& given) {
    const ByteString client(given.context.begin(), given.context.begin() + 32),
        server(given.context.begin() + 32, given.context.end());
    CK_VERSION version = {};
    CK_TLS12_MASTER_KEY_DERIVE_PARAMS parameters = {randoms(client, server), &version, given.hash};
    Mechanism mechanism(CKM_TLS12_MASTER_KEY_DERIVE, &parameters);
    if (auto problem = given.derive(mechanism); !problem.empty()) return problem;
    if (version.major != tls12.major || version.minor != tls12.minor) return "another version";
    parameters.pVersion = nullptr;
    mechanism.mechanism = CKM_TLS12_MASTER_KEY_DERIVE_DH;
    return given.derive(mechanism);
}

std::string extended_master_secret(Given& given) {
    CK_VERSION version = {};
    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS parameters = {given.hash, data(given.context),
                                                             size(given.context), &version};
    Mechanism mechanism(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, &parameters);
    if (auto problem = given.derive(mechanism); !problem.empty()) return problem;
    if (version.major != tls12.major || version.minor != tls12.minor) return "another version";
    parameters.pVersion = nullptr;
    mechanism.mechanism = CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH;
    return given.derive(mechanism);
}

/// HMAC-SHA1 and AES-128-CBC: two MAC secrets of 20, two keys of 16, two vectors of 16 bytes.
std::string key_block(Given& given) {
    const ByteString server(given.context.begin(), given.context.begin() + 32),
        client(given.context.begin() + 32, given.context.end());
    ByteString client_iv(16), server_iv(16);
    CK_SSL3_KEY_MAT_OUT made = {0, 0, 0, 0, data(client_iv), data(server_iv)};
    CK_TLS12_KEY_MAT_PARAMS parameters = {160,   128,       128, CK_FALSE, randoms(client, server),
                                          &made, given.hash};
    const auto base = given.trial.import(secret_key(CKK_GENERIC_SECRET, given.base));
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY)
        .number(CKA_KEY_TYPE, CKK_AES)
        .boolean(CKA_ENCRYPT, true)
        .boolean(CKA_DECRYPT, true);
    key.boolean(CKA_SENSITIVE, false).boolean(CKA_EXTRACTABLE, true).number(CKA_VALUE_LEN, 16);
    Mechanism mechanism(CKM_TLS12_KEY_AND_MAC_DERIVE, &parameters);
    const auto rv =
        p11().C_DeriveKey(given.trial.session, &mechanism, base, key.data(), key.count(), nullptr);
    if (rv != CKR_OK) return rv_name(rv);
    ByteString all;
    for (const auto handle :
         {made.hClientMacSecret, made.hServerMacSecret, made.hClientKey, made.hServerKey}) {
        const auto value = given.trial.session.value(handle, CKA_VALUE);
        all.insert(all.end(), value.begin(), value.end());
        HSM_CHECK_OK(p11().C_DestroyObject(given.trial.session, handle));
    }
    // Without the vectors it is the "safe" mechanism's.
    parameters.ulIVSizeInBits = 0;
    mechanism.mechanism = CKM_TLS12_KEY_SAFE_DERIVE;
    const auto safe =
        p11().C_DeriveKey(given.trial.session, &mechanism, base, key.data(), key.count(), nullptr);
    if (safe != CKR_OK) return "safe: " + rv_name(safe);
    if (given.trial.session.value(made.hServerKey, CKA_VALUE) != ByteString(all.end() - 16, all.end()))
        return "safe: another key";
    all.insert(all.end(), client_iv.begin(), client_iv.end());
    all.insert(all.end(), server_iv.begin(), server_iv.end());
    return all == given.out ? "" : "derives " + hex_text(all);
}

struct Row {
    std::string_view section;
    std::function<std::string(Given&)> run;
};
const std::vector<Row>& rows() {
    static const std::vector<Row> table = {
        {"CONCATENATE-KEYS", with_key},
        {"CONCATENATE-DATA",
         [](Given& g) { return with_string(g, CKM_CONCATENATE_BASE_AND_DATA, CKK_GENERIC_SECRET); }},
        {"CONCATENATE-TO-DATA",
         [](Given& g) { return with_string(g, CKM_CONCATENATE_DATA_AND_BASE, CKK_GENERIC_SECRET); }},
        {"XOR-DATA", [](Given& g) { return with_string(g, CKM_XOR_BASE_AND_DATA, CKK_GENERIC_SECRET); }},
        {"ECB-ENCRYPT-DATA", [](Given& g) { return with_string(g, CKM_AES_ECB_ENCRYPT_DATA, CKK_AES); }},
        {"CBC-ENCRYPT-DATA", encrypted_by_cbc},
        {"EXTRACT-BITS", extracted},
        {"TLS12-MASTER-SECRET", master_secret},
        {"TLS12-EXTENDED-MASTER-SECRET", extended_master_secret},
        {"TLS12-KEY-BLOCK", key_block},
    };
    return table;
}

} // namespace

TEST_CASE("Vectors: key derivation", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 key derivation", 790);
    run_kdf_file(trial, tally, kat::own_vectors() + "kdf.vec");
    for (const auto* name : {"kdf/hkdf", "kdf/sp800_108_ctr", "kdf/sp800_108_fb", "kdf/sp800_108_pipe",
                             "kdf/tls_prf", "pbkdf/pbkdf2"})
        run_kdf_file(trial, tally, kat::botan_vectors() + name + ".vec");
    tally.finish();
}

TEST_CASE("Vectors: keys from keys and data, TLS 1.2", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 keys from keys", 11);
    for (const auto& c : read_vec(kat::own_vectors() + "derive_bytes.vec", "Output")) {
        const auto row = std::ranges::find(rows(), c.section, &Row::section);
        if (row == rows().end()) {
            tally.skip(c.section + ", which has another file");
            continue;
        }
        if (!tally.take()) continue;
        Given given{trial, c, bytes(c, "Base"), bytes(c, "Context"), bytes(c, "Salt"), bytes(c, "Output")};
        if (const auto* hash = hash_named(c.str("Hash")); hash != nullptr) given.hash = hash->digest;
        tally.result(c.where(), row->run(given));
    }
    tally.finish();
}

TEST_CASE("Vectors: data encrypted into a key is the cipher's output", "[pkcs11][vectors]") {
    Trial trial; // of the modes with files above
    struct ByCipher {
        CK_KEY_TYPE type;
        std::size_t bytes;
        CK_MECHANISM_TYPE ecb, ecb_data, cbc, cbc_data;
    };
    constexpr ByCipher ciphers[] = {
        {CKK_AES, 32, CKM_AES_ECB, CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC, CKM_AES_CBC_ENCRYPT_DATA},
        {CKK_DES, 8, CKM_DES_ECB, CKM_DES_ECB_ENCRYPT_DATA, CKM_DES_CBC, CKM_DES_CBC_ENCRYPT_DATA},
        {CKK_DES3, 24, CKM_DES3_ECB, CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC, CKM_DES3_CBC_ENCRYPT_DATA}};
    const auto value = from_hex_text("0123456789abcdef23456789abcdef01456789abcdef012389abcdef01234567");
    const auto text = bytes_of("two blocks of sixteen bytes each");
    for (const auto& row : ciphers) {
        const auto key = trial.import(
            secret_key(row.type, {value.begin(), value.begin() + static_cast<std::ptrdiff_t>(row.bytes)}));
        const ByteString iv(row.type == CKK_AES ? 16 : 8, 7);
        CK_KEY_DERIVATION_STRING_DATA string = {data(text), size(text)};
        CK_AES_CBC_ENCRYPT_DATA_PARAMS long_iv = {{}, data(text), size(text)};
        CK_DES_CBC_ENCRYPT_DATA_PARAMS short_iv = {{}, data(text), size(text)};
        std::ranges::fill(long_iv.iv, CK_BYTE{7});
        std::ranges::fill(short_iv.iv, CK_BYTE{7});
        Mechanism ecb(row.ecb), cbc(row.cbc, iv), into_by_ecb(row.ecb_data, &string);
        Mechanism into_by_long(row.cbc_data, &long_iv), into_by_short(row.cbc_data, &short_iv);
        CK_MECHANISM& into_by_cbc = row.type == CKK_AES ? into_by_long : into_by_short;
        for (auto [cipher, into] :
             {std::pair<CK_MECHANISM*, CK_MECHANISM*>{&ecb, &into_by_ecb}, {&cbc, &into_by_cbc}}) {
            ByteString out(text.size());
            auto length = size(out);
            HSM_REQUIRE_OK(p11().C_EncryptInit(trial.session, cipher, key));
            HSM_REQUIRE_OK(p11().C_Encrypt(trial.session, data(text), size(text), out.data(), &length));
            INFO(mechanism_name(into->mechanism));
            CHECK(trial.derive(*into, key, derived_secret(0), out).empty());
        }
    }
}

} // namespace hsm::test
