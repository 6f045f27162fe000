// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/nvram_home.hpp"
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "unit/base/child_process.hpp"

#include <sys/mman.h>

#include <cstring>
#include <set>

// A forked child has nothing of its parent's, and can start afresh.

using namespace hsm;
using namespace hsm::test;

namespace {

Mechanism hmac() {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    return mechanism;
}

/// Bytes that parent and children share.
struct Shared {
    static constexpr std::size_t size = 1 << 16;
    std::uint8_t* bytes = static_cast<std::uint8_t*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ~Shared() { munmap(bytes, size); }
};

} // namespace

TEST_CASE("in a forked child every call says so, and a new client works", "[fork]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    const auto soft = ready.world.create_softcard(1, "s", Secret::from_text("p")).token;
    auto protector = ready.world.load_softcard(1, soft, Secret::from_text("p"));
    auto channel = key.open(Action::sign, hmac());
    auto& client = ready.client;
    auto& world = ready.world;
    Bytes out;
    const std::function<void()> calls[] = {
        [&] { (void)key.sign(hmac(), view("x")); },
        [&] { (void)key.acl(); },
        [&] { (void)key.open(Action::sign, hmac()); },
        [&] { channel.update(view("x"), out); },
        [&] { (void)world.load("simple", "k", silent()); },
        [&] { (void)world.load_softcard(1, soft, Secret::from_text("p")); },
        [&] { (void)world.generate(request_for("k2", "AES-128"), Protector::module_key()); },
        [&] { (void)world.generate_session(parse_key_spec("AES-128"), {}); },
        [&] { world.check(); },
        [&] { (void)client.random(8); },
        [&] { (void)client.digest(Hash::sha256, view("x")); },
        [&] { (void)client.slots(1); },
        [&] { client.clear(1, ModuleMode::operational); },
        [&] { (void)client.module(1); },
        [&] { (void)client.modules(); },
        [&] { (void)client.create_module(); },
    };
    int number = 0;
    for (const auto& call : calls) {
        CAPTURE(++number, uri);
        CHECK(run_in_child([&] { return static_cast<int>(status_of(call)); }) ==
              static_cast<int>(Status::forked));
    }
    CHECK(run_in_child([&] {
              auto fresh = ready.home.open();
              const auto loaded = fresh.world().load("simple", "k", silent());
              return loaded.id() == key.id() && !loaded.sign(hmac(), view("x")).empty() ? 0 : 1;
          }) == 0);
    // Letting go of what was inherited touches nothing of the parent's.
    CHECK(run_in_child([&] {
              { auto gone = std::move(protector); }
              { auto gone = std::move(channel); }
              client = ready.home.open();
              return static_cast<int>(status_of([&] { (void)client.random(1); }));
          }) == 0);
    CHECK_NOTHROW(key.sign(hmac(), view("x")));
    channel.update(view("x"), out);
    channel.finish(out);
    CHECK(out == key.sign(hmac(), view("x")));
    CHECK(world.key_count() == 1);
    CHECK(client.modules().size() == 1);
}

TEST_CASE("a global limit is one over forked processes", "[fork][limits]") {
    ReadyHome ready;
    const Raw raw(ready.client);
    auto acl = one_group(bit(Action::sign), {limit_of(UseLimit::Kind::global, 10, "g")});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl);
    const auto blob = raw.blob(key);
    int children = 0;
    for (int child = 0; child < 3; ++child)
        children += run_in_child([&] {
            auto fresh = ready.home.open();
            const Raw there(fresh);
            const auto loaded = there.load(blob);
            int good = 0;
            while (good < 4 && status_of([&] { (void)there.use(loaded); }) == Status::ok) ++good;
            return good;
        });
    CHECK(children == 10);
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::limit_reached);
}

TEST_CASE("a clear and a removal by another process are felt at once", "[fork][removal]") {
    ReadyHome ready;
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    CHECK(run_in_child([&] {
              ready.home.open().clear(1, ModuleMode::operational);
              return 0;
          }) == 0);
    CHECK(status_of([&] { (void)key.sign(hmac(), view("x")); }) == Status::module_cleared);
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()).sign(hmac(), view("x")));
}

TEST_CASE("parent and child never draw the same randomness", "[fork]") {
    ReadyHome ready;
    const Raw raw(ready.client);
    const auto key = raw.generate("P-256", one_group(every_action));
    const auto blob = raw.blob(key);
    Mechanism ecdsa;
    ecdsa.id = MechanismId::ecdsa;
    ecdsa.hash = Hash::sha256;
    // Salts of blobs, r of signatures, and plain random numbers, from the parent and from children.
    const auto draw = [&](const Raw& from, KeyHandle handle, std::uint8_t* to) {
        for (int i = 0; i < 50; ++i) {
            const auto header =
                base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(from.blob(handle)).header);
            const auto signature = from.call(protocol::Sign{handle, ecdsa, view("same")}).signature;
            const auto random = from.call(protocol::Random{32}).bytes;
            std::memcpy(to, header.salt.data(), 32);
            std::memcpy(to + 32, signature.data(), 32);
            std::memcpy(to + 64, random.data(), 32);
            to += 96;
        }
    };
    Shared shared;
    constexpr std::size_t each = 50 * 96;
    for (std::size_t child = 0; child < 3; ++child)
        CHECK(run_in_child([&] {
                  auto fresh = ready.home.open();
                  const Raw there(fresh);
                  draw(there, there.load(blob), shared.bytes + child * each);
                  return 0;
              }) == 0);
    draw(raw, key, shared.bytes + 3 * each);
    std::set<Bytes> seen;
    for (std::size_t at = 0; at < 4 * each; at += 32)
        seen.insert(Bytes(shared.bytes + at, shared.bytes + at + 32));
    CHECK(seen.size() == 4 * each / 32);
}

TEST_CASE("what a process keeps loaded for others serves its child, and does not end with it", "[fork][preload]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto soft = ready.world.create_softcard(1, "s", Secret::from_text("p")).token;
    const auto protector = ready.world.load_softcard(1, soft, Secret::from_text("p"));
    (void)ready.world.generate(request_for("k", "HMAC-256"), protector);
    std::optional<Preload> preload(std::in_place, ready.world, std::vector{protector});
    const auto file = ready.home.path() / "tokens";
    preload->write(file);
    const auto loads = [&] {
        auto other = ready.home.open();
        other.state()->tokens_file = file;
        return status_of([&] { (void)other.world().load("simple", "k", silent()); });
    };
    CHECK(run_in_child([&] { return static_cast<int>(loads()); }) == 0);
    CHECK(run_in_child([&] {
              preload.reset(); // inherited: the parent's stays
              return 0;
          }) == 0);
    CHECK(loads() == Status::ok);
    preload.reset();
    CHECK(loads() == Status::passphrase_required);
}

TEST_CASE("a forked child spends none of the uses that its parent has reserved", "[fork][counters]") {
    NvramWorld home(each_connection());
    auto& world = home.ready.world;
    const auto key = world.generate(NvramWorld::counted("k", 20), Protector::module_key());
    key.reserve_uses(10);
    CHECK(uses_of(key, 1) == 1);
    CHECK(run_in_child([&] { return static_cast<int>(status_of([&] { (void)key.sign(hmac(), view("x")); })); }) ==
          static_cast<int>(Status::forked));
    // A client of its own counts its own.
    CHECK(run_in_child([&] {
              auto fresh = home.ready.home.open();
              const auto loaded = fresh.world().load("simple", "k", silent());
              return loaded.sign(hmac(), view("x")).size() == 32 && loaded.use_count() == 11 ? 0 : 1;
          }) == 0);
    CHECK(key.use_count() == 11);
    CHECK(uses_of(key, 30) == 18);
}
