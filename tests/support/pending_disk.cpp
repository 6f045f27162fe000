// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "pending_disk.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace hsm::test {

namespace {

constexpr std::uint64_t sector = 512;

std::pair<std::string, std::string> split(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::pair{std::string(), path}
                                      : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

} // namespace

PendingDisk::PendingDisk(const DiskState& durable) {
    nodes_[0].is_directory = true;
    NodeId next = 1;
    for (const auto& [path, contents] : durable) { // a directory comes before what is in it
        const auto id = next++;
        auto& node = nodes_[id];
        node.is_directory = !contents;
        if (contents) {
            node.data.emplace_back();
            node.data.back().fate.durable = true;
            node.data.back().data = *contents;
            node.data.back().size = contents->size();
        }
        const auto [parent, name] = split(path);
        auto& change = change_names(lookup(parent));
        change.fate.durable = true;
        change.added = name;
        change.node = id;
        entries_[{lookup(parent), name}] = id;
    }
}

PendingDisk::NodeId PendingDisk::lookup(const std::string& path) const {
    NodeId at = 0;
    for (std::size_t from = 0; from < path.size();) {
        const auto to = std::min(path.find('/', from), path.size());
        const auto found = entries_.find({at, path.substr(from, to - from)});
        if (found == entries_.end())
            throw std::logic_error("the steps name " + path + ", which is not there");
        at = found->second;
        from = to + 1;
    }
    return at;
}

PendingDisk::NameChange& PendingDisk::change_names(NodeId directory) {
    auto& change = *nodes_.at(directory).names.emplace_back(std::make_unique<NameChange>());
    change.order = order_++;
    return change;
}

void PendingDisk::apply(const Step& step) {
    using Kind = Step::Kind;
    const auto [parent, name] = split(step.path);
    switch (step.kind) {
    case Kind::create:
    case Kind::mkdir: {
        nodes_[step.node].is_directory = step.kind == Kind::mkdir;
        auto& change = change_names(lookup(parent));
        change.added = name;
        change.node = step.node;
        entries_[{lookup(parent), name}] = step.node;
        break;
    }
    case Kind::write:
    case Kind::resize: {
        auto& change = nodes_.at(step.node).data.emplace_back();
        change.is_resize = step.kind == Kind::resize;
        change.offset = step.offset;
        change.data = step.data;
        change.size = change.is_resize ? step.size : step.offset + step.data.size();
        break;
    }
    case Kind::remove: {
        auto& change = change_names(lookup(parent));
        change.removed = name;
        change.node = lookup(step.path);
        entries_.erase({lookup(parent), name});
        break;
    }
    case Kind::rename:
    case Kind::rename_new: rename(step.path, step.to); break;
    case Kind::sync: sync(nodes_.at(step.node), step.outcome); break;
    case Kind::sync_directory: sync(nodes_.at(lookup(step.path)), step.outcome); break;
    }
}

void PendingDisk::rename(const std::string& from, const std::string& to) {
    const auto [old_parent, old_name] = split(from);
    const auto [new_parent, new_name] = split(to);
    const auto source = lookup(old_parent);
    const auto target = lookup(new_parent);
    const auto node = lookup(from);
    auto& addition = change_names(target);
    addition.added = new_name;
    addition.node = node;
    if (source == target) {
        addition.removed = old_name;
    } else {
        auto& removal = change_names(source);
        removal.removed = old_name;
        removal.node = node;
        removal.needs = &addition;
    }
    entries_.erase({source, old_name});
    entries_[{target, new_name}] = node;
}

void PendingDisk::sync(Node& node, Step::Sync outcome) {
    if (outcome == Step::Sync::lie) return;
    const auto settle = [outcome](Fate& fate) {
        if (outcome == Step::Sync::done)
            fate.sync();
        else
            fate.sync_failed();
    };
    for (auto& change : node.data) settle(change.fate);
    for (auto& change : node.names) {
        settle(change->fate);
        // A durable removal of the old name means that the new one is there.
        if (change->fate.durable && change->needs != nullptr)
            const_cast<NameChange*>(change->needs)->fate.durable = true;
    }
}

std::size_t PendingDisk::sector_count(const FileChange& change) noexcept {
    if (change.data.empty()) return 0;
    return static_cast<std::size_t>((change.offset + change.data.size() - 1) / sector -
                                    change.offset / sector + 1);
}

void PendingDisk::number_bits() {
    bit_count_ = 0;
    std::vector<std::pair<std::uint64_t, std::size_t>> ordered;
    for (auto& [id, node] : nodes_) {
        FileBits bits;
        for (auto& change : node.data) {
            if (change.fate.durable) continue;
            change.first_bit = bit_count_;
            bits.size_bits.push_back(bit_count_++);
            for (auto n = sector_count(change); n > 0; --n) bits.data_bits.push_back(bit_count_++);
        }
        if (!bits.size_bits.empty()) files_.push_back(std::move(bits));
        for (auto& change : node.names) {
            if (change->fate.durable) continue;
            change->bit = bit_count_++;
            ordered.emplace_back(change->order, change->bit);
        }
    }
    std::ranges::sort(ordered);
    for (const auto& [order, bit] : ordered) name_bits_.push_back(bit);
}

bool PendingDisk::happened(const NameChange& change, const Choice& choice) {
    if (change.fate.durable) return true;
    return choice[change.bit] && (change.needs == nullptr || happened(*change.needs, choice));
}

Bytes PendingDisk::contents(const Node& file, const Choice& choice) {
    Bytes blocks;          // what is in the file's blocks, also beyond its end
    std::uint64_t end = 0; // what its size says
    for (const auto& change : file.data) {
        const auto is_chosen = [&](std::size_t nth) {
            return change.fate.durable || choice[change.first_bit + nth];
        };
        if (is_chosen(0)) {
            if (change.is_resize && change.size < blocks.size())
                blocks.resize(static_cast<std::size_t>(change.size));
            end = change.is_resize ? change.size : std::max(end, change.size);
        }
        for (std::size_t n = 0; n < sector_count(change); ++n) {
            if (!is_chosen(1 + n)) continue;
            const auto first = std::max(change.offset, (change.offset / sector + n) * sector);
            const auto last =
                std::min(change.offset + change.data.size(), (change.offset / sector + n + 1) * sector);
            if (blocks.size() < last) blocks.resize(static_cast<std::size_t>(last));
            std::copy(change.data.begin() + static_cast<std::ptrdiff_t>(first - change.offset),
                      change.data.begin() + static_cast<std::ptrdiff_t>(last - change.offset),
                      blocks.begin() + static_cast<std::ptrdiff_t>(first));
        }
    }
    blocks.resize(static_cast<std::size_t>(end));
    return blocks;
}

void PendingDisk::collect(NodeId directory, const std::string& prefix, const Choice& choice,
                          DiskState& state) const {
    std::map<std::string, NodeId> names;
    for (const auto& change : nodes_.at(directory).names) {
        if (!happened(*change, choice)) continue;
        if (const auto old = names.find(change->removed); old != names.end() && old->second == change->node)
            names.erase(old);
        if (!change->added.empty()) names[change->added] = change->node;
    }
    for (const auto& [name, id] : names) {
        const auto& node = nodes_.at(id);
        const auto path = prefix + name;
        if (!node.is_directory) {
            state[path] = contents(node, choice);
        } else {
            state[path] = std::nullopt;
            collect(id, path + '/', choice, state);
        }
    }
}

DiskState PendingDisk::state(const Choice& choice) const {
    DiskState state;
    collect(0, "", choice, state);
    return state;
}

} // namespace hsm::test
