// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/real_file_system_posix.hpp>

#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

namespace hsm::base {

namespace posix {

void Descriptor::close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

mode_t mode_of(FileMode mode) noexcept {
    switch (mode) {
    case FileMode::private_file: return 0600;
    case FileMode::shared_file: return 0644;
    case FileMode::private_dir: return 0700;
    case FileMode::shared_dir: return 0755;
    }
    return 0600;
}

FileInfo info_of(const struct stat& s) noexcept {
    const auto kind = S_ISREG(s.st_mode)   ? FileInfo::Kind::file
                      : S_ISDIR(s.st_mode) ? FileInfo::Kind::directory
                      : S_ISLNK(s.st_mode) ? FileInfo::Kind::symlink
                                           : FileInfo::Kind::other;
    const auto ns = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
    return {.kind = kind,
            .size = static_cast<std::uint64_t>(s.st_size),
            .device = s.st_dev,
            .inode = s.st_ino,
            .mtime_ns = ns(s.st_mtim),
            .ctime_ns = ns(s.st_ctim)};
}

Descriptor open_descriptor(const Path& path, int flags, mode_t mode) noexcept {
    int fd;
    // O_NONBLOCK: opening a FIFO that somebody put there must not wait for its other end.
    do fd = open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
    while (fd < 0 && errno == EINTR);
    return Descriptor(fd);
}

Descriptor open_regular(const Path& path, int flags, mode_t mode) {
    auto fd = open_descriptor(path, flags, mode);
    if (!fd) {
        if (errno == EISDIR || errno == ENXIO)
            throw Error(Status::record_damaged, to_utf8(path) + " is not a regular file" +
                                                    std::string(advice(Status::record_damaged)));
        return fd;
    }
    struct stat status {};
    if (fstat(fd.get(), &status) != 0) throw_system_error(errno, "inspect", path);
    if (!S_ISREG(status.st_mode))
        throw Error(Status::record_damaged,
                    to_utf8(path) + " is not a regular file" + std::string(advice(Status::record_damaged)));
    return fd;
}

} // namespace posix

namespace {

using namespace posix;

int flags_of(FileSystem::Open how) noexcept {
    switch (how) {
    case FileSystem::Open::read: return O_RDONLY;
    case FileSystem::Open::write: return O_RDWR;
    case FileSystem::Open::create: return O_RDWR | O_CREAT;
    case FileSystem::Open::create_new: return O_RDWR | O_CREAT | O_EXCL;
    }
    return O_RDONLY;
}

// Older systems and some file systems have no rename that refuses; a link to a name that exists fails
// everywhere.
int rename_no_replace(const Path& from, const Path& to) noexcept {
#if defined(RENAME_NOREPLACE)
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
#endif
    if (link(from.c_str(), to.c_str()) != 0) return -1;
    return unlink(from.c_str());
}

// Where the bytes are on another machine, or may be: locks and mappings are not to be trusted there.
bool is_network_type(unsigned long type) noexcept {
    constexpr std::array<unsigned long, 15> types = {
        0x6969 /*nfs*/,      0x517b /*smb*/,        0xff534d42 /*cifs*/,
        0xfe534d42 /*smb2*/, 0x01021997 /*9p*/,     0x65735546 /*fuse*/,
        0x5346414f /*afs*/,  0x6b414653 /*kafs*/,   0x00c36400 /*ceph*/,
        0x73757245 /*coda*/, 0x0bd00bd0 /*lustre*/, 0x786f4256 /*vboxsf*/,
        0x01161970 /*gfs2*/, 0x7461636f /*ocfs2*/,  0x19830326 /*fhgfs*/};
    return std::ranges::find(types, type) != types.end();
}

class PosixFileSystem final : public FileSystem {
public:
    std::unique_ptr<File> open(const Path& path, Open how, FileMode mode) override {
        auto fd = open_regular(path, flags_of(how), mode_of(mode));
        if (!fd) throw_system_error(errno, how == Open::read || how == Open::write ? "open" : "create", path);
        return make_file(std::move(fd), path);
    }

    std::optional<Bytes> read(const Path& path, std::uint64_t limit) override {
        auto fd = open_regular(path, O_RDONLY);
        if (!fd) {
            if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
            throw_system_error(errno, "open", path);
        }
        const auto file = make_file(std::move(fd), path);
        const auto too_large = [&] {
            return Error(Status::record_damaged, to_utf8(path) + " is larger than the " +
                                                     std::to_string(limit) +
                                                     " bytes that it may have; it is not what belongs there");
        };
        const auto size = file->size();
        if (size > limit) throw too_large();
        // One byte more, so that a file that grows meanwhile is noticed.
        Bytes contents(static_cast<std::size_t>(size) + 1);
        contents.resize(file->read_at(0, contents));
        if (contents.size() <= size) return contents;
        throw Error(Status::busy, to_utf8(path) + " changed while it was read; try again");
    }

    std::optional<FileInfo> info(const Path& path) override {
        struct stat status {};
        if (lstat(path.c_str(), &status) == 0) return info_of(status);
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        throw_system_error(errno, "inspect", path);
    }

    std::vector<std::string> list(const Path& directory) override {
        std::vector<std::string> names;
        for_each_name(directory, [&](int, const char* name) { names.emplace_back(name); });
        return names;
    }

    // Relative to the open directory: the kernel walks the path to it once, not for every file.
    std::vector<DirectoryEntry> list_with_info(const Path& directory) override {
        std::vector<DirectoryEntry> entries;
        for_each_name(directory, [&](int fd, const char* name) {
            struct stat status {};
            if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
                entries.push_back({name, info_of(status)});
            else if (errno != ENOENT)
                throw_system_error(errno, "inspect", directory / name);
        });
        return entries;
    }

    void create_directories(const Path& path, FileMode mode) override {
        struct stat status {};
        if (stat(path.c_str(), &status) == 0) {
            if (S_ISDIR(status.st_mode)) return;
            throw Error(Status::already_exists,
                        to_utf8(path) + " is not a directory; remove it, or name another one");
        }
        if (errno != ENOENT) throw_system_error(errno, "create", path);
        const auto parent = path.parent_path();
        if (!parent.empty() && parent != path) create_directories(parent, mode);
        // Another process may have made it meanwhile; its name still has to be durable before we rely on it.
        if (mkdir(path.c_str(), mode_of(mode)) != 0 && errno != EEXIST)
            throw_system_error(errno, "create", path);
        sync_directory(parent.empty() ? Path(".") : parent);
    }

    void rename(const Path& from, const Path& to) override {
        if (std::rename(from.c_str(), to.c_str()) != 0)
            throw_system_error(errno, "rename " + to_utf8(from) + " to", to);
    }

    void rename_new(const Path& from, const Path& to) override {
        if (rename_no_replace(from, to) != 0)
            throw_system_error(errno, "rename " + to_utf8(from) + " to", to);
    }

    void remove(const Path& path) override {
        if (::unlink(path.c_str()) == 0) return;
        const auto code = errno;
        // Linux says EISDIR for a directory, other systems EPERM.
        if ((code == EISDIR || code == EPERM) && rmdir(path.c_str()) == 0) return;
        throw_system_error(code == EISDIR ? errno : code, "remove", path);
    }

    void sync_directory(const Path& path) override {
        // A directory may be reached through a link; what libhsm must not follow, it checks by itself.
        const Descriptor fd(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd) throw_system_error(errno, "open", path);
        // EINVAL: a file system that cannot, where renames are durable by themselves or not at all.
        if (fsync(fd.get()) != 0 && errno != EINVAL) throw_system_error(errno, "make durable", path);
    }

    std::unique_ptr<LockFile> lock_file(const Path& path) override { return make_lock_file(path); }

    std::unique_ptr<SharedMemory> map_shared(const Path& path, std::size_t size) override {
        return make_shared_memory(path, size);
    }

    std::unique_ptr<SharedMemory> map_read_only(const Path& path, std::size_t size) override {
        return make_read_only_memory(path, size);
    }

    bool is_writable(const Path& directory) override {
        // AT_EACCESS is a newer system call, which old containers forbid in a way that looks like an answer.
        const bool plain = geteuid() == getuid() && getegid() == getgid();
        if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, plain ? 0 : AT_EACCESS) == 0) return true;
        if (errno == EACCES || errno == EROFS || errno == EPERM) return false;
        throw_system_error(errno, "inspect", directory);
    }

    bool is_network(const Path& path) override {
        struct statfs status {};
        for (auto at = path;; at = at.parent_path()) {
            if (statfs(at.empty() ? "." : at.c_str(), &status) == 0)
                return is_network_type(static_cast<unsigned long>(status.f_type) & 0xffffffff);
            if (errno != ENOENT || at.empty() || at == at.parent_path())
                throw_system_error(errno, "inspect", path);
        }
    }

private:
    template <class Visit>
    static void for_each_name(const Path& directory, Visit visit) {
        const std::unique_ptr<DIR, int (*)(DIR*)> open_directory(opendir(directory.c_str()), closedir);
        if (!open_directory) throw_system_error(errno, "list", directory);
        for (;;) {
            errno = 0;
            const auto* const entry = readdir(open_directory.get());
            if (entry == nullptr) break;
            if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
                visit(dirfd(open_directory.get()), entry->d_name);
        }
        if (errno != 0) throw_system_error(errno, "list", directory);
    }
};

} // namespace

FileSystem& real_file_system() {
    alignas(PosixFileSystem) static unsigned char storage[sizeof(PosixFileSystem)];
    static FileSystem* const made = new (storage) PosixFileSystem;
    return *made;
}

} // namespace hsm::base
