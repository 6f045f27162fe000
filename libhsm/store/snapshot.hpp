// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/body.hpp>
#include <store/entries.hpp>

#include <memory>
#include <optional>
#include <vector>

/// \file
/// The sorted part of the index: flat arrays in one block of memory, the same in the index file.
///
///     starts[s]     among many terms: where those with each value of their top bits begin, and the end
///     rows[n]       sorted by (name hash, name)
///     terms[t]      sorted; beside it rows_of_terms[t]: terms[i] belongs to row rows_of_terms[i], ascending within
///                   equal terms
///     strings       names and texts
///
/// What is not in memory is read from the index file when it is asked for (body.hpp).

namespace hsm::store {

/// Immutable: thread-safe.
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
        /// Few terms are found quickly without starts.
        [[nodiscard]] std::size_t starts() const noexcept { return terms < 4096 ? 0 : (std::size_t{1} << front_bits) + 2; }
        [[nodiscard]] std::uint64_t body_size() const noexcept;
    };
    static constexpr unsigned front_bits = 10; ///< the top bits of a term that starts are for

    Snapshot() = default; ///< without rows

    /// With a body of shape.body_size() bytes. Whatever is in it, no call does worse than not to find what is there or to give
    /// a wrong row; when it is not what its hashes say, is_damaged() tells.
    Snapshot(Shape shape, std::shared_ptr<Body> body);

    /// Whether something was looked at that could not be read as it was written: what was found since the snapshot was made
    /// is not to be believed.
    [[nodiscard]] bool is_damaged() const noexcept { return body_ && body_->is_damaged(); }
    /// Reads what is not in memory yet.
    void need_all() const noexcept {
        if (body_) body_->need_all();
    }

    /// The live rows of \p base (\p dead has a flag for each) and \p added (those not in \p dropped), merged. Throws
    /// record_damaged when the base is.
    static Snapshot build(const Snapshot& base, const std::vector<bool>& dead, const Entries& added,
                          const std::vector<bool>& dropped);

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] Entry entry(std::size_t row) const noexcept;
    [[nodiscard]] std::optional<std::size_t> find(std::string_view file_name, std::uint64_t hash) const noexcept;
    /// The rows that have the term, ascending.
    [[nodiscard]] std::span<const std::uint32_t> rows_with(Term term) const noexcept;

    [[nodiscard]] Shape shape() const noexcept;
    [[nodiscard]] std::size_t body_size() const noexcept { return body_ ? body_->size() : 0; }
    /// All of it; zeros where is_damaged().
    [[nodiscard]] ByteView body() const noexcept;

private:
    /// The element, once it is there.
    template <class T>
    const T& at(std::span<const T> array, std::size_t i) const noexcept {
        need(&array[i], sizeof(T));
        return array[i];
    }
    void need(const void* where, std::size_t size) const noexcept {
        body_->need(static_cast<std::size_t>(static_cast<const std::uint8_t*>(where) - body_->data()), size);
    }
    /// The first in [low, high) whose element is not below \p wanted (not \p above it).
    template <class T, class Number, class Of>
    std::size_t bound(std::span<const T> array, std::size_t low, std::size_t high, Number wanted, bool above, Of of) const noexcept;
    [[nodiscard]] std::size_t first_row(std::uint64_t hash) const noexcept;
    [[nodiscard]] std::string_view string(std::uint64_t at, std::size_t size) const noexcept;
    [[nodiscard]] std::string_view name(const Row& row) const noexcept { return string(row.strings_at, row.name_size); }

    std::shared_ptr<Body> body_; ///< none: without rows
    std::span<const std::uint32_t> starts_;
    std::span<const Row> rows_;
    std::span<const Term> terms_;
    std::span<const std::uint32_t> rows_of_terms_;
    std::string_view strings_;
};

} // namespace hsm::store
