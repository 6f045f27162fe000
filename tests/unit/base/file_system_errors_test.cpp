// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/file_system.hpp>
#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include "child_process.hpp"
#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

// What the operating system refuses, on POSIX systems.

using namespace hsm;
using namespace hsm::base;
using test::message_of;
using test::run_in_child;
using test::status_of;
using test::TemporaryDirectory;

namespace {

FileSystem& fs() { return real_file_system(); }

// Root may write anywhere: become somebody who may not.
void drop_privileges() {
    if (geteuid() != 0) return;
    if (setgid(65534) != 0 || setuid(65534) != 0) throw Error(Status::internal, "cannot drop privileges");
}

int as_status(Status status) { return static_cast<int>(status); }

void write_to(const Path& path) {
    write_atomically(fs(), path, Bytes(4096, 1), FileMode::private_file, IfExists::replace);
}

// A tmpfs for as long as the object lives; not mounted when this process may not.
class SmallDisk {
public:
    SmallDisk(const Path& at, const char* options) : at_(at) {
        std::filesystem::create_directories(at);
        mounted_ = mount("none", at.c_str(), "tmpfs", 0, options) == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) umount2(at_.c_str(), MNT_DETACH);
    }
    explicit operator bool() const noexcept { return mounted_; }

private:
    Path at_;
    bool mounted_ = false;
};

} // namespace

TEST_CASE("each errno has its status") {
    const std::pair<int, Status> rows[] = {{ENOSPC, Status::disk_full},
                                           {EDQUOT, Status::disk_full},
                                           {EACCES, Status::permission_denied},
                                           {EPERM, Status::permission_denied},
                                           {EROFS, Status::read_only},
                                           {ENOENT, Status::not_found},
                                           {ENOTDIR, Status::not_found},
                                           {EEXIST, Status::already_exists},
                                           {ENOTEMPTY, Status::already_exists},
                                           {EIO, Status::io_error},
                                           {EMFILE, Status::busy},
                                           {ENFILE, Status::busy},
                                           {EBUSY, Status::busy},
                                           {ENOMEM, Status::out_of_memory},
                                           {ENAMETOOLONG, Status::invalid_argument},
                                           {ELOOP, Status::record_damaged},
                                           {ESTALE, Status::io_error},
                                           {EOVERFLOW, Status::io_error}};
    for (const auto& [code, status] : rows) {
        const auto throwing = [code] { throw_system_error(code, "write", "/some/file"); };
        INFO(code);
        CHECK(status_of(throwing) == status);
        CHECK(message_of(throwing).starts_with("cannot write /some/file: "));
        CHECK(message_of(throwing).find('\n') == std::string::npos);
    }
}

TEST_CASE("a directory without write permission says so, and how to go on") {
    const TemporaryDirectory dir;
    std::ofstream(dir / "old") << "old";
    chmod(dir.path().c_str(), 0555);
    const auto result = run_in_child([&] {
        drop_privileges();
        const auto error = test::error_of([&] { write_to(dir / "new"); });
        if (!error || error->message().find("run as its owner") == std::string::npos) return 1;
        if (status_of([&] { fs().remove(dir / "old"); }) != Status::permission_denied) return 2;
        return as_status(error->status());
    });
    CHECK(result == as_status(Status::permission_denied));
    chmod(dir.path().c_str(), 0755);
}

TEST_CASE("a file of somebody else is not readable") {
    const TemporaryDirectory dir;
    write_to(dir / "private");
    chmod(dir.path().c_str(), 0755);
    if (geteuid() != 0) SKIP("needs another user's file, hence root");
    CHECK(run_in_child([&] {
              drop_privileges();
              return as_status(status_of([&] { fs().read(dir / "private", 10000); }));
          }) == as_status(Status::permission_denied));
}

TEST_CASE("created files and directories have the asked permissions") {
    const TemporaryDirectory dir;
    const auto mode_of = [](const Path& path) {
        struct stat status {};
        REQUIRE(stat(path.c_str(), &status) == 0);
        return status.st_mode & 07777;
    };
    const auto old = umask(022);
    write_atomically(fs(), dir / "p", {}, FileMode::private_file, IfExists::replace);
    write_atomically(fs(), dir / "s", {}, FileMode::shared_file, IfExists::replace);
    fs().create_directories(dir / "pd" / "x", FileMode::private_dir);
    fs().create_directories(dir / "sd", FileMode::shared_dir);
    static_cast<void>(fs().lock_file(dir / "locks"));
    static_cast<void>(fs().map_shared(dir / "page", 4096));
    umask(old);
    CHECK(mode_of(dir / "p") == 0600);
    CHECK(mode_of(dir / "s") == 0644);
    CHECK(mode_of(dir / "pd") == 0700);
    CHECK(mode_of(dir / "pd" / "x") == 0700);
    CHECK(mode_of(dir / "sd") == 0755);
    CHECK(mode_of(dir / "locks") == 0600);
    CHECK(mode_of(dir / "page") == 0600);
}

TEST_CASE("links, FIFOs, devices and directories are not opened as files") {
    const TemporaryDirectory dir;
    write_to(dir / "real");
    std::filesystem::create_symlink(dir / "real", dir / "link");
    REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
    for (const auto& path : {dir / "link", dir / "fifo", dir.path(), Path("/dev/null")}) {
        INFO(path);
        for (const auto how : {FileSystem::Open::read, FileSystem::Open::write, FileSystem::Open::create})
            CHECK(status_of([&] { fs().open(path, how); }) == Status::record_damaged);
        CHECK(status_of([&] { fs().read(path, 100); }) == Status::record_damaged);
        CHECK(status_of([&] { static_cast<void>(fs().lock_file(path)); }) == Status::record_damaged);
        CHECK(status_of([&] { static_cast<void>(fs().map_shared(path, 4096)); }) == Status::record_damaged);
        CHECK(status_of([&] { static_cast<void>(fs().map_read_only(path, 4096)); }) == Status::record_damaged);
    }
    CHECK(fs().info(dir / "link")->kind == FileInfo::Kind::symlink);
    CHECK(fs().info(dir / "fifo")->kind == FileInfo::Kind::other);
}

TEST_CASE("a full disk leaves the old contents and no temporary file") {
    const TemporaryDirectory dir;
    const SmallDisk disk(dir / "disk", "size=64k");
    if (!disk) SKIP("cannot mount a small tmpfs here (needs root)");
    write_to(dir / "disk" / "f");
    const auto filling = [&] {
        write_atomically(fs(), dir / "disk" / "f", Bytes(200'000, 2), FileMode::private_file,
                         IfExists::replace);
    };
    CHECK(status_of(filling) == Status::disk_full);
    CHECK(message_of(filling).find("make room") != std::string::npos);
    CHECK(fs().read(dir / "disk" / "f", 5000)->at(0) == 1);
    CHECK(fs().list(dir / "disk").size() == 1);
    CHECK(status_of([&] { static_cast<void>(fs().map_shared(dir / "disk" / "page", 1 << 20)); }) ==
          Status::disk_full);
}

TEST_CASE("a read-only file system reads and refuses to write") {
    const TemporaryDirectory dir;
    const SmallDisk disk(dir / "disk", "size=64k");
    if (!disk) SKIP("cannot mount a small tmpfs here (needs root)");
    write_to(dir / "disk" / "f");
    static_cast<void>(fs().lock_file(dir / "disk" / "locks"));
    REQUIRE(mount("none", (dir / "disk").c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    CHECK(fs().read(dir / "disk" / "f", 5000)->size() == 4096);
    CHECK(status_of([&] { write_to(dir / "disk" / "f"); }) == Status::read_only);
    CHECK(status_of([&] { fs().create_directories(dir / "disk" / "d", FileMode::private_dir); }) ==
          Status::read_only);
    CHECK(status_of([&] { fs().remove(dir / "disk" / "f"); }) == Status::read_only);
    CHECK(status_of([&] { static_cast<void>(fs().map_shared(dir / "disk" / "page", 4096)); }) ==
          Status::read_only);
    const auto locks = fs().lock_file(dir / "disk" / "locks");
    CHECK(locks->try_lock(1, LockFile::Mode::shared));
    CHECK(status_of([&] { locks->try_lock(2, LockFile::Mode::exclusive); }) == Status::read_only);
}

TEST_CASE("a process without free descriptors is busy, not broken") {
    const TemporaryDirectory dir;
    write_to(dir / "f");
    CHECK(run_in_child([&] {
              const rlimit none{.rlim_cur = 3, .rlim_max = 3};
              setrlimit(RLIMIT_NOFILE, &none);
              return as_status(status_of([&] { fs().read(dir / "f", 5000); }));
          }) == as_status(Status::busy));
}

TEST_CASE("descriptors do not pass to other programs") {
    const TemporaryDirectory dir;
    const auto file = fs().open(dir / "f", FileSystem::Open::create);
    const auto locks = fs().lock_file(dir / "locks");
    const auto command = "ls -l /proc/self/fd | grep -q '" + to_utf8(dir.path()) + "'";
    CHECK(run_in_child([&] {
              execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
              return 98;
          }) == 1);
}
