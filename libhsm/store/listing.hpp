// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/view.hpp>

/// \file
/// Comparing the directory with what the index knows.

namespace hsm::store {

/// How the files of a directory differ from a view of them.
struct Listing {
    Entries changed;                     ///< new, or not as the view has it
    std::vector<std::string> gone;       ///< in the view, and no more
    std::vector<std::string> temporaries; ///< left by writers that may be dead

    [[nodiscard]] std::size_t size() const noexcept { return changed.size() + gone.size(); }
};

/// Looks at every file of the directory (not into those that are as the view has them). Throws when the directory
/// itself cannot be listed; what is wrong with a file goes into its entry. Reentrant.
Listing list_changes(base::FileSystem& fs, const base::Path& directory, const View& view,
                     const TermExtractor& extract);

/// The entry of one file and its terms. \p terms is written, the strings live in \p text.
Entry examine(base::FileSystem& fs, const base::Path& path, std::string_view file_name, const base::FileInfo& info,
              const TermExtractor& extract, std::vector<Term>& terms, std::string& text);

/// examine() for contents that are at hand.
Entry examine_contents(const RecordName& name, const Identity& identity, ByteView contents,
                       const TermExtractor& extract, std::vector<Term>& terms, std::string& text);

} // namespace hsm::store
