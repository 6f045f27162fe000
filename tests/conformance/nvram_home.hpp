// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

namespace hsm::test {

/// A world, its NVRAM, and the administrators' authority over it while `authority` lives.
struct NvramWorld {
    explicit NvramWorld(const std::string& uri = {}) : ready(uri), nvram(ready.world), authority(ready.world) {
        ScriptedAuthoriser administrators(ready.client, ready.acs);
        authority->authorise(administrators);
    }
    void withdraw() {
        authority.reset();
        ready.empty_slots();
    }
    void allocate(const std::string& name, std::uint32_t size, std::vector<NvramRule> rules) {
        authority->allocate({name, NvramKind::data, size, std::move(rules), {}, 0});
    }
    void allocate(const std::string& name, std::uint32_t size = 8) { allocate(name, size, nvram.stock_rules()); }
    /// A request for a key whose uses are counted.
    static KeyRequest counted(const std::string& ident, std::uint64_t limit, std::string_view spec = "HMAC-256") {
        auto request = request_for(ident, spec);
        request.usage.limits = {{UseLimit::Kind::nonvolatile, limit, {}, {}}};
        return request;
    }

    ReadyHome ready;
    Nvram nvram;
    std::optional<Nvram> authority;
};

/// How many of \p tries uses are allowed; the others say that the limit is reached.
inline std::uint64_t uses_of(const Key& key, std::uint64_t tries) {
    std::uint64_t good = 0;
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    for (std::uint64_t i = 0; i < tries; ++i) {
        const auto status = status_of([&] { (void)key.sign(mechanism, view("data")); });
        if (status == Status::ok)
            ++good;
        else
            CHECK(status == Status::limit_reached);
    }
    return good;
}

} // namespace hsm::test
