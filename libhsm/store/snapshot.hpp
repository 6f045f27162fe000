// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/entries.hpp>

#include <memory>
#include <optional>
#include <vector>

/// \file
/// The sorted part of the index: flat arrays in one block of memory, the same in the index file.
///
///     rows[n]       sorted by (name hash, name)
///     terms[t]      sorted; beside it rows_of_terms[t]: terms[i] belongs to row rows_of_terms[i], ascending within
///                   equal terms
///     strings       names and texts
///
/// It is read into memory and never mapped: `cp` of a whole directory over another, a supported way to mirror one,
/// truncates the files it writes, and a program that had such a file mapped would be killed by SIGBUS.

namespace hsm::store {

/// Immutable: reentrant.
class Snapshot {
public:
    /// A row as it is stored.
    struct Row {
        std::uint64_t name_hash;
        std::uint64_t inode;
        std::int64_t ctime_ns;
        std::uint64_t size;
        std::uint32_t strings_at;
        std::uint16_t name_size;
        std::uint16_t text_size;
        std::uint16_t status;
        std::uint16_t zero[3];
    };
    static_assert(sizeof(Row) == 48);

    /// The three counts that a body is described by.
    struct Shape {
        std::uint32_t rows = 0;
        std::uint32_t terms = 0;
        std::uint64_t strings = 0;
        [[nodiscard]] std::uint64_t body_size() const noexcept;
    };

    Snapshot() = default; ///< without rows

    /// With a body to be filled in by the caller, from a file. Whatever is filled in, no call does worse than not to
    /// find what is there or to give a wrong row: the caller compares the body's hash to know that it is sound.
    explicit Snapshot(Shape shape);
    [[nodiscard]] std::span<std::uint8_t> mutable_body() noexcept { return {body_.get(), body_size_}; }

    /// To be called once the body is complete: finding terms among many is quicker then.
    void prepare();

    /// The live rows of \p base (\p dead has a flag for each) and \p added (those not in \p dropped), merged.
    static Snapshot build(const Snapshot& base, const std::vector<bool>& dead, const Entries& added,
                          const std::vector<bool>& dropped);

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] Entry entry(std::size_t row) const noexcept;
    [[nodiscard]] std::optional<std::size_t> find(std::string_view file_name, std::uint64_t hash) const noexcept;
    /// The rows that have the term, ascending.
    [[nodiscard]] std::span<const std::uint32_t> rows_with(Term term) const noexcept;

    [[nodiscard]] Shape shape() const noexcept;
    [[nodiscard]] ByteView body() const noexcept { return {body_.get(), body_size_}; }

private:
    [[nodiscard]] std::string_view name(const Row& row) const noexcept;

    std::shared_ptr<std::uint8_t[]> body_;
    std::size_t body_size_ = 0;
    std::span<const Row> rows_;
    std::span<const Term> terms_;
    std::span<const std::uint32_t> rows_of_terms_;
    std::string_view strings_;
    std::vector<std::uint32_t> starts_; ///< where the terms with each value of their top bits begin, and the end; or empty
};

} // namespace hsm::store
