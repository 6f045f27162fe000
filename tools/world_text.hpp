// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/client.hpp>
#include <hsm/world.hpp>

#include <vector>

/// \file
/// The blocks of nfkminfo. Programs parse this output: the first word of a line names the field and stays.

namespace hsm::tools {

void print_world(const Client& client, const std::vector<ModuleFacts>& modules);
void print_module(const Client& client, const ModuleFacts& module); ///< with its slots
void print_card_set(const CardSetFacts& set);
void print_key(const World& world, const KeyFacts& key);

} // namespace hsm::tools
