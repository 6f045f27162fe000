// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "system.hpp"

// clang-format off
#include <windows.h> // the other system headers need it first
// clang-format on
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <shellapi.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace hsm::tools::system {

namespace {

std::string utf8(const wchar_t* wide) {
    const int size = ::WideCharToMultiByte(CP_UTF8, 0, wide, -1, nullptr, 0, nullptr, nullptr);
    if (size <= 1) return {};
    std::string text(static_cast<std::size_t>(size), '\0');
    ::WideCharToMultiByte(CP_UTF8, 0, wide, -1, text.data(), size, nullptr, nullptr);
    text.pop_back();
    return text;
}

// What writing to a pipe without a reader, and to a full disk, looks like here.
int told_by_system() {
    switch (::GetLastError()) {
    case ERROR_NO_DATA:
    case ERROR_BROKEN_PIPE: return EPIPE;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL: return ENOSPC;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION: return EACCES;
    case ERROR_WRITE_PROTECT: return EROFS;
    default: return errno;
    }
}

wchar_t doomed_path[32768];

BOOL WINAPI remove_and_die(DWORD) {
    if (doomed_path[0] != 0) ::DeleteFileW(doomed_path); // fails while it is open: then it stays behind
    return FALSE;
}

} // namespace

std::vector<std::string> start(int count, char** arguments) {
    for (const int stream : {0, 1, 2}) ::_setmode(stream, _O_BINARY);
    ::SetConsoleOutputCP(CP_UTF8);
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    ::SetConsoleCtrlHandler(remove_and_die, TRUE);
    int wide_count = 0;
    wchar_t** wide = ::CommandLineToArgvW(::GetCommandLineW(), &wide_count);
    if (wide == nullptr) return {arguments, arguments + count};
    std::vector<std::string> words;
    for (int i = 0; i < wide_count; ++i) words.push_back(utf8(wide[i]));
    ::LocalFree(wide);
    return words;
}

int open_read(const std::filesystem::path& path) {
    if (::GetFileAttributesW(path.c_str()) != INVALID_FILE_ATTRIBUTES &&
        std::filesystem::is_directory(path)) {
        errno = EISDIR;
        return -1;
    }
    return ::_wopen(path.c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT);
}

int open_existing_write(const std::filesystem::path& path) {
    return ::_wopen(path.c_str(), _O_WRONLY | _O_BINARY | _O_NOINHERIT);
}

int create_new(const std::filesystem::path& path,
               bool) { // the directory's inherited ACL decides who may read it
    return ::_wopen(path.c_str(), _O_WRONLY | _O_BINARY | _O_CREAT | _O_EXCL | _O_NOINHERIT,
                    _S_IREAD | _S_IWRITE);
}

std::int64_t read(int descriptor, std::span<std::uint8_t> to) {
    const auto size = to.size() < INT_MAX ? static_cast<unsigned>(to.size()) : static_cast<unsigned>(INT_MAX);
    const int count = ::_read(descriptor, to.data(), size);
    return count < 0 && errno == EPIPE ? 0 : count; // the writer of a pipe ended: that is the end of the data
}

std::int64_t write(int descriptor, ByteView data) {
    const auto size =
        data.size() < INT_MAX ? static_cast<unsigned>(data.size()) : static_cast<unsigned>(INT_MAX);
    const int count = ::_write(descriptor, data.data(), size);
    if (count < 0) errno = told_by_system();
    return count;
}

bool sync(int descriptor) { return ::_commit(descriptor) == 0; }
bool close(int descriptor) { return ::_close(descriptor) == 0; }

bool replace(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0)
        return true;
    errno = told_by_system();
    return false;
}

bool is_terminal(int descriptor) {
    DWORD mode = 0;
    return ::GetConsoleMode(reinterpret_cast<HANDLE>(::_get_osfhandle(descriptor)), &mode) != 0;
}

bool open_to_others(int) {
    return false;
} // permissions are inherited ACLs here; the user's own profile is private

std::uint64_t process_id() { return ::GetCurrentProcessId(); }

void remove_on_signal(const std::filesystem::path& path) {
    const auto& text = path.native();
    if (text.size() < std::size(doomed_path)) text.copy(doomed_path, text.size());
    doomed_path[text.size() < std::size(doomed_path) ? text.size() : 0] = 0;
}

std::filesystem::path program_path() {
    std::wstring path(32768, L'\0');
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

void* load_library(const std::filesystem::path& path, std::string& problem) {
    void* library = ::LoadLibraryExW(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (library == nullptr) problem = "error " + std::to_string(::GetLastError());
    return library;
}

void* library_symbol(void* library, const char* name) {
    return reinterpret_cast<void*>(::GetProcAddress(static_cast<HMODULE>(library), name));
}
void unload_library(void* library) noexcept { ::FreeLibrary(static_cast<HMODULE>(library)); }

int run_program(const std::vector<std::string>& words, const char* variable, const std::string& value, std::string& problem) {
    const auto wide = [](const std::string& text) {
        return std::filesystem::path(std::u8string(text.begin(), text.end())).wstring();
    };
    // What the runtime joins with blanks must come apart again: CommandLineToArgvW's rules.
    std::vector<std::wstring> quoted;
    std::vector<const wchar_t*> arguments;
    for (const auto& word : words) {
        std::wstring out = L"\"";
        std::size_t backslashes = 0;
        for (const auto c : wide(word)) {
            backslashes = c == L'\\' ? backslashes + 1 : 0;
            if (c == L'"') out.append(backslashes + 1, L'\\');
            out.push_back(c);
        }
        out.append(backslashes, L'\\').push_back(L'"');
        quoted.push_back(std::move(out));
    }
    for (const auto& word : quoted) arguments.push_back(word.c_str());
    arguments.push_back(nullptr);
    ::_wputenv_s(wide(variable).c_str(), wide(value).c_str());
    const auto code = ::_wspawnvp(_P_WAIT, wide(words.front()).c_str(), arguments.data());
    if (code == -1) {
        problem = std::strerror(errno);
        return -1;
    }
    return static_cast<int>(code & 0xff);
}

std::optional<std::string> environment(const char* name) {
    std::wstring wide_name;
    for (const char* c = name; *c != '\0'; ++c) wide_name.push_back(static_cast<wchar_t>(*c));
    std::wstring value(32768, L'\0');
    const auto size =
        ::GetEnvironmentVariableW(wide_name.c_str(), value.data(), static_cast<DWORD>(value.size()));
    if (size == 0 || size >= value.size()) return std::nullopt;
    value.resize(size);
    return utf8(value.c_str());
}

} // namespace hsm::tools::system
