// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/nvram_area.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// NVRAM of a module: areas that survive clearing, kill -9 and power cuts, on one module only. They are erased when
/// the module is initialised again, and are not in the key management data.

namespace hsm {

class Authoriser;
class Key;
class World;

/// NVRAM of one module. Copying copies a reference. Thread-safe. What a call has written is durable when it returns,
/// and happens once; read values are durable too. Any number of threads and processes may work at once. Throws
/// access_denied, needs_certifier, not_found, already_exists, nvram_full, read_only (the module's directory cannot be
/// written), module_failed (acknowledged contents are lost, or a write may be).
class HSM_API Nvram {
public:
    explicit Nvram(const World& world, std::uint32_t module = 1);

    /// Asks for the administrator cards of the NVRAM quorum. Until the last copy of this object goes (and, for cards,
    /// until the last one leaves its slot), this client may allocate and delete areas, restore backups, and make keys
    /// that need an area which is not prepared. K_NSO is not loaded.
    void authorise(Authoriser& authoriser);

    [[nodiscard]] NvramFacts facts() const; ///< needs no world
    [[nodiscard]] NvramArea area(std::string_view name) const;
    /// An ACL: everybody reads, writes and increments up to \p limit; the administrators delete.
    [[nodiscard]] std::vector<NvramRule> stock_rules(NvramKind kind = NvramKind::data, std::uint64_t limit = 0) const;

    void allocate(const NvramArea& area); ///< needs authorise(); without rules nobody can ever do anything
    void allocate(const std::vector<NvramArea>& areas); ///< all or none
    /// Areas that keys claim later, without an administrator card: counters, or places of \p size bytes for keys.
    /// Returns their names. Needs authorise().
    std::vector<std::string> prepare(std::uint32_t count, NvramKind kind = NvramKind::counter,
                                     std::uint32_t size = 4096);
    void free(std::string_view name);
    [[nodiscard]] Bytes read(std::string_view name, std::uint32_t offset = 0,
                             std::uint32_t size = 0) const; ///< 0: to the end
    void write(std::string_view name, ByteView bytes, std::uint32_t offset = 0);
    std::uint64_t increment(std::string_view name, std::uint64_t amount = 1); ///< the new value; limit_reached
    void resize(std::uint32_t capacity); ///< bytes of all areas together; needs authorise()

    /// Sealed for this module in this world. Of a counter, uses counted after the backup are not in it: restoring
    /// never lowers a count that is there, but where the area was erased, those uses can be made again.
    [[nodiscard]] Bytes back_up(std::string_view name) const;
    NvramArea restore(ByteView backup); ///< needs authorise()

    /// Makes the erased counter of a loaded key again, with \p start uses counted already. Needs authorise(): whoever
    /// can present the NVRAM quorum can set counters back by initialising the module. Returns the counter's name.
    std::string recreate_counter(const Key& key, std::uint64_t start);

    struct State;

private:
    std::shared_ptr<State> state_;
};

} // namespace hsm
