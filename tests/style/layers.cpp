// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "checks.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <regex>

namespace hsm::test {

namespace {

struct Layer {
    std::string_view name;
    std::string_view folder;
    std::vector<std::string_view> may_include;
};

/// "hsm" is the public API; "values" its headers without behaviour, which serve every layer. A folder includes itself.
const std::vector<Layer>& layers() {
    static const std::vector<Layer> table = {
        {"public", "libhsm/include", {"hsm", "values"}},
        {"base", "libhsm/base", {"values"}},
        {"crypto", "libhsm/crypto", {"base", "values", "botan"}},
        {"store", "libhsm/store", {"base", "values"}},
        {"protocol", "libhsm/protocol", {"base", "values"}},
        {"module", "libhsm/module", {"crypto", "protocol", "base", "values"}},
        {"server", "libhsm/server", {"module", "protocol", "base", "values"}},
        {"client", "libhsm/client", {"protocol", "store", "base", "hsm", "values"}},
        {"soft", "libhsm/soft", {"crypto", "base", "hsm", "values"}},
        {"adapters", "adapters", {"hsm", "values"}},
        {"tools", "tools", {"hsm", "values"}},
        {"examples", "examples", {"hsm", "values"}},
    };
    return table;
}

// error, bytes, secret, sync and handle, and the plain values that are stored and sent.
constexpr std::array value_headers = {"error", "bytes", "secret", "sync", "handle", "fields", "facts",
                                      "acl",   "key_type", "mechanism", "nvram_area", "version", "feature"};

constexpr std::array folders = {"base",   "crypto", "store",    "protocol", "module", "server",
                                "client", "soft",   "adapters", "tools",    "examples"};

/// The composition root knows both ends; the example that does without libhsm verifies with Botan alone.
bool is_excepted(const Source& source, std::string_view target) {
    if (source.path == "libhsm/open.cpp") return target != "botan";
    return source.path == "examples/verify_with_botan.cpp" && target == "botan";
}

/// The tools drive a PKCS #11 module as any program does, by the C interface alone.
constexpr std::string_view c_interface = "adapters/pkcs11/pkcs11.h";

/// Which layer an #include names; empty: the standard library, another library, or a file beside this one.
std::string target_of(const std::string& include) {
    const auto slash = include.find('/');
    if (slash == std::string::npos) return {};
    const auto first = include.substr(0, slash);
    if (first == "botan") return "botan";
    if (first == "hsm") {
        const auto header = include.substr(slash + 1, include.rfind(".hpp") - slash - 1);
        return std::ranges::find(value_headers, header) != value_headers.end() ? "values" : "hsm";
    }
    return std::ranges::find(folders, first) != folders.end() ? first : std::string();
}

const Layer* layer_of(const Source& source) {
    for (const auto& layer : layers())
        if (source.in(layer.folder)) return &layer;
    return nullptr;
}

/// The adapter of a file or of an #include ("pkcs11").
std::string adapter_of(const std::string& path) {
    const auto from = path.find("adapters/");
    if (from == std::string::npos) return {};
    const auto name = from + std::string_view("adapters/").size();
    return path.substr(name, path.find('/', name) - name);
}

} // namespace

Findings check_layers(const Source& source) {
    Findings findings;
    if (!source.is_code()) return findings;
    const auto* layer = layer_of(source);
    const bool is_root = source.path == "libhsm/open.cpp";
    if (!layer && !is_root) {
        if (source.in("libhsm")) findings.push_back("lies in no layer");
        return findings;
    }
    static const std::regex include_line(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
    for (const auto line : source.lines()) {
        std::match_results<std::string_view::const_iterator> match;
        if (!std::regex_search(line.begin(), line.end(), match, include_line)) continue;
        const auto include = match[1].str();
        if (include.find("../") != std::string::npos) findings.push_back("includes '" + include + "': name it from the root");
        if (include == c_interface && source.in("tools")) continue;
        const auto target = target_of(include);
        if (target.empty() || is_excepted(source, target) || (layer && target == layer->name)) {
            if (target == "adapters" && adapter_of(include) != adapter_of(source.path))
                findings.push_back("includes another adapter's '" + include + "'");
            continue;
        }
        if (layer && std::ranges::find(layer->may_include, target) != layer->may_include.end()) continue;
        findings.push_back("may not include '" + include + "'");
    }
    return findings;
}

} // namespace hsm::test
