// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "system.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hsm::tools::system {

namespace {

// A signal handler may read only plain memory: the path lies ready here.
char doomed_path[PATH_MAX];
std::atomic<bool> doomed{false};

extern "C" void remove_and_die(int number) {
    if (doomed.load()) ::unlink(doomed_path);
    std::signal(number, SIG_DFL);
    std::raise(number);
}

/// A closed standard stream would lend its number to the next file opened, and a message would end up in it.
void occupy_standard_descriptors() {
    for (int number = 0; number <= 2; ++number) {
        if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) {
            const int filler =
                ::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY); // using it fails, as it should
            if (filler != number && filler >= 0) ::close(filler);
        }
    }
}

} // namespace

std::vector<std::string> start(int count, char** arguments) {
    occupy_standard_descriptors();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE,
                SIG_IGN); // an operation that was started is finished, also when nobody reads the report
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        if (std::signal(number, remove_and_die) == SIG_IGN) std::signal(number, SIG_IGN); // nohup
    }
    return {arguments, arguments + count};
}

int open_read(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    struct stat facts {};
    if (::fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        ::close(descriptor);
        errno = EISDIR;
        return -1;
    }
    return descriptor;
}

int open_existing_write(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

int create_new(const std::filesystem::path& path, bool owner_only) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only ? 0600 : 0666);
}

std::int64_t read(int descriptor, std::span<std::uint8_t> to) {
    for (;;) {
        const auto count = ::read(descriptor, to.data(), to.size());
        if (count >= 0 || errno != EINTR) return count;
    }
}

std::int64_t write(int descriptor, ByteView data) {
    for (;;) {
        const auto count = ::write(descriptor, data.data(), data.size());
        if (count >= 0 || errno != EINTR) return count;
    }
}

bool sync(int descriptor) { return ::fsync(descriptor) == 0; }
bool close(int descriptor) { return ::close(descriptor) == 0; }

bool replace(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return false;
    const auto directory = to.has_parent_path() ? to.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) { // the file is there either way; a directory that cannot be opened is no failure
        ::fsync(descriptor);
        ::close(descriptor);
    }
    return true;
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool open_to_others(int descriptor) {
    struct stat facts {};
    return ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0;
}

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

void remove_on_signal(const std::filesystem::path& path) {
    doomed.store(false);
    if (path.empty() || path.native().size() >= sizeof doomed_path) return;
    std::memcpy(doomed_path, path.c_str(), path.native().size() + 1);
    doomed.store(true);
}

std::filesystem::path program_path() {
    std::error_code failure;
    return std::filesystem::read_symlink("/proc/self/exe", failure);
}

void* load_library(const std::filesystem::path& path, std::string& problem) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) problem = ::dlerror();
    return library;
}

void* library_symbol(void* library, const char* name) { return ::dlsym(library, name); }
void unload_library(void* library) noexcept { ::dlclose(library); }

int run_program(const std::vector<std::string>& words, const char* variable, const std::string& value, std::string& problem) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::setenv(variable, value.c_str(), 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    for (const int each : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE}) ::sigaddset(&defaults, each);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    const int failure = ::posix_spawnp(&child, arguments.front(), nullptr, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    if (failure != 0) {
        problem = std::strerror(failure);
        return -1;
    }
    struct sigaction ignore {}, interrupt {}, quit {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &interrupt);
    ::sigaction(SIGQUIT, &ignore, &quit);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    ::sigaction(SIGINT, &interrupt, nullptr);
    ::sigaction(SIGQUIT, &quit, nullptr);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::optional<std::string> environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

} // namespace hsm::tools::system
