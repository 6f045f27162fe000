// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <store/swap.hpp>
#include <support/recording_file_system.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>

// Every step of every change: the power fails after it, or it fails itself.

using namespace hsm;
using namespace hsm::test;
using store::RecordName;

namespace {

const auto name = RecordName::key("simple", "one");
const auto other_name = RecordName::key("simple", "other");

struct CrashFixture {
    TemporaryDirectory scratch;
    TemporaryDirectory after;
    MovedClock clock;
    RecordingFileSystem fs{scratch.path()};

    store::Store store() { return {fs, clock, scratch.path(), line_options()}; }

    /// For each state of the disk after each step: \p check, with whether all steps were done.
    void after_each_step(const std::function<void(const base::Path&, bool)>& check) {
        const auto steps = fs.describe_steps();
        CAPTURE(steps);
        for (std::size_t n = 0; n <= fs.step_count(); ++n) {
            for (const auto& state : fs.states_after(n, {24, 1})) {
                materialise(state, after.path());
                CAPTURE(n);
                check(after.path(), n == fs.step_count());
            }
        }
    }
};

/// The contents of the record; whatever is read is also what is found.
std::optional<Bytes> read_and_find(const base::Path& directory) {
    MovedClock clock;
    store::Store s(base::real_file_system(), clock, directory, line_options());
    const auto contents = s.read(name);
    CHECK(StoreFixture::idents(s, "red") == (contents == record({"red"}) ? "one" : ""));
    CHECK(StoreFixture::idents(s, "blue") == (contents == record({"blue"}) ? "one" : ""));
    CHECK(StoreFixture::idents(s, "green") == "other");
    CHECK(s.problems().empty());
    return contents;
}

} // namespace

TEST_CASE("the power fails while a record is created, replaced or removed", "[store]") {
    CrashFixture f;
    auto s = f.store();
    s.create(other_name, record({"green"}));
    s.count_keys();
    std::optional<Bytes> before;
    std::optional<Bytes> now;
    std::function<void()> change;
    SECTION("created") {
        now = record({"red"});
        change = [&] { s.create(name, *now); };
    }
    SECTION("replaced") {
        before = record({"red"});
        now = record({"blue"});
        s.create(name, *before);
        change = [&] { s.replace(name, *now); };
    }
    SECTION("removed") {
        before = record({"red"});
        s.create(name, *before);
        change = [&] { s.remove(name); };
    }
    f.fs.start();
    change();
    CHECK(f.fs.sync_count() <= 2); // the index is never synced
    f.after_each_step([&](const base::Path& directory, bool done) {
        const auto found = read_and_find(directory);
        if (done) {
            CHECK(found == now);
        } else {
            CHECK((found == before || found == now));
        }
    });
}

TEST_CASE("any step of a change fails", "[store]") {
    for (std::size_t step = 1;; ++step) {
        CAPTURE(step);
        CrashFixture f;
        auto s = f.store();
        s.create(other_name, record({"green"}));
        s.create(name, record({"red"}));
        s.count_keys();
        f.fs.start();
        f.fs.fail_step(step, Status::disk_full);
        const auto error = error_of([&] { s.replace(name, record({"blue"})); });
        const bool reached = f.fs.step_count() + 1 >= step;
        f.fs.no_faults();
        const auto contents = s.read(name);
        REQUIRE(contents);
        if (!error) CHECK(contents == record({"blue"}));
        CHECK(StoreFixture::idents(s, "red") == (contents == record({"red"}) ? "one" : ""));
        CHECK(StoreFixture::idents(s, "blue") == (contents == record({"blue"}) ? "one" : ""));
        CHECK(read_and_find(f.scratch.path()) == contents);
        if (!reached || step > 40) break;
    }
}

namespace {

constexpr std::string_view tag = "0123456789abcdef";

/// Which world is in a directory; empty when there is none.
std::string world_in(const base::Path& directory) {
    const auto bytes = read_contents(directory / "world");
    return std::string(text(bytes));
}

} // namespace

TEST_CASE("a prepared directory is swapped in", "[store]") {
    TemporaryDirectory kmdata;
    auto& fs = base::real_file_system();
    const auto local = store::local_directory(kmdata.path());
    fs.create_directories(local, base::FileMode::private_dir);
    write_contents(local / "world", view("old"));
    std::filesystem::create_directory(kmdata / "local_1");
    const auto prepared = store::prepare_swap(fs, kmdata.path(), tag);
    CHECK(prepared.filename() == "local.new-0123456789abcdef");
    write_contents(prepared / "world", view("half"));
    CHECK(store::prepare_swap(fs, kmdata.path(), tag) == prepared);
    CHECK(std::filesystem::is_empty(prepared));
    write_contents(prepared / "world", view("new"));
    store::check_swap(fs, kmdata.path());
    CHECK(world_in(local) == "old");
    CHECK(store::swap_state(fs, kmdata.path(), tag) == store::SwapState::prepared);
    CHECK(store::swap_in(fs, kmdata.path(), tag) == kmdata / "local_2");
    CHECK(world_in(local) == "new");
    CHECK(world_in(kmdata / "local_2") == "old");
    CHECK(store::swap_state(fs, kmdata.path(), tag) == store::SwapState::nothing);
    CHECK_FALSE(store::finish_swap(fs, kmdata.path(), tag));
    CHECK(store::swap_in(fs, kmdata.path(), tag).empty());

    store::prepare_swap(fs, kmdata.path(), "ff");
    write_contents(kmdata / "local.new-ff" / "world", view("x"));
    store::abandon_swap(fs, kmdata.path(), "ff");
    store::abandon_swap(fs, kmdata.path(), "ff");
    CHECK_FALSE(std::filesystem::exists(kmdata / "local.new-ff"));
    for (const auto* bad : {"", "A", "../x", "x"}) {
        CHECK(status_of([&] { store::prepared_directory(kmdata.path(), bad); }) == Status::invalid_argument);
    }
}

TEST_CASE("a first world has nothing to move away", "[store]") {
    TemporaryDirectory kmdata;
    auto& fs = base::real_file_system();
    CHECK(status_of([&] { store::swap_in(fs, kmdata.path(), tag); }) == Status::not_found);
    write_contents(store::prepare_swap(fs, kmdata.path(), tag) / "world", view("new"));
    store::check_swap(fs, kmdata.path());
    CHECK(store::swap_state(fs, kmdata.path(), tag) == store::SwapState::between);
    CHECK(store::finish_swap(fs, kmdata.path(), tag));
    CHECK(world_in(store::local_directory(kmdata.path())) == "new");
}

TEST_CASE("an interrupted check of the renames is undone", "[store]") {
    TemporaryDirectory kmdata;
    auto& fs = base::real_file_system();
    fs.create_directories(kmdata / "local", base::FileMode::private_dir);
    CHECK_FALSE(store::recover_local(fs, kmdata.path()));
    std::filesystem::rename(kmdata / "local", kmdata / "local.probe");
    CHECK(store::recover_local(fs, kmdata.path()));
    CHECK(std::filesystem::exists(kmdata / "local"));
}

TEST_CASE("the power fails while a directory is swapped in", "[store]") {
    CrashFixture f;
    const auto& kmdata = f.scratch.path();
    const auto local = store::local_directory(kmdata);
    f.fs.create_directories(local, base::FileMode::private_dir);
    base::write_atomically(f.fs, local / "world", view("old"), base::FileMode::private_file, base::IfExists::refuse);
    f.fs.start();
    const auto prepared = store::prepare_swap(f.fs, kmdata, tag);
    base::write_atomically(f.fs, prepared / "world", view("new"), base::FileMode::private_file, base::IfExists::refuse);
    store::check_swap(f.fs, kmdata);
    const auto commit = f.fs.step_count();
    store::swap_in(f.fs, kmdata, tag);

    auto& real = base::real_file_system();
    for (std::size_t n = 0; n <= f.fs.step_count(); ++n) {
        for (const auto& state : f.fs.states_after(n)) {
            materialise(state, f.after.path());
            CAPTURE(n, commit, f.fs.describe_steps());
            const auto& there = f.after.path();
            if (n < commit) {
                // Not committed: the old world stays.
                store::recover_local(real, there);
                CHECK(world_in(there / "local") == "old");
                store::abandon_swap(real, there, tag);
                CHECK(world_in(there / "local") == "old");
                continue;
            }
            store::finish_swap(real, there, tag);
            CHECK(world_in(there / "local") == "new");
            CHECK(world_in(there / "local_1") == "old");
            CHECK_FALSE(store::finish_swap(real, there, tag));
        }
    }
}
