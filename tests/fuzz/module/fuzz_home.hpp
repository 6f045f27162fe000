// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/clock.hpp>
#include <base/file_system.hpp>
#include <base/temporary_name.hpp>
#include <client/state.hpp>
#include <module/module.hpp>
#include <server/in_process.hpp>

#include <hsm/hsm.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>

/// \file
/// A throw-away home with a module in a world, for the fuzz targets that need a real one. It lives as long as the process.

namespace hsm::fuzz {

using base::Path;

/// The real file system, but only below one directory: a command that names a file must not reach the machine's own.
class Confined final : public base::FileSystem {
public:
    explicit Confined(Path root) : root_(std::move(root)) {}

    std::unique_ptr<base::File> open(const Path& p, Open how, base::FileMode mode) override { return real().open(in(p), how, mode); }
    std::optional<Bytes> read(const Path& p, std::uint64_t limit) override { return real().read(in(p), limit); }
    std::optional<base::FileInfo> info(const Path& p) override { return real().info(in(p)); }
    std::vector<std::string> list(const Path& p) override { return real().list(in(p)); }
    std::vector<base::DirectoryEntry> list_with_info(const Path& p) override { return real().list_with_info(in(p)); }
    void create_directories(const Path& p, base::FileMode mode) override { real().create_directories(in(p), mode); }
    void rename(const Path& from, const Path& to) override { real().rename(in(from), in(to)); }
    void rename_new(const Path& from, const Path& to) override { real().rename_new(in(from), in(to)); }
    void remove(const Path& p) override { real().remove(in(p)); }
    void sync_directory(const Path& p) override { real().sync_directory(in(p)); }
    std::unique_ptr<base::LockFile> lock_file(const Path& p) override { return real().lock_file(in(p)); }
    std::unique_ptr<base::SharedMemory> map_shared(const Path& p, std::size_t size) override { return real().map_shared(in(p), size); }
    std::unique_ptr<base::SharedMemory> map_read_only(const Path& p, std::size_t size) override { return real().map_read_only(in(p), size); }
    bool is_writable(const Path& p) override { return real().is_writable(in(p)); }
    bool is_network(const Path&) override { return false; }

private:
    static base::FileSystem& real() { return base::real_file_system(); }
    const Path& in(const Path& path) const {
        const auto inside = path.lexically_normal().lexically_relative(root_).string();
        if (inside.empty() || inside.starts_with("..")) throw Error(Status::permission_denied, "outside the fuzzed directory");
        return path;
    }
    Path root_;
};

/// Time passes, so that no delay ever lasts.
class Hurried final : public base::Clock {
public:
    std::int64_t utc_seconds() override { return 1'767'225'600 + static_cast<std::int64_t>(now_ += 120); }
    std::uint64_t boot_ms() override { return (now_ += 120) * 1000; }

private:
    std::atomic<std::uint64_t> now_{0};
};

class Home {
public:
    static Home& instance() {
        static auto* home = new Home; // never destroyed: libFuzzer ends by exit()
        return *home;
    }

    Path root;
    std::unique_ptr<Confined> files;
    Hurried clock;
    Locations locations;
    std::shared_ptr<server::Modules> modules;
    std::optional<Client> client;
    std::optional<World> world;
    std::optional<Key> key; ///< P-256 under the module

    module::Module& module(std::uint32_t number) {
        auto* found = modules->find(number);
        if (!found) std::abort();
        return *found;
    }

    /// The stored record of the key "simple" "k".
    protocol::KeyRecord key_record() {
        const auto bytes = files->read(locations.kmlocal / "key_simple_k", 1 << 20);
        return base::decode<protocol::KeyRecord>(bytes.value());
    }

private:
    Home() {
        const Path memory = "/dev/shm";
        const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
        root = std::filesystem::canonical(parent) / ("libhsm-fuzz" + base::temporary_name());
        std::filesystem::create_directories(root);
        std::atexit([] {
            std::error_code ignored;
            std::filesystem::remove_all(instance().root, ignored);
        });
        files = std::make_unique<Confined>(root);
        locations = {root, root / "modules", root / "kmdata", root / "kmdata" / "local"};
        modules = std::make_shared<server::Modules>(module::Platform{files.get(), &clock}, locations.modules);
        client.emplace(client::make_state(server::connect_in_process(modules), locations, *files, clock, {}));
        client->create_module();
        client->create_card(root / "card");
        client->insert_card(1, 0, root / "card");
        WorldOptions options;
        options.test_parameters = true;
        options.passphrase_recovery = true;
        world = client->create_world(1, options, silent());
        KeyRequest request;
        request.ident = "k";
        request.spec = parse_key_spec("P-256");
        key = world->generate(request, Protector::module_key());
    }
};

} // namespace hsm::fuzz
