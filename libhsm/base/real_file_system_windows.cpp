// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/real_file_system_windows.hpp>

#include <base/path_text.hpp>
#include <base/system_error.hpp>

#include <new>

namespace hsm::base {

namespace windows {

std::wstring native(const Path& path) {
    const auto plain = Path(path).make_preferred().wstring();
    if (plain.size() < 240 || !path.is_absolute() || plain.starts_with(L"\\\\?\\")) return plain;
    const auto normal =
        path.lexically_normal().make_preferred().wstring(); // with the prefix nothing normalises it
    return normal.starts_with(L"\\\\") ? L"\\\\?\\UNC" + normal.substr(1) : L"\\\\?\\" + normal;
}

void throw_last_error(std::string_view doing, const Path& path) {
    throw_system_error(static_cast<int>(GetLastError()), doing, path);
}

OwnedHandle open_handle(const Path& path, DWORD access, DWORD disposition) {
    return OwnedHandle(CreateFileW(
        native(path).c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
        disposition, FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

OwnedHandle open_regular(const Path& path, DWORD access, DWORD disposition) {
    OwnedHandle handle;
    retry_while_in_use([&] {
        handle = open_handle(path, access, disposition);
        // A directory also says "access denied", and does not get better.
        return static_cast<bool>(handle) || GetLastError() != ERROR_SHARING_VIOLATION;
    });
    if (!handle) return handle;
    BY_HANDLE_FILE_INFORMATION found{};
    const bool known = GetFileInformationByHandle(handle.get(), &found) != 0;
    constexpr DWORD special = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE;
    if (!known || GetFileType(handle.get()) != FILE_TYPE_DISK || (found.dwFileAttributes & special) != 0)
        throw Error(Status::record_damaged,
                    to_utf8(path) + " is not a regular file" + std::string(advice(Status::record_damaged)));
    return handle;
}

FileInfo info_of(HANDLE handle, const Path& path) {
    BY_HANDLE_FILE_INFORMATION found{};
    FILE_BASIC_INFO times{};
    if (!GetFileInformationByHandle(handle, &found) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &times, sizeof times))
        throw_last_error("inspect", path);
    const auto kind = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? FileInfo::Kind::symlink
                      : (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0   ? FileInfo::Kind::directory
                                                                                   : FileInfo::Kind::file;
    // In 100 ns since 1601; only differences matter.
    const auto ns = [](const LARGE_INTEGER& t) { return (t.QuadPart - 116444736000000000LL) * 100; };
    return {.kind = kind,
            .size = std::uint64_t{found.nFileSizeHigh} << 32 | found.nFileSizeLow,
            .device = found.dwVolumeSerialNumber,
            .inode = std::uint64_t{found.nFileIndexHigh} << 32 | found.nFileIndexLow,
            .mtime_ns = ns(times.LastWriteTime),
            .ctime_ns = ns(times.ChangeTime)};
}

} // namespace windows

namespace {

using namespace windows;

bool is_absent(DWORD code) noexcept { return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND; }

class WindowsFileSystem final : public FileSystem {
public:
    std::unique_ptr<File> open(const Path& path, Open how, FileMode) override {
        const DWORD disposition = how == Open::create       ? OPEN_ALWAYS
                                  : how == Open::create_new ? CREATE_NEW
                                                            : OPEN_EXISTING;
        auto handle =
            open_regular(path, how == Open::read ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE, disposition);
        if (!handle) throw_last_error(how == Open::read || how == Open::write ? "open" : "create", path);
        return make_file(std::move(handle), path);
    }

    std::optional<Bytes> read(const Path& path, std::uint64_t limit) override {
        auto handle = open_regular(path, GENERIC_READ, OPEN_EXISTING);
        if (!handle) {
            if (is_absent(GetLastError())) return std::nullopt;
            throw_last_error("open", path);
        }
        const auto file = make_file(std::move(handle), path);
        const auto size = file->size();
        if (size > limit)
            throw Error(Status::record_damaged, to_utf8(path) + " is larger than the " +
                                                    std::to_string(limit) +
                                                    " bytes that it may have; it is not what belongs there");
        // One byte more, so that a file that grows meanwhile is noticed.
        Bytes contents(static_cast<std::size_t>(size) + 1);
        contents.resize(file->read_at(0, contents));
        if (contents.size() <= size) return contents;
        throw Error(Status::busy, to_utf8(path) + " changed while it was read; try again");
    }

    std::optional<FileInfo> info(const Path& path) override {
        const auto handle = open_handle(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING);
        if (handle) return info_of(handle.get(), path);
        if (is_absent(GetLastError())) return std::nullopt;
        throw_last_error("inspect", path);
    }

    std::vector<std::string> list(const Path& directory) override {
        WIN32_FIND_DATAW entry{};
        const auto search = FindFirstFileExW(native(directory / "*").c_str(), FindExInfoBasic, &entry,
                                             FindExSearchNameMatch, nullptr, 0);
        if (search == INVALID_HANDLE_VALUE) throw_last_error("list", directory);
        const std::unique_ptr<void, BOOL(WINAPI*)(HANDLE)> close(search, FindClose);
        std::vector<std::string> names;
        do {
            const std::wstring_view name = entry.cFileName;
            if (name != L"." && name != L"..") names.push_back(to_utf8(Path(name)));
        } while (FindNextFileW(search, &entry));
        if (GetLastError() != ERROR_NO_MORE_FILES) throw_last_error("list", directory);
        return names;
    }

    // The search itself gives neither the file's number nor the time of its last change.
    std::vector<DirectoryEntry> list_with_info(const Path& directory) override {
        std::vector<DirectoryEntry> entries;
        for (auto& name : list(directory))
            if (const auto found = info(directory / path_from_utf8(name))) entries.push_back({std::move(name), *found});
        return entries;
    }

    void create_directories(const Path& path, FileMode mode) override {
        const auto attributes = GetFileAttributesW(native(path).c_str());
        if (attributes != INVALID_FILE_ATTRIBUTES) {
            if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return;
            throw Error(Status::already_exists,
                        to_utf8(path) + " is not a directory; remove it, or name another one");
        }
        if (const auto parent = path.parent_path(); !parent.empty() && parent != path)
            create_directories(parent, mode);
        if (!CreateDirectoryW(native(path).c_str(), nullptr) && GetLastError() != ERROR_ALREADY_EXISTS)
            throw_last_error("create", path);
        sync_directory(path.parent_path());
    }

    void rename(const Path& from, const Path& to) override { move(from, to, MOVEFILE_REPLACE_EXISTING); }
    void rename_new(const Path& from, const Path& to) override { move(from, to, 0); }

    void remove(const Path& path) override {
        const auto name = native(path);
        const bool done = retry_while_in_use([&] {
            if (DeleteFileW(name.c_str())) return true;
            const auto code = GetLastError();
            if (code == ERROR_ACCESS_DENIED && RemoveDirectoryW(name.c_str())) return true;
            // "Not a directory" means that the first answer was about a file, and stands.
            if (code != ERROR_ACCESS_DENIED || GetLastError() == ERROR_DIRECTORY) SetLastError(code);
            return false;
        });
        if (!done) throw_last_error("remove", path);
    }

    // The renames went through to the disk by themselves; this is for creations and removals, as far as the
    // system has it.
    void sync_directory(const Path& path) override {
        const auto handle = open_handle(path.empty() ? Path(".") : path, GENERIC_WRITE, OPEN_EXISTING);
        if (!handle) {
            if (is_absent(GetLastError())) throw_last_error("open", path);
            return;
        }
        FlushFileBuffers(handle.get());
    }

    std::unique_ptr<LockFile> lock_file(const Path& path) override { return make_lock_file(path); }

    std::unique_ptr<SharedMemory> map_shared(const Path& path, std::size_t size) override {
        return make_shared_memory(path, size);
    }

    std::unique_ptr<SharedMemory> map_read_only(const Path& path, std::size_t size) override {
        return make_read_only_memory(path, size);
    }

    bool is_writable(const Path& directory) override {
        if (open_handle(directory, FILE_ADD_FILE, OPEN_EXISTING)) return true;
        const auto code = GetLastError();
        if (code == ERROR_ACCESS_DENIED || code == ERROR_WRITE_PROTECT) return false;
        throw_last_error("inspect", directory);
    }

    bool is_network(const Path& path) override {
        const auto root = std::filesystem::absolute(path).root_path().make_preferred().wstring();
        return GetDriveTypeW(root.c_str()) == DRIVE_REMOTE ||
               (root.starts_with(L"\\\\") && !root.starts_with(L"\\\\?\\"));
    }

private:
    static void move(const Path& from, const Path& to, DWORD flags) {
        const auto source = native(from);
        const auto target = native(to);
        const bool done = retry_while_in_use(
            [&] { return MoveFileExW(source.c_str(), target.c_str(), flags | MOVEFILE_WRITE_THROUGH) != 0; });
        if (!done) throw_last_error("rename " + to_utf8(from) + " to", to);
    }
};

} // namespace

FileSystem& real_file_system() {
    alignas(WindowsFileSystem) static unsigned char storage[sizeof(WindowsFileSystem)];
    static FileSystem* const made = new (storage) WindowsFileSystem;
    return *made;
}

} // namespace hsm::base
