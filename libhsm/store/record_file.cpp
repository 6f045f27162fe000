// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/record_file.hpp>

#include <base/path_text.hpp>
#include <store/store.hpp>

namespace hsm::store {

namespace {

[[noreturn]] void damaged(const base::Path& path, const std::string& why) {
    throw Error(Status::record_damaged, base::to_utf8(path) + " " + why);
}

Bytes read_all(base::File& file, std::uint64_t size) {
    Bytes contents(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < contents.size()) {
        const auto got = file.read_at(done, std::span(contents).subspan(done));
        if (got == 0) break;
        done += got;
    }
    contents.resize(done);
    return contents;
}

} // namespace

void check_record_file(const base::Path& path, const base::FileInfo& info) {
    using Kind = base::FileInfo::Kind;
    switch (info.kind) {
    case Kind::file: break;
    case Kind::symlink: damaged(path, "is a symbolic link; records must be files of their own, put a copy there");
    case Kind::directory: damaged(path, "is a directory, not a record; move it away");
    case Kind::other: damaged(path, "is not a regular file; move it away");
    }
    if (info.size == 0) damaged(path, "is empty; restore it from a backup or remove it");
    if (info.size > max_record_size) {
        damaged(path, "has " + std::to_string(info.size) + " bytes, more than any record; restore it or move it away");
    }
}

std::optional<RecordFile> read_record_file(base::FileSystem& fs, const base::Path& path) {
    const auto seen = fs.info(path);
    if (!seen) return std::nullopt;
    check_record_file(path, *seen);
    std::unique_ptr<base::File> file;
    try {
        file = fs.open(path, base::FileSystem::Open::read);
    } catch (const Error& error) {
        if (error.status() == Status::not_found) return std::nullopt;
        throw;
    }
    // A foreign tool may be overwriting the file in place: take a reading whose file did not change meanwhile.
    for (int attempt = 0;; ++attempt) {
        const auto before = file->info();
        check_record_file(path, before);
        auto contents = read_all(*file, before.size);
        const auto after = file->info();
        const bool steady = identity_of(before) == identity_of(after) && contents.size() == before.size;
        if (steady || attempt == 3) return RecordFile{std::move(contents), identity_of(before)};
    }
}

} // namespace hsm::store
