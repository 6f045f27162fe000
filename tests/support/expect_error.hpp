// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <optional>
#include <string>

namespace hsm::test {

/// What \p action throws; nothing when it does not throw an hsm::Error.
template <class Action>
std::optional<Error> error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

template <class Action>
Status status_of(Action action) {
    const auto error = error_of(action);
    return error ? error->status() : Status::ok;
}

template <class Action>
std::string message_of(Action action) {
    const auto error = error_of(action);
    return error ? error->message() : std::string();
}

} // namespace hsm::test
