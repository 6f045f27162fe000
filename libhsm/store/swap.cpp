// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/swap.hpp>

#include <base/path_text.hpp>

#include <algorithm>
#include <string>

namespace hsm::store {

namespace {

bool is_there(base::FileSystem& fs, const base::Path& path) { return fs.info(path).has_value(); }

base::Path probe_directory(const base::Path& kmdata) { return kmdata / "local.probe"; }

base::Path first_free(base::FileSystem& fs, const base::Path& kmdata) {
    for (unsigned n = 1;; ++n) {
        auto path = kmdata / ("local_" + std::to_string(n));
        if (!is_there(fs, path)) return path;
    }
}

/// Records only: a directory of this kind holds no others.
void empty(base::FileSystem& fs, const base::Path& directory) {
    for (const auto& name : fs.list(directory)) fs.remove(directory / name);
}

} // namespace

base::Path local_directory(const base::Path& kmdata) { return kmdata / "local"; }

base::Path prepared_directory(const base::Path& kmdata, std::string_view tag) {
    const bool good = !tag.empty() && tag.size() <= 64 && std::all_of(tag.begin(), tag.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (!good) throw Error(Status::invalid_argument, "the tag of a new directory must be 1 to 64 hexadecimal digits");
    return kmdata / ("local.new-" + std::string(tag));
}

SwapState swap_state(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag) {
    if (!is_there(fs, prepared_directory(kmdata, tag))) return SwapState::nothing;
    return is_there(fs, local_directory(kmdata)) ? SwapState::prepared : SwapState::between;
}

base::Path prepare_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag, base::FileMode mode) {
    auto prepared = prepared_directory(kmdata, tag);
    abandon_swap(fs, kmdata, tag);
    fs.create_directories(prepared, mode);
    return prepared;
}

void check_swap(base::FileSystem& fs, const base::Path& kmdata) {
    const auto local = local_directory(kmdata);
    if (!is_there(fs, local)) return;
    fs.rename(local, probe_directory(kmdata));
    fs.rename(probe_directory(kmdata), local);
}

bool recover_local(base::FileSystem& fs, const base::Path& kmdata) {
    if (is_there(fs, local_directory(kmdata)) || !is_there(fs, probe_directory(kmdata))) return false;
    fs.rename(probe_directory(kmdata), local_directory(kmdata));
    fs.sync_directory(kmdata);
    return true;
}

base::Path swap_in(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag) {
    const auto local = local_directory(kmdata);
    const auto prepared = prepared_directory(kmdata, tag);
    recover_local(fs, kmdata);
    base::Path old;
    switch (swap_state(fs, kmdata, tag)) {
    case SwapState::nothing:
        if (!is_there(fs, local)) {
            throw Error(Status::not_found, "neither " + base::to_utf8(prepared) + " nor " + base::to_utf8(local) +
                                               " is there: restore one of them from a backup");
        }
        // The last rename of an earlier attempt may not have reached the disk.
        fs.sync_directory(kmdata);
        return old;
    case SwapState::prepared:
        old = first_free(fs, kmdata);
        fs.rename(local, old);
        // Else a power cut could leave the second rename without the first, and the old directory gone.
        fs.sync_directory(kmdata);
        break;
    case SwapState::between: break;
    }
    fs.rename(prepared, local);
    fs.sync_directory(kmdata);
    return old;
}

bool finish_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag) {
    const bool waiting = swap_state(fs, kmdata, tag) != SwapState::nothing;
    swap_in(fs, kmdata, tag);
    return waiting;
}

void abandon_swap(base::FileSystem& fs, const base::Path& kmdata, std::string_view tag) {
    const auto prepared = prepared_directory(kmdata, tag);
    if (!is_there(fs, prepared)) return;
    empty(fs, prepared);
    fs.remove(prepared);
    fs.sync_directory(kmdata);
}

} // namespace hsm::store
