// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>
#include <base/temporary_name.hpp>

#include <filesystem>
#include <system_error>

namespace hsm::test {

/// A directory that goes with this object, everything in it included.
class TemporaryDirectory {
public:
    TemporaryDirectory()
        : path_(std::filesystem::canonical(std::filesystem::temp_directory_path()) /
                ("libhsm" + base::temporary_name())) {
        std::filesystem::create_directories(path_);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const base::Path& path() const noexcept { return path_; }
    base::Path operator/(const base::Path& name) const { return path_ / name; }

private:
    base::Path path_;
};

} // namespace hsm::test
