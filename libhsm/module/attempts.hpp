// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/home.hpp"

#include <memory>

/// \file
/// Slows down guessing: wrong passphrases for one card or softcard are counted over all processes and over restarts.
/// Three are free; then 1, 2, 4 ... up to 60 seconds must pass, for softcards 0.1, 0.2, 0.4 ... up to 5 seconds, for each
/// role apart. Nothing is ever locked out.

namespace hsm::module {

/// What a passphrase guards. Kinds count apart: anybody can make an administrator card (it is sealed under a public
/// constant), so one must not speak for another kind.
struct Guarded {
    enum class Kind : std::uint8_t { administrator_card = 1, operator_card = 2, softcard = 3, softcard_officer = 4 };
    Kind kind = Kind::operator_card;
    Hash256 set{};
    std::uint32_t share = 0;
};

/// Thread-safe. On a module whose directory is read-only each process counts for itself.
class Attempts {
public:
    explicit Attempts(Home& home) : home_(home) {}

    void restore(); ///< first opener: page from the file

    /// Held while a passphrase is tried. Once one was wrong, tries wait for each other: a burst of parallel guesses is no
    /// cheaper than a row of them.
    class Turn {
    public:
        Turn() = default;

    private:
        friend class Attempts;
        std::unique_ptr<Locks::Guard> lock_;
    };

    /// Throws passphrase_delayed, saying how long to wait.
    [[nodiscard]] Turn begin(const Guarded& guarded);
    [[nodiscard]] std::uint32_t failures(const Guarded& guarded); ///< in a row
    void wrong(const Guarded& guarded); ///< durable when it returns
    void right(const Guarded& guarded);

private:
    [[nodiscard]] PageAttempt* find(std::uint64_t tag);
    void check(const PageAttempt& row);
    void save();

    Home& home_;
};

} // namespace hsm::module
