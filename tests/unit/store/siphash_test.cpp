// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/siphash.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace hsm;
using namespace hsm::store;

namespace {

SipKey counting_key() {
    SipKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    return key;
}

Bytes counting(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
    return bytes;
}

} // namespace

TEST_CASE("SipHash-2-4 gives the reference values", "[store][siphash]") {
    // The authors' vectors: key 00..0f, message 00..n-1. The last one is the paper's example.
    const std::pair<std::size_t, std::uint64_t> vectors[] = {
        {0, 0x726fdb47dd0e0e31u}, {1, 0x74f839c593dc67fdu}, {2, 0x0d6c8009d9a94f5au}, {3, 0x85676696d7fb7e2du},
        {4, 0xcf2794e0277187b7u}, {5, 0x18765564cd99a68du}, {6, 0xcbc9466e58fee3ceu}, {7, 0xab0200f58b01d137u},
        {8, 0x93f5f5799a932462u}, {15, 0xa129ca6149be45e5u},
    };
    for (const auto& [size, expected] : vectors) {
        CAPTURE(size);
        CHECK(SipHash(counting_key()).add(counting(size)).finish() == expected);
    }
}

TEST_CASE("SipHash does not mind how a message is cut", "[store][siphash]") {
    const auto message = counting(64);
    for (std::size_t size = 0; size <= message.size(); ++size) {
        const auto whole = SipHash(counting_key()).add(ByteView(message).first(size)).finish();
        for (std::size_t cut = 0; cut <= size; ++cut) {
            SipHash hash(counting_key());
            hash.add(ByteView(message).first(cut)).add(ByteView(message).subspan(cut, size - cut));
            CHECK(hash.finish() == whole);
        }
    }
    SipKey other = counting_key();
    other[15] ^= 1;
    CHECK(SipHash(other).add(message).finish() != SipHash(counting_key()).add(message).finish());
}
