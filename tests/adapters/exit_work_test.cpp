// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"

#include <catch2/catch_test_macros.hpp>

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

// The module registers nothing that runs when the process ends: a thread may still be in a call then. What it
// would register with is a function that it does not import.

namespace hsm::test {

namespace {

/// The names that a shared library wants from others, by its dynamic symbol table.
std::vector<std::string> imports(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto at = [&](std::size_t offset, auto& value) {
        REQUIRE(offset + sizeof value <= bytes.size());
        std::memcpy(&value, bytes.data() + offset, sizeof value);
    };
    ElfW(Ehdr) header;
    at(0, header);
    REQUIRE(std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        ElfW(Shdr) section, strings;
        at(header.e_shoff + i * header.e_shentsize, section);
        if (section.sh_type != SHT_DYNSYM) continue;
        at(header.e_shoff + section.sh_link * header.e_shentsize, strings);
        for (std::size_t offset = 0; offset < section.sh_size; offset += sizeof(ElfW(Sym))) {
            ElfW(Sym) symbol;
            at(section.sh_offset + offset, symbol);
            if (symbol.st_shndx == SHN_UNDEF && symbol.st_name != 0)
                names.emplace_back(bytes.data() + strings.sh_offset + symbol.st_name);
        }
    }
    return names;
}

} // namespace

TEST_CASE("The module has no work for the end of the process", "[pkcs11][process]") {
    if (!std::filesystem::exists(module_path())) SKIP("the module is not built");
    const auto names = imports(module_path());
    CHECK(std::ranges::find(names, "getenv") != names.end()); // the table was read
    constexpr std::array<std::string_view, 5> registers{"__cxa_atexit", "atexit", "on_exit", "at_quick_exit",
                                                        "__cxa_thread_atexit_impl"};
    for (const auto& name : names) {
        INFO(name);
        CHECK(std::ranges::find(registers, name) == registers.end());
    }
}

} // namespace hsm::test
