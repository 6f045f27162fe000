// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

/// \file
/// The bytes of a snapshot: all there from the beginning, or read from the index file by blocks as they are asked for. A
/// program that looks for one key among 100,000 needs some ten blocks of 700.
///
/// Read and never mapped: `cp` of a whole directory over another, a supported way to mirror one, truncates the files it
/// writes, and a program that had such a file mapped would be killed by SIGBUS.

namespace hsm::store {

/// Thread-safe once it is made; the bytes never change.
class Body {
public:
    static constexpr std::size_t block_size = std::size_t{32} << 10;
    [[nodiscard]] static std::size_t blocks(std::uint64_t size) noexcept {
        return static_cast<std::size_t>((size + block_size - 1) / block_size);
    }

    /// To be filled in by whoever makes it.
    explicit Body(std::size_t size);
    /// \p source has it at \p offset; \p hashes has hash64 of each block.
    Body(std::size_t size, std::unique_ptr<base::File> source, std::uint64_t offset, std::vector<std::uint64_t> hashes);

    [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.get(); }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Sees to it that \p size bytes from \p at (which must be within) may be read. A block that cannot be had is full of
    /// zeros, and is_damaged() from then on.
    void need(std::size_t at, std::size_t size) const noexcept {
        if (absent_.load(std::memory_order_acquire) == 0 || size == 0) return;
        for (auto block = at / block_size; block <= (at + size - 1) / block_size; ++block)
            if (!present_[block].load(std::memory_order_acquire)) fetch(block);
    }
    void need_all() const noexcept { need(0, size_); }

    /// Whether what was read was not what the hashes say.
    [[nodiscard]] bool is_damaged() const noexcept { return damaged_.load(std::memory_order_acquire); }

private:
    void fetch(std::size_t block) const noexcept;

    std::size_t size_;
    std::unique_ptr<std::uint8_t[]> bytes_; ///< not zeroed: it is large, and memory that nobody touches costs nothing
    std::uint64_t offset_ = 0;
    std::vector<std::uint64_t> hashes_;
    mutable std::mutex reading_;
    mutable std::unique_ptr<base::File> source_; ///< closed when all is there
    mutable std::unique_ptr<std::atomic<bool>[]> present_;
    mutable std::atomic<std::size_t> absent_{0};
    mutable std::atomic<bool> damaged_{false};
};

/// hash64 of each block of \p body.
std::vector<std::uint64_t> block_hashes(ByteView body);

} // namespace hsm::store
