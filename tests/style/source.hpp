// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// The files of the tree, as text.

namespace hsm::test {

struct Source {
    std::string path; ///< from the root of the tree, with '/'
    std::string text;

    [[nodiscard]] bool in(std::string_view directory) const;      ///< "libhsm/crypto"
    [[nodiscard]] bool ends_with(std::string_view suffix) const { return path.ends_with(suffix); }
    [[nodiscard]] bool is_code() const;                           ///< C++: .cpp or .hpp
    [[nodiscard]] std::vector<std::string_view> lines() const;
};

/// Every text file that is ours: no build directories, no version control, no data.
std::vector<Source> read_sources(const std::filesystem::path& root);

std::string read_text(const std::filesystem::path& path);

/// C++ with comments, strings and character constants blanked; the lines stay where they are.
std::string without_comments_and_strings(std::string_view code);

} // namespace hsm::test
