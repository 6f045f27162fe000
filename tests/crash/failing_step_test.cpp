// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <iostream>

// Each step of each durable operation fails: a full disk, a broken one.

using namespace hsm;
using namespace hsm::test;

namespace {

/// Without derived files and temporaries, and without cards that the operation writes on its way.
DiskState kept_state(const Operation& operation) {
    DiskState kept;
    for (const auto& [path, contents] : read_tree(Lab::instance().home(), {"page", "locks"})) {
        const bool hidden = path.find("/.") != std::string::npos;
        if (contents && !hidden && !(operation.writes_cards && path.starts_with("cards/"))) kept[path] = contents;
    }
    return kept;
}

std::string check_now(const Operation& operation, const Notes& notes, bool done) {
    try {
        operation.check(notes, done);
        return {};
    } catch (const std::exception& found) {
        return found.what();
    }
}

bool is_one_line(const std::string& text) { return !text.empty() && text.find('\n') == std::string::npos; }

/// The operation after a failure of one step: refused with the right words, and nothing changed, unless the step was
/// the sync of the directory behind the commit point.
struct Outcome {
    bool reached = false;
    bool changed = false;
    std::string problem;
};

Outcome fail(const Operation& operation, const Fault& fault, std::string& step) {
    Outcome outcome;
    Recording recording(operation);
    const auto before = kept_state(operation);
    const auto error = recording.run(fault);
    const auto steps = recording.files().describe_steps();
    outcome.reached = steps.size() + 1 >= fault.fail_step;
    step = steps.size() >= fault.fail_step ? steps[fault.fail_step - 1] : "step " + std::to_string(fault.fail_step);
    if (!error) { // the step is one that the operation can do without
        recording.close();
        outcome.problem = check_now(operation, recording.notes(), true);
        return outcome;
    }
    if (error->status() != fault.status || !is_one_line(error->message()))
        outcome.problem = std::string(status_row(error->status()).name) + " was thrown: " + error->message();
    outcome.changed = kept_state(operation) != before;
    if (!outcome.changed) {
        Lab::instance().clock().now_ms += 2'000; // a wrong passphrase that could not be written down counts all the same
        const auto again = recording.run();
        if (again && outcome.problem.empty()) outcome.problem = "a second attempt fails: " + again->message();
        recording.close();
        if (!again && outcome.problem.empty()) outcome.problem = check_now(operation, recording.notes(), true);
        return outcome;
    }
    recording.close();
    if (outcome.problem.empty()) outcome.problem = check_now(operation, {}, false);
    return outcome;
}

} // namespace

TEST_CASE("an operation whose file system fails at any step changes nothing and works afterwards", "[crash][fault]") {
    struct Disk {
        Status status;
        bool all_later;
    };
    const std::vector<Disk> disks = {{Status::disk_full, false}, {Status::io_error, false}, {Status::io_error, true}};
    for (const auto& operation : all_operations()) {
        DYNAMIC_SECTION(operation.name) {
            std::size_t runs = 0, changed = 0;
            for (const auto& disk : disks) {
                for (std::size_t n = 1;; n += sampled(1, 5)) {
                    Fault fault;
                    fault.fail_step = n;
                    fault.status = disk.status;
                    fault.and_all_later = disk.all_later;
                    std::string step;
                    const auto outcome = fail(operation, fault, step);
                    if (!outcome.reached) break;
                    ++runs;
                    INFO(operation.name << ", failing " << n << ": " << step << (disk.all_later ? " and all later" : ""));
                    CHECK(outcome.problem == "");
                    if (!outcome.changed) continue;
                    ++changed;
                    // Only the sync of the directory comes after a commit point.
                    CHECK((step.find("sync directory") != std::string::npos || disk.all_later || operation.commits_early));
                }
            }
            std::cout << operation.name << ": " << runs << " failures, " << changed << " behind the commit point\n";
        }
    }
}
