// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "card_names.hpp"

#include "console.hpp"
#include "files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace hsm::tools {

std::filesystem::path card_directory(const Client& client) { return client.locations().home / "cards"; }

std::filesystem::path card_path(const Client& client, const std::string& name_or_path) {
    if (name_or_path.empty())
        throw Error(Status::invalid_argument, "a card has no name; give a name or a path");
    if (name_or_path.find_first_of("/\\") != std::string::npos)
        return std::filesystem::absolute(to_path(name_or_path));
    const bool plain = std::all_of(name_or_path.begin(), name_or_path.end(), [](unsigned char c) {
        return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-' || c == '_' || c == '.';
    });
    if (!plain || name_or_path.front() == '.' || name_or_path.front() == '-') {
        throw Error(
            Status::invalid_argument,
            fmt::format("\"{}\" is no name for a card; use letters, digits, '-', '_' and '.', or give a path",
                        escaped(name_or_path)));
    }
    const bool suffixed = name_or_path.size() > 5 && name_or_path.ends_with(card_suffix);
    return card_directory(client) / to_path(suffixed ? name_or_path : name_or_path + card_suffix);
}

std::filesystem::path existing_card(const Client& client, const std::string& name_or_path) {
    auto path = card_path(client, name_or_path);
    std::error_code failure;
    if (std::filesystem::exists(path, failure)) return path;
    if (failure == std::errc::permission_denied) throw_system_error(EACCES, "read card", to_text(path));
    throw Error(Status::no_card,
                fmt::format("there is no card {} (looked for {}); make one with: hsm card create {}",
                            escaped(name_or_path), escaped(to_text(path)), escaped(name_or_path)));
}

void make_card(Client& client, const std::filesystem::path& path) {
    const auto directory = card_directory(client);
    std::error_code failure;
    if (path.parent_path() == directory && std::filesystem::create_directories(directory, failure)) {
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
    }
    if (failure) throw_system_error(failure.value(), "make directory", to_text(directory));
    client.create_card(path);
}

std::string card_name(const Client& client, const std::filesystem::path& path) {
    if (path.parent_path() == card_directory(client) && path.extension() == card_suffix)
        return to_text(path.stem());
    return to_text(path);
}

std::vector<std::filesystem::path> cards_in_directory(const Client& client) {
    std::vector<std::filesystem::path> cards;
    std::error_code failure;
    const auto directory = card_directory(client);
    for (std::filesystem::directory_iterator entry(directory, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        if (entry->path().extension() == card_suffix) cards.push_back(entry->path());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        throw_system_error(failure.value(), "read", to_text(directory));
    std::sort(cards.begin(), cards.end());
    return cards;
}

} // namespace hsm::tools
