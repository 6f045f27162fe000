// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"
#include "protocol/nvram_values.hpp"
#include "protocol/records.hpp"

#include <map>
#include <optional>

/// \file
/// What lies on the disk for NVRAM, and what it means: a checkpoint with all areas (`nv.<generation>.ckpt`), and a
/// log of the changes since (`nv.<generation>.log`). Nothing here touches a file.
///
/// The log is cut into blocks of 128 bytes. A record takes whole blocks and begins at one. Blocks are numbered on
/// from generation to generation: the number of a record's first block is its position, which it carries, so that no
/// record is good anywhere else.

namespace hsm::module {

inline constexpr std::size_t nvram_block = 128;
inline constexpr std::size_t nvram_log_bytes = std::size_t{256} << 10;
inline constexpr std::uint64_t nvram_log_blocks = nvram_log_bytes / nvram_block;

/// An area with its contents.
struct StoredArea {
    NvramArea facts; ///< value is unused here
    Bytes contents;
    HSM_FIELDS(facts, contents)
};

/// One change. A log record holds several, which happen all or not at all.
struct NvramChange {
    enum class Kind : std::uint8_t {
        allocate = 1, ///< contents: DER of StoredArea
        free = 2,
        write = 3,    ///< contents at offset number
        add = 4,      ///< number to the area's value
        claim = 5,    ///< contents: identity of the key (32 bytes), then what the area holds from now on
        capacity = 6, ///< number: of all areas together
    };
    Kind kind = Kind::add;
    std::string area;
    std::uint64_t number = 0;
    Bytes contents;
    HSM_FIELDS(kind, area, number, contents)
};

using NvramMac = std::array<std::uint8_t, 16>;

struct NvramRecord {
    std::uint64_t position = 0;
    std::uint64_t durable = 0; ///< what was known to be durable when it was written: every position below
    NvramMac previous{};       ///< mark of the record before it; zeros for the first one of a log
    std::vector<NvramChange> changes;
    HSM_FIELDS(position, durable, previous, changes)
};

/// The contents of a checkpoint's file, which is sealed.
struct NvramCheckpoint {
    std::uint32_t version = 1;
    std::uint64_t generation = 0;
    std::uint64_t position = 0; ///< of the first block of its log
    protocol::Salt salt{};      ///< of the log's key, new for each generation
    std::uint32_t capacity = default_nvram_capacity;
    std::vector<StoredArea> areas;
    protocol::Extensions extensions;
    HSM_FIELDS(version, generation, position, salt, capacity, areas, extensions)
};

/// The areas. A value.
class NvramTable {
public:
    [[nodiscard]] const StoredArea* find(std::string_view name) const;
    [[nodiscard]] const std::map<std::string, StoredArea, std::less<>>& areas() const noexcept { return areas_; }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint64_t used() const noexcept { return used_; }
    static std::uint64_t cost_of(const NvramArea& area) noexcept; ///< bytes of the capacity

    /// The change happens, or does not fit what there is and throws record_damaged: who writes checks first.
    void apply(const NvramChange& change);
    /// For what is found behind a gap: applies what adds to a counter that is there, and nothing else.
    void apply_if_it_adds(const NvramChange& change) noexcept;

    void load(const NvramCheckpoint& checkpoint);
    void save(NvramCheckpoint& checkpoint) const;

private:
    StoredArea& get(const std::string& name);

    std::map<std::string, StoredArea, std::less<>> areas_;
    std::uint32_t capacity_ = default_nvram_capacity;
    std::uint64_t used_ = 0;
};

/// The value of an area of 8 bytes.
[[nodiscard]] std::uint64_t value_of(const StoredArea& area) noexcept;
[[nodiscard]] Bytes value_bytes(std::uint64_t value);

/// Writes and reads the records of one log. Thread-safe.
class NvramCodec {
public:
    /// \p key: the log's own, from the module's root key and the checkpoint's salt.
    explicit NvramCodec(const Secret& key);

    /// Whole blocks: a length of four bytes, the DER of the record, zeros, the mark.
    [[nodiscard]] Bytes encode(const NvramRecord& record, NvramMac& mark) const;

    struct Decoded {
        NvramRecord record;
        NvramMac mark{};
        std::uint64_t blocks = 0;
    };
    /// The record at the beginning of \p blocks if it is a good one with this position.
    [[nodiscard]] std::optional<Decoded> decode(ByteView blocks, std::uint64_t position) const;

private:
    [[nodiscard]] NvramMac mark_of(ByteView slot) const;
    crypto::KeyPtr key_;
};

/// What a log says after a power cut.
struct NvramReplay {
    std::uint64_t end = 0; ///< position behind everything that was found
    NvramMac mark{};       ///< of the last good record before the end or the gap
    bool gap = false;      ///< good records were found behind a bad one
};

/// Applies a whole log to \p table, which is what its checkpoint says. The log ends at the first record that is not
/// good. Good ones behind it were written and not acknowledged: of them only what adds to counters is applied, for
/// too many uses counted are safe and too few are not. Throws record_damaged when one behind it says that the bad one
/// was durable: then something acknowledged is lost.
[[nodiscard]] NvramReplay replay(ByteView log, std::uint64_t first_position, const NvramCodec& codec,
                                 NvramTable& table);

} // namespace hsm::module

namespace hsm::base {

template <>
struct EnumRange<module::NvramChange::Kind> {
    static constexpr bool contains(module::NvramChange::Kind v) noexcept {
        return v >= module::NvramChange::Kind::allocate && v <= module::NvramChange::Kind::capacity;
    }
};

} // namespace hsm::base
