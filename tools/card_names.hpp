// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/client.hpp>

#include <filesystem>
#include <string>
#include <vector>

/// \file
/// What virtual cards are called: a name stands for NAME.card in the directory "cards" of the home directory,
/// anything with a separator is the path of a card file, on a USB stick for example.

namespace hsm::tools {

inline constexpr auto card_suffix = ".card";

std::filesystem::path card_directory(const Client& client);

/// Throws invalid_argument for a name that is none. The file need not exist.
std::filesystem::path card_path(const Client& client, const std::string& name_or_path);

/// card_path of a card that exists; throws no_card and says how to make one.
std::filesystem::path existing_card(const Client& client, const std::string& name_or_path);

/// Makes a blank card; the card directory too, if it is not there.
void make_card(Client& client, const std::filesystem::path& path);

/// How a person calls the card: the name when it lies in the card directory, else the path.
std::string card_name(const Client& client, const std::filesystem::path& path);

/// The card files of the card directory, sorted.
std::vector<std::filesystem::path> cards_in_directory(const Client& client);

} // namespace hsm::tools
