// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/file_system.hpp>
#include <base/path_text.hpp>
#include <base/temporary_name.hpp>

#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>

#if !defined(_WIN32)
#include <unistd.h>
#endif

using namespace hsm;
using namespace hsm::base;
using test::message_of;
using test::status_of;
using test::TemporaryDirectory;

namespace {

FileSystem& fs() { return real_file_system(); }

void put(const Path& path, std::string_view contents) { std::ofstream(path, std::ios::binary) << contents; }

std::string get(const Path& path) {
    const auto bytes = fs().read(path, 1 << 20);
    return bytes ? std::string(text(*bytes)) : "absent";
}

} // namespace

TEST_CASE("a file is written and read at positions") {
    const TemporaryDirectory dir;
    const auto file = fs().open(dir / "f", FileSystem::Open::create_new);
    CHECK(file->size() == 0);
    file->write_at(2, view("cd"));
    file->write_at(0, view("ab"));
    file->sync();
    file->sync_all();
    Bytes buffer(10, 0xee);
    CHECK(file->read_at(1, buffer) == 3);
    CHECK(text(ByteView(buffer).first(3)) == "bcd");
    CHECK(file->read_at(100, buffer) == 0);
    file->resize(6);
    CHECK(file->size() == 6);
    CHECK(file->read_at(4, buffer) == 2);
    CHECK(buffer[0] == 0);
    file->resize(1);
    CHECK(get(dir / "f") == "a");
    CHECK(file->info().kind == FileInfo::Kind::file);
    CHECK(file->info().inode == fs().info(dir / "f")->inode);
}

TEST_CASE("names are listed together with what info says of each") {
    const TemporaryDirectory dir;
    CHECK(fs().list_with_info(dir.path()).empty());
    put(dir / "full", "twelve bytes");
    put(dir / "empty", "");
    put(dir.path() / path_from_utf8("k\xc3\xb6y"), "x");
    fs().create_directories(dir / "folder", FileMode::private_dir);
    std::vector<std::string> names = {"full", "empty", "k\xc3\xb6y", "folder"};
#if !defined(_WIN32)
    std::filesystem::create_symlink("nowhere", dir / "link");
    names.push_back("link");
#endif
    const auto entries = fs().list_with_info(dir.path());
    REQUIRE(entries.size() == names.size());
    for (const auto& name : names) {
        CAPTURE(name);
        const auto entry = std::ranges::find(entries, name, &DirectoryEntry::name);
        REQUIRE(entry != entries.end());
        const auto info = fs().info(dir.path() / path_from_utf8(name));
        REQUIRE(info);
        CHECK(entry->info.kind == info->kind);
        CHECK(entry->info.size == info->size);
        CHECK(entry->info.device == info->device);
        CHECK(entry->info.inode == info->inode);
        CHECK(entry->info.mtime_ns == info->mtime_ns);
        CHECK(entry->info.ctime_ns == info->ctime_ns);
    }
}

TEST_CASE("how a file is opened decides what may exist") {
    const TemporaryDirectory dir;
    using Open = FileSystem::Open;
    CHECK(status_of([&] { fs().open(dir / "f", Open::read); }) == Status::not_found);
    CHECK(status_of([&] { fs().open(dir / "f", Open::write); }) == Status::not_found);
    CHECK(status_of([&] { fs().open(dir / "f", Open::create); }) == Status::ok);
    CHECK(status_of([&] { fs().open(dir / "f", Open::create); }) == Status::ok);
    CHECK(status_of([&] { fs().open(dir / "f", Open::create_new); }) == Status::already_exists);
    CHECK(status_of([&] { fs().open(dir / "f", Open::read)->write_at(0, view("x")); }) != Status::ok);
    CHECK(status_of([&] { fs().open(dir / "none" / "f", Open::create); }) == Status::not_found);
    CHECK(message_of([&] { fs().open(dir / "none" / "f", Open::create); }).find("none") != std::string::npos);
}

TEST_CASE("read gives the whole file, nothing, or a refusal") {
    const TemporaryDirectory dir;
    put(dir / "f", "12345");
    CHECK(get(dir / "f") == "12345");
    CHECK(fs().read(dir / "none", 10) == std::nullopt);
    CHECK(fs().read(dir / "f", 5)->size() == 5);
    CHECK(status_of([&] { fs().read(dir / "f", 4); }) == Status::record_damaged);
    CHECK(status_of([&] { fs().read(dir.path(), 4); }) == Status::record_damaged);
    put(dir / "empty", "");
    CHECK(fs().read(dir / "empty", 0)->empty());
}

TEST_CASE("info tells files, directories and absence apart") {
    const TemporaryDirectory dir;
    put(dir / "f", "123");
    CHECK(fs().info(dir / "f")->kind == FileInfo::Kind::file);
    CHECK(fs().info(dir / "f")->size == 3);
    CHECK(fs().info(dir / "f")->mtime_ns > 0);
    CHECK(fs().info(dir.path())->kind == FileInfo::Kind::directory);
    CHECK(fs().info(dir / "none") == std::nullopt);
    CHECK(fs().info(dir / "none" / "none") == std::nullopt);
}

TEST_CASE("directories are made with their parents and listed") {
    const TemporaryDirectory dir;
    fs().create_directories(dir / "a" / "b" / "c", FileMode::private_dir);
    fs().create_directories(dir / "a" / "b" / "c", FileMode::private_dir);
    put(dir / "a" / "f", "");
    auto names = fs().list(dir / "a");
    std::ranges::sort(names);
    CHECK(names == std::vector<std::string>{"b", "f"});
    CHECK(status_of([&] { fs().list(dir / "none"); }) == Status::not_found);
    CHECK(status_of([&] { fs().list_with_info(dir / "none"); }) == Status::not_found);
    CHECK(status_of([&] { fs().create_directories(dir / "a" / "f", FileMode::private_dir); }) ==
          Status::already_exists);
    fs().sync_directory(dir / "a");
    CHECK(status_of([&] { fs().sync_directory(dir / "none"); }) == Status::not_found);
}

TEST_CASE("renames replace or refuse") {
    const TemporaryDirectory dir;
    put(dir / "a", "a");
    put(dir / "b", "b");
    CHECK(status_of([&] { fs().rename_new(dir / "a", dir / "b"); }) == Status::already_exists);
    CHECK(get(dir / "a") == "a");
    CHECK(get(dir / "b") == "b");
    fs().rename_new(dir / "a", dir / "c");
    CHECK(get(dir / "a") == "absent");
    fs().rename(dir / "c", dir / "b");
    CHECK(get(dir / "b") == "a");
    CHECK(status_of([&] { fs().rename(dir / "none", dir / "b"); }) == Status::not_found);
    CHECK(status_of([&] { fs().rename_new(dir / "none", dir / "d"); }) == Status::not_found);
    fs().create_directories(dir / "x" / "y", FileMode::private_dir);
    fs().rename_new(dir / "x", dir / "z");
    CHECK(fs().info(dir / "z" / "y")->kind == FileInfo::Kind::directory);
}

TEST_CASE("remove takes files and empty directories") {
    const TemporaryDirectory dir;
    put(dir / "f", "");
    fs().create_directories(dir / "a" / "b", FileMode::private_dir);
    fs().remove(dir / "f");
    CHECK(status_of([&] { fs().remove(dir / "f"); }) == Status::not_found);
    CHECK(status_of([&] { fs().remove(dir / "a"); }) == Status::already_exists);
    fs().remove(dir / "a" / "b");
    fs().remove(dir / "a");
    CHECK(fs().list(dir.path()).empty());
}

TEST_CASE("long and unusual names work") {
    const TemporaryDirectory dir;
    auto deep = dir.path();
    for (int i = 0; i < 8; ++i) deep /= std::string(60, static_cast<char>('a' + i));
    fs().create_directories(deep, FileMode::private_dir);
    const auto path = deep / path_from_utf8("k\xc3\xb6y.tmp");
    write_atomically(fs(), path, view("deep"), FileMode::private_file, IfExists::replace);
    CHECK(get(path) == "deep");
    CHECK(fs().list(deep) == std::vector<std::string>{"k\xc3\xb6y.tmp"});
}

TEST_CASE("temporary names are new each time and known") {
    const auto a = temporary_name();
    const auto b = temporary_name();
    CHECK(a != b);
    CHECK(a.size() == temporary_prefix.size() + 16);
    CHECK(is_temporary_name(a));
    CHECK_FALSE(is_temporary_name("key_app_ident"));
}

TEST_CASE("write_atomically replaces or refuses and leaves nothing behind") {
    const TemporaryDirectory dir;
    write_atomically(fs(), dir / "f", view("one"), FileMode::private_file, IfExists::refuse);
    CHECK(get(dir / "f") == "one");
    CHECK(status_of([&] {
              write_atomically(fs(), dir / "f", view("two"), FileMode::private_file, IfExists::refuse);
          }) == Status::already_exists);
    CHECK(get(dir / "f") == "one");
    write_atomically(fs(), dir / "f", view("three"), FileMode::shared_file, IfExists::replace);
    CHECK(get(dir / "f") == "three");
    write_atomically(fs(), dir / "f", {}, FileMode::private_file, IfExists::replace);
    CHECK(get(dir / "f").empty());
    CHECK(fs().list(dir.path()).size() == 1);
    CHECK(status_of([&] {
              write_atomically(fs(), dir / "none" / "f", view("x"), FileMode::private_file,
                               IfExists::replace);
          }) == Status::not_found);
}

TEST_CASE("two lock files in one process exclude each other by byte") {
    const TemporaryDirectory dir;
    using Mode = LockFile::Mode;
    const auto a = fs().lock_file(dir / "locks");
    const auto b = fs().lock_file(dir / "locks");
    CHECK(a->try_lock(1, Mode::exclusive));
    CHECK_FALSE(b->try_lock(1, Mode::exclusive));
    CHECK_FALSE(b->try_lock(1, Mode::shared));
    CHECK(b->try_lock(2, Mode::exclusive));
    a->unlock(1);
    CHECK(b->try_lock(1, Mode::shared));
    CHECK(a->try_lock(1, Mode::shared));
    a->unlock(1);
    b->unlock(1);
    CHECK(a->try_lock(1, Mode::exclusive));
    const auto waiting = [&] { b->lock(1, Mode::exclusive, std::chrono::milliseconds(30)); };
    CHECK(status_of(waiting) == Status::busy);
    CHECK(message_of(waiting).find("locks") != std::string::npos);
    a->unlock(1);
    b->lock(1, Mode::exclusive);
    b->unlock(1);
    a->lock(4'000'000'000, Mode::exclusive);
    CHECK_FALSE(b->try_lock(4'000'000'000, Mode::shared));
}

TEST_CASE("locks go with the object, and locked bytes can be read and written") {
    const TemporaryDirectory dir;
    put(dir / "locks", "0123456789");
    const auto b = fs().lock_file(dir / "locks");
    {
        const auto a = fs().lock_file(dir / "locks");
        REQUIRE(a->try_lock(3, LockFile::Mode::exclusive));
        CHECK(get(dir / "locks") == "0123456789");
        CHECK_FALSE(b->try_lock(3, LockFile::Mode::exclusive));
    }
    CHECK(b->try_lock(3, LockFile::Mode::exclusive));
}

TEST_CASE("mappings of one file are the same memory, and the file keeps it") {
    const TemporaryDirectory dir;
    const auto a = fs().map_shared(dir / "page", 65536);
    const auto b = fs().map_shared(dir / "page", 65536);
    REQUIRE(a->bytes().size() == 65536);
    a->bytes()[65535] = 42;
    CHECK(b->bytes()[65535] == 42);
    CHECK(fs().info(dir / "page")->size == 65536);
    const auto c = fs().map_shared(dir / "page", 4096); // never made smaller
    CHECK(c->bytes().size() == 4096);
    CHECK(fs().info(dir / "page")->size == 65536);
}

TEST_CASE("what others map can be looked at without being able to write it") {
    const TemporaryDirectory dir;
    CHECK(fs().map_read_only(dir / "page", 4096) == nullptr);
    put(dir / "page", "short");
    CHECK(fs().map_read_only(dir / "page", 4096) == nullptr);
    const auto theirs = fs().map_shared(dir / "page", 4096);
    const auto ours = fs().map_read_only(dir / "page", 4096);
    REQUIRE(ours);
    REQUIRE(ours->bytes().size() == 4096);
    CHECK(ours->bytes()[0] == 's');
    theirs->bytes()[4095] = 42;
    CHECK(ours->bytes()[4095] == 42);
}

TEST_CASE("a directory is writable or it is not") {
    const TemporaryDirectory dir;
    CHECK(fs().is_writable(dir.path()));
    CHECK(status_of([&] { (void)fs().is_writable(dir / "none"); }) == Status::not_found);
#if !defined(_WIN32)
    std::filesystem::permissions(dir.path(), static_cast<std::filesystem::perms>(0555));
    CHECK(fs().is_writable(dir.path()) == (geteuid() == 0)); // root may always, but for a read-only mount
    std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all);
#endif
}

TEST_CASE("the temporary directory is not on the network") {
    const TemporaryDirectory dir;
    CHECK_FALSE(fs().is_network(dir.path()));
    CHECK_FALSE(fs().is_network(dir / "not" / "there" / "yet"));
}
