// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

// The operations, through a module: each is what a program does for one signature, one ciphertext, one object.

namespace hsm::bench::p11 {

namespace {

constexpr std::size_t room = 1u << 15;

/// What a thread has of its own.
struct Worker {
    const Module& module;
    const Keys& keys;
    std::size_t objects;
    CK_SESSION_HANDLE session;
    std::vector<CK_BYTE> in = std::vector<CK_BYTE>(room, 0x5a), out = std::vector<CK_BYTE>(room + 64);
    std::vector<CK_BYTE> signature;
    std::uint64_t count = 0;

    Worker(const Module& m, const Keys& k, std::size_t n) : module(m), keys(k), objects(n), session(m.open_session()) {
        count = session * 1000003u;
    }
    ~Worker() { module.call().C_CloseSession(session); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    CK_RV sign(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key, std::size_t size) {
        CK_ULONG length = out.size();
        const auto code = module.call().C_SignInit(session, &mechanism, key);
        return code != CKR_OK ? code : module.call().C_Sign(session, in.data(), size, out.data(), &length);
    }
    CK_RV verify(CK_MECHANISM mechanism, const KeyPair& pair, std::size_t size) {
        if (signature.empty()) {
            const auto code = sign(mechanism, pair.secret, size);
            if (code != CKR_OK) return code;
            signature.assign(out.begin(), out.begin() + (mechanism.mechanism == CKM_ECDSA ? 64 : 256));
        }
        const auto code = module.call().C_VerifyInit(session, &mechanism, pair.open);
        return code != CKR_OK ? code : module.call().C_Verify(session, in.data(), size, signature.data(), signature.size());
    }
    CK_RV encrypt(CK_MECHANISM mechanism, std::size_t size) {
        CK_ULONG length = out.size();
        const auto code = module.call().C_EncryptInit(session, &mechanism, keys.aes);
        return code != CKR_OK ? code : module.call().C_Encrypt(session, in.data(), size, out.data(), &length);
    }
    CK_RV gcm(std::size_t size) {
        CK_BYTE iv[12] = {};
        ++count;
        std::memcpy(iv, &session, 4);
        std::memcpy(iv + 4, &count, 8);
        CK_GCM_PARAMS parameters{};
        parameters.pIv = iv;
        parameters.ulIvLen = sizeof iv;
        parameters.ulIvBits = 96;
        parameters.ulTagBits = 128;
        return encrypt({CKM_AES_GCM, &parameters, sizeof parameters}, size);
    }
    CK_RV cbc(std::size_t size) {
        CK_BYTE iv[16] = {};
        return encrypt({CKM_AES_CBC, iv, sizeof iv}, size);
    }
    CK_RV digest(std::size_t size) {
        CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
        CK_ULONG length = out.size();
        const auto code = module.call().C_DigestInit(session, &mechanism);
        return code != CKR_OK ? code : module.call().C_Digest(session, in.data(), size, out.data(), &length);
    }
    CK_RV pss() {
        CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 32};
        return sign({CKM_SHA256_RSA_PKCS_PSS, &parameters, sizeof parameters}, keys.rsa.secret, 32);
    }
    CK_RV destroy(KeyPair pair) {
        const auto code = module.call().C_DestroyObject(session, pair.open);
        return code != CKR_OK ? code : module.call().C_DestroyObject(session, pair.secret);
    }
    CK_RV key_pair(CK_RV (*make)(const Module&, CK_SESSION_HANDLE, bool, KeyPair&), bool stored) {
        KeyPair pair;
        const auto code = make(module, session, stored, pair);
        return code != CKR_OK ? code : destroy(pair);
    }
    CK_RV aes_key(bool stored) {
        CK_OBJECT_HANDLE key = 0;
        const auto code = make_aes(module, session, stored, key);
        return code != CKR_OK ? code : module.call().C_DestroyObject(session, key);
    }
    CK_RV open_close() {
        CK_SESSION_HANDLE other = 0;
        const auto code = module.call().C_OpenSession(module.slot(), CKF_SERIAL_SESSION, nullptr, nullptr, &other);
        return code != CKR_OK ? code : module.call().C_CloseSession(other);
    }
    CK_RV read_label() {
        auto label = attribute(CKA_LABEL, out.data(), out.size());
        return module.call().C_GetAttributeValue(session, keys.p256.secret, &label, 1);
    }
    CK_RV find_label() {
        if (objects == 0) return CKR_FUNCTION_NOT_SUPPORTED;
        const auto label = label_of((++count * 7919) % objects);
        auto wanted = attribute(CKA_LABEL, label);
        CK_OBJECT_HANDLE found[4];
        CK_ULONG got = 0;
        const auto code = module.call().C_FindObjectsInit(session, &wanted, 1);
        if (code != CKR_OK) return code;
        module.call().C_FindObjects(session, found, 4, &got);
        module.call().C_FindObjectsFinal(session);
        return got == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
    }
};

struct Row {
    std::string_view name;
    CK_RV (*run)(Worker&);
    std::size_t bytes = 0;
};

CK_MECHANISM plain(CK_MECHANISM_TYPE type) { return {type, nullptr, 0}; }

constexpr Row rows[] = {
    {"rsa2048_sign", [](Worker& w) { return w.sign(plain(CKM_SHA256_RSA_PKCS), w.keys.rsa.secret, 32); }},
    {"rsa2048_sign_pss", [](Worker& w) { return w.pss(); }},
    {"rsa2048_verify", [](Worker& w) { return w.verify(plain(CKM_SHA256_RSA_PKCS), w.keys.rsa, 32); }},
    {"p256_sign", [](Worker& w) { return w.sign(plain(CKM_ECDSA), w.keys.p256.secret, 32); }},
    {"p256_verify", [](Worker& w) { return w.verify(plain(CKM_ECDSA), w.keys.p256, 32); }},
    {"ed25519_sign", [](Worker& w) { return w.sign(plain(CKM_EDDSA), w.keys.ed25519.secret, 32); }},
    {"mldsa65_sign", [](Worker& w) { return ++w.in[0], w.sign(plain(CKM_ML_DSA), w.keys.ml_dsa.secret, 32); }},
    {"hmac_sha256_16", [](Worker& w) { return w.sign(plain(CKM_SHA256_HMAC), w.keys.hmac, 16); }, 16},
    {"hmac_sha256_1k", [](Worker& w) { return w.sign(plain(CKM_SHA256_HMAC), w.keys.hmac, 1024); }, 1024},
    {"aes256_gcm_16", [](Worker& w) { return w.gcm(16); }, 16},
    {"aes256_gcm_1k", [](Worker& w) { return w.gcm(1024); }, 1024},
    {"aes256_gcm_16k", [](Worker& w) { return w.gcm(16384); }, 16384},
    {"aes256_cbc_16", [](Worker& w) { return w.cbc(16); }, 16},
    {"aes256_cbc_1k", [](Worker& w) { return w.cbc(1024); }, 1024},
    {"sha256_16", [](Worker& w) { return w.digest(16); }, 16},
    {"sha256_1k", [](Worker& w) { return w.digest(1024); }, 1024},
    {"random_32", [](Worker& w) { return w.module.call().C_GenerateRandom(w.session, w.out.data(), 32); }, 32},
    {"open_close_session", [](Worker& w) { return w.open_close(); }},
    {"get_attribute", [](Worker& w) { return w.read_label(); }},
    {"keygen_aes256_session", [](Worker& w) { return w.aes_key(false); }},
    {"keygen_p256_session", [](Worker& w) { return w.key_pair(make_p256, false); }},
    {"keygen_aes256_token", [](Worker& w) { return w.aes_key(true); }},
    {"keygen_p256_token", [](Worker& w) { return w.key_pair(make_p256, true); }},
    {"find_label", [](Worker& w) { return w.find_label(); }},
};

class ModuleTarget final : public Target {
public:
    explicit ModuleTarget(const Options& options) : module_(options) {
        module_.load();
        module_.initialise();
        module_.pick_slot();
        session_ = module_.open_session();
        module_.login(session_);
        keys_ = make_keys(module_, session_, !options.session_keys);
    }

    Operation operation(std::string_view name) override {
        for (const auto& row : rows)
            if (row.name == name)
                return [run = row.run, worker = std::make_shared<Worker>(module_, keys_, objects_)] { return run(*worker); };
        return {};
    }

    std::size_t populate(std::size_t count) override {
        while (objects_ < count && make_object(module_, session_, objects_) == CKR_OK) ++objects_;
        return objects_;
    }

    void tidy() override {
        for (const auto& pair : {keys_.rsa, keys_.p256, keys_.ed25519, keys_.ml_dsa, KeyPair{keys_.aes, keys_.hmac}})
            for (const auto key : {pair.open, pair.secret})
                if (key) module_.call().C_DestroyObject(session_, key);
        module_.call().C_Finalize(nullptr);
    }

private:
    Module module_;
    CK_SESSION_HANDLE session_ = 0;
    Keys keys_;
    std::size_t objects_ = 0;
};

/// Peak resident memory of this program so far, in MB. (What getrusage says includes the program that started it.)
double peak_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        double kib = 0;
        if (word == "VmHWM:" && status >> kib) return kib / 1024;
    }
    return 0;
}

} // namespace

std::unique_ptr<Target> open_module(const Options& options) { return std::make_unique<ModuleTarget>(options); }

std::size_t size_of(std::string_view name) {
    for (const auto& row : rows)
        if (row.name == name) return row.bytes;
    return 0;
}

int cold_start(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    const auto say = [&](const char* name, double value) { std::printf("%s %.3f\n", name, value); };
    const auto passed = [&] { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(); };
    const auto empty = peak_mb();
    Module module(options);
    module.load();
    const auto loaded = passed();
    module.initialise();
    const auto initialised = passed();
    module.pick_slot();
    const auto session = module.open_session();
    const auto opened = passed();
    const std::string nothing = "nothing is called so";
    (void)module.find(session, {attribute(CKA_LABEL, nothing)});
    const auto searched = passed();
    const auto memory = peak_mb();
    module.login(session);
    const auto logged_in = passed();
    const auto label = label_of(42);
    const auto found = module.find(session, {attribute(CKA_LABEL, label)}).size();
    const auto done = passed();
    say("dlopen_ms", loaded);
    say("C_Initialize_ms", initialised - loaded);
    say("open_session_ms", opened - initialised);
    say("first_find_ms", searched - opened);
    say("initialize_to_first_find_ms", searched - loaded);
    say("login_ms", logged_in - searched);
    say("find_after_login_ms", done - logged_in);
    say("found", static_cast<double>(found));
    say("peak_before_login_mb", memory);
    say("empty_process_mb", empty);
    module.call().C_Finalize(nullptr);
    return 0;
}

} // namespace hsm::bench::p11
