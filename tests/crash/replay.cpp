// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "replay.hpp"

#include <algorithm>
#include <map>

namespace hsm::test {

namespace {

/// Without what is derived and disposable.
DiskState essence(const DiskState& state) {
    DiskState kept;
    for (const auto& [path, contents] : state)
        if (!path.substr(path.rfind('/') + 1).starts_with(".index")) kept[path] = contents;
    return kept;
}

std::string text_of(const DiskState& state) {
    std::string text;
    for (const auto& [path, contents] : state)
        text += "\n    " + path + (contents ? ' ' + std::to_string(contents->size()) : "/");
    return text;
}

/// What is wrong with what is in the lab now; empty when nothing is.
std::string violation(const Operation& operation, const Notes& notes, bool done) {
    try {
        operation.check(notes, done);
        return {};
    } catch (const Violation& found) {
        return found.what();
    } catch (const Error& error) {
        return std::string(status_row(error.status()).name) + ": " + error.what();
    }
}

} // namespace

Recording::Recording(const Operation& operation)
    : operation_(operation), files_((Lab::instance().put(Lab::instance().stages().*operation.begin), Lab::instance().home())),
      client_(Lab::instance().open(files_)) {
    if (operation_.prepare) operation_.prepare(*client_);
    files_.start();
}

std::optional<Error> Recording::run(const Fault& fault) {
    files_.drop_sync(fault.drop_sync);
    files_.fail_step(fault.fail_step, fault.status, fault.and_all_later);
    std::optional<Error> thrown;
    try {
        operation_.run(*client_, notes_);
    } catch (const Error& error) {
        thrown = error;
    }
    files_.no_faults();
    return thrown;
}

ReplayResult replay(const Operation& operation, Recording& recording, const ReplayLimits& limits) {
    recording.close();
    auto& files = recording.files();
    ReplayResult result;
    result.steps = files.step_count();
    result.syncs = files.sync_count();
    const auto steps = files.describe_steps();
    const auto prepared_at = Lab::instance().clock().now_ms.load();
    std::map<std::pair<bool, DiskState>, std::size_t> seen;
    for (std::size_t i = 0; i <= result.steps; ++i) {
        const auto n = limits.last_first ? result.steps - i : i;
        const bool done = n == result.steps;
        for (const auto& state : files.states_after(n, {limits.states_per_step, n + 1})) {
            if (++seen[{done, essence(state)}] > limits.variants) continue;
            Lab::instance().put(state);
            Lab::instance().clock().now_ms = prepared_at;
            ++result.states;
            const auto found = violation(operation, recording.notes(), done);
            if (found.empty()) continue;
            result.violations.push_back(operation.name + ", power cut after step " + std::to_string(n) + " (" +
                                        (n == 0 ? "none" : steps[n - 1]) + "): " + found + text_of(state));
            if (limits.stop_at_first) return result;
        }
    }
    return result;
}

} // namespace hsm::test
