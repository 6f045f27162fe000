// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crash_model.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// \file
/// A disk with changes that may or may not have reached it, for crash_states.

namespace hsm::test {

/// For each open question, whether that change happened.
using Choice = std::vector<bool>;

/// The files and directories of the model with all their changes. Each change that no sync covers becomes one
/// open question (a bit), or several: one for each sector of a write, and one for the size of the file.
/// Thread-bound.
class PendingDisk {
public:
    explicit PendingDisk(const DiskState& durable);

    void apply(const Step& step);

    /// After the last step and before what follows: gives the bits their numbers.
    void number_bits();
    [[nodiscard]] std::size_t bit_count() const noexcept { return bit_count_; }

    struct FileBits {
        std::vector<std::size_t> data_bits;
        std::vector<std::size_t> size_bits;
    };
    [[nodiscard]] const std::vector<FileBits>& files() const noexcept {
        return files_;
    } ///< those with open questions
    [[nodiscard]] const std::vector<std::size_t>& name_bits() const noexcept {
        return name_bits_;
    } ///< in order of the steps

    /// The disk after the changes that \p choice says and all that are durable.
    [[nodiscard]] DiskState state(const Choice& choice) const;

private:
    using NodeId = std::uint64_t;

    // Whether a change is on the disk: certain after a sync. Orphans are what a failed sync left behind.
    struct Fate {
        bool durable = false;
        bool orphan = false;
        void sync() noexcept { durable = durable || !orphan; }
        void sync_failed() noexcept { orphan = orphan || !durable; }
    };

    struct FileChange {
        Fate fate;
        bool is_resize = false;
        std::uint64_t offset = 0;
        Bytes data;
        std::uint64_t size = 0;    ///< resize: the new size; write: where it ends
        std::size_t first_bit = 0; ///< the bit of the size, then one for each sector
    };

    struct NameChange {
        Fate fate;
        std::uint64_t order = 0; ///< of the step
        std::string removed;     ///< empty: nothing
        std::string added;       ///< empty: nothing
        NodeId node = 0;
        const NameChange* needs = nullptr; ///< happens only if that one did: the other half of a rename
        std::size_t bit = 0;
    };

    struct Node {
        bool is_directory = false;
        std::vector<FileChange> data;
        std::vector<std::unique_ptr<NameChange>> names;
    };

    static std::size_t sector_count(const FileChange& change) noexcept;
    NodeId lookup(const std::string& path) const; ///< by the names as the program sees them
    NameChange& change_names(NodeId directory);
    void rename(const std::string& from, const std::string& to);
    void sync(Node& node, Step::Sync outcome);
    static bool happened(const NameChange& change, const Choice& choice);
    static Bytes contents(const Node& file, const Choice& choice);
    void collect(NodeId directory, const std::string& prefix, const Choice& choice, DiskState& state) const;

    std::map<NodeId, Node> nodes_;
    std::map<std::pair<NodeId, std::string>, NodeId> entries_; ///< as the program sees them
    std::uint64_t order_ = 0;
    std::size_t bit_count_ = 0;
    std::vector<FileBits> files_;
    std::vector<std::size_t> name_bits_;
};

} // namespace hsm::test
