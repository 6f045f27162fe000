// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace hsm::test {

/// A forked child that runs a function and ends with what it returns; with 99 when it throws. POSIX only.
class ChildProcess {
public:
    template <class Action>
    explicit ChildProcess(Action action) : pid_(fork()) {
        if (pid_ < 0) throw std::runtime_error("fork failed");
        if (pid_ != 0) return;
        int result = 99;
        try {
            result = action();
        } catch (...) {
        }
        _exit(result); // no destructors, no test framework
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            wait();
        }
    }

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// What the action returned; 128 and more: the signal that ended it.
    int wait() {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t pid_;
};

template <class Action>
int run_in_child(Action action) {
    return ChildProcess(action).wait();
}

/// A pipe to wait on: one process calls set, another wait.
class Signal {
public:
    Signal() {
        if (pipe(ends_) != 0) throw std::runtime_error("pipe failed");
    }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    ~Signal() {
        close(ends_[0]);
        close(ends_[1]);
    }
    void set() {
        if (write(ends_[1], "x", 1) != 1) throw std::runtime_error("write failed");
    }
    void wait() {
        char byte;
        if (read(ends_[0], &byte, 1) != 1) throw std::runtime_error("read failed");
    }

private:
    int ends_[2];
};

} // namespace hsm::test
