// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "edits.hpp"
#include "fuzz_home.hpp"

#include <map>

// The files of a module's own directory, and a card: as the input says, or a little different from good ones.

using namespace hsm;
using namespace hsm::fuzz;

namespace {

void overwrite(const Path& path, ByteView contents) {
    const auto file = Home::instance().files->open(path, base::FileSystem::Open::create, base::FileMode::private_file);
    file->resize(0);
    file->write_at(0, contents);
}

/// A module of its own, closed, whose files may be spoilt.
struct Spoilt {
    Path directory;
    std::map<std::string, Bytes> good;

    Spoilt() {
        auto& home = Home::instance();
        server::Modules others({home.files.get(), &home.clock}, home.root / "others");
        protocol::CreateModule command;
        protocol::CreateModule::Reply reply;
        if (others.execute(command.id, &command, &reply).status != Status::ok) std::abort();
        directory = home.root / "others" / others_esn(others);
        for (const auto* name : {"root.key", "module.state"}) good[name] = *home.files->read(directory / name, 1 << 20);
    }
    static std::string others_esn(server::Modules& others) {
        protocol::ListModules::Reply reply;
        const protocol::ListModules command;
        if (others.execute(command.id, &command, &reply).status != Status::ok) std::abort();
        return reply.modules.at(0).esn;
    }
};

const Spoilt& spoilt() {
    static const Spoilt one;
    return one;
}

void open_module(const std::string& name, ByteView contents) {
    auto& home = Home::instance();
    const auto& directory = spoilt().directory;
    for (const auto& [file, good] : spoilt().good) overwrite(directory / file, file == name ? contents : ByteView(good));
    try {
        const module::Module opened({home.files.get(), &home.clock}, directory, {});
    } catch (const Error& error) {
        if (error.status() == Status::internal) std::abort();
    }
}

void read_card(ByteView contents) {
    auto& home = Home::instance();
    overwrite(home.root / "spoilt-card", contents);
    try {
        home.client->insert_card(1, 1, home.root / "spoilt-card");
    } catch (const Error& error) {
        if (error.status() != Status::card_damaged && error.status() != Status::record_newer &&
            error.status() != Status::bad_state)
            std::abort();
        return;
    }
    (void)home.client->slots(1);
    home.client->remove_card(1, 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input(data + 1, size - 1);
    static const auto card = *Home::instance().files->read(Home::instance().root / "card", 1 << 20);
    static const auto good = spoilt().good;
    switch (data[0] % 6) {
    case 0: open_module("root.key", input); break;
    case 1: open_module("module.state", input); break;
    case 2: open_module("root.key", edited(good.at("root.key"), input)); break;
    case 3: open_module("module.state", edited(good.at("module.state"), input)); break;
    case 4: read_card(input); break;
    default: read_card(edited(card, input)); break;
    }
    return 0;
}
