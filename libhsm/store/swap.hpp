// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <string_view>

/// \file
/// Swapping in a whole key management data directory: a new world is prepared complete in `local.new-<tag>` beside
/// `local`, and then `local` becomes `local_N` (the first free N, from 1) and `local.new-<tag>` becomes `local`.
///
///     prepare_swap        makes local.new-<tag>; fill it through a Store of its own, whose writes are durable
///     check_swap          would the renames work?
///     (the caller records the tag durably: the commit point; before it abandon_swap undoes everything)
///     swap_in             the renames, durably
///     (the caller clears its record)
///
/// After a crash behind the commit point finish_swap with the recorded tag completes what is left; both may be called
/// again when all is done. The caller sees to it that one process at a time does this. No file in the directories may
/// be open on Windows (a Store keeps none open). Reentrant.

namespace hsm::store {

/// kmdata/local, the directory in use.
base::Path local_directory(const base::Path& kmdata);

/// kmdata/local.new-<tag>. \p tag: 1 to 64 lower-case hexadecimal digits; else invalid_argument.
base::Path prepared_directory(const base::Path& kmdata, std::string_view tag);

/// Where things stand.
enum class SwapState : std::uint8_t {
    nothing,  ///< no prepared directory: not begun, or done
    prepared, ///< the prepared directory and `local` are both there
    between,  ///< the prepared directory waits, and there is no `local` (any more)
};
SwapState swap_state(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag);

/// Makes an empty prepared directory, durably; removes what an earlier attempt of the same tag left.
base::Path prepare_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag,
                        base::FileMode mode = base::FileMode::private_dir);

/// Throws busy or permission_denied when `local` cannot be renamed: a program has a file in it open (Windows), or it is
/// a mount point. Tries it: renames `local` to `local.probe` and back; after a crash in between, recover_local.
void check_swap(base::FileSystem& fs, const base::Path& kmdata);

/// What an opener calls when there is no `local`: undoes an interrupted check_swap. Whether there was one.
bool recover_local(base::FileSystem& fs, const base::Path& kmdata);

/// Does what is left to do, durably. Returns where the old directory went; empty when there was none, or it had been
/// moved before. not_found when there is neither a prepared directory nor a `local`.
base::Path swap_in(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag);

/// swap_in after a restart. Whether there was anything to do.
bool finish_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag);

/// Giving up before the commit point: removes the prepared directory and what is in it, if it is there.
void abandon_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag);

} // namespace hsm::store
