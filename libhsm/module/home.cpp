// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/home.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "protocol/record_codec.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

constexpr std::uint64_t small_file = 1 << 20;

struct SealedFile {
    std::string magic = "libhsm-sealed";
    std::uint32_t version = 1;
    std::string name;
    protocol::Sealed sealed;
    HSM_FIELDS(magic, version, name, sealed)
};

Bytes associated(const Esn& esn, std::string_view name) { return to_bytes(view(esn + "/" + std::string(name))); }

/// The file may hold the key in the clear: what it was read into is wiped.
std::optional<RootKeyFile> read_root(base::FileSystem& fs, const base::Path& path, const std::string& what) {
    auto bytes = fs.read(path, small_file);
    if (!bytes) return std::nullopt;
    struct Wiped {
        Bytes& bytes;
        ~Wiped() { wipe(bytes); }
    } wiped{*bytes};
    return protocol::read_record<RootKeyFile>(*bytes, what);
}

Secret root_under_passphrase(const RootKeyFile& file, const Secret& passphrase) {
    const auto& p = *file.passphrase;
    return crypto::passphrase_key(passphrase, p.salt, {p.memory_kib, p.passes, p.lanes}, well_known_module_key(),
                                  view(file.esn));
}

Secret open_root(const RootKeyFile& file, const Secret& passphrase) {
    if (!file.passphrase) return file.clear.clone();
    if (passphrase.empty())
        throw Error(Status::passphrase_required, "module " + file.esn + " starts only with its passphrase; give it");
    try {
        return crypto::unseal(root_under_passphrase(file, passphrase), "root", file.sealed.salt, view(file.esn),
                              file.sealed.bytes);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::passphrase_wrong, "the passphrase of module " + file.esn + " is wrong; try again");
    }
}

Esn random_esn() {
    auto hex = to_hex(crypto::random_bytes(6));
    std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    return hex.substr(0, 4) + "-" + hex.substr(4, 4) + "-" + hex.substr(8, 4);
}

Bytes seal_file(const Secret& root, const Esn& esn, std::string_view name, const Secret& contents) {
    SealedFile file;
    file.name = name;
    file.sealed.salt = crypto::random_salt();
    file.sealed.bytes = crypto::seal(crypto::derive_key(root, "state"), name, file.sealed.salt, associated(esn, name),
                                     contents.view());
    return base::encode(file);
}

Secret unseal_file(const Secret& root, const Esn& esn, std::string_view name, ByteView bytes) {
    const auto what = "the file '" + std::string(name) + "' of module " + esn;
    const auto file = protocol::read_record<SealedFile>(bytes, what);
    try {
        return crypto::unseal(crypto::derive_key(root, "state"), name, file.sealed.salt, associated(esn, name),
                              file.sealed.bytes);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::record_damaged, what + " was changed or belongs to another module; restore the directory");
    }
}

} // namespace

HomeFacts Home::create(const Platform& platform, const base::Path& modules, std::uint32_t number, const Secret& passphrase) {
    auto& fs = *platform.files;
    fs.create_directories(modules, base::FileMode::private_dir);

    RootKeyFile root;
    root.esn = random_esn();
    root.number = number;
    Secret key = crypto::random_secret(32);
    if (passphrase.empty()) {
        root.clear = key.clone();
    } else {
        const crypto::PassphraseCost cost;
        root.passphrase = {cost.memory_kib, cost.passes, cost.lanes, crypto::random_salt()};
        root.sealed.salt = crypto::random_salt();
        root.sealed.bytes =
            crypto::seal(root_under_passphrase(root, passphrase), "root", root.sealed.salt, view(root.esn), key.view());
    }
    ModuleSecrets secrets;
    secrets.esn = root.esn;
    const auto klf2 = crypto::generate({KeyType::ec, 0, ParamSet::p521, 0});
    secrets.klf2_private = crypto::material(*klf2);
    secrets.klf2_public = crypto::public_info(*klf2);

    // Complete under another name first; the rename is the commit point.
    const auto aside = modules / (".new-" + root.esn);
    const auto path = modules / root.esn;
    fs.create_directories(aside / "slots", base::FileMode::private_dir);
    base::write_atomically(fs, aside / "module.state",
                           seal_file(key, root.esn, "module.state", base::encode_secret(secrets)),
                           base::FileMode::private_file, base::IfExists::refuse);
    base::write_atomically(fs, aside / "root.key", base::encode_secret(root).view(), base::FileMode::private_file,
                           base::IfExists::refuse);
    fs.rename_new(aside, path);
    fs.sync_directory(modules);
    return {path, root.esn, number, !passphrase.empty()};
}

std::vector<HomeFacts> Home::list(const Platform& platform, const base::Path& modules, std::vector<Problem>& problems) {
    auto& fs = *platform.files;
    std::vector<HomeFacts> found;
    if (!fs.info(modules)) return found;
    for (const auto& name : fs.list(modules)) {
        if (name.starts_with(".")) continue;
        try {
            const auto root = read_root(fs, modules / name / "root.key", "root.key of module " + name);
            if (!root) continue;
            found.push_back({modules / name, root->esn, root->number, root->passphrase.has_value()});
        } catch (const Error& error) {
            problems.push_back({name, error.status(), error.what()});
        }
    }
    std::sort(found.begin(), found.end(), [](const HomeFacts& a, const HomeFacts& b) {
        return std::pair(a.number, a.esn) < std::pair(b.number, b.esn);
    });
    return found;
}

Home::Home(const Platform& platform, const base::Path& directory, const Secret& passphrase,
           const std::function<void(Home&)>& rebuild)
    : platform_(platform) {
    auto& fs = *platform_.files;
    const auto root = read_root(fs, directory / "root.key", "root.key in '" + directory.string() + "'");
    if (!root) throw Error(Status::no_module, "there is no module in '" + directory.string() + "'");
    root_ = open_root(*root, passphrase);
    facts_ = {directory, root->esn, root->number, root->passphrase.has_value()};

    read_only_ = !fs.is_writable(directory);
    if (read_only_) {
        locks_ = std::make_unique<Locks>(nullptr);
        page_ = Page::alone(fs.map_read_only(directory / "page", page_bytes));
        rebuild(*this);
        return;
    }
    locks_ = std::make_unique<Locks>(fs.lock_file(directory / "locks"));
    const auto init = locks_->hold(Rank::init);
    auto& file = locks_->file();
    constexpr auto open_byte = static_cast<std::uint32_t>(Rank::open);
    const bool first = file.try_lock(open_byte, base::LockFile::Mode::exclusive);
    page_ = std::make_unique<Page>(fs.map_shared(directory / "page", page_bytes));
    if (first) {
        page_->reset();
        rebuild(*this);
        // No lock can be downgraded on every system; nobody else gets here while we hold init.
        file.unlock(open_byte);
    } else {
        page_->check();
    }
    file.lock(open_byte, base::LockFile::Mode::shared);
}

Home::~Home() = default;

void Home::require_writable(std::string_view reason) const {
    if (!read_only_) return;
    throw Error(Status::read_only, std::string(reason) + ", and the directory of module " + facts_.esn + ", '" +
                                       facts_.path.string() + "', is read-only; make it writable");
}

SnapshotPtr Home::load() {
    const auto bytes = files().read(facts_.path / "module.state", small_file);
    if (!bytes)
        throw Error(Status::record_damaged, "module " + facts_.esn + " has lost its module.state; restore its directory");
    auto secrets = base::decode<ModuleSecrets>(unseal_file(root_, facts_.esn, "module.state", *bytes).view());
    if (secrets.esn != facts_.esn)
        throw Error(Status::record_damaged, "module.state belongs to module " + secrets.esn + ", not " + facts_.esn);
    return std::make_shared<const Snapshot>(std::move(secrets));
}

void Home::store(const ModuleSecrets& secrets) {
    require_writable("the module's state has to be written down");
    base::write_atomically(files(), facts_.path / "module.state",
                           seal_file(root_, facts_.esn, "module.state", base::encode_secret(secrets)),
                           base::FileMode::private_file, base::IfExists::replace);
}

std::optional<Secret> Home::read_sealed(std::string_view name, std::uint64_t limit) {
    const auto bytes = files().read(facts_.path / name, limit);
    if (!bytes) return std::nullopt;
    return unseal_file(root_, facts_.esn, name, *bytes);
}

void Home::write_sealed(std::string_view name, const Secret& contents) {
    require_writable("the file '" + std::string(name) + "' has to be written");
    base::write_atomically(files(), facts_.path / name, seal_file(root_, facts_.esn, name, contents),
                           base::FileMode::private_file, base::IfExists::replace);
}

Secret Home::derived_key(std::string_view label, ByteView context) const { return crypto::derive_key(root_, label, context); }

base::Path Home::slot_path(std::uint32_t slot) const { return facts_.path / "slots" / std::to_string(slot); }

} // namespace hsm::module
