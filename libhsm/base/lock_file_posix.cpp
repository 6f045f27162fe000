// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/real_file_system_posix.hpp>

#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

namespace hsm::base::posix {

namespace {

// Locks of the open file description, not of the process: the process's own are lost as soon as anything in
// it, such as a second copy of this library, closes the file. Threads of one object do not exclude each
// other.
class PosixLockFile final : public LockFile {
public:
    PosixLockFile(Descriptor fd, const Path& path) : fd_(std::move(fd)), path_(path) {}

    bool try_lock(std::uint32_t byte, Mode mode) override {
        if (!fd_)
            throw Error(Status::forked,
                        "the locks of " + to_utf8(path_) + " belong to the parent process; open it again");
        if (set(byte, mode == Mode::shared ? F_RDLCK : F_WRLCK)) return true;
        if (errno == EAGAIN || errno == EACCES) return false;
        // A file on a read-only file system is open for reading only, which suffices for shared locks.
        if (errno == EBADF) throw_system_error(EROFS, "lock", path_);
        throw_system_error(errno, "lock", path_);
    }

    // Not F_OFD_SETLKW: it waits for ever for a holder that a debugger has stopped.
    void lock(std::uint32_t byte, Mode mode, std::chrono::milliseconds patience) override {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (auto pause = std::chrono::microseconds(20); !try_lock(byte, mode);
             pause = std::min<std::chrono::microseconds>(2 * pause, std::chrono::milliseconds(10))) {
            if (std::chrono::steady_clock::now() >= deadline)
                throw Error(Status::busy,
                            to_utf8(path_) + " is locked by another program (lock " + std::to_string(byte) +
                                "); wait until it is done, or end it if it hangs, then try again");
            std::this_thread::sleep_for(pause);
        }
    }

    void unlock(std::uint32_t byte) noexcept override {
        if (fd_) set(byte, F_UNLCK);
    }

    // The parent has the same open file: closing our descriptor of it leaves its locks alone, and unlocking
    // would not.
    void abandon() noexcept override { fd_.close(); }

private:
    bool set(std::uint32_t byte, short type) noexcept {
        struct flock request {};
        request.l_type = type;
        request.l_whence = SEEK_SET;
        request.l_start = static_cast<off_t>(byte);
        request.l_len = 1;
        int result;
        do result = fcntl(fd_.get(), F_OFD_SETLK, &request);
        while (result != 0 && errno == EINTR);
        return result == 0;
    }

    Descriptor fd_;
    Path path_;
};

} // namespace

std::unique_ptr<LockFile> make_lock_file(const Path& path) {
    auto fd = open_regular(path, O_RDWR | O_CREAT, mode_of(FileMode::private_file));
    if (!fd && errno == EROFS) fd = open_regular(path, O_RDONLY);
    if (!fd) throw_system_error(errno, "open", path);
    return std::make_unique<PosixLockFile>(std::move(fd), path);
}

} // namespace hsm::base::posix
