// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "support/expect_error.hpp"
#include "../base/temporary_directory.hpp"

#include <base/clock.hpp>
#include <base/file_system.hpp>
#include <store/store.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>

/// \file
/// A clock and a file system to test the store with.

namespace hsm::test {

/// Under Wine every call takes its time.
#if defined(_WIN32)
inline constexpr bool thorough = false;
#else
inline constexpr bool thorough = true;
#endif

/// The real time, moved ahead by hand.
class MovedClock final : public base::Clock {
public:
    std::int64_t utc_seconds() override { return base::real_clock().utc_seconds() + ahead_s; }
    std::uint64_t boot_ms() override {
        return base::real_clock().boot_ms() + static_cast<std::uint64_t>(ahead_s) * 1000;
    }
    std::atomic<std::int64_t> ahead_s{0};
};

/// A file that is never synced: these tests write a lot, and store_crash_test.cpp tests that it would be durable.
class UnsyncedFile final : public base::File {
public:
    UnsyncedFile(std::unique_ptr<base::File> real, std::atomic<std::uint64_t>& bytes_read)
        : real_(std::move(real)), bytes_read_(bytes_read) {}
    std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        const auto got = real_->read_at(offset, out);
        bytes_read_ += got;
        return got;
    }
    void write_at(std::uint64_t offset, ByteView data) override { real_->write_at(offset, data); }
    void sync() override {}
    void sync_all() override {}
    void resize(std::uint64_t size) override { real_->resize(size); }
    std::uint64_t size() override { return real_->size(); }
    base::FileInfo info() override { return real_->info(); }

private:
    std::unique_ptr<base::File> real_;
    std::atomic<std::uint64_t>& bytes_read_;
};

/// The real file system, watched, not synced, and with the troubles of others.
class WatchedFileSystem final : public base::FileSystem {
public:
    std::atomic<int> lists{0};
    std::atomic<int> opens{0};
    std::atomic<std::uint64_t> bytes_read{0};
    bool network = false;
    bool times_stand_still = false; ///< directories look as they looked first, whatever happens in them

    std::unique_ptr<base::File> open(const base::Path& path, Open how, base::FileMode mode) override {
        ++opens;
        return std::make_unique<UnsyncedFile>(real_.open(path, how, mode), bytes_read);
    }
    std::optional<Bytes> read(const base::Path& path, std::uint64_t limit) override { return real_.read(path, limit); }
    std::optional<base::FileInfo> info(const base::Path& path) override {
        auto info = real_.info(path);
        if (!times_stand_still || !info || info->kind != base::FileInfo::Kind::directory) return info;
        if (!still_) still_ = info;
        return still_;
    }
    std::vector<std::string> list(const base::Path& directory) override {
        ++lists;
        return real_.list(directory);
    }
    std::vector<base::DirectoryEntry> list_with_info(const base::Path& directory) override {
        ++lists;
        return real_.list_with_info(directory);
    }
    void create_directories(const base::Path& path, base::FileMode mode) override {
        real_.create_directories(path, mode);
    }
    void rename(const base::Path& from, const base::Path& to) override { real_.rename(from, to); }
    void rename_new(const base::Path& from, const base::Path& to) override { real_.rename_new(from, to); }
    void remove(const base::Path& path) override { real_.remove(path); }
    void sync_directory(const base::Path&) override {}
    std::unique_ptr<base::LockFile> lock_file(const base::Path& path) override { return real_.lock_file(path); }
    std::unique_ptr<base::SharedMemory> map_shared(const base::Path& path, std::size_t size) override {
        return real_.map_shared(path, size);
    }
    std::unique_ptr<base::SharedMemory> map_read_only(const base::Path& path, std::size_t size) override {
        return real_.map_read_only(path, size);
    }
    bool is_writable(const base::Path& directory) override { return real_.is_writable(directory); }
    bool is_network(const base::Path&) override { return network; }

private:
    base::FileSystem& real_ = base::real_file_system();
    std::optional<base::FileInfo> still_;
};

/// A test's record: "rec", then a line for each thing that it is to be found by.
inline Bytes record(std::initializer_list<std::string_view> lines) {
    std::string text = "rec\n";
    for (const auto line : lines) text.append(line).append("\n");
    return to_bytes(view(text));
}

inline void extract_lines(ByteView contents, store::TermSink& sink) {
    const auto all = text(contents);
    if (!all.starts_with("rec\n")) throw Error(Status::record_damaged, "does not begin with rec");
    for (std::size_t at = 4; at < all.size();) {
        const auto end = std::min(all.find('\n', at), all.size());
        sink.add(1, view(all.substr(at, end - at)));
        at = end + 1;
    }
}

inline store::StoreOptions line_options() {
    store::StoreOptions options;
    options.extract = extract_lines;
    options.extract_version = 1;
    return options;
}

inline store::Term line_term(std::string_view line) { return store::term_of(1, view(line)); }

/// What a person or a foreign program does.
inline void write_contents(const base::Path& path, ByteView contents) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
}

inline Bytes read_contents(const base::Path& path) {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// A store over a scratch directory, and ways to ask it in short.
struct StoreFixture {
    TemporaryDirectory scratch;
    MovedClock clock;
    WatchedFileSystem fs;
    store::Store store{fs, clock, scratch.path(), line_options()};

    [[nodiscard]] base::Path path(std::string_view file_name) const { return scratch.path() / file_name; }
    [[nodiscard]] store::Store another() { return {fs, clock, scratch.path(), line_options()}; }

    /// The idents of the keys that have the line, sorted, with spaces between.
    static std::string idents(store::Store& in, std::string_view line) {
        auto names = in.find_by_term(line_term(line));
        std::sort(names.begin(), names.end());
        std::string all;
        for (const auto& name : names) all.append(all.empty() ? "" : " ").append(name.ident());
        return all;
    }
    std::string idents(std::string_view line) { return idents(store, line); }

    void create(std::string_view ident, std::initializer_list<std::string_view> lines) {
        store.create(store::RecordName::key("simple", ident), record(lines));
    }

    /// Lets the directory's last change grow old, and the index see that nothing came after it.
    void settle() {
        clock.ahead_s += 10;
        idents("no such line");
    }
};

} // namespace hsm::test
