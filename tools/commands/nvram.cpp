// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "files.hpp"
#include "session.hpp"

#include <hsm/nvram.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace hsm::tools {

namespace {

constexpr std::size_t longest_backup = 64 << 10;

struct Request {
    std::uint32_t module = 1;
    std::string name, file = "-", kind = "data", key;
    std::vector<std::string> names;
    std::optional<std::uint32_t> size, count, offset, capacity;
    std::optional<std::uint64_t> limit, amount, start;
    bool keys = false, read_only = false, json = false, all = false;
    Ceremony ceremony;
};

/// NVRAM of a module, with the client and the world that it belongs to.
struct Opened {
    Client client;
    World world;
    Nvram nvram;

    explicit Opened(const Request& request)
        : client(open_client()), world(client.world()), nvram(world, request.module) {}
    void authorise(Request& request) {
        request.ceremony.start(client);
        nvram.authorise(request.ceremony);
    }
};

std::string rights_text(const NvramRule& rule) {
    std::string text;
    const auto add = [&](NvramRight right, std::string_view word) {
        if (rule.rights & bit(right)) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
    };
    add(NvramRight::read, "read");
    add(NvramRight::write, "write");
    add(NvramRight::increment, rule.limit ? fmt::format("increment up to {}", rule.limit) : "increment");
    add(NvramRight::free, "delete");
    if (!rule.certifier.empty())
        text += fmt::format(" (with the authority of key {})", to_hex(rule.certifier).substr(0, 40));
    return text;
}

Json json_of(const NvramArea& area) {
    auto rules = Json::list();
    for (const auto& rule : area.rules) rules.add(rights_text(rule));
    auto json = Json::object();
    json.set("name", area.name).set("kind", to_string(area.kind)).set("size", area.size);
    json.set("key", is_zero(area.key) ? std::string() : to_hex(area.key));
    if (area.kind == NvramKind::counter) json.set("value", area.value);
    return std::move(json.set("acl", std::move(rules)));
}

std::string area_text(const NvramArea& area) {
    if (area.kind == NvramKind::data) return {};
    if (is_zero(area.key)) return "prepared";
    return fmt::format("{} {}", area.kind == NvramKind::counter ? fmt::format("{} uses of", area.value) : "holds",
                       short_hash(area.key));
}

/// Before anything is erased, people hear what else goes with it.
std::string loss_text(const NvramArea& area) {
    if (area.kind == NvramKind::key && !is_zero(area.key)) return "; the key in it is lost";
    if (area.kind == NvramKind::counter && !is_zero(area.key))
        return "; its key cannot be used until the counter is made again";
    return {};
}

Exit list(const Request& request) {
    const Opened open(request);
    const auto facts = open.nvram.facts();
    if (request.json) {
        auto areas = Json::list();
        for (const auto& area : facts.areas) areas.add(json_of(area));
        auto json = Json::object();
        json.set("module", request.module).set("capacity", facts.capacity).set("used", facts.used);
        json.set("areas", std::move(areas)).print();
        return Exit::done;
    }
    print("NVRAM of module #{}: {} areas, {} of {} bytes used\n", request.module, facts.areas.size(), facts.used,
          facts.capacity);
    for (const auto& area : facts.areas) {
        print(" {:<11} {:<7} {:>6} bytes  {}\n", escaped(area.name), to_string(area.kind), area.size,
              area_text(area));
        if (!request.all) continue;
        for (const auto& rule : area.rules) print("   {}\n", rights_text(rule));
        if (area.rules.empty()) print("   nothing is allowed\n");
    }
    return Exit::done;
}

Exit allocate(Request& request) {
    Opened open(request);
    NvramArea area;
    area.name = request.name;
    area.kind = request.kind == "counter" ? NvramKind::counter
                : request.kind == "key"   ? NvramKind::key
                                          : NvramKind::data;
    area.size = request.size.value_or(area.kind == NvramKind::counter ? 8 : area.kind == NvramKind::key ? 4096 : 100);
    area.rules = open.nvram.stock_rules(area.kind, request.limit.value_or(0));
    if (request.read_only)
        for (auto& rule : area.rules) rule.rights &= ~(bit(NvramRight::write) | bit(NvramRight::increment));
    open.authorise(request);
    open.nvram.allocate(area);
    print("NVRAM area {} of {} bytes is allocated on module #{}\n", escaped(area.name), area.size, request.module);
    return Exit::done;
}

Exit prepare(Request& request) {
    Opened open(request);
    open.authorise(request);
    const auto kind = request.keys ? NvramKind::key : NvramKind::counter;
    const auto names = open.nvram.prepare(request.count.value_or(1), kind, request.size.value_or(4096));
    if (request.json) {
        auto list = Json::list();
        for (const auto& name : names) list.add(name);
        auto json = Json::object();
        json.set("module", request.module).set("prepared", std::move(list)).print();
        return Exit::done;
    }
    print("{} {} prepared on module #{}: {} to {}\n", names.size(),
          request.keys ? "places for keys are" : "counters are", request.module, names.front(), names.back());
    return Exit::done;
}

Exit remove(Request& request) {
    Opened open(request);
    request.ceremony.start(open.client);
    const auto area = open.nvram.area(request.name);
    request.ceremony.confirm(fmt::format("The NVRAM area {} of module #{} will be deleted{}.", escaped(area.name),
                                         request.module, loss_text(area)));
    try {
        open.nvram.free(request.name);
    } catch (const Error& error) {
        if (error.status() != Status::needs_certifier) throw;
        open.authorise(request);
        open.nvram.free(request.name);
    }
    print("NVRAM area {} of module #{} is deleted\n", escaped(area.name), request.module);
    return Exit::done;
}

Exit read(const Request& request) {
    const Opened open(request);
    const auto bytes = open.nvram.read(request.name, request.offset.value_or(0), request.size.value_or(0));
    if (request.json) {
        auto json = Json::object();
        json.set("name", request.name).set("bytes", to_hex(bytes)).print();
        return Exit::done;
    }
    OutputFile file(request.file, Privacy::owner_only);
    file.write(bytes);
    file.commit();
    return Exit::done;
}

Exit write(const Request& request) {
    InputFile file(request.file);
    const auto bytes = file.all(max_nvram_area);
    Opened open(request);
    open.nvram.write(request.name, bytes, request.offset.value_or(0));
    print("{} bytes are written to the NVRAM area {} of module #{}\n", bytes.size(), escaped(request.name),
          request.module);
    return Exit::done;
}

Exit increment(const Request& request) {
    Opened open(request);
    const auto value = open.nvram.increment(request.name, request.amount.value_or(1));
    if (request.json) {
        auto json = Json::object();
        json.set("name", request.name).set("value", value).print();
    } else {
        print("{}\n", value);
    }
    return Exit::done;
}

Exit back_up(Request& request) {
    Opened open(request);
    Bytes backup;
    try {
        backup = open.nvram.back_up(request.name);
    } catch (const Error& error) {
        if (error.status() != Status::needs_certifier && error.status() != Status::access_denied) throw;
        open.authorise(request);
        backup = open.nvram.back_up(request.name);
    }
    OutputFile file(request.file, Privacy::owner_only);
    file.write(backup);
    file.commit();
    if (!file.to_standard_output())
        print("NVRAM area {} is backed up to {}\n", escaped(request.name), escaped(request.file));
    return Exit::done;
}

Exit restore(Request& request) {
    InputFile file(request.file);
    const auto backup = file.all(longest_backup);
    Opened open(request);
    open.authorise(request);
    const auto area = open.nvram.restore(backup);
    print("NVRAM area {} of module #{} is restored\n", escaped(area.name), request.module);
    return Exit::done;
}

Exit recreate(const CommandLine& line, Request& request) {
    if (!request.start) line.refuse("say how many uses are counted already: --start N");
    Opened open(request);
    const auto facts = find_key(open.world, request.key);
    request.ceremony.start(open.client);
    const auto key = open.world.load(facts.app, facts.ident, request.ceremony, request.module);
    open.authorise(request);
    const auto name = open.nvram.recreate_counter(key, *request.start);
    print("the counter {} of {} is made again, with {} uses counted\n", escaped(name), key_text(facts),
          *request.start);
    return Exit::done;
}

Exit resize(const CommandLine& line, Request& request) {
    if (!request.capacity) line.refuse("say how many bytes: --capacity N");
    Opened open(request);
    open.authorise(request);
    open.nvram.resize(*request.capacity);
    print("NVRAM of module #{} has {} bytes\n", request.module, *request.capacity);
    return Exit::done;
}

void declare_change(CommandLine& verb, Request& request) {
    declare_module(verb, request.module);
    request.ceremony.declare(verb);
}

} // namespace

Exit run_nvram(CommandLine& line) {
    Request request;
    auto& list_verb = line.verb("list", "list the areas");
    declare_module(list_verb, request.module);
    list_verb.flag("-a,--all", request.all, "with their ACLs");
    list_verb.flag("--json", request.json, "print JSON");
    auto& prepare_verb =
        line.verb("prepare", "prepare counters, or places for keys, that keys claim later without cards");
    prepare_verb.value("--count", "N", request.count, "how many (1)");
    prepare_verb.flag("--keys", request.keys, "places for keys in NVRAM instead of counters");
    prepare_verb.value("-b,--bytes", "N", request.size, "with --keys: bytes of each (4096)");
    prepare_verb.flag("--json", request.json, "print JSON");
    declare_change(prepare_verb, request);
    auto& allocate_verb = line.verb("allocate", "allocate an area");
    allocate_verb.value("-b,--bytes", "N", request.size, "its length (100)");
    allocate_verb.choice("--kind", request.kind, {"data", "counter", "key"}, "what for (data)");
    allocate_verb.value("--limit", "N", request.limit, "increments stop at this number, and nobody may write");
    allocate_verb.flag("--read-only", request.read_only, "nobody may change it");
    declare_change(allocate_verb, request);
    auto& delete_verb = line.verb("delete", "delete an area");
    declare_change(delete_verb, request);
    auto& read_verb = line.verb("read", "read an area");
    read_verb.value("-o,--output", "FILE", request.file, "where the bytes go (-: standard output)");
    read_verb.flag("--json", request.json, "print JSON");
    auto& write_verb = line.verb("write", "write an area");
    write_verb.value("-f,--file", "FILE", request.file, "the bytes (-: standard input)");
    for (auto* verb : {&read_verb, &write_verb}) {
        verb->value("--offset", "N", request.offset, "from this byte on (0)");
        declare_module(*verb, request.module);
    }
    auto& increment_verb = line.verb("increment", "add to the number in an area of 8 bytes, and print it");
    increment_verb.value("--by", "N", request.amount, "how much (1)");
    increment_verb.flag("--json", request.json, "print JSON");
    declare_module(increment_verb, request.module);
    auto& backup_verb = line.verb("backup", "write an area to a file, sealed for this module and world");
    backup_verb.value("-o,--output", "FILE", request.file, "the file (-: standard output)");
    declare_change(backup_verb, request);
    auto& restore_verb = line.verb("restore", "restore an area from a backup");
    restore_verb.argument("FILE", request.file, "the backup");
    declare_change(restore_verb, request);
    auto& recreate_verb = line.verb("recreate", "make the erased counter of a key again");
    recreate_verb.value("--start", "N", request.start, "uses that are counted already");
    recreate_verb.argument("KEY", request.key, key_help);
    declare_change(recreate_verb, request);
    auto& resize_verb = line.verb("resize", "set the size of NVRAM");
    resize_verb.value("--capacity", "N", request.capacity, "bytes");
    declare_change(resize_verb, request);
    for (auto* verb : {&allocate_verb, &delete_verb, &read_verb, &write_verb, &increment_verb, &backup_verb})
        verb->argument("NAME", request.name, "the area: at most 11 characters");
    line.text("NVRAM belongs to one module and is erased when that is initialised again. Allocating, preparing, "
              "restoring and\n"
              "recreating need the administrator cards of the quorum for NVRAM.\n"
              "Example: hsm nvram prepare --count 20 --cards admin-1,admin-2");
    line.parse();
    if (prepare_verb.chosen()) return prepare(request);
    if (allocate_verb.chosen()) return allocate(request);
    if (delete_verb.chosen()) return remove(request);
    if (read_verb.chosen()) return read(request);
    if (write_verb.chosen()) return write(request);
    if (increment_verb.chosen()) return increment(request);
    if (backup_verb.chosen()) return back_up(request);
    if (restore_verb.chosen()) return restore(request);
    if (recreate_verb.chosen()) return recreate(line, request);
    if (resize_verb.chosen()) return resize(line, request);
    return list(request);
}

Exit run_nvram_sw(CommandLine& line) {
    Request request;
    bool alloc = false, free = false, reading = false, writing = false, listing = false;
    line.group("What to do (default: list the areas)");
    line.flag("-a,--alloc", alloc, "allocate the area");
    line.flag("-d,--delete", free, "delete it");
    line.flag("-r,--read", reading, "read it");
    line.flag("-w,--write", writing, "write it, from --file");
    line.flag("-l,--list", listing, "list the areas");
    line.group("Options");
    line.value("-n,--name", "NAME", request.name, "the area: at most 11 characters");
    line.value("-b,--bytes", "N", request.size, "with --alloc: its length (100); with --read: how many bytes");
    line.value("-f,--file", "FILE", request.file, "where the bytes go to or come from (-: standard output or input)");
    declare_module(line, request.module);
    line.flag("--json", request.json, "print JSON");
    request.ceremony.declare(line);
    line.text("hsm nvram does this and more: increment, backup and restore, prepare, recreate, resize.\n"
              "Example: hsm nvram-sw -a -n rollback --cards admin-1,admin-2");
    line.parse();
    const auto chosen = (alloc ? 1 : 0) + (free ? 1 : 0) + (reading ? 1 : 0) + (writing ? 1 : 0) + (listing ? 1 : 0);
    if (chosen > 1) line.refuse("choose one of --alloc, --delete, --read, --write and --list");
    if (chosen == 0 || listing) return list(request);
    if (request.name.empty()) line.refuse("which area? give its name: -n NAME");
    if (alloc) return allocate(request);
    if (free) return remove(request);
    return reading ? read(request) : write(request);
}

} // namespace hsm::tools
