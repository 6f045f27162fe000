// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/home.hpp"
#include "module/nvram_format.hpp"

#include <memory>
#include <vector>

/// \file
/// The files of NVRAM in a module's directory, and this process's copy of what they say. One generation of files is
/// good at a time: the one with the highest number. A new one is complete on the disk before its checkpoint gets its
/// name, which is the commit point.

namespace hsm::module {

/// The caller holds Rank::nvram_append for everything, and Rank::nvram_sync where it says so.
class NvramFiles {
public:
    explicit NvramFiles(Home& home) : home_(home) {}

    // Values of PageNvram::generation besides a file's number.
    static constexpr std::uint64_t unknown = 0;          ///< nobody has looked yet
    static constexpr std::uint64_t nothing = UINT64_MAX; ///< there are no files

    /// Reads what is on the disk after whatever end the last process had, and makes it durable: records may lie in
    /// the memory of the system only, or behind a failed sync. Holds both ranks. Throws record_damaged.
    void recover();
    /// Leaves no area; all else stays. Works on damaged files. Holds both ranks.
    void erase();
    /// Brings the copy up to what all processes wrote.
    void follow();

    [[nodiscard]] const NvramTable& table() const noexcept { return table_; }
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; } ///< behind the last record
    [[nodiscard]] const std::shared_ptr<base::File>& log() const noexcept { return log_; }

    /// Writes a record, which is not durable yet. The changes fit the table. Takes Rank::nvram_sync when the log is
    /// full.
    void append(std::vector<NvramChange> changes);
    /// Begins a new generation with what the copy says: durable when it returns. Holds both ranks.
    void checkpoint();

private:
    [[nodiscard]] base::Path path(std::uint64_t generation, std::string_view kind) const;
    [[nodiscard]] std::uint64_t newest() const; ///< nothing when there are no files
    [[nodiscard]] NvramCheckpoint read_checkpoint(std::uint64_t generation);
    void adopt(std::uint64_t generation, const NvramCheckpoint& checkpoint);
    void write_generation(std::uint64_t generation, std::uint64_t position);
    void withdraw(std::uint64_t generation) noexcept;
    void remove_others(std::uint64_t generation) noexcept;
    [[nodiscard]] std::uint64_t room() const noexcept { return first_ + nvram_log_blocks - position_; } ///< blocks

    Home& home_;
    std::uint64_t generation_ = unknown;
    std::uint64_t first_ = 0, position_ = 0;
    NvramMac mark_{};
    NvramTable table_;
    std::unique_ptr<NvramCodec> codec_;
    std::shared_ptr<base::File> log_;
};

} // namespace hsm::module
