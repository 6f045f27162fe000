// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/locks.hpp"
#include "module/page.hpp"
#include "module/platform.hpp"
#include "module/snapshot.hpp"
#include "protocol/records.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// \file
/// The directory of a module's own state, `modules/<ESN>/`: root.key, module.state, attempts, slots/, locks, page.
/// Several processes have it open at once. It is never copied with the key management data.

namespace hsm::module {

/// `root.key`: the key over everything else in the directory, in the clear (0600) or under a passphrase.
struct RootKeyFile {
    std::string magic = "libhsm-root";
    std::uint32_t version = 1;
    Esn esn;
    std::uint32_t number = 0;
    std::optional<protocol::PassphraseParams> passphrase;
    Secret clear;            ///< empty when under a passphrase
    protocol::Sealed sealed; ///< under the passphrase
    HSM_FIELDS(magic, version, esn, number, passphrase, clear, sealed)
};

/// What can be known of a module's directory without opening the module.
struct HomeFacts {
    base::Path path;
    Esn esn;
    std::uint32_t number = 0;
    bool protected_start = false;
};

/// Thread-safe.
class Home {
public:
    /// Makes a new module below \p modules, complete or not at all.
    static HomeFacts create(const Platform& platform, const base::Path& modules, std::uint32_t number,
                            const Secret& passphrase);

    /// The modules below \p modules, by number. A directory that is not a module is passed over; one that is damaged is
    /// reported in \p problems.
    static std::vector<HomeFacts> list(const Platform& platform, const base::Path& modules, std::vector<Problem>& problems);

    /// Opens. When no other process has the module open, the page is zeroed and \p rebuild fills it from the files, before
    /// any other process can see it. Where the directory cannot be written (a container, a mount), this process keeps a page
    /// of its own, built by \p rebuild too. Throws passphrase_required, passphrase_wrong, record_damaged, busy.
    Home(const Platform& platform, const base::Path& directory, const Secret& passphrase,
         const std::function<void(Home&)>& rebuild);
    ~Home();
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;

    /// Whether the directory was not writable when it was opened: keys work, what must be written down does not.
    [[nodiscard]] bool read_only() const noexcept { return read_only_; }
    /// Throws read_only, with the reason why that matters, where the directory is not writable.
    void require_writable(std::string_view reason) const;

    [[nodiscard]] const HomeFacts& facts() const noexcept { return facts_; }
    [[nodiscard]] const Platform& platform() const noexcept { return platform_; }
    [[nodiscard]] base::FileSystem& files() const noexcept { return *platform_.files; }
    [[nodiscard]] Page& page() const noexcept { return *page_; }
    [[nodiscard]] Locks& locks() noexcept { return *locks_; }

    [[nodiscard]] SnapshotPtr load();                  ///< reads module.state
    void store(const ModuleSecrets& secrets);          ///< durable; the caller holds Rank::state and bumps the epoch

    // Sealed files beside it: passphrase attempts, limits, checkpoints of NVRAM.
    [[nodiscard]] std::optional<Secret> read_sealed(std::string_view name, std::uint64_t limit = 1 << 20);
    void write_sealed(std::string_view name, const Secret& contents);

    /// A key of this directory.
    [[nodiscard]] Secret derived_key(std::string_view label, ByteView context) const;

    [[nodiscard]] base::Path slot_path(std::uint32_t slot) const;

private:
    Secret root_;
    Platform platform_;
    HomeFacts facts_;
    bool read_only_ = false;
    std::unique_ptr<Locks> locks_;
    std::unique_ptr<Page> page_;
};

} // namespace hsm::module
