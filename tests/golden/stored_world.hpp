// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/hsm.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// \file
/// The stored worlds of tests/data/golden, to be worked on in a copy.

namespace hsm::golden {

/// A copy of a stored world in a directory that goes with it. Thread-bound.
class StoredWorld {
public:
    explicit StoredWorld(const std::string& name);
    ~StoredWorld();
    StoredWorld(const StoredWorld&) = delete;
    StoredWorld& operator=(const StoredWorld&) = delete;

    [[nodiscard]] Client open() const;
    [[nodiscard]] Bytes file(const std::filesystem::path& name) const; ///< below the world's directory
    [[nodiscard]] std::filesystem::path path(const std::filesystem::path& name) const { return home_ / name; }
    [[nodiscard]] std::filesystem::path card(const std::string& name) const { return home_ / "cards" / (name + ".card"); }

private:
    std::filesystem::path home_;
};

/// Presents cards one after the other in slot 1, and answers questions for passphrases in their order; gives up when
/// there is nothing left.
class Presenter : public Authoriser {
public:
    Presenter(Client client, std::vector<std::filesystem::path> cards, std::vector<std::string> passphrases)
        : client_(std::move(client)), cards_(std::move(cards)), passphrases_(std::move(passphrases)) {}
    Answer ask(const Question& question) override;

private:
    Client client_;
    std::vector<std::filesystem::path> cards_;
    std::vector<std::string> passphrases_;
    std::size_t next_card_ = 0, next_passphrase_ = 0;
};

} // namespace hsm::golden
