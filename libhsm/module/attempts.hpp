// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/home.hpp"

/// \file
/// Slows down guessing: wrong passphrases for one card or softcard are counted over all processes and over restarts.
/// Three are free; then 1, 2, 4 ... up to 60 seconds must pass. Nothing is ever locked out.

namespace hsm::module {

/// Thread-safe.
class Attempts {
public:
    explicit Attempts(Home& home) : home_(home) {}

    void restore(); ///< first opener: page from the file

    /// Throws passphrase_delayed, saying how long to wait.
    void before(const Hash256& token, std::uint32_t share);
    void wrong(const Hash256& token, std::uint32_t share); ///< durable when it returns
    void right(const Hash256& token, std::uint32_t share);

private:
    [[nodiscard]] PageAttempt* find(std::uint64_t tag, bool make);
    void save();

    Home& home_;
};

} // namespace hsm::module
