// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "recording_file_system.hpp"

#include <base/path_text.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace hsm::test {

using base::File;
using base::FileInfo;
using base::FileMode;
using base::Path;

namespace {

const std::vector<std::string> excluded_names = {"locks", "page"};

bool is_excluded(const std::string& path) {
    const auto name = path.substr(path.rfind('/') + 1); // npos + 1 is 0
    return std::ranges::find(excluded_names, name) != excluded_names.end();
}

} // namespace

// The steps, the faults, and which node has which name. Its mutex is held over the real call, so that the
// order of the steps is the order in which they happened.
class RecordingFileSystem::Journal {
public:
    void start(DiskState durable) {
        const std::lock_guard lock(mutex);
        before = std::move(durable);
        steps.clear();
        nodes.clear();
        nodes[""] = 0;
        next_node = 1;
        for (const auto& [path, contents] : before) nodes[path] = next_node++;
        calls = syncs = 0;
    }

    std::uint64_t node(const std::string& path) const {
        const auto found = nodes.find(path);
        if (found == nodes.end())
            throw Error(Status::internal, path + " was made behind the recorder's back; call start()");
        return found->second;
    }

    bool knows(const std::string& path) const { return nodes.contains(path); }

    void rename(const std::string& from, const std::string& to) {
        std::map<std::string, std::uint64_t> moved;
        for (const auto& [path, id] : nodes)
            if (path == from || path.starts_with(from + '/')) moved[to + path.substr(from.size())] = id;
        std::erase_if(nodes,
                      [&](const auto& n) { return n.first == from || n.first.starts_with(from + '/'); });
        for (const auto& [path, id] : moved) nodes[path] = id;
    }

    // True when the coming call must fail.
    bool next_call_fails() {
        ++calls;
        return failing_call != 0 && (calls == failing_call || (all_later_fail && calls > failing_call));
    }

    [[noreturn]] void fail(const std::string& path) const {
        throw Error(failure, "step " + std::to_string(calls) + " on " + path + " fails on purpose");
    }

    void sync(Step step) {
        const bool lie = ++syncs == dropped_sync;
        const bool fails = next_call_fails();
        step.outcome = fails ? Step::Sync::failed : lie ? Step::Sync::lie : Step::Sync::done;
        steps.push_back(step);
        if (fails) fail(step.path);
    }

    mutable std::mutex mutex;
    DiskState before;
    std::vector<Step> steps;
    std::map<std::string, std::uint64_t> nodes; ///< by present path
    std::uint64_t next_node = 1;
    std::size_t calls = 0;
    std::size_t syncs = 0;
    std::size_t failing_call = 0;
    bool all_later_fail = false;
    Status failure = Status::io_error;
    std::size_t dropped_sync = 0;
};

// Real syncs are left out: the disk of this machine is not what is tested, and they cost most of the time.
class RecordingFileSystem::RecordedFile final : public File {
public:
    RecordedFile(std::unique_ptr<File> real, std::shared_ptr<Journal> journal, std::string path,
                 std::uint64_t node)
        : real_(std::move(real)), journal_(std::move(journal)), path_(std::move(path)), node_(node) {}

    std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        return real_->read_at(offset, out);
    }
    std::uint64_t size() override { return real_->size(); }
    FileInfo info() override { return real_->info(); }

    void write_at(std::uint64_t offset, ByteView data) override {
        const std::lock_guard lock(journal_->mutex);
        const bool fails = journal_->next_call_fails();
        const auto part = fails ? data.first(data.size() / 2) : data;
        real_->write_at(offset, part);
        if (!part.empty()) record({.kind = Step::Kind::write, .offset = offset, .data = to_bytes(part)});
        if (fails) journal_->fail(path_);
    }

    void resize(std::uint64_t size) override {
        const std::lock_guard lock(journal_->mutex);
        if (journal_->next_call_fails()) journal_->fail(path_);
        real_->resize(size);
        record({.kind = Step::Kind::resize, .size = size});
    }

    void sync() override { sync_all(); }
    void sync_all() override {
        const std::lock_guard lock(journal_->mutex);
        journal_->sync({.kind = Step::Kind::sync, .path = path_, .node = node_});
    }

private:
    void record(Step step) {
        step.path = path_;
        step.node = node_;
        journal_->steps.push_back(std::move(step));
    }

    std::unique_ptr<File> real_;
    std::shared_ptr<Journal> journal_;
    std::string path_; ///< when it was opened
    std::uint64_t node_;
};

RecordingFileSystem::RecordingFileSystem(Path root)
    : real_(base::real_file_system()),
      root_(std::filesystem::canonical(root)),
      journal_(std::make_shared<Journal>()) {
    start();
}

RecordingFileSystem::~RecordingFileSystem() = default;

std::string RecordingFileSystem::relative(const Path& path) const {
    const auto inside = std::filesystem::weakly_canonical(path.parent_path()) / path.filename();
    const auto name = base::to_generic_utf8(inside.lexically_normal().lexically_relative(root_));
    if (name.empty() || name.starts_with(".."))
        throw Error(Status::invalid_argument, base::to_utf8(path) + " is outside the recorded directory");
    return name == "." ? std::string() : name;
}

void RecordingFileSystem::start() { journal_->start(read_tree(root_, excluded_names)); }

std::size_t RecordingFileSystem::step_count() const {
    const std::lock_guard lock(journal_->mutex);
    return journal_->steps.size();
}

std::vector<Step> RecordingFileSystem::steps() const {
    const std::lock_guard lock(journal_->mutex);
    return journal_->steps;
}

std::vector<std::string> RecordingFileSystem::describe_steps() const {
    std::vector<std::string> lines;
    for (const auto& step : steps())
        lines.push_back(std::to_string(lines.size() + 1) + ": " + describe(step));
    return lines;
}

void RecordingFileSystem::fail_step(std::size_t n, Status status, bool and_all_later) {
    const std::lock_guard lock(journal_->mutex);
    journal_->failing_call = n;
    journal_->failure = status;
    journal_->all_later_fail = and_all_later;
}

void RecordingFileSystem::drop_sync(std::size_t n) {
    const std::lock_guard lock(journal_->mutex);
    journal_->dropped_sync = n;
}

std::size_t RecordingFileSystem::sync_count() const {
    const std::lock_guard lock(journal_->mutex);
    return journal_->syncs;
}

void RecordingFileSystem::no_faults() {
    const std::lock_guard lock(journal_->mutex);
    journal_->failing_call = journal_->dropped_sync = 0;
    journal_->all_later_fail = false;
}

std::vector<DiskState> RecordingFileSystem::states_after(std::size_t n, const StateLimits& limits) const {
    const std::lock_guard lock(journal_->mutex);
    return crash_states(journal_->before, journal_->steps, n, limits);
}

std::unique_ptr<File> RecordingFileSystem::open(const Path& path, Open how, FileMode mode) {
    const auto name = relative(path);
    if (is_excluded(name)) return real_.open(path, how, mode);
    const std::lock_guard lock(journal_->mutex);
    const bool creates = how == Open::create_new || (how == Open::create && !journal_->knows(name));
    if (creates && journal_->next_call_fails()) journal_->fail(name);
    auto file = real_.open(path, how, mode);
    if (creates) {
        journal_->nodes[name] = journal_->next_node++;
        journal_->steps.push_back({.kind = Step::Kind::create, .path = name, .node = journal_->nodes[name]});
    }
    return std::make_unique<RecordedFile>(std::move(file), journal_, name, journal_->node(name));
}

void RecordingFileSystem::create_directories(const Path& path, FileMode mode) {
    const auto name = relative(path);
    if (const auto info = real_.info(path); info || name.empty()) {
        real_.create_directories(path, mode); // says what is wrong if it is no directory
        return;
    }
    create_directories(path.parent_path(), mode);
    {
        const std::lock_guard lock(journal_->mutex);
        if (journal_->next_call_fails()) journal_->fail(name);
        real_.create_directories(path, mode);
        if (!journal_->knows(name)) {
            journal_->nodes[name] = journal_->next_node++;
            journal_->steps.push_back(
                {.kind = Step::Kind::mkdir, .path = name, .node = journal_->nodes[name]});
        }
    }
    sync_directory(path.parent_path());
}

void RecordingFileSystem::rename_step(const Path& from, const Path& to, bool replace) {
    const auto old_name = relative(from);
    const auto new_name = relative(to);
    const std::lock_guard lock(journal_->mutex);
    if (journal_->next_call_fails()) journal_->fail(old_name);
    if (replace)
        real_.rename(from, to);
    else
        real_.rename_new(from, to);
    const auto node = journal_->node(old_name);
    journal_->steps.push_back({.kind = replace ? Step::Kind::rename : Step::Kind::rename_new,
                               .path = old_name,
                               .to = new_name,
                               .node = node});
    journal_->rename(old_name, new_name);
}

void RecordingFileSystem::rename(const Path& from, const Path& to) { rename_step(from, to, true); }
void RecordingFileSystem::rename_new(const Path& from, const Path& to) { rename_step(from, to, false); }

void RecordingFileSystem::remove(const Path& path) {
    const auto name = relative(path);
    if (is_excluded(name)) return real_.remove(path);
    const std::lock_guard lock(journal_->mutex);
    if (journal_->next_call_fails()) journal_->fail(name);
    real_.remove(path);
    journal_->steps.push_back({.kind = Step::Kind::remove, .path = name, .node = journal_->node(name)});
    journal_->nodes.erase(name);
}

void RecordingFileSystem::sync_directory(const Path& path) {
    const auto name = relative(path);
    if (!real_.info(path)) return real_.sync_directory(path); // says that it is absent
    const std::lock_guard lock(journal_->mutex);
    journal_->sync({.kind = Step::Kind::sync_directory, .path = name, .node = journal_->node(name)});
}

std::optional<Bytes> RecordingFileSystem::read(const Path& path, std::uint64_t limit) {
    return real_.read(path, limit);
}
std::optional<FileInfo> RecordingFileSystem::info(const Path& path) { return real_.info(path); }
std::vector<std::string> RecordingFileSystem::list(const Path& directory) { return real_.list(directory); }
std::vector<base::DirectoryEntry> RecordingFileSystem::list_with_info(const Path& directory) {
    return real_.list_with_info(directory);
}
bool RecordingFileSystem::is_writable(const Path& directory) { return real_.is_writable(directory); }
bool RecordingFileSystem::is_network(const Path& path) { return real_.is_network(path); }

std::unique_ptr<base::LockFile> RecordingFileSystem::lock_file(const Path& path) {
    return real_.lock_file(path);
}

std::unique_ptr<base::SharedMemory> RecordingFileSystem::map_shared(const Path& path, std::size_t size) {
    return real_.map_shared(path, size);
}

std::unique_ptr<base::SharedMemory> RecordingFileSystem::map_read_only(const Path& path, std::size_t size) {
    return real_.map_read_only(path, size);
}

void materialise(const DiskState& state, const Path& directory) {
    std::filesystem::remove_all(directory);
    write_tree(directory, state);
}

} // namespace hsm::test
