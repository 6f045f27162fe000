// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#define SPDLOG_PREVENT_CHILD_FD // a program that is started from this one does not inherit the file
#include <base/log.hpp>

#include <base/environment.hpp>
#include <base/fork_guard.hpp>
#include <base/static_mutex.hpp>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <memory>
#include <mutex>
#include <string>

namespace hsm::base::log {

namespace {

constexpr std::array<std::string_view, 16> names = {
    "OFF",    "FATAL",  "SEVERE", "ERROR",  "WARNING", "NOTIFICATION", "DEBUG1", "DEBUG2",
    "DEBUG3", "DEBUG4", "DEBUG5", "DEBUG6", "DEBUG7",  "DEBUG8",       "DEBUG9", "DEBUG10"};

constexpr int unknown = -1; ///< the environment was not asked yet
constinit std::atomic<int> threshold{unknown};

// spdlog's sinks and formatters here are the ones without locks; this is the one lock, and it is held over a
// fork, so that the child finds the logger whole. The logger is never destroyed: the last message may come
// from a static destructor of the application.
constinit StaticMutex mutex;
constinit spdlog::logger* logger = nullptr; ///< reached with the mutex only, like the next one
constinit bool file_of_process = false;     ///< the file's name holds the process id

unsigned details() {
    if (const auto text = environment("NFLOG_DETAIL")) {
        try {
            return static_cast<unsigned>(std::stoul(*text, nullptr, 0));
        } catch (const std::exception&) {
            // not a number: as if unset
        }
    }
    return 7;
}

std::string line_pattern() {
    const auto detail = details();
    std::string pattern;
    if (detail & 2) pattern += "%Y-%m-%d ";
    if (detail & 1) pattern += "%H:%M:%S.%e ";
    if (detail & 4) pattern += "[%P] ";
    if (detail & 8) pattern += "(%t) ";
    return pattern + "%v";
}

std::shared_ptr<spdlog::sinks::sink> open_sink() {
    file_of_process = false;
    auto file = environment("NFLOG_FILE");
    if (const auto directory = environment("NFAST_LOGDIR"); !file && directory) {
        file = *directory + "/libhsm-" + std::to_string(spdlog::details::os::pid()) + ".log";
        file_of_process = true;
    }
    if (file) {
        try {
            return std::make_shared<spdlog::sinks::basic_file_sink_st>(*file);
        } catch (const std::exception&) {
            file_of_process = false; // better on standard error than lost
        }
    }
    return std::make_shared<spdlog::sinks::stderr_sink_st>();
}

// With the mutex held.
void open_logger() {
    auto fresh = std::make_unique<spdlog::logger>("libhsm", open_sink());
    fresh->set_formatter(std::make_unique<spdlog::pattern_formatter>(line_pattern()));
    fresh->set_level(spdlog::level::trace); // the severity was decided before
    fresh->flush_on(spdlog::level::trace);  // whole lines, also after a crash, and nothing buffered at a fork
    fresh->set_error_handler([](const std::string&) {}); // a full disk is no reason to write elsewhere
    delete std::exchange(logger, fresh.release());
}

Severity severity_of_environment() {
    for (const char* const name : {"LIBHSM_LOG", "NFLOG_SEVERITY"})
        if (const auto text = environment(name)) return parse_severity(*text);
    return environment("NFLOG_FILE") || environment("NFAST_LOGDIR") ? Severity::warning : Severity::off;
}

int learn_threshold() noexcept {
    int found = 0;
    try {
        found = static_cast<int>(severity_of_environment());
    } catch (const std::exception&) {
        // no memory: stay silent
    }
    int expected = unknown; // set_severity may have come first
    threshold.compare_exchange_strong(expected, found, std::memory_order_relaxed);
    return expected == unknown ? found : expected;
}

spdlog::level::level_enum spdlog_level(Severity severity) noexcept {
    switch (severity) {
    case Severity::fatal:
    case Severity::severe: return spdlog::level::critical;
    case Severity::error: return spdlog::level::err;
    case Severity::warning: return spdlog::level::warn;
    case Severity::notice: return spdlog::level::info;
    default: return spdlog::level::debug;
    }
}

#if !defined(_WIN32)
void lock_for_fork(void*) noexcept { mutex.lock(); }
void unlock_in_parent(void*) noexcept { mutex.unlock(); }

// The child must not go on in its parent's file. The old logger is dropped, not closed: that would free
// memory, and nothing is buffered in it.
void unlock_in_child(void*) noexcept {
    if (file_of_process) logger = nullptr;
    mutex.unlock();
}

[[maybe_unused]] const bool fork_safe = [] {
    on_fork(&mutex, {.prepare = lock_for_fork, .parent = unlock_in_parent, .child = unlock_in_child},
            fork_rank_log);
    return true;
}();
#endif

} // namespace

bool enabled(Severity severity) noexcept {
    auto limit = threshold.load(std::memory_order_relaxed);
    if (limit == unknown) [[unlikely]]
        limit = learn_threshold();
    return static_cast<int>(severity) <= limit;
}

void set_severity(Severity severity) noexcept {
    threshold.store(static_cast<int>(severity), std::memory_order_relaxed);
}

Severity parse_severity(std::string_view text) noexcept {
    const auto same = [&](std::string_view name) {
        return std::ranges::equal(text, name, {},
                                  [](char c) { return std::toupper(static_cast<unsigned char>(c)); });
    };
    const auto found = std::ranges::find_if(names, same);
    return found == names.end() ? Severity::off : static_cast<Severity>(found - names.begin());
}

void reopen() noexcept {
    const std::lock_guard lock(mutex);
    delete std::exchange(logger, nullptr); // the next message opens it
    threshold.store(unknown, std::memory_order_relaxed);
}

void write(Severity severity, fmt::string_view format, fmt::format_args arguments) noexcept {
    try {
        fmt::memory_buffer line;
        fmt::format_to(std::back_inserter(line), "{}: ",
                       names[std::min<std::size_t>(static_cast<std::size_t>(severity), names.size() - 1)]);
        fmt::vformat_to(std::back_inserter(line), format, arguments);
        // One message, one line: a name that came from outside cannot forge another message.
        for (auto& c : line)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
        const std::lock_guard lock(mutex);
        if (logger == nullptr) open_logger();
        logger->log(spdlog_level(severity), spdlog::string_view_t(line.data(), line.size()));
    } catch (...) {
        // A message that cannot be written is lost; the caller's work goes on.
    }
}

} // namespace hsm::base::log
