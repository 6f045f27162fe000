// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "play.hpp"

#include "adapters/pkcs11/key_types.hpp"

// Sequences of calls over a few sessions, the keys of a token and what the sequence makes itself. Whatever
// comes: nothing breaks, no output is written beyond its length, no error is one that says nothing, and a
// session is there until it is closed.

namespace hsm::fuzz {

namespace {

constexpr int longest = 40; // calls

const std::vector<const Call*>& weighted() {
    static const auto all = [] {
        std::vector<const Call*> list;
        for (const auto& call : calls()) list.insert(list.end(), call.weight, &call);
        return list;
    }();
    return all;
}

/// What makes a key takes its time: once is enough.
bool slow(const pkcs11::MechanismMapRow& row) {
    return row.key_type == KeyType::slh_dsa && (row.flags & CKF_GENERATE_KEY_PAIR);
}

} // namespace

Play::Play(Input& given) : input(given), handles_(Token::instance().handles()) {
    for (std::size_t i = 0; i < 2; ++i) {
        auto& one = sessions_[i];
        const CK_FLAGS flags = i == 0 ? CKF_SERIAL_SESSION | CKF_RW_SESSION : CKF_SERIAL_SESSION;
        if (C_OpenSession(Token::instance().slot(), flags, nullptr, nullptr, &one.handle) != CKR_OK)
            std::abort();
        one.open = true;
    }
    if (input.rarely(4)) return;
    if (C_Login(sessions_[0].handle, CKU_USER, const_cast<CK_BYTE_PTR>(user_pin.data()), user_pin.size()) !=
        CKR_OK)
        std::abort();
}

void Play::run() {
    for (int count = 0; count < longest && !input.empty() && !spoilt_; ++count) {
        memory = {};
        made_.clear();
        const auto code = input.one_of(weighted())->run(*this);
        if (code == CKR_GENERAL_ERROR) std::abort(); // an exception that nobody named
        memory.check(code);
        for (const auto* handle : made_)
            if (code == CKR_OK && *handle != 0 && handles_.size() < 64) handles_.push_back(*handle);
        if (!spoilt_) check_sessions();
    }
    if (spoilt_)
        Token::instance().make();
    else
        Token::instance().tidy();
}

void Play::check_sessions() const {
    for (const auto& session : sessions_) {
        CK_SESSION_INFO info{};
        const auto code = C_GetSessionInfo(session.handle, &info);
        if (code != (session.open ? CKR_OK : CKR_SESSION_HANDLE_INVALID)) std::abort();
        if (session.open && info.slotID != Token::instance().slot()) std::abort();
    }
}

CK_OBJECT_HANDLE Play::object() {
    if (input.rarely(24)) return input.byte();
    // The last ones more often: what was just made.
    return input.byte() % 2 ? handles_.back() : input.one_of(handles_);
}

const pkcs11::MechanismMapRow& Play::row(CK_FLAGS purpose) {
    const auto map = pkcs11::mechanism_map();
    auto at = (static_cast<std::size_t>(input.byte()) << 8 | input.byte()) % map.size();
    if (input.rarely(32)) return map[at];
    while (!(map[at].flags & purpose) || slow(map[at])) at = (at + 1) % map.size();
    return map[at];
}

CK_MECHANISM_PTR Play::mechanism(const pkcs11::MechanismMapRow& row) {
    if (input.rarely(64)) return nullptr;
    const auto parameter = parameter_of(row, input, memory, handles_);
    return memory.object(CK_MECHANISM{row.type, parameter.at, parameter.size});
}

CK_OBJECT_HANDLE Play::key_for(const pkcs11::MechanismMapRow& row) {
    const auto& keys = Token::instance().keys();
    auto at = input.byte() % keys.size();
    if (input.rarely(8)) return object();
    for (std::size_t tried = 0; tried < keys.size(); ++tried, at = (at + 1) % keys.size()) {
        if (!(pkcs11::family_bit(keys[at].type) & row.families)) continue;
        const auto* map = pkcs11::key_type_map(keys[at].type);
        const bool curve = row.families & pkcs11::family_ec;
        if (curve || row.key_type == KeyType::none || (map && map->type == row.key_type))
            return keys[at].handle;
    }
    return object();
}

Data Play::data() {
    if (input.rarely(32)) return {nullptr, number(input)};
    static constexpr std::array<std::size_t, 12> sizes{0, 1, 8, 15, 16, 17, 20, 32, 48, 64, 100, 128};
    const auto size = input.byte() % 4 ? input.one_of(sizes) : input.byte() * std::size_t{9};
    auto bytes = to_bytes(input.take(input.byte() % 64));
    bytes.resize(size, 0x5c);
    return {static_cast<CK_BYTE_PTR>(memory.block(bytes)), static_cast<CK_ULONG>(bytes.size())};
}

Output Play::output() {
    if (input.rarely(64)) return {memory.output(16), nullptr};
    static constexpr std::array<CK_ULONG, 10> sizes{4096, 0, 1, 15, 16, 20, 32, 64, 128, 256};
    const auto size = input.byte() % 2 ? sizes[0] : input.one_of(sizes);
    const Output out{input.rarely(6) ? nullptr : memory.output(size), memory.object(size)};
    memory.watch(out.at, out.length);
    return out;
}

CK_OBJECT_HANDLE_PTR Play::new_handle() {
    if (input.rarely(64)) return nullptr;
    made_.push_back(memory.object<CK_OBJECT_HANDLE>());
    return made_.back();
}

Data Play::pin() {
    static constexpr std::array<CK_BYTE, 8> other{'o', 't', 'h', 'e', 'r', 'p', 'i', 'n'};
    static constexpr std::array<ByteView, 3> pins{ByteView(user_pin), ByteView(officer_pin), ByteView(other)};
    const auto chosen = input.one_of(pins);
    return {static_cast<CK_BYTE_PTR>(memory.block(chosen)), static_cast<CK_ULONG>(chosen.size())};
}

CK_RV Play::open_session() {
    auto& one = sessions_[input.byte() % sessions_.size()];
    if (one.open) return CKR_OK;
    auto* handle = memory.object<CK_SESSION_HANDLE>();
    const CK_FLAGS flags =
        input.rarely() ? input.byte() : CKF_SERIAL_SESSION | (input.byte() % 2 ? CKF_RW_SESSION : 0);
    const auto code = C_OpenSession(Token::instance().slot(), flags, nullptr, nullptr, handle);
    if (code == CKR_OK) one = {*handle, true};
    return code;
}

CK_RV Play::close_session() {
    auto& one = sessions_[input.byte() % sessions_.size()];
    const auto code = C_CloseSession(one.handle);
    if (code != (one.open ? CKR_OK : CKR_SESSION_HANDLE_INVALID)) std::abort();
    one.open = false;
    return code;
}

CK_RV Play::close_all() {
    const auto of = slot();
    const auto code = C_CloseAllSessions(of);
    if (code == CKR_OK && of == Token::instance().slot())
        for (auto& one : sessions_) one.open = false;
    return code;
}

CK_RV Play::initialise_again() {
    if (!input.rarely(32)) return C_Initialize(nullptr);
    if (C_Finalize(nullptr) != CKR_OK) std::abort();
    CK_SESSION_INFO info{};
    for (const auto& one : sessions_)
        if (C_GetSessionInfo(one.handle, &info) != CKR_CRYPTOKI_NOT_INITIALIZED) std::abort();
    spoilt_ = true;
    return CKR_OK;
}

} // namespace hsm::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)hsm::fuzz::Token::instance();
    hsm::fuzz::Input input(data, size);
    hsm::fuzz::Play(input).run();
    return 0;
}
