// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/directory_stamp.hpp>

#include <store/hash64.hpp>

#include <fstream>
#include <string>

namespace hsm::store {

std::optional<Stamp> stamp_of(base::FileSystem& fs, const base::Path& directory, std::uint64_t boot) {
    auto info = fs.info(directory);
    // A link in the directory's own place is its owner's choice (a volume mounted elsewhere): look through it.
    if (info && info->kind == base::FileInfo::Kind::symlink) info = fs.info(directory / ".");
    if (!info || info->kind != base::FileInfo::Kind::directory) return std::nullopt;
    return Stamp{info->device, info->inode, info->mtime_ns, info->ctime_ns, boot};
}

std::uint64_t boot_number() {
#if defined(_WIN32)
    return 0;
#else
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id.empty() ? 0 : hash64(view(id));
#endif
}

} // namespace hsm::store
