// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/clock.hpp>
#include <base/file_system.hpp>
#include <support/crash_model.hpp>

#include <hsm/hsm.hpp>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

/// \file
/// Where the crash tests work: one directory with modules, key management data and cards, put into a known state again
/// and again. Slot files hold the paths of cards, so it always has the same path.

namespace hsm::test {

/// What a check throws when something acknowledged is lost, or something is neither old nor new.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline void require(bool holds, const std::string& otherwise) {
    if (!holds) throw Violation(otherwise);
}

/// Moved by hand.
class LabClock final : public base::Clock {
public:
    std::int64_t utc_seconds() override { return 1'767'225'600 + static_cast<std::int64_t>(now_ms / 1000); }
    std::uint64_t boot_ms() override { return now_ms; }
    std::atomic<std::uint64_t> now_ms{1'000'000};
};

/// Puts the given cards into slot 0, one after the other, and knows one passphrase.
class Person final : public Authoriser {
public:
    Person(Client client, std::vector<base::Path> cards, std::string passphrase)
        : client_(std::move(client)), cards_(std::move(cards)), passphrase_(std::move(passphrase)) {}
    Answer ask(const Question& question) override;

private:
    Client client_;
    std::vector<base::Path> cards_;
    std::string passphrase_;
    std::size_t next_ = 0;
};

/// Directories to begin with. The world has module 1, an administrator card a1 (passphrase "acs"), a card set "ops"
/// 1/1 on card o1 ("ocs"), a softcard "soft" ("soft"), and P-256 keys m, o and s under the module, the set and the
/// softcard. b1 to b3 are blank cards. No card is in a slot.
struct Stages {
    DiskState empty;
    DiskState module_only; ///< and the blank cards
    DiskState world;
    WorldFacts facts;
    Hash256 ops{}, soft{};
    std::map<std::string, Bytes> public_info; ///< of the keys
};

/// Thread-bound.
class Lab {
public:
    static Lab& instance();

    /// The directory for everything; emptied by put().
    [[nodiscard]] const base::Path& home() const noexcept { return home_; }
    [[nodiscard]] base::Path card(const std::string& name) const { return home_ / "cards" / name; }
    [[nodiscard]] const Stages& stages() const noexcept { return stages_; }
    [[nodiscard]] LabClock& clock() noexcept { return clock_; }
    void put(const DiskState& state);

    [[nodiscard]] Client open(base::FileSystem& files);
    [[nodiscard]] Client open() { return open(base::real_file_system()); }

    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

private:
    Lab();
    ~Lab();
    void set_the_stages();

    base::Path scratch_;
    base::Path home_;
    LabClock clock_;
    Stages stages_;
};

/// Takes whatever is in slots 0 and 1 out.
void empty_slots(Client& client, std::uint32_t module = 1);

/// Signs and verifies; the key must be the one with \p public_info.
void check_key(const Key& key, const Bytes& public_info);

/// How the world of Stages may legally differ from what it was.
struct Expected {
    bool has_m = true, has_o = true, has_s = true;
    std::string ocs_passphrase = "ocs";
    std::string softcard_passphrase = "soft";
    std::uint32_t module = 1;
};

/// Everything in the world works: certificates, records, keys under each protection, and a new key.
void check_world(Client& client, const Expected& expected = {});

WorldOptions small_world(std::uint32_t n);
KeyRequest p256(const std::string& ident, bool replace = false);

/// How much to do: the number given, or less where HSM_TEST_SAMPLE asks for samples (sanitizer builds).
std::size_t sampled(std::size_t full, std::size_t sample);

} // namespace hsm::test
