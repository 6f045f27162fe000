// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace hsm::test {

pid_t child(const std::function<int()>& work) {
    std::fflush(nullptr);
    const auto process = ::fork();
    if (process == 0) {
        int status = 120;
        try {
            status = work();
        } catch (...) { // NOLINT(bugprone-empty-catch): the status says it
        }
        ::_exit(status);
    }
    REQUIRE(process > 0);
    return process;
}

int outcome(pid_t process) {
    int status = 0;
    REQUIRE(::waitpid(process, &status, 0) == process);
    return WIFSIGNALED(status) ? 200 + WTERMSIG(status) : WEXITSTATUS(status);
}

void leave() {
    for (std::ostream* stream : {&std::cout, &std::cerr, &std::clog}) stream->rdbuf(nullptr);
    std::exit(0);
}

} // namespace hsm::test
