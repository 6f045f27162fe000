// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Terms: what keys can be found by. A term is a 64-bit hash of a (tag, value) pair; what tags there are is the
/// business of whoever reads records, the store only sees numbers.

namespace hsm::store {

using Term = std::uint64_t;

/// The term of a pair. The same on every machine and for ever. Not cryptographic: two pairs may share a term, so a
/// record that was found is still to be compared. Reentrant.
Term term_of(std::uint32_t tag, ByteView value) noexcept;

/// Collects the terms of one record. Thread-bound.
class TermSink {
public:
    explicit TermSink(std::vector<Term>& out) noexcept : out_(&out) {}
    void add(Term term) { out_->push_back(term); }
    void add(std::uint32_t tag, ByteView value) { out_->push_back(term_of(tag, value)); }

private:
    std::vector<Term>* out_;
};

/// Gives the terms of a key or data record to the sink. Throws hsm::Error when the record is damaged, of a later version or
/// otherwise not acceptable: its status and text then appear in Store::problems. Must be thread-safe, must depend on
/// the bytes alone, and must not call the store.
using TermExtractor = std::function<void(ByteView record, TermSink& sink)>;

} // namespace hsm::store
