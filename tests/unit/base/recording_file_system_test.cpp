// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/temporary_name.hpp>
#include <support/recording_file_system.hpp>

#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>

using namespace hsm;
using namespace hsm::base;
using namespace hsm::test;

namespace {

using Operation = std::function<void(FileSystem&, const Path& file)>;

const Bytes old_contents(900, 'o');
const Bytes new_contents(1300, 'n');

void correct(FileSystem& fs, const Path& file) {
    write_atomically(fs, file, new_contents, FileMode::private_file, IfExists::replace);
}

void create_only(FileSystem& fs, const Path& file) {
    write_atomically(fs, file, new_contents, FileMode::private_file, IfExists::refuse);
}

// The usual mistakes.
void overwrite_in_place(FileSystem& fs, const Path& file) {
    const auto open = fs.open(file, FileSystem::Open::create);
    open->resize(0);
    open->write_at(0, new_contents);
    open->sync_all();
    fs.sync_directory(file.parent_path());
}

void remove_then_rename(FileSystem& fs, const Path& file) {
    const auto temporary = file.parent_path() / temporary_name();
    {
        const auto open = fs.open(temporary, FileSystem::Open::create_new);
        open->write_at(0, new_contents);
        open->sync_all();
    }
    if (fs.info(file)) fs.remove(file);
    fs.rename(temporary, file);
    fs.sync_directory(file.parent_path());
}

void rename_before_sync(FileSystem& fs, const Path& file) {
    const auto temporary = file.parent_path() / temporary_name();
    const auto open = fs.open(temporary, FileSystem::Open::create_new);
    open->write_at(0, new_contents);
    fs.rename(temporary, file);
    open->sync_all();
    fs.sync_directory(file.parent_path());
}

// What the file holds in a state; other names than temporaries make it wrong.
std::optional<Bytes> file_in(const DiskState& state) {
    std::optional<Bytes> found;
    for (const auto& [path, contents] : state) {
        if (path == "f")
            found = contents;
        else if (!is_temporary_name(path))
            return Bytes{'?'};
    }
    return found;
}

// How many states are wrong: neither old nor new at any step, or not new at the end.
std::size_t wrong_states(const Operation& operation, bool exists, std::size_t dropped_sync = 0) {
    const TemporaryDirectory dir;
    if (exists)
        write_atomically(real_file_system(), dir / "f", old_contents, FileMode::private_file,
                         IfExists::replace);
    RecordingFileSystem fs(dir.path());
    fs.drop_sync(dropped_sync);
    operation(fs, dir / "f");
    const auto before = exists ? std::optional(old_contents) : std::nullopt;
    std::size_t wrong = 0;
    for (std::size_t n = 0; n <= fs.step_count(); ++n)
        for (const auto& state : fs.states_after(n, {.at_most = 200})) {
            const auto found = file_in(state);
            const bool is_new = found == new_contents;
            if (!is_new && (found != before || n == fs.step_count())) ++wrong;
        }
    return wrong;
}

} // namespace

TEST_CASE("write_atomically leaves the old or the new contents at every power cut, and then the new") {
    CHECK(wrong_states(correct, true) == 0);
    CHECK(wrong_states(correct, false) == 0);
    CHECK(wrong_states(create_only, false) == 0);
}

TEST_CASE("write_atomically needs each of its syncs") {
    for (const bool exists : {false, true}) {
        const TemporaryDirectory dir;
        RecordingFileSystem fs(dir.path());
        correct(fs, dir / "f");
        REQUIRE(fs.sync_count() == 2);
        for (std::size_t n = 1; n <= fs.sync_count(); ++n) {
            INFO("without sync " << n << ", file there before: " << exists);
            CHECK(wrong_states(correct, exists, n) > 0);
        }
    }
}

TEST_CASE("the usual mistakes are found") {
    CHECK(wrong_states(overwrite_in_place, true) > 0);
    CHECK(wrong_states(overwrite_in_place, false) > 0);
    CHECK(wrong_states(remove_then_rename, true) > 0);
    CHECK(wrong_states(rename_before_sync, true) > 0);
    CHECK(wrong_states(rename_before_sync, false) > 0);
}

TEST_CASE("write_atomically takes four steps and two syncs") {
    const TemporaryDirectory dir;
    RecordingFileSystem fs(dir.path());
    correct(fs, dir / "f");
    const auto steps = fs.steps();
    REQUIRE(steps.size() == 5);
    using Kind = Step::Kind;
    CHECK(steps[0].kind == Kind::create);
    CHECK(steps[1].kind == Kind::write);
    CHECK(steps[2].kind == Kind::sync);
    CHECK(steps[3].kind == Kind::rename);
    CHECK(steps[4].kind == Kind::sync_directory);
    CHECK(fs.describe_steps().at(3).starts_with("4: rename .tmp-"));
}

TEST_CASE("when a step fails the old contents stay and no temporary remains") {
    for (const auto status : {Status::disk_full, Status::io_error})
        for (const auto if_exists : {IfExists::replace, IfExists::refuse})
            for (std::size_t n = 1; n <= 4;
                 ++n) { // the fifth is the directory's sync: the name is changed by then
                INFO("step " << n);
                const TemporaryDirectory dir;
                const bool exists = if_exists == IfExists::replace;
                if (exists)
                    write_atomically(real_file_system(), dir / "f", old_contents, FileMode::private_file,
                                     IfExists::replace);
                RecordingFileSystem fs(dir.path());
                fs.fail_step(n, status);
                CHECK(status_of([&] {
                          write_atomically(fs, dir / "f", new_contents, FileMode::private_file, if_exists);
                      }) == status);
                CHECK(read_tree(dir.path()) == (exists ? DiskState{{"f", old_contents}} : DiskState{}));
                fs.no_faults();
                CHECK(status_of([&] {
                          write_atomically(fs, dir / "f", new_contents, FileMode::private_file, if_exists);
                      }) == Status::ok);
                CHECK(read_tree(dir.path()) == DiskState{{"f", new_contents}});
            }
}

TEST_CASE("a failing sync of the directory is reported, and the file is whole") {
    const TemporaryDirectory dir;
    RecordingFileSystem fs(dir.path());
    fs.fail_step(5, Status::io_error);
    CHECK(status_of([&] { correct(fs, dir / "f"); }) == Status::io_error);
    for (const auto& state : fs.states_after(fs.step_count())) {
        const auto found = file_in(state);
        CHECK((found == std::nullopt || found == new_contents));
    }
}

TEST_CASE("a full disk fails every later step too, and a write has done half") {
    const TemporaryDirectory dir;
    RecordingFileSystem fs(dir.path());
    const auto file = fs.open(dir / "f", FileSystem::Open::create_new, FileMode::private_file);
    fs.fail_step(2, Status::disk_full, true);
    CHECK(status_of([&] { file->write_at(0, view("abcd")); }) == Status::disk_full);
    CHECK(file->size() == 2);
    CHECK(status_of([&] { file->sync(); }) == Status::disk_full);
    CHECK(status_of([&] { fs.create_directories(dir / "d", FileMode::private_dir); }) == Status::disk_full);
    CHECK(fs.steps().at(1).data.size() == 2);
}

TEST_CASE("the recorded final state is what is really there") {
    const TemporaryDirectory dir;
    write_tree(dir.path(), {{"a", Bytes{1}}, {"d", std::nullopt}, {"d/b", Bytes{2}}});
    RecordingFileSystem fs(dir.path());
    fs.create_directories(dir / "x" / "y", FileMode::private_dir);
    fs.rename(dir / "d", dir / "x" / "y" / "moved");
    fs.open(dir / "x" / "y" / "moved" / "b", FileSystem::Open::write, FileMode::private_file)
        ->write_at(700, view("far"));
    const auto open = fs.open(dir / "a", FileSystem::Open::write, FileMode::private_file);
    fs.rename_new(dir / "a", dir / "c");
    open->resize(5); // by its node, whatever it is called
    open->sync();
    fs.open(dir / "x" / "gone", FileSystem::Open::create, FileMode::private_file)->write_at(0, view("x"));
    fs.remove(dir / "x" / "gone");
    const auto all = fs.states_after(fs.step_count(), {.at_most = 2000});
    CHECK(std::ranges::find(all, read_tree(dir.path())) != all.end());
    CHECK(fs.states_after(0) ==
          std::vector{DiskState{{"a", Bytes{1}}, {"d", std::nullopt}, {"d/b", Bytes{2}}}});
    fs.start();
    CHECK(fs.step_count() == 0);
    CHECK(fs.states_after(0) == std::vector{read_tree(dir.path())});
}

TEST_CASE("directories are durable when create_directories returns") {
    const TemporaryDirectory dir;
    RecordingFileSystem fs(dir.path());
    fs.create_directories(dir / "a" / "b", FileMode::private_dir);
    CHECK(fs.states_after(fs.step_count()) ==
          std::vector{DiskState{{"a", std::nullopt}, {"a/b", std::nullopt}}});
    CHECK(fs.sync_count() == 2);
}

TEST_CASE("locks and pages are no part of the state, and nothing outside is reached") {
    const TemporaryDirectory dir;
    const TemporaryDirectory other;
    RecordingFileSystem fs(dir.path());
    const auto locks = fs.lock_file(dir / "locks");
    const auto page = fs.map_shared(dir / "page", 4096);
    page->bytes()[0] = 1;
    CHECK(locks->try_lock(1, LockFile::Mode::exclusive));
    CHECK(fs.step_count() == 0);
    CHECK(fs.states_after(0) == std::vector{DiskState{}});
    CHECK(status_of([&] { fs.open(other / "f", FileSystem::Open::create, FileMode::private_file); }) ==
          Status::invalid_argument);
    CHECK(status_of([&] { fs.rename(dir / "x", dir / ".." / "y"); }) == Status::invalid_argument);
}

TEST_CASE("a state becomes a directory again") {
    const TemporaryDirectory dir;
    materialise({{"old", Bytes{1}}}, dir / "disk");
    materialise({{"d", std::nullopt}, {"d/f", new_contents}}, dir / "disk");
    CHECK(read_tree(dir / "disk") == DiskState{{"d", std::nullopt}, {"d/f", new_contents}});
    CHECK(real_file_system().read(dir / "disk" / "d" / "f", 10000) == new_contents);
}
