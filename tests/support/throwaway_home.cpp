// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "support/throwaway_home.hpp"

#include "base/temporary_name.hpp"
#include "client/state.hpp"
#include "support/read_only_file_system.hpp"
#include "support/scripted_authoriser.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace hsm::test {

MemoryDirectory::MemoryDirectory() {
    std::error_code no;
    const base::Path memory = "/dev/shm";
    const auto name = "libhsm" + base::temporary_name();
    path_ = memory / name;
    if (std::filesystem::create_directory(path_, no)) return;
    path_ = std::filesystem::canonical(std::filesystem::temp_directory_path()) / name;
    std::filesystem::create_directories(path_);
}

MemoryDirectory::~MemoryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

ThrowawayHome::ThrowawayHome(std::string uri) : uri_(std::move(uri)) {
    locations_.home = directory_.path();
    locations_.modules = directory_.path() / "modules";
    use_kmdata(directory_.path() / "kmdata");
}

void ThrowawayHome::use_kmdata(const base::Path& kmdata) {
    locations_.kmdata = kmdata;
    locations_.kmlocal = kmdata / "local";
}

Client ThrowawayHome::open() { return open(base::real_file_system()); }

Client ThrowawayHome::open_read_only() {
    if (!read_only_) read_only_ = std::make_unique<ReadOnlyFileSystem>(locations_.modules);
    return open(*read_only_);
}

Client ThrowawayHome::open(base::FileSystem& of_modules) {
    const module::Platform platform{&of_modules, &clock_, self_test_};
    auto modules = std::make_shared<server::Modules>(platform, locations_.modules);
    modules_ = modules;
    auto connection = uri_.empty() ? server::connect_in_process(std::move(modules))
                                   : server::connect_loopback(std::move(modules));
    return Client(
        client::make_state(std::move(connection), locations_, of_modules, clock_, {}));
}

std::vector<std::string> ThrowawayHome::cards(Client& client, std::size_t count, const std::string& prefix) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
        paths.push_back((directory_.path() / (prefix + std::to_string(next_card_++))).string());
        client.create_card(paths.back());
    }
    return paths;
}

WorldOptions cheap_world(std::uint32_t k, std::uint32_t n) {
    WorldOptions options;
    options.quora.k = k;
    options.quora.n = n;
    options.test_parameters = true;
    return options;
}

namespace {

World make_world(Client& client, const std::vector<std::string>& cards, const WorldOptions& options) {
    ScriptedAuthoriser authoriser(client, cards);
    auto world = client.create_world(1, options, authoriser);
    client.remove_card(1, 0);
    return world;
}

std::vector<std::string> first_cards(ThrowawayHome& home, Client& client, std::uint32_t n) {
    (void)client.create_module();
    return home.cards(client, n, "acs");
}

} // namespace

ReadyHome::ReadyHome(const std::string& uri, const WorldOptions& options)
    : home(uri),
      client(home.open()),
      acs(first_cards(home, client, options.quora.n)),
      world(make_world(client, acs, options)) {}

CardSetFacts ReadyHome::card_set(std::vector<std::string>& paths, const CardSetOptions& options,
                                 const std::string& passphrase) {
    paths = home.cards(client, options.n, options.name);
    ScriptedAuthoriser authoriser(client, paths, {passphrase});
    NewCards how;
    how.ask_passphrases = !passphrase.empty();
    auto facts = world.create_card_set(1, options, authoriser, how);
    empty_slots();
    return facts;
}

void ReadyHome::empty_slots() {
    for (const auto& slot : client.slots(1))
        if (slot.state != SlotState::empty) client.remove_card(1, slot.slot);
}

CardSetOptions set_of(std::string name, std::uint32_t k, std::uint32_t n) {
    CardSetOptions options;
    options.name = std::move(name);
    options.k = k;
    options.n = n;
    return options;
}

KeyRequest request_for(std::string ident, std::string_view spec) {
    KeyRequest request;
    request.ident = std::move(ident);
    request.spec = parse_key_spec(spec);
    return request;
}

Bytes read_file(const base::Path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const base::Path& path, ByteView bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::vector<std::pair<std::string, Bytes>> contents_of(const base::Path& directory) {
    std::vector<std::pair<std::string, Bytes>> all;
    if (!std::filesystem::exists(directory)) return all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        const auto name = entry.path().lexically_relative(directory).generic_string();
        if (entry.is_regular_file())
            all.emplace_back(name, read_file(entry.path()));
        else
            all.emplace_back(name, Bytes{});
    }
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace hsm::test
