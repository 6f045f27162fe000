// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/path_text.hpp>

#include "crash_model.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hsm::test {

using base::Path;

std::string describe(const Step& step) {
    static constexpr const char* names[] = {"create", "mkdir",  "write",  "resize",        "sync",
                                            "rename", "rename", "remove", "sync directory"};
    auto text =
        std::string(names[static_cast<std::size_t>(step.kind)]) + ' ' + (step.path.empty() ? "." : step.path);
    using Kind = Step::Kind;
    if (step.kind == Kind::rename || step.kind == Kind::rename_new) text += " -> " + step.to;
    if (step.kind == Kind::rename_new) text += " (new)";
    if (step.kind == Kind::write)
        text += " at " + std::to_string(step.offset) + ": " + std::to_string(step.data.size()) + " bytes";
    if (step.kind == Kind::resize) text += " to " + std::to_string(step.size);
    if (step.outcome == Step::Sync::lie) text += " (a lie)";
    if (step.outcome == Step::Sync::failed) text += " (failed)";
    return text;
}

DiskState read_tree(const Path& root, const std::vector<std::string>& excluded) {
    DiskState state;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (std::ranges::find(excluded, base::to_utf8(entry.path().filename())) != excluded.end()) continue;
        auto& contents = state[base::to_generic_utf8(entry.path().lexically_relative(root))];
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        contents = Bytes(std::istreambuf_iterator<char>(file), {});
    }
    return state;
}

void write_tree(const Path& root, const DiskState& state) {
    std::filesystem::create_directories(root);
    for (const auto& [name, contents] : state) {
        const auto path = root / base::path_from_utf8(name);
        if (!contents) {
            std::filesystem::create_directory(path);
            continue;
        }
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(contents->data()),
                   static_cast<std::streamsize>(contents->size()));
        if (!file.flush()) throw Error(Status::io_error, "cannot write " + base::to_utf8(path));
    }
}

} // namespace hsm::test
