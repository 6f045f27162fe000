// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "lab.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

/// \file
/// Every durable operation, with what must be true of the directory after it, or after a part of it.

namespace hsm::test {

using Notes = std::map<std::string, Bytes>; ///< what run() tells check()

struct Operation {
    std::string name;
    const DiskState Stages::* begin = &Stages::world;
    std::function<void(Client&)> prepare;      ///< durable; may be empty
    std::function<void(Client&, Notes&)> run;  ///< acknowledged when it returns
    /// Opens the lab's directory. \p done: the operation was acknowledged; otherwise all of it or nothing may have
    /// happened. Throws Violation, or whatever else is wrong.
    std::function<void(const Notes&, bool done)> check;
    bool writes_cards = false;  ///< which stay written when it fails later
    bool commits_early = false; ///< it has steps behind its commit point, which the next opener or attempt finishes
};

std::vector<Operation> key_operations();
std::vector<Operation> card_operations();
std::vector<Operation> world_operations();
std::vector<Operation> token_operations();
std::vector<Operation> nvram_operations();
std::vector<Operation> admin_operations();
std::vector<Operation> all_operations();

} // namespace hsm::test
