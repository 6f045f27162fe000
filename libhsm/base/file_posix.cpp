// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/real_file_system_posix.hpp>

#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hsm::base::posix {

namespace {

class PosixFile final : public File {
public:
    PosixFile(Descriptor fd, const Path& path) : fd_(std::move(fd)), path_(path) {}

    std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            const auto n =
                pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
            if (n == 0) break;
            if (n > 0)
                done += static_cast<std::size_t>(n);
            else if (errno != EINTR)
                throw_system_error(errno, "read", path_);
        }
        return done;
    }

    void write_at(std::uint64_t offset, ByteView data) override {
        while (!data.empty()) {
            const auto n = pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset));
            if (n < 0) {
                if (errno == EINTR) continue;
                fail(errno, "write");
            }
            offset += static_cast<std::uint64_t>(n);
            data = data.subspan(static_cast<std::size_t>(n));
        }
    }

    // After an error the kernel may have dropped the data and forgotten the error: a second call would
    // succeed and lie.
    void sync() override {
        if (fdatasync(fd_.get()) != 0) throw_system_error(errno, "make durable", path_);
    }
    void sync_all() override {
        if (fsync(fd_.get()) != 0) throw_system_error(errno, "make durable", path_);
    }

    void resize(std::uint64_t size) override {
        while (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
            if (errno != EINTR) fail(errno, "resize");
    }

    std::uint64_t size() override { return info().size; }

    FileInfo info() override {
        struct stat status {};
        if (fstat(fd_.get(), &status) != 0) throw_system_error(errno, "inspect", path_);
        return info_of(status);
    }

private:
    // A descriptor that was opened for reading only says EBADF or EINVAL.
    [[noreturn]] void fail(int code, std::string_view doing) const {
        if (code == EBADF || code == EINVAL)
            throw Error(Status::bad_state, "cannot " + std::string(doing) + " " + to_utf8(path_) +
                                               ": it was opened for reading");
        throw_system_error(code, doing, path_);
    }

    Descriptor fd_;
    Path path_;
};

class PosixSharedMemory final : public SharedMemory {
public:
    PosixSharedMemory(void* data, std::size_t size) noexcept
        : data_(static_cast<std::uint8_t*>(data)), size_(size) {}
    PosixSharedMemory(const PosixSharedMemory&) = delete;
    PosixSharedMemory& operator=(const PosixSharedMemory&) = delete;
    ~PosixSharedMemory() override { munmap(data_, size_); }
    std::span<std::uint8_t> bytes() noexcept override { return {data_, size_}; }

private:
    std::uint8_t* data_;
    std::size_t size_;
};

// Not ftruncate: a page without a block behind it would end the process (SIGBUS) when it is first touched on
// a full disk.
void grow_to(int fd, std::size_t size, const Path& path) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw_system_error(errno, "inspect", path);
    if (static_cast<std::uint64_t>(status.st_size) >= size) return;
    int result;
    do result = posix_fallocate(fd, 0, static_cast<off_t>(size));
    while (result == EINTR);
    if (result != 0) throw_system_error(result, "resize", path);
}

} // namespace

std::unique_ptr<File> make_file(Descriptor fd, const Path& path) {
    return std::make_unique<PosixFile>(std::move(fd), path);
}

std::unique_ptr<SharedMemory> make_shared_memory(const Path& path, std::size_t size) {
    const auto fd = open_regular(path, O_RDWR | O_CREAT, mode_of(FileMode::private_file));
    if (!fd) throw_system_error(errno, "open", path);
    grow_to(fd.get(), size, path);
    void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (mapped == MAP_FAILED) throw_system_error(errno, "map", path);
    return std::make_unique<PosixSharedMemory>(mapped, size);
}

std::unique_ptr<SharedMemory> make_read_only_memory(const Path& path, std::size_t size) {
    const auto fd = open_regular(path, O_RDONLY);
    if (!fd) {
        if (errno == ENOENT) return nullptr;
        throw_system_error(errno, "open", path);
    }
    struct stat status {};
    if (fstat(fd.get(), &status) != 0) throw_system_error(errno, "inspect", path);
    if (static_cast<std::uint64_t>(status.st_size) < size) return nullptr;
    void* const mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (mapped == MAP_FAILED) throw_system_error(errno, "map", path);
    return std::make_unique<PosixSharedMemory>(mapped, size);
}

} // namespace hsm::base::posix
