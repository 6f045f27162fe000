// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

/// \file
/// Files that a user names: read in pieces, written whole or not at all.

namespace hsm::tools {

inline constexpr std::size_t chunk_size = 1 << 20;

/// Paths are UTF-8 on every system.
std::filesystem::path to_path(std::string_view utf8);
std::string to_text(const std::filesystem::path& path);

/// Throws the hsm::Error that stands for an errno: "cannot <action> <name>: ...; <what to do>".
[[noreturn]] void throw_system_error(int number, std::string_view action, std::string_view name);

/// A file, or standard input for "-". Thread-bound.
class InputFile {
public:
    explicit InputFile(const std::string& name); ///< throws when it cannot be opened
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// The next piece, valid until the next call; empty at the end.
    ByteView next();
    /// All of it. Throws invalid_argument beyond \p limit bytes.
    Bytes all(std::size_t limit = std::size_t{1} << 30);
    /// All of it, where it is secret; nothing of it stays behind.
    Secret all_secret(std::size_t limit = std::size_t{1} << 20);

private:
    std::size_t read_some(std::span<std::uint8_t> to);

    std::string name_;
    int descriptor_ = -1;
    bool owned_ = false;
    Bytes buffer_;
};

enum class Privacy { shared, owner_only };

/// A file that appears under its name only with commit(), replacing what was there; without commit nothing
/// changes.
/// "-" is standard output. Pipes and devices are written directly. Thread-bound.
class OutputFile {
public:
    /// Refuses to send \p binary data to a terminal.
    explicit OutputFile(const std::string& name, Privacy privacy = Privacy::shared, bool binary = true);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(ByteView data);
    void commit();
    [[nodiscard]] bool to_standard_output() const noexcept { return standard_; }

private:
    std::string name_;
    std::filesystem::path target_, temporary_; ///< temporary_ is empty when the target is written directly
    bool standard_ = false;
    int descriptor_ = -1;
};

} // namespace hsm::tools
