// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <tuple>

/// \file
/// How a struct names its fields, once: the codec, the trace and comparisons all go by this list. The order
/// is the order in the encoding, so a field is only ever added at the end of a new version of the struct.

/// Put into a struct: HSM_FIELDS(key, mechanism, data). With no argument: a struct without fields.
#define HSM_FIELDS(...)                                                                                      \
    auto fields() noexcept { return std::tie(__VA_ARGS__); }                                                 \
    auto fields() const noexcept { return std::tie(__VA_ARGS__); }

namespace hsm {

/// The fields of a T. Specialise it for a struct that cannot carry HSM_FIELDS:
///
///     template <> struct Fields<Acl> {
///         static auto of(auto& acl) noexcept { return std::tie(acl.groups); }
///         static bool valid(const Acl& acl) noexcept; // optional: decoding refuses a value for which it is
///         false
///     };
template <class T>
struct Fields {
    static auto of(T& value) noexcept
        requires requires { value.fields(); }
    {
        return value.fields();
    }
    static auto of(const T& value) noexcept
        requires requires { value.fields(); }
    {
        return value.fields();
    }
};

} // namespace hsm
