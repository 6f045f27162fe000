// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/encoding.hpp>
#include <hsm/mechanism.hpp>

#include <cstdint>
#include <cstdlib>

// Keys that come apart into components: what was read can be written, and reads as the same.

namespace {

using namespace hsm;

template <class Work>
void attempt(Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        if (error.status() == Status::internal) std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    attempt([&] {
        const auto key = components_of_spki(input);
        const auto again = components_of_spki(spki_from(key));
        if (again.n != key.n || again.e != key.e || again.y != key.y || !(again.spec == key.spec)) std::abort();
    });
    attempt([&] {
        const auto key = components_of_pkcs8(input);
        const auto again = components_of_pkcs8(pkcs8_from(key).view());
        if (!equal_in_constant_time(again.d.view(), key.d.view()) || !equal_in_constant_time(again.seed.view(), key.seed.view()))
            std::abort();
    });
    attempt([&] {
        const auto spec = spec_of_ec_parameters(input);
        if (!(spec_of_ec_parameters(ec_parameters(spec)) == spec)) std::abort();
    });
    attempt([&] { (void)octet_string_content(input); });
    attempt([&] {
        if (encode_segments(decode_segments(input)) != to_bytes(input)) std::abort();
    });
    return 0;
}
