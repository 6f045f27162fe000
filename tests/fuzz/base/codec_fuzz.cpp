// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/codec_values.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The codec over the public values and over one of every kind of field: whatever it accepts, it writes again
// byte for byte, because a value has one encoding.

namespace {

using namespace hsm;
using namespace hsm::base;

struct Empty {
    HSM_FIELDS()
};

struct Branch {
    std::vector<Branch> branches;
    std::variant<Empty, std::string, std::vector<std::int16_t>> leaf;
    HSM_FIELDS(branches, leaf)
};

struct Everything {
    bool flag = false;
    std::int8_t small = 0;
    std::uint64_t large = 0;
    std::int64_t signed_large = 0;
    Bytes bytes;
    Hash256 hash{};
    std::string_view text;
    std::optional<ByteView> maybe;
    KeyHandle key;
    Branch branch;
    HSM_FIELDS(flag, small, large, signed_large, bytes, hash, text, maybe, key, branch)
};

template <class T>
void round_trip(ByteView input) {
    T value;
    try {
        value = decode<T>(input);
    } catch (const Error& error) {
        if (error.status() != Status::record_damaged) std::abort();
        return;
    }
    const auto again = encode(value);
    if (!std::equal(again.begin(), again.end(), input.begin(), input.end())) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input(data + 1, size - 1);
    switch (data[0] % 5) {
    case 0: round_trip<Everything>(input); break;
    case 1: round_trip<Acl>(input); break;
    case 2: round_trip<Mechanism>(input); break;
    case 3: round_trip<KeySpec>(input); break;
    default: round_trip<Branch>(input); break;
    }
    return 0;
}
