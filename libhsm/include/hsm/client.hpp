// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/authoriser.hpp>
#include <hsm/facts.hpp>
#include <hsm/key.hpp>
#include <hsm/secret.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// The connection to a service with its modules: what an application opens first.

namespace hsm {

class World;

/// The directories that a service uses. Empty members are resolved from the environment: each NFAST_* variable rules
/// for the directory it names, else everything lies under $LIBHSM_HOME, else under the default (see docs).
struct Locations {
    std::filesystem::path home, modules, kmdata, kmlocal;
    std::filesystem::path certs = {}; ///< dynamic feature certificates: $NFAST_CERTDIR, else home/femcerts
};

struct OpenOptions {
    std::string uri;      ///< "": modules in this process; "loopback:": the same through the wire codec (tests)
    Locations locations;
    /// Passphrase of a module's own state, where it was made with one. None: such a module reports passphrase_required.
    std::function<Secret(const Esn&)> start_passphrase;
    /// Tokens that another program keeps loaded (preload.hpp); empty: the file that NFAST_NFKM_TOKENSFILE names, if any.
    std::filesystem::path tokens_file;
};

/// What new-world asks for besides WorldOptions.
struct NewCards {
    bool ask_passphrases = false;        ///< ask for a passphrase for each card (Question::new_passphrase)
    bool erase = false;                  ///< cards that are not blank are erased first (never this world's own ACS)
    std::optional<std::uint32_t> slot;   ///< write cards in this slot; none: ask for the first slot with a blank card
};

/// Domain parameters that were just made; numbers with the most significant byte first.
struct NewGroup {
    Bytes p, q, g;
    Bytes seed; ///< DSA: what p and q were made from (FIPS 186-4 A.1.1.2)
};

/// A connection to a service. Copying copies a reference. Thread-safe.
/// After fork a child gets Status::forked from every call and opens a new Client.
class HSM_API Client {
public:
    /// Opens without writing anything. Throws invalid_argument (URI, directories), io_error, module errors are
    /// reported by modules().
    static Client open(const OpenOptions& options = {});

    [[nodiscard]] const Locations& locations() const;

    // Modules.
    [[nodiscard]] std::vector<ModuleFacts> modules() const;
    [[nodiscard]] ModuleFacts module(std::uint32_t number) const; ///< throws no_module
    /// Makes another module on this host, in pre-initialisation, and returns its number. With \p start_passphrase its
    /// state is under that passphrase, and every process needs it to start.
    std::uint32_t create_module(const Secret& start_passphrase = {});
    /// Clears the module (every loaded object of every process goes) and leaves it in \p mode.
    void clear(std::uint32_t module, ModuleMode mode);
    /// Takes the module out of its world and erases what it held. Key management data and cards stay.
    void factory(std::uint32_t module);
    /// Runs the known-answer tests; returns the empty string or what failed (the module is then failed).
    std::string self_test(std::uint32_t module);

    // Cards (virtual ones: a card is a file).
    void create_card(const std::filesystem::path& path);            ///< a blank card; throws already_exists
    [[nodiscard]] std::vector<SlotFacts> slots(std::uint32_t module) const;
    void insert_card(std::uint32_t module, std::uint32_t slot, const std::filesystem::path& path);
    void remove_card(std::uint32_t module, std::uint32_t slot);     ///< no command that starts later can use it
    void erase_card(std::uint32_t module, std::uint32_t slot);      ///< makes it blank; refuses the world's present ACS
    void change_card_passphrase(std::uint32_t module, std::uint32_t slot, const Secret& old_one, const Secret& new_one);
    void check_card_passphrase(std::uint32_t module, std::uint32_t slot, const Secret& passphrase);

    // Worlds.
    [[nodiscard]] bool has_world() const;          ///< is there a world file in the key management data?
    [[nodiscard]] World world() const;             ///< throws no_world, record_damaged
    /// Makes a new world on a module in pre-initialisation. An existing directory is kept as local_N. Nothing changes
    /// unless every card was written.
    World create_world(std::uint32_t module, const WorldOptions& options, Authoriser& authoriser, const NewCards& cards = {});
    /// Loads the existing world onto a further module (pre-initialisation) with `load` cards of its ACS.
    /// \p expected_hknso guards against another world; none: the authoriser is asked to confirm it.
    World load_world(std::uint32_t module, Authoriser& authoriser, std::optional<Hash256> expected_hknso = {});

    /// A new group in which DSA or DH keys can be made (World::generate_session with domain_parameters()). DSA: \p bits and
    /// \p q_bits of FIPS 186-4 4.2; DH: a safe prime, which takes seconds to minutes. Throws key_size_range.
    [[nodiscard]] NewGroup generate_group(KeyType type, std::uint32_t bits, std::uint32_t q_bits = 0, std::uint32_t module = 1) const;

    // Without a key.
    [[nodiscard]] Bytes random(std::size_t size, std::uint32_t module = 1) const;
    [[nodiscard]] Bytes digest(Hash hash, ByteView data, std::uint32_t module = 1) const;
    /// Replaces \p out, whose capacity is reused: no allocation in a loop.
    void digest_into(Hash hash, ByteView data, Bytes& out, std::uint32_t module = 1) const;
    [[nodiscard]] Channel open_digest(Hash hash, std::uint32_t module = 1) const;

    struct State;
    explicit Client(std::shared_ptr<State> state) : state_(std::move(state)) {}
    [[nodiscard]] const std::shared_ptr<State>& state() const noexcept { return state_; }

private:
    std::shared_ptr<State> state_;
};

} // namespace hsm
