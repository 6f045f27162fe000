// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace hsm::kat {
namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string root() {
    const char* set = std::getenv("LIBHSM_VECTORS");
    return set != nullptr && *set != '\0' ? set : HSM_VECTORS_ROOT;
}

std::size_t sample() {
    static const std::size_t every = [] {
        const char* set = std::getenv("HSM_TEST_SAMPLE");
        const long value = set == nullptr ? 1 : std::strtol(set, nullptr, 10);
        return static_cast<std::size_t>(std::max(1L, value));
    }();
    return every;
}

} // namespace

const std::string& Case::str(std::string_view name) const {
    static const std::string empty;
    const auto found = values.find(name);
    return found == values.end() ? empty : found->second;
}

Bytes Case::hex(std::string_view name) const { return from_hex(str(name)); }

std::vector<Case> read_vec(const std::string& path, std::string_view last, Values keep) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read the vectors in " + path);
    std::vector<Case> cases;
    Case current;
    current.file = path.substr(path.find_last_of('/') + 1);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        line = trimmed(line);
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[' && line.back() == ']') {
            current.section = line.substr(1, line.size() - 2);
            continue;
        }
        const auto equals = line.find('=');
        if (equals == std::string::npos) throw std::runtime_error(path + ": line without '='");
        const auto name = trimmed(std::string_view(line).substr(0, equals));
        current.values[name] = trimmed(std::string_view(line).substr(equals + 1));
        if (name != last) continue;
        current.line = number;
        cases.push_back(current);
        if (keep == Values::cleared) current.values.clear();
    }
    return cases;
}

std::string own_vectors() { return std::string(HSM_SOURCE_ROOT) + "/tests/data/kat/"; }
std::string botan_vectors() { return root() + "/botan/"; }
std::string wycheproof_vectors() { return root() + "/wycheproof/"; }

bool Tally::take() { return seen_++ % sample() == 0; }

void Tally::fail(const std::string& where, const std::string& what) {
    if (++failed_ <= 10) FAIL_CHECK(name_ << ", " << where << ": " << what);
}

void Tally::result(const std::string& where, const std::string& problem) {
    if (problem.empty()) {
        ran();
    } else {
        fail(where, problem);
    }
}

void Tally::finish() {
    std::cout << "kat: " << name_ << ": " << ran_ << " ran";
    if (failed_ != 0) std::cout << ", " << failed_ << " FAILED";
    for (const auto& [reason, count] : skipped_)
        std::cout << "; " << count << " not applicable (" << reason << ")";
    std::cout << '\n';
    INFO(name_ << ": fewer vectors ran than there must be");
    CHECK(ran_ >= floor_ / sample());
    CHECK(failed_ == 0);
}

} // namespace hsm::kat
