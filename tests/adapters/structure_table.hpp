// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace hsm::test {

/// A structure of our PKCS #11 header as this compiler lays it out.
struct Structure {
    std::string name;
    std::size_t size;
    std::vector<std::pair<std::string, std::size_t>> members; ///< name and offset
};

const std::vector<Structure>& structures();

} // namespace hsm::test
