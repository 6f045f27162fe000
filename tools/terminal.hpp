// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// \file
/// The person at the terminal. Questions go to the terminal itself, not to the standard streams, so that data
/// can flow through those.

namespace hsm::tools::terminal {

/// Is there a person to ask?
bool present();

/// Writes text to the terminal.
void tell(std::string_view text);

/// Asks for a line. nullopt: the person ended the input or pressed ^C at a secret.
std::optional<std::string> ask_line(std::string_view prompt);

/// The same without echo.
std::optional<Secret> ask_secret(std::string_view prompt);

/// Asks for a line, and looks every half second whether it is still needed: an empty line when \p settled
/// says no.
std::optional<std::string> ask_line_unless(std::string_view prompt, const std::function<bool()>& settled);

} // namespace hsm::tools::terminal
