// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace hsm::test {

namespace {

constexpr unsigned nobody = 65534;

struct Pipe {
    int read = -1, write = -1;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    return {ends[0], ends[1]};
}

void shut(int& descriptor) {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
}

struct Wires {
    Pipe input = make_pipe(), output = make_pipe(), error = make_pipe();
    int master = -1;
    std::string slave_name;
};

void open_terminal(Wires& wires) {
    wires.master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    std::array<char, 128> name{};
    if (wires.master < 0 || ::grantpt(wires.master) != 0 || ::unlockpt(wires.master) != 0 ||
        ::ptsname_r(wires.master, name.data(), name.size()) != 0) {
        throw std::runtime_error("no pseudo terminal");
    }
    wires.slave_name = name.data();
}

[[noreturn]] void become(const ChildRequest& request, const Wires& wires) {
    ::setsid(); // no terminal of ours
    if (request.terminal) {
        const int slave = ::open(wires.slave_name.c_str(), O_RDWR);
        ::ioctl(slave, TIOCSCTTY, 0);
    }
    ::dup2(wires.input.read, 0);
    ::dup2(wires.output.write, 1);
    ::dup2(wires.error.write, 2);
    if (request.largest_file != 0) {
        std::signal(SIGXFSZ, SIG_IGN); // then writing fails instead
        const rlimit limit{request.largest_file, request.largest_file};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (::chdir(request.directory.c_str()) != 0) ::_exit(125);
    for (const auto& [name, value] : request.environment) {
        if (value.empty())
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (request.unprivileged && ::geteuid() == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(124);
    }
    auto program = request.program.string();
    std::vector<char*> words{program.data()};
    auto arguments = request.arguments;
    for (auto& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    ::execvp(program.c_str(), words.data());
    ::_exit(127);
}

/// Moves data in all directions until the child has closed its outputs.
void attend(const ChildRequest& request, Wires& wires, ChildOutcome& outcome) {
    std::string left = request.input;
    std::size_t typed = 0;
    if (left.empty()) shut(wires.input.write);
    if (request.close_output) shut(wires.output.read);
    std::array<char, 65536> buffer{};
    const auto take = [&](int& descriptor, std::string& to) {
        const auto count = ::read(descriptor, buffer.data(), buffer.size());
        if (count > 0)
            to.append(buffer.data(), static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            shut(descriptor);
    };
    while (wires.output.read >= 0 || wires.error.read >= 0) {
        std::array<pollfd, 4> waits{{{wires.output.read, POLLIN, 0},
                                     {wires.error.read, POLLIN, 0},
                                     {wires.input.write, POLLOUT, 0},
                                     {wires.master, POLLIN, 0}}};
        const int ready = ::poll(waits.data(), waits.size(), 300);
        if (ready == 0 && typed < request.typed.size() &&
            wires.master >= 0) { // it is quiet: it waits for the person
            const auto line = request.typed[typed++] + "\n";
            if (::write(wires.master, line.data(), line.size()) < 0) typed = request.typed.size();
        }
        if (waits[0].revents != 0) take(wires.output.read, outcome.out);
        if (waits[1].revents != 0) take(wires.error.read, outcome.err);
        if (waits[3].revents != 0) take(wires.master, outcome.screen);
        if (waits[2].revents != 0) {
            const auto count = ::write(wires.input.write, left.data(), left.size());
            if (count > 0) left.erase(0, static_cast<std::size_t>(count));
            if (count < 0 || left.empty()) shut(wires.input.write);
        }
    }
}

} // namespace

ChildOutcome run_child(const ChildRequest& request) {
    std::signal(SIGPIPE, SIG_IGN);
    Wires wires;
    if (request.terminal) open_terminal(wires);
    const auto child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
        std::signal(SIGPIPE, SIG_DFL);
        become(request, wires);
    }
    shut(wires.input.read);
    shut(wires.output.write);
    shut(wires.error.write);
    ChildOutcome outcome;
    attend(request, wires, outcome);
    int status = 0;
    ::waitpid(child, &status, 0);
    outcome.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    shut(wires.input.write);
    shut(wires.master);
    return outcome;
}

bool give_to_nobody(const std::filesystem::path& tree) {
    if (::geteuid() != 0) return true;
    if (::lchown(tree.c_str(), nobody, nobody) != 0) return false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) {
        if (::lchown(entry.path().c_str(), nobody, nobody) != 0) return false;
    }
    return true;
}

#if defined(__linux__)
bool mount_small_disk(const std::filesystem::path& directory, const std::string& size,
                      bool remount_read_only) {
    const auto options = "size=" + size;
    const unsigned long flags = remount_read_only ? MS_REMOUNT | MS_RDONLY : 0;
    return ::mount("none", directory.c_str(), "tmpfs", flags,
                   remount_read_only ? nullptr : options.c_str()) == 0;
}

void unmount(const std::filesystem::path& directory) { ::umount2(directory.c_str(), MNT_DETACH); }
#else
bool mount_small_disk(const std::filesystem::path&, const std::string&, bool) { return false; }
void unmount(const std::filesystem::path&) {}
#endif

} // namespace hsm::test
