// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/real_file_system_windows.hpp>

#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include <algorithm>
#include <thread>

namespace hsm::base::windows {

namespace {

OVERLAPPED at_offset(std::uint64_t offset) noexcept {
    OVERLAPPED where{};
    where.Offset = static_cast<DWORD>(offset);
    where.OffsetHigh = static_cast<DWORD>(offset >> 32);
    return where;
}

constexpr std::size_t largest_piece = 1u << 30; // the system takes 32-bit lengths

class WindowsFile final : public File {
public:
    WindowsFile(OwnedHandle handle, const Path& path) : handle_(std::move(handle)), path_(path) {}

    std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            auto where = at_offset(offset + done);
            DWORD n = 0;
            if (!ReadFile(handle_.get(), out.data() + done,
                          static_cast<DWORD>(std::min(out.size() - done, largest_piece)), &n, &where)) {
                if (GetLastError() == ERROR_HANDLE_EOF) break;
                throw_last_error("read", path_);
            }
            if (n == 0) break;
            done += n;
        }
        return done;
    }

    void write_at(std::uint64_t offset, ByteView data) override {
        while (!data.empty()) {
            auto where = at_offset(offset);
            DWORD n = 0;
            if (!WriteFile(handle_.get(), data.data(),
                           static_cast<DWORD>(std::min(data.size(), largest_piece)), &n, &where))
                throw_last_error("write", path_);
            offset += n;
            data = data.subspan(n);
        }
    }

    void sync() override { sync_all(); }
    void sync_all() override {
        if (!FlushFileBuffers(handle_.get())) throw_last_error("make durable", path_);
    }

    void resize(std::uint64_t size) override {
        FILE_END_OF_FILE_INFO end{};
        end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
        if (!SetFileInformationByHandle(handle_.get(), FileEndOfFileInfo, &end, sizeof end))
            throw_last_error("resize", path_);
    }

    std::uint64_t size() override { return info().size; }
    FileInfo info() override { return info_of(handle_.get(), path_); }

private:
    OwnedHandle handle_;
    Path path_;
};

// Locks on Windows are mandatory: a locked byte with data in it could not be read. So they lie far beyond any
// data, on a handle of their own.
class WindowsLockFile final : public LockFile {
public:
    WindowsLockFile(OwnedHandle handle, const Path& path) : handle_(std::move(handle)), path_(path) {}

    bool try_lock(std::uint32_t byte, Mode mode) override {
        auto where = place(byte);
        const DWORD flags =
            LOCKFILE_FAIL_IMMEDIATELY | (mode == Mode::exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0u);
        if (LockFileEx(handle_.get(), flags, 0, 1, 0, &where)) return true;
        if (const auto code = GetLastError(); code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING)
            return false;
        throw_last_error("lock", path_);
    }

    void lock(std::uint32_t byte, Mode mode, std::chrono::milliseconds patience) override {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (auto pause = std::chrono::milliseconds(1); !try_lock(byte, mode);
             pause = std::min(2 * pause, std::chrono::milliseconds(10))) {
            if (std::chrono::steady_clock::now() >= deadline)
                throw Error(Status::busy,
                            to_utf8(path_) + " is locked by another program (lock " + std::to_string(byte) +
                                "); wait until it is done, or end it if it hangs, then try again");
            std::this_thread::sleep_for(pause);
        }
    }

    void unlock(std::uint32_t byte) noexcept override {
        auto where = place(byte);
        UnlockFileEx(handle_.get(), 0, 1, 0, &where);
    }

    void abandon() noexcept override { handle_.close(); }

private:
    static OVERLAPPED place(std::uint32_t byte) noexcept {
        return at_offset((std::uint64_t{1} << 62) + byte);
    }

    OwnedHandle handle_;
    Path path_;
};

class WindowsSharedMemory final : public SharedMemory {
public:
    WindowsSharedMemory(void* data, std::size_t size) noexcept
        : data_(static_cast<std::uint8_t*>(data)), size_(size) {}
    WindowsSharedMemory(const WindowsSharedMemory&) = delete;
    WindowsSharedMemory& operator=(const WindowsSharedMemory&) = delete;
    ~WindowsSharedMemory() override { UnmapViewOfFile(data_); }
    std::span<std::uint8_t> bytes() noexcept override { return {data_, size_}; }

private:
    std::uint8_t* data_;
    std::size_t size_;
};

} // namespace

std::unique_ptr<File> make_file(OwnedHandle handle, const Path& path) {
    return std::make_unique<WindowsFile>(std::move(handle), path);
}

std::unique_ptr<LockFile> make_lock_file(const Path& path) {
    auto handle = open_regular(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
    if (!handle && GetLastError() == ERROR_WRITE_PROTECT)
        handle = open_regular(path, GENERIC_READ, OPEN_EXISTING);
    if (!handle) throw_last_error("open", path);
    return std::make_unique<WindowsLockFile>(std::move(handle), path);
}

// A section without a name, backed by the file: names in the global space need a privilege. The section grows
// the file.
std::unique_ptr<SharedMemory> make_shared_memory(const Path& path, std::size_t size) {
    const auto file = open_regular(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
    if (!file) throw_last_error("open", path);
    const OwnedHandle section(CreateFileMappingW(file.get(), nullptr, PAGE_READWRITE,
                                                 static_cast<DWORD>(std::uint64_t{size} >> 32),
                                                 static_cast<DWORD>(size), nullptr));
    if (!section) throw_last_error("map", path);
    void* const mapped = MapViewOfFile(section.get(), FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
    if (mapped == nullptr) throw_last_error("map", path);
    return std::make_unique<WindowsSharedMemory>(mapped, size);
}

std::unique_ptr<SharedMemory> make_read_only_memory(const Path& path, std::size_t size) {
    const auto file = open_regular(path, GENERIC_READ, OPEN_EXISTING);
    if (!file) {
        if (GetLastError() == ERROR_FILE_NOT_FOUND) return nullptr;
        throw_last_error("open", path);
    }
    if (info_of(file.get(), path).size < size) return nullptr;
    const OwnedHandle section(CreateFileMappingW(file.get(), nullptr, PAGE_READONLY, 0, 0, nullptr));
    if (!section) throw_last_error("map", path);
    void* const mapped = MapViewOfFile(section.get(), FILE_MAP_READ, 0, 0, size);
    if (mapped == nullptr) throw_last_error("map", path);
    return std::make_unique<WindowsSharedMemory>(mapped, size);
}

} // namespace hsm::base::windows
