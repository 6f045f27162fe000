// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

namespace hsm::test {

/// The real file system, with one directory on a mount that cannot be written. Thread-safe.
class ReadOnlyFileSystem final : public base::FileSystem {
public:
    using Path = base::Path;
    explicit ReadOnlyFileSystem(Path frozen) : frozen_(std::move(frozen)) {}

    std::unique_ptr<base::File> open(const Path& p, Open how, base::FileMode mode) override {
        return real_.open(how == Open::read ? p : writable(p), how, mode);
    }
    std::optional<Bytes> read(const Path& p, std::uint64_t limit) override { return real_.read(p, limit); }
    std::optional<base::FileInfo> info(const Path& p) override { return real_.info(p); }
    std::vector<std::string> list(const Path& p) override { return real_.list(p); }
    std::vector<base::DirectoryEntry> list_with_info(const Path& p) override { return real_.list_with_info(p); }
    void create_directories(const Path& p, base::FileMode mode) override {
        if (!real_.info(p)) real_.create_directories(writable(p), mode);
    }
    void rename(const Path& from, const Path& to) override { real_.rename(writable(from), writable(to)); }
    void rename_new(const Path& from, const Path& to) override { real_.rename_new(writable(from), writable(to)); }
    void remove(const Path& p) override { real_.remove(writable(p)); }
    void sync_directory(const Path& p) override { real_.sync_directory(p); }
    std::unique_ptr<base::LockFile> lock_file(const Path& p) override { return real_.lock_file(writable(p)); }
    std::unique_ptr<base::SharedMemory> map_shared(const Path& p, std::size_t size) override {
        return real_.map_shared(writable(p), size);
    }
    std::unique_ptr<base::SharedMemory> map_read_only(const Path& p, std::size_t size) override {
        return real_.map_read_only(p, size);
    }
    bool is_writable(const Path& p) override { return !is_frozen(p) && real_.is_writable(p); }
    bool is_network(const Path& p) override { return real_.is_network(p); }

private:
    [[nodiscard]] bool is_frozen(const Path& p) const {
        const auto inside = p.lexically_normal().lexically_relative(frozen_).generic_string();
        return !inside.empty() && !inside.starts_with("..");
    }
    const Path& writable(const Path& p) const {
        if (is_frozen(p)) throw Error(Status::read_only, "cannot write " + p.string() + ": on purpose");
        return p;
    }

    base::FileSystem& real_ = base::real_file_system();
    Path frozen_;
};

} // namespace hsm::test
