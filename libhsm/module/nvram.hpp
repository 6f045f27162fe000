// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/nvram_files.hpp"

#include <functional>
#include <vector>

/// \file
/// NVRAM of a module, shared by all processes. A decision is made and written in one critical section over all that
/// was written before, and acknowledged when it is durable. One thread of all processes makes durable what all have
/// written, and wakes them.

namespace hsm::module {

/// Thread-safe. Throws read_only where the module's directory is, module_failed once the log cannot be trusted.
class Nvram {
public:
    explicit Nvram(Home& home) : home_(home), files_(home) {}

    using Decision = std::function<std::vector<NvramChange>(const NvramTable&)>;
    /// Asks \p decide, which may throw, and writes what it answers; nothing when that is empty. Durable when it
    /// returns. \p decide must not wait for anything.
    void change(const Decision& decide);
    /// Shows the areas. What is shown is durable when it returns.
    void look(const std::function<void(const NvramTable&)>& see);
    /// The same, but what is shown may still be on its way to the disk.
    void glance(const std::function<void(const NvramTable&)>& see);

    void erase(); ///< leaves no area, in no process; works on damaged files
    /// After a failure: reads the disk afresh. Throws when acknowledged contents are lost.
    void recover();

private:
    struct Written {
        std::uint64_t generation = 0, end = 0;
        std::shared_ptr<base::File> log;
    };
    void admit();
    void catch_up();
    [[nodiscard]] Written written() const { return {files_.generation(), files_.position(), files_.log()}; }
    void make_durable(const Written& written);
    void sync(const Written& written);

    Home& home_;
    NvramFiles files_; ///< under Rank::nvram_append
};

} // namespace hsm::module
