// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "golden_file.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hsm::golden {

namespace {

std::filesystem::path path_of(const std::string& name) {
    return std::filesystem::path(HSM_SOURCE_ROOT) / "tests" / "data" / "golden" / name;
}

bool may_write() {
    const char* wish = std::getenv("HSM_GOLDEN_WRITE");
    return wish && std::string(wish) == "1";
}

} // namespace

Bytes golden_file(const std::string& name, ByteView encoded) {
    const auto path = path_of(name);
    if (!std::filesystem::exists(path)) {
        INFO("there is no golden file " << name << "; HSM_GOLDEN_WRITE=1 makes it");
        REQUIRE(may_write());
        const auto bytes = text(encoded);
        std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    std::ifstream file(path, std::ios::binary);
    return Bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes golden_line(const std::string& name, const std::string& key, ByteView encoded) {
    std::ifstream file(path_of(name));
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key + " ")) return from_hex(line.substr(line.rfind(' ') + 1));
    INFO("there is no line \"" << key << "\" in " << name << "; HSM_GOLDEN_WRITE=1 adds it");
    REQUIRE(may_write());
    std::ofstream(path_of(name), std::ios::app) << key << " " << to_hex(encoded) << "\n";
    return to_bytes(encoded);
}

} // namespace hsm::golden
