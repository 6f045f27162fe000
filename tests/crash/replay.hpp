// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "operations.hpp"

#include <support/recording_file_system.hpp>

#include <optional>
#include <string>
#include <vector>

/// \file
/// Runs an operation on a recorded disk, and then looks at every disk that a power cut may have left.

namespace hsm::test {

/// A fault to put in. Steps and syncs are counted from 1; 0: none.
struct Fault {
    std::size_t drop_sync = 0;
    std::size_t fail_step = 0;
    Status status = Status::io_error;
    bool and_all_later = false;
};

/// One run of an operation in the lab.
class Recording {
public:
    /// Puts the lab into the operation's first state and prepares it; everything until here is durable.
    explicit Recording(const Operation& operation);

    /// Runs the operation. What it throws, if it does.
    std::optional<Error> run(const Fault& fault = {});

    [[nodiscard]] RecordingFileSystem& files() noexcept { return files_; }
    [[nodiscard]] Client& client() { return *client_; }
    [[nodiscard]] const Notes& notes() const noexcept { return notes_; }
    void close() { client_.reset(); }

private:
    const Operation& operation_;
    Notes notes_;
    RecordingFileSystem files_;
    std::optional<Client> client_;
};

struct ReplayLimits {
    std::size_t states_per_step = 40;
    std::size_t variants = 3; ///< states that differ only in derived files
    bool stop_at_first = false;
    bool last_first = false; ///< begins at the end, where a missing sync shows most often
};

struct ReplayResult {
    std::size_t steps = 0, syncs = 0, states = 0;
    std::vector<std::string> violations; ///< each with the step and the disk
};

/// Power cuts after each step of an operation that ran.
ReplayResult replay(const Operation& operation, Recording& recording, const ReplayLimits& limits);

} // namespace hsm::test
