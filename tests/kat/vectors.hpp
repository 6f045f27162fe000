// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Reading test vectors, and counting them so that a missing file or a silently dropped case fails a test.

namespace hsm::kat {

/// One case of a .vec file: the section it stands in and its values, as text.
struct Case {
    std::string file;
    std::string section;
    std::size_t line = 0;
    std::map<std::string, std::string, std::less<>> values;

    [[nodiscard]] bool has(std::string_view name) const { return values.find(name) != values.end(); }
    [[nodiscard]] const std::string& str(std::string_view name) const; ///< empty if absent
    [[nodiscard]] Bytes hex(std::string_view name) const;              ///< empty if absent
    [[nodiscard]] std::string where() const { return file + ":" + std::to_string(line); }
};

/// Whether values stay in force for the following cases.
enum class Values { cleared, kept };

/// Reads a file of the form "Name = Value" with [sections] and # comments; a case ends at the name \p last.
/// Throws std::runtime_error if the file cannot be read.
std::vector<Case> read_vec(const std::string& path, std::string_view last, Values values = Values::cleared);

std::string own_vectors();        ///< tests/data/kat
std::string botan_vectors();      ///< the library's own vectors: $LIBHSM_VECTORS/botan or the build's cache
std::string wycheproof_vectors(); ///< likewise

/// Counts what ran. A case that cannot apply is named with skip(). finish() prints a line and checks the
/// floor, divided by the sampling factor of HSM_TEST_SAMPLE (every N-th vector runs).
class Tally {
public:
    Tally(std::string name, std::size_t floor) : name_(std::move(name)), floor_(floor) {}
    /// False when sampling leaves this case out.
    bool take();
    void ran() { ++ran_; }
    void skip(const std::string& reason) { ++skipped_[reason]; }
    /// Reports a failure of a case; the test goes on.
    void fail(const std::string& where, const std::string& what);
    /// A failure if \p problem is not empty, else a run.
    void result(const std::string& where, const std::string& problem);
    void finish();

private:
    std::string name_;
    std::size_t floor_;
    std::size_t seen_ = 0;
    std::size_t ran_ = 0;
    std::size_t failed_ = 0;
    std::map<std::string, std::size_t> skipped_;
};

} // namespace hsm::kat
