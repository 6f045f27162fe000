// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/nvram.hpp"
#include "support/test_clock.hpp"
#include "support/throwaway_home.hpp"

#include <optional>
#include <string>

namespace hsm::test {

/// A module's directory, and NVRAM opened in it as often as wanted: each one is what another process would have.
class NvramHome {
public:
    explicit NvramHome(base::FileSystem& files = base::real_file_system(), base::Path root = {})
        : files_(files), modules_((root.empty() ? memory_.path() : root) / "modules") {
        directory_ = module::Home::create({&base::real_file_system(), &clock_}, modules_, 1, {}).path;
    }
    [[nodiscard]] module::Platform platform() { return {&files_, &clock_}; }
    [[nodiscard]] const base::Path& directory() const { return directory_; }

private:
    MemoryDirectory memory_;
    TestClock clock_;
    base::FileSystem& files_;
    base::Path modules_, directory_;
};

struct OpenNvram {
    OpenNvram(const module::Platform& platform, const base::Path& directory)
        : home(platform, directory, {}, [](module::Home&) {}), nvram(home) {}
    explicit OpenNvram(NvramHome& of) : OpenNvram(of.platform(), of.directory()) {}

    void allocate(const std::string& name, std::uint32_t size = 8) {
        nvram.change([&](const module::NvramTable&) {
            module::StoredArea area;
            area.facts.name = name;
            area.facts.size = size;
            area.contents.resize(size);
            return std::vector<module::NvramChange>{
                {module::NvramChange::Kind::allocate, name, 0, base::encode(area)}};
        });
    }
    void free(const std::string& name) {
        nvram.change([&](const module::NvramTable&) {
            return std::vector<module::NvramChange>{{module::NvramChange::Kind::free, name, 0, {}}};
        });
    }
    void write(const std::string& name, Bytes contents, std::uint64_t offset = 0) {
        nvram.change([&](const module::NvramTable&) {
            return std::vector<module::NvramChange>{
                {module::NvramChange::Kind::write, name, offset, std::move(contents)}};
        });
    }
    /// One more, unless that is more than \p most.
    bool use(const std::string& name, std::uint64_t most = UINT64_MAX, std::uint64_t amount = 1) {
        bool done = false;
        nvram.change([&](const module::NvramTable& table) {
            std::vector<module::NvramChange> changes;
            done = module::value_of(*table.find(name)) + amount <= most;
            if (done) changes.push_back({module::NvramChange::Kind::add, name, amount, {}});
            return changes;
        });
        return done;
    }
    [[nodiscard]] std::optional<Bytes> read(const std::string& name) {
        std::optional<Bytes> contents;
        nvram.look([&](const module::NvramTable& table) {
            if (const auto* area = table.find(name)) contents = area->contents;
        });
        return contents;
    }
    [[nodiscard]] std::uint64_t value(const std::string& name) {
        std::uint64_t value = 0;
        nvram.look([&](const module::NvramTable& table) { value = module::value_of(*table.find(name)); });
        return value;
    }

    module::Home home;
    module::Nvram nvram;
};

} // namespace hsm::test
