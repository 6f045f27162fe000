// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/keys.hpp"
#include "protocol/nvram_values.hpp"

/// \file
/// One struct per command with its Reply: NVRAM areas, the counters of keys, keys in NVRAM. "The administrators" are
/// K_NV or K_NSO, loaded by this client.

namespace hsm::protocol {

struct NvramList {
    static constexpr auto id = CommandId::nvram_list;
    HSM_FIELDS()
    struct Reply {
        NvramFacts facts;
        HSM_FIELDS(facts)
    };
};

/// Needs the administrators. Its key is zero; a counter or a place for a key is claimed by the first key that wants
/// one.
struct NvramAllocate {
    static constexpr auto id = CommandId::nvram_allocate;
    std::vector<NvramArea> areas; ///< all of them or none
    HSM_FIELDS(areas)
    using Reply = Done;
};

/// By the area's ACL, or with the administrators.
struct NvramFree {
    static constexpr auto id = CommandId::nvram_free;
    std::string area;
    HSM_FIELDS(area)
    using Reply = Done;
};

struct NvramRead {
    static constexpr auto id = CommandId::nvram_read;
    std::string area;
    std::uint32_t offset = 0;
    std::uint32_t size = 0; ///< 0: to the end
    HSM_FIELDS(area, offset, size)
    struct Reply {
        Bytes bytes;
        HSM_FIELDS(bytes)
    };
};

struct NvramWrite {
    static constexpr auto id = CommandId::nvram_write;
    std::string area;
    std::uint32_t offset = 0;
    Bytes bytes;
    HSM_FIELDS(area, offset, bytes)
    using Reply = Done;
};

/// Of an area of 8 bytes, which holds a number with its most significant byte first.
struct NvramIncrement {
    static constexpr auto id = CommandId::nvram_increment;
    std::string area;
    std::uint64_t amount = 1;
    HSM_FIELDS(area, amount)
    struct Reply {
        std::uint64_t value = 0;
        HSM_FIELDS(value)
    };
};

/// An area sealed for this module in this world. Needs the right to read it, or the administrators.
struct NvramBackUp {
    static constexpr auto id = CommandId::nvram_back_up;
    std::string area;
    HSM_FIELDS(area)
    struct Reply {
        Bytes backup;
        HSM_FIELDS(backup)
    };
};

/// Needs the administrators. A counter that is there keeps the higher count of the two; of other kinds, the area must
/// not be there.
struct NvramRestore {
    static constexpr auto id = CommandId::nvram_restore;
    Bytes backup;
    HSM_FIELDS(backup)
    struct Reply {
        NvramArea area;
        HSM_FIELDS(area)
    };
};

/// Needs the administrators.
struct NvramResize {
    static constexpr auto id = CommandId::nvram_resize;
    std::uint32_t capacity = 0;
    HSM_FIELDS(capacity)
    using Reply = Done;
};

/// Seals a key into a prepared place, or, with the administrators, into a new one. Needs make_blob.
struct NvramStoreKey {
    static constexpr auto id = CommandId::nvram_store_key;
    KeyHandle key;
    TokenHandle token; ///< zero: the module's own protection
    HSM_FIELDS(key, token)
    struct Reply {
        std::string area;
        HSM_FIELDS(area)
    };
};

struct NvramLoadKey {
    static constexpr auto id = CommandId::nvram_load_key;
    std::string area;
    TokenHandle token;
    HSM_FIELDS(area, token)
    using Reply = NewKey;
};

/// The uses that a key counts in NVRAM.
struct KeyUses {
    static constexpr auto id = CommandId::key_uses;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        std::vector<KeyUse> uses; ///< none: it counts nothing there
        HSM_FIELDS(uses)
    };
};

/// From now on this loaded key takes uses from its counter so many at a time.
struct ReserveUses {
    static constexpr auto id = CommandId::reserve_uses;
    KeyHandle key;
    std::uint32_t batch = 1;
    HSM_FIELDS(key, batch)
    using Reply = Done;
};

/// Allocates the counter of a key again after it was erased, with `start` uses counted already. Needs the
/// administrators.
struct RecreateCounter {
    static constexpr auto id = CommandId::recreate_counter;
    KeyHandle key;
    std::uint64_t start = 0;
    HSM_FIELDS(key, start)
    struct Reply {
        std::string area;
        HSM_FIELDS(area)
    };
};

} // namespace hsm::protocol
