// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "stage.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <utility>

namespace hsm::test {

namespace {

/// Lines on standard error that are remarks, not the one line of an error.
bool is_remark(const std::string& line) {
    return line.find(": warning: ") != std::string::npos ||
           line.find("administrator cards are about to be used") != std::string::npos;
}

void check_complaint(const Stage& stage, const std::string& program) {
    std::size_t lines = 0;
    std::string complaint;
    for (std::size_t from = 0; from < stage.last.err.size();) {
        const auto end = std::min(stage.last.err.find('\n', from), stage.last.err.size());
        const auto line = stage.last.err.substr(from, end - from);
        from = end + 1;
        if (is_remark(line)) continue;
        ++lines;
        complaint = line;
    }
    if (lines != 1) throw std::runtime_error("an error must be told in one line");
    if (!complaint.starts_with(program))
        throw std::runtime_error("the complaint must begin with the program's name");
    if (complaint.find(';') == std::string::npos)
        throw std::runtime_error("the complaint must say what to do, after a semicolon");
    for (const char c : complaint) {
        if (static_cast<unsigned char>(c) < 0x20)
            throw std::runtime_error("the complaint holds a control character");
    }
}

std::string difference(const Snapshot& before, const Snapshot& after) {
    std::string text;
    for (const auto& [name, contents] : before) {
        const auto found = after.find(name);
        if (found == after.end())
            text += " -" + name;
        else if (found->second != contents)
            text += " ~" + name;
    }
    for (const auto& [name, contents] : after) {
        if (!before.contains(name)) text += " +" + name;
    }
    return text;
}

} // namespace

Stage::Stage(const std::string& name) {
    std::random_device random;
    root = fs::canonical(fs::temp_directory_path()) / ("hsm-cli-" + name + "-" + std::to_string(random()));
    fs::create_directories(root);
    saved = {{"ROOT", root.string()}, {"TOOLS", (fs::path(HSM_BUILD_ROOT) / "tools").string()},
             {"DATA", (fs::path(HSM_SOURCE_ROOT) / "tests" / "data").string()}};
    for (const auto* variable :
         {"NFAST_HOME", "NFAST_KMDATA", "NFAST_KMLOCAL", "NFAST_CERTDIR", "NFAST_LOGDIR", "NFAST_SERVER", "NFAST_NFKM_TOKENSFILE",
          "LIBHSM_CARDS", "LIBHSM_URI", "LIBHSM_START_PASSPHRASE_FILE", "LIBHSM_PKCS11_MODULE",
          "LIBHSM_TEST_PARAMETERS"}) {
        environment[variable] = "";
    }
    environment["LIBHSM_HOME"] = (root / "home").string();
}

Stage::~Stage() {
    std::error_code ignored;
    for (const auto& directory : mounted) unmount(directory);
    for (fs::recursive_directory_iterator entry(root, ignored), end; entry != end; entry.increment(ignored)) {
        if (entry->is_directory(ignored))
            fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
    fs::remove_all(root, ignored);
}

std::string Stage::expanded(const std::string& text) const {
    std::string result = text;
    for (auto start = result.find("${"); start != std::string::npos; start = result.find("${", start)) {
        const auto end = result.find('}', start);
        if (end == std::string::npos) break;
        const auto name = result.substr(start + 2, end - start - 2);
        if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) { // not ours
            start = end;
            continue;
        }
        const auto found = saved.find(name);
        if (found == saved.end()) throw std::runtime_error("nothing was saved as " + name);
        result.replace(start, end - start + 1, found->second);
        start += found->second.size();
    }
    return result;
}

Snapshot Stage::snapshot() const {
    Snapshot files;
    std::error_code failure;
    for (fs::recursive_directory_iterator entry(root, fs::directory_options::skip_permission_denied, failure),
         end;
         entry != end; entry.increment(failure)) {
        const auto name = fs::relative(entry->path(), root).generic_string();
        // The modules' own state counts attempts and uses, and is none of the key management data; an index
        // is derived.
        if (name.find("/modules/") != std::string::npos || name.find("/index") != std::string::npos ||
            name.find("/.") != std::string::npos)
            continue;
        if (entry->is_regular_file(failure)) files[name] = read_file(entry->path());
    }
    return files;
}

namespace {

/// The leak checker of clang 16, when the program has ended, now and then fails itself while it looks at the memory of a process
/// that loaded and unloaded a library (seen once in some two thousand runs of hsm). That says nothing of the program, but takes
/// the place of its exit code. A leak that it did find is told in other words.
bool forget_failed_leak_check(ChildOutcome& child) {
    const auto fatal = child.err.find("LeakSanitizer has encountered a fatal error");
    const auto tracer = child.err.find("Tracer caught signal");
    if (child.exit != 1 || fatal == std::string::npos || tracer == std::string::npos) return false;
    child.err.erase(std::min(tracer, child.err.rfind('\n', fatal) + 1));
    WARN("the leak checker failed; the exit code of this run is not known");
    return true;
}

} // namespace

void Stage::run(const std::vector<std::string>& words, int wanted_exit) {
    auto request = std::exchange(next, {});
    request.program = program_path(words.front());
    for (auto word = words.begin() + 1; word != words.end(); ++word)
        request.arguments.push_back(expanded(*word));
    request.environment = environment;
    request.directory = root;
    request.unprivileged = unprivileged;
    const bool ours = request.program.has_parent_path();
    const auto before = snapshot();
    last = run_child(request);
    const bool lenient = std::exchange(may_change, false);
    if (forget_failed_leak_check(last)) last.exit = wanted_exit;
    if (last.exit != wanted_exit)
        throw std::runtime_error("exit code " + std::to_string(last.exit) + ", not " +
                                 std::to_string(wanted_exit));
    if (!ours || last.exit < 2) return;
    if (!request.close_output) check_complaint(*this, words.front()); // a broken pipe is no complaint
    if (const auto changes = difference(before, snapshot()); !lenient && !changes.empty()) {
        throw std::runtime_error("it failed, and yet there are changes:" + changes);
    }
}

fs::path program_path(const std::string& name) {
    if (name == "openssl" || name == "bash") return name;
#if defined(_WIN32)
    return fs::path(HSM_BUILD_ROOT) / "tools" / (name + ".exe");
#else
    return fs::path(HSM_BUILD_ROOT) / "tools" / name;
#endif
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& contents) {
    if (path.has_parent_path()) fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << contents;
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

} // namespace hsm::test
