// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "stored_world.hpp"

#include <fstream>
#include <iterator>
#include <random>

namespace hsm::golden {

namespace fs = std::filesystem;

StoredWorld::StoredWorld(const std::string& name)
    : home_(fs::temp_directory_path() / ("libhsm-golden-" + std::to_string(std::random_device{}()) + "-" + name)) {
    fs::copy(fs::path(HSM_SOURCE_ROOT) / "tests" / "data" / "golden" / name, home_, fs::copy_options::recursive);
    // A checkout knows neither empty directories nor private ones, and may be read-only.
    for (const auto& entry : fs::recursive_directory_iterator(home_))
        fs::permissions(entry, entry.is_directory() ? fs::perms::owner_all : fs::perms::owner_read | fs::perms::owner_write);
    for (const auto& module : fs::directory_iterator(home_ / "modules")) fs::create_directories(module.path() / "slots");
}

StoredWorld::~StoredWorld() {
    std::error_code ignored;
    fs::remove_all(home_, ignored);
}

Client StoredWorld::open() const {
    OpenOptions options;
    options.locations = {home_, home_ / "modules", home_ / "kmdata", home_ / "kmdata" / "local"};
    options.start_passphrase = [](const Esn&) { return Secret::from_text("start"); };
    return Client::open(options);
}

Bytes StoredWorld::file(const fs::path& name) const {
    std::ifstream file(home_ / name, std::ios::binary);
    return Bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Answer Presenter::ask(const Question& question) {
    switch (question.kind) {
    case Question::Kind::insert_card:
        if (next_card_ == cards_.size()) return {};
        if (next_card_ != 0) client_.remove_card(question.module, 1);
        client_.insert_card(question.module, 1, cards_[next_card_++]);
        break;
    case Question::Kind::passphrase:
        if (next_passphrase_ == passphrases_.size()) return {};
        return {.go_on = true, .passphrase = Secret::from_text(passphrases_[next_passphrase_++])};
    default:
        break;
    }
    return {.go_on = true, .passphrase = {}};
}

} // namespace hsm::golden
