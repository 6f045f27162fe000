// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "wycheproof.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hsm::test {

using nlohmann::json;

ByteString hex_of(const json& object, const char* name) {
    return object.contains(name) ? from_hex_text(object.at(name).get<std::string>()) : ByteString{};
}

ByteString number_of(const json& object, const char* name) {
    auto text = object.at(name).get<std::string>();
    if (text.size() % 2 != 0) text.insert(text.begin(), '0');
    auto bytes = from_hex_text(text);
    bytes.erase(bytes.begin(), std::find_if(bytes.begin(), bytes.end(), [](CK_BYTE b) { return b != 0; }));
    return bytes;
}

ByteString Wycheproof::hex(const char* name) const { return hex_of(test, name); }
CK_ULONG Wycheproof::number(const char* name) const { return test.at(name).get<CK_ULONG>(); }
std::string Wycheproof::text_of_group(const char* name) const { return group.value(name, std::string()); }
bool Wycheproof::flagged(const char* flag) const {
    return test.contains("flags") &&
           std::ranges::any_of(test.at("flags"), [&](const auto& f) { return f == flag; });
}

void for_each_test(kat::Tally& tally, const std::string& start, const std::string& ending, bool acceptable,
                   const std::function<void(const Wycheproof&)>& run) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(kat::wycheproof_vectors())) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(start) && name.ends_with(ending)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& path : files) {
        std::ifstream in(path);
        const auto document = json::parse(in);
        for (const auto& group : document.at("testGroups")) {
            for (const auto& test : group.at("tests")) {
                const auto result = test.at("result").get<std::string>();
                if ((result == "acceptable" && !acceptable) || !tally.take()) continue;
                run({group, test, path.filename().string() + ":" + std::to_string(test.at("tcId").get<int>()),
                     result == "valid"});
            }
        }
    }
}

} // namespace hsm::test
