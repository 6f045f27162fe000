// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "nvram_fixture.hpp"
#include "support/expect_error.hpp"
#include "support/recording_file_system.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

using namespace hsm;
using namespace hsm::test;
using namespace hsm::module;

namespace {

/// The one file of this kind.
base::Path file_of(const NvramHome& home, const std::string& kind) {
    base::Path found;
    for (const auto& entry : std::filesystem::directory_iterator(home.directory()))
        if (entry.path().extension() == "." + kind) {
            REQUIRE(found.empty());
            found = entry.path();
        }
    return found;
}

std::size_t blocks_in_use(const Bytes& log) {
    std::size_t last = log.size();
    while (last > 0 && log[last - 1] == 0) --last;
    return (last + nvram_block - 1) / nvram_block;
}

void flip(Bytes& log, std::size_t block) { log[block * nvram_block + 20] ^= 1; }

} // namespace

TEST_CASE("what was written to NVRAM is there for others and after the end", "[nvram]") {
    NvramHome home;
    {
        OpenNvram one(home), two(home);
        CHECK_FALSE(one.read("a"));
        one.allocate("a");
        two.write("a", Bytes(3, 7), 2);
        CHECK(one.read("a") == Bytes{0, 0, 7, 7, 7, 0, 0, 0});
        one.allocate("count");
        CHECK(two.use("count", 2));
        CHECK(one.use("count", 2));
        CHECK_FALSE(two.use("count", 2));
        one.free("a");
        CHECK_FALSE(two.read("a"));
    }
    OpenNvram later(home);
    CHECK_FALSE(later.read("a"));
    CHECK(later.value("count") == 2);
    later.nvram.erase();
    CHECK_FALSE(later.read("count"));
    later.allocate("count");
    CHECK(OpenNvram(home).value("count") == 0);
}

TEST_CASE("a log that is full becomes a checkpoint, also while others write", "[nvram]") {
    NvramHome home;
    OpenNvram one(home), two(home);
    one.allocate("n");
    one.allocate("large", max_nvram_area);
    std::uint64_t expected = 0;
    for (std::uint64_t i = 0; i < 2 * nvram_log_blocks + 100; ++i) {
        REQUIRE((i % 2 ? one : two).use("n"));
        ++expected;
        if (i % 500 == 0) two.write("large", Bytes(max_nvram_area, static_cast<std::uint8_t>(i / 500 + 1)));
    }
    CHECK(one.value("n") == expected);
    CHECK(two.value("n") == expected);
    CHECK(std::filesystem::file_size(file_of(home, "log")) == nvram_log_bytes);
    CHECK(OpenNvram(home).read("large") == one.read("large"));
}

TEST_CASE("NVRAM does what a simple model does, over thousands of random steps", "[nvram][model]") {
    std::mt19937_64 random(4);
    for (int run = 0; run < 20; ++run) {
        NvramHome home;
        std::map<std::string, Bytes> model;
        std::vector<std::unique_ptr<OpenNvram>> open;
        for (int step = 0; step < 400; ++step) {
            if (open.empty() || random() % 60 == 0) open.push_back(std::make_unique<OpenNvram>(home));
            if (random() % 100 == 0) open.clear(); // every process ends
            if (open.empty()) continue;
            auto& at = *open[random() % open.size()];
            const auto name = "a" + std::to_string(random() % 6);
            const auto known = model.find(name);
            const auto choice = random() % 100;
            if (known == model.end()) {
                const auto size = random() % 3 ? 8u : static_cast<std::uint32_t>(random() % 3000);
                at.allocate(name, size);
                model[name] = Bytes(size);
            } else if (choice < 4) {
                at.free(name);
                model.erase(known);
            } else if (choice < 30 && !known->second.empty()) {
                auto& contents = known->second;
                const auto offset = random() % contents.size();
                Bytes part(random() % (contents.size() - offset + 1), static_cast<std::uint8_t>(random()));
                std::copy(part.begin(), part.end(), contents.begin() + static_cast<std::ptrdiff_t>(offset));
                at.write(name, part, offset);
            } else if (choice < 60 && known->second.size() == 8 && known->second[0] < 255) {
                StoredArea sum;
                sum.contents = known->second;
                CHECK(at.use(name, UINT64_MAX, 3));
                known->second = value_bytes(value_of(sum) + 3);
            } else {
                CHECK(at.read(name) == known->second);
            }
        }
        OpenNvram end(home);
        std::map<std::string, Bytes> found;
        end.nvram.look([&](const NvramTable& table) {
            for (const auto& [name, area] : table.areas()) found[name] = area.contents;
        });
        CHECK(found == model);
    }
}

TEST_CASE("exactly as many uses as allowed, over threads and openings", "[nvram][threaded]") {
    NvramHome home;
    OpenNvram one(home), two(home);
    one.allocate("n");
    std::atomic<int> uses{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 400; ++i)
                if ((t % 2 ? one : two).use("n", 2000)) ++uses;
        });
    for (auto& thread : threads) thread.join();
    CHECK(uses.load() == 2000);
    CHECK(OpenNvram(home).value("n") == 2000);
}

TEST_CASE("a record that was lost though it was acknowledged fails the module, and is never passed over", "[nvram]") {
    NvramHome home;
    {
        OpenNvram one(home);
        one.allocate("n");
        for (int i = 0; i < 10; ++i) one.use("n");
    }
    const auto path = file_of(home, "log");
    const auto good = read_file(path);
    const auto blocks = blocks_in_use(good);
    REQUIRE(blocks == 11);
    for (std::size_t block = 0; block + 1 < blocks; ++block) {
        auto log = good;
        flip(log, block);
        write_file(path, log);
        CAPTURE(block);
        OpenNvram damaged(home);
        CHECK(status_of([&] { (void)damaged.read("n"); }) == Status::module_failed);
        CHECK(status_of([&] { (void)damaged.use("n"); }) == Status::module_failed);
    }
    write_file(path, good);
    CHECK(OpenNvram(home).value("n") == 10);
}

TEST_CASE("a lost, shortened, exchanged or older log is refused", "[nvram]") {
    NvramHome home;
    {
        OpenNvram one(home);
        one.allocate("n");
        one.use("n");
    }
    const auto old_log = file_of(home, "log"), old_checkpoint = file_of(home, "ckpt");
    const auto log = read_file(old_log);
    CHECK(OpenNvram(home).value("n") == 1); // begins another generation
    const auto path = file_of(home, "log");
    REQUIRE(path != old_log);
    const auto fresh = read_file(path);
    const auto refused = [&] { return status_of([&] { (void)OpenNvram(home).read("n"); }) == Status::module_failed; };
    std::filesystem::remove(path);
    CHECK(refused());
    write_file(path, Bytes(fresh.begin(), fresh.end() - 1));
    CHECK(refused());
    // The records of another generation are nothing here.
    write_file(path, log);
    CHECK(OpenNvram(home).value("n") == 1);
    const auto checkpoint = file_of(home, "ckpt");
    auto bytes = read_file(checkpoint);
    bytes[bytes.size() / 2] ^= 1;
    write_file(checkpoint, bytes);
    CHECK(refused());
    // A damaged module can be initialised again.
    OpenNvram damaged(home);
    damaged.nvram.erase();
    damaged.home.page()->failed.store(0);
    CHECK_FALSE(damaged.read("n"));
}

TEST_CASE("a failed sync fails the module in all processes, and the use is refused", "[nvram]") {
    MemoryDirectory memory;
    RecordingFileSystem files(memory.path());
    NvramHome home(files, memory.path());
    files.start();
    OpenNvram one(home);
    one.allocate("n");
    CHECK(one.use("n"));
    OpenNvram two(home);
    CHECK(two.value("n") == 1);
    files.start();
    files.fail_step(2, Status::io_error); // a write, then the sync
    CHECK(status_of([&] { (void)one.use("n"); }) == Status::io_error);
    files.no_faults();
    for (auto* each : {&one, &two}) CHECK(status_of([&] { (void)each->use("n"); }) == Status::module_failed);
    // Put right, it counts what was refused.
    two.nvram.recover();
    two.home.page()->failed.store(0);
    CHECK(one.value("n") == 2);
}

TEST_CASE("what processes share does not depend on one that died between two steps", "[nvram]") {
    NvramHome home;
    OpenNvram one(home), two(home);
    one.allocate("n");
    one.use("n");
    auto& page = one.home.page()->nvram;
    SECTION("in a checkpoint, before the others heard of it") {
        page.generation.store(NvramFiles::unknown);
        CHECK(two.use("n"));
        CHECK(one.value("n") == 2);
    }
    SECTION("behind the commit point of a checkpoint") {
        const auto generation = page.generation.load(), tail = page.tail.load();
        two.nvram.recover();
        CHECK(page.generation.load() == generation + 1);
        page.generation.store(NvramFiles::unknown);
        CHECK(page.tail.load() == tail);
        CHECK(one.use("n"));
        CHECK(two.value("n") == 2);
    }
    SECTION("when it had written a record and not said so") {
        const auto before = page.tail.load();
        CHECK(two.use("n", UINT64_MAX, 5));
        page.tail.store(before);
        page.durable.store(before);
        OpenNvram three(home);
        CHECK(three.value("n") == 1); // not counted, not used
        CHECK(three.use("n"));
        CHECK(OpenNvram(home).value("n") == 2);
    }
    CHECK(OpenNvram(home).use("n"));
}
