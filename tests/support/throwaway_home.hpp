// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "server/in_process.hpp"
#include "support/test_clock.hpp"

#include <hsm/hsm.hpp>

#include <memory>
#include <string>
#include <vector>

namespace hsm::test {

/// A directory that goes with this object; in memory where the system has that, because nothing here outlives
/// a power cut and the disk's fsync would be most of the running time.
class MemoryDirectory {
public:
    MemoryDirectory();
    ~MemoryDirectory();
    MemoryDirectory(const MemoryDirectory&) = delete;
    MemoryDirectory& operator=(const MemoryDirectory&) = delete;
    [[nodiscard]] const base::Path& path() const noexcept { return path_; }

private:
    base::Path path_;
};

/// A directory with everything that libhsm keeps, gone with this object. Time stands still in it.
class ThrowawayHome {
public:
    /// \p uri as OpenOptions: "" or "loopback:".
    explicit ThrowawayHome(std::string uri = {});

    /// A client with modules of its own: what another process would have.
    Client open();
    /// A client whose modules' directories are on a mount that it cannot write.
    Client open_read_only();
    /// The modules behind the client opened last.
    [[nodiscard]] std::shared_ptr<server::Modules> modules() const { return modules_.lock(); }
    [[nodiscard]] TestClock& clock() { return clock_; }
    void use_certificates(const base::Path& certs) { locations_.certs = certs; } ///< for clients opened from now on
    /// What the modules opened from now on take for their known-answer tests; null: the real ones.
    void use_self_test(std::string (*test)()) { self_test_ = test; }
    [[nodiscard]] const base::Path& path() const { return directory_.path(); }
    [[nodiscard]] const Locations& locations() const { return locations_; }
    void use_kmdata(const base::Path& kmdata); ///< for clients opened from now on

    /// Paths of \p count new blank cards.
    std::vector<std::string> cards(Client& client, std::size_t count, const std::string& prefix = "card");

private:
    Client open(base::FileSystem& of_modules);

    MemoryDirectory directory_;
    std::string uri_;
    TestClock clock_;
    Locations locations_;
    std::unique_ptr<base::FileSystem> read_only_;
    std::weak_ptr<server::Modules> modules_;
    std::string (*self_test_)() = nullptr;
    int next_card_ = 1;
};

/// What a test world is made with when nothing else matters: cheap passphrases, one administrator card.
WorldOptions cheap_world(std::uint32_t k = 1, std::uint32_t n = 1);

/// A home with module 1 in a world, and a client of it.
struct ReadyHome {
    explicit ReadyHome(const std::string& uri = {}, const WorldOptions& options = cheap_world());

    ThrowawayHome home;
    Client client;
    std::vector<std::string> acs; ///< paths of the administrator cards
    World world;

    /// A card set; its cards end up out of the slots.
    CardSetFacts card_set(std::vector<std::string>& paths, const CardSetOptions& options,
                          const std::string& passphrase = {});
    void empty_slots();
};

CardSetOptions set_of(std::string name, std::uint32_t k, std::uint32_t n);
KeyRequest request_for(std::string ident, std::string_view spec);

Bytes read_file(const base::Path& path);
void write_file(const base::Path& path, ByteView bytes);
/// A snapshot of a directory: each file's relative name and contents, to show that nothing changed.
std::vector<std::pair<std::string, Bytes>> contents_of(const base::Path& directory);

} // namespace hsm::test
