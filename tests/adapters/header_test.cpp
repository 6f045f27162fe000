// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "constants.hpp"
#include "structure_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace hsm::test {

namespace {

Constants constants_of_our_header() {
    Constants all;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(HSM_SOURCE_ROOT) + "/adapters/pkcs11")) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("pkcs11") && entry.path().extension() == ".h" && name != "pkcs11_vendor.h")
            all.merge(constants_of_header(entry.path().string()));
    }
    return all;
}

bool is_ours_alone(const std::string& name) { return name == "CK_TRUE" || name == "CK_FALSE"; }

} // namespace

TEST_CASE("The header has every constant of the standard, with its number, and no other",
          "[pkcs11][header]") {
    const auto header = constants_of_our_header();
    const auto& golden = golden_constants();
    CHECK(golden.size() > 1000);
    for (const auto& [name, value] : golden) {
        INFO(name);
        const auto at = header.find(name);
        if (at == header.end())
            FAIL_CHECK("is not in the header");
        else
            CHECK(at->second == value);
    }
    for (const auto& [name, value] : header) {
        INFO(name);
        CHECK((golden.contains(name) || is_ours_alone(name)));
    }
}

TEST_CASE("The header agrees with the header of p11-kit that is installed here", "[pkcs11][header]") {
    const std::string path = "/usr/include/p11-kit-1/p11-kit/pkcs11.h";
    if (!std::filesystem::exists(path)) SKIP("p11-kit's header is not installed");
    // p11-kit 0.26 gives these five other numbers than every other published header.
    const std::set<std::string> disputed = {"CKR_EXCEEDED_MAX_ITERATIONS", "CKR_FIPS_SELF_TEST_FAILED",
                                            "CKR_LIBRARY_LOAD_FAILED", "CKR_PIN_TOO_WEAK",
                                            "CKR_PUBLIC_KEY_INVALID"};
    const auto ours = constants_of_our_header();
    std::size_t compared = 0;
    for (const auto& [name, value] : constants_of_header(path)) {
        const auto at = ours.find(name);
        if (at == ours.end() || disputed.contains(name) || name.starts_with("CRYPTOKI_")) continue;
        INFO(name);
        CHECK(at->second == value);
        ++compared;
    }
    CHECK(compared > 400);
}

TEST_CASE("Structures are laid out as on every other module of this system", "[pkcs11][header]") {
    std::map<std::string, Structure> actual;
    for (const auto& structure : structures()) actual[structure.name] = structure;
    std::ifstream in(std::string(HSM_SOURCE_ROOT) + "/tests/data/pkcs11/structures.txt");
    std::size_t rows = 0;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string name, member;
        std::size_t size = 0, packed_size = 0;
        if (line.starts_with('#') || !(words >> name >> size >> packed_size)) continue;
        ++rows;
        INFO(name);
        REQUIRE(actual.contains(name));
        const auto& structure = actual[name];
        if (sizeof(CK_ULONG) == 4 && sizeof(void*) == 8) {
            CHECK(structure.size == packed_size);
            continue;
        }
        if (sizeof(CK_ULONG) != 8) continue;
        CHECK(structure.size == size);
        std::ostringstream offsets;
        for (const auto& [field, offset] : structure.members) offsets << ' ' << field << '=' << offset;
        std::getline(words, member);
        CHECK(offsets.str() == member);
    }
    CHECK(rows == structures().size());
}

TEST_CASE("The function lists have 68, 92 and 104 functions", "[pkcs11][header]") {
    std::vector<std::string> names[3];
#define HSM_NAME_2_40(name, arguments) names[0].push_back(#name);
#define HSM_NAME_3_0(name, arguments) names[1].push_back(#name);
#define HSM_NAME_3_2(name, arguments) names[2].push_back(#name);
    HSM_P11_FUNCTIONS_2_40(HSM_NAME_2_40)
    HSM_P11_FUNCTIONS_3_0(HSM_NAME_3_0)
    HSM_P11_FUNCTIONS_3_2(HSM_NAME_3_2)
    CHECK(names[0].size() == 68);
    CHECK(names[1].size() == 92 - 68);
    CHECK(names[2].size() == 104 - 92);
    // Where a list is anchored: programs are compiled with these positions.
    const auto slot = [](std::size_t offset) { return (offset + sizeof(void*) - 1) / sizeof(void*) - 1; };
    CHECK(slot(offsetof(CK_FUNCTION_LIST, C_Initialize)) == 0);
    CHECK(slot(offsetof(CK_FUNCTION_LIST, C_Sign)) == 43);
    CHECK(slot(offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent)) == 67);
    CHECK(slot(offsetof(CK_FUNCTION_LIST_3_0, C_GetInterfaceList)) == 68);
    CHECK(slot(offsetof(CK_FUNCTION_LIST_3_0, C_MessageVerifyFinal)) == 91);
    CHECK(slot(offsetof(CK_FUNCTION_LIST_3_2, C_EncapsulateKey)) == 92);
    CHECK(slot(offsetof(CK_FUNCTION_LIST_3_2, C_UnwrapKeyAuthenticated)) == 103);
}

} // namespace hsm::test
