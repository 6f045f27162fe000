// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/pages.hpp>

#include <windows.h>

namespace hsm::base {

// VirtualAlloc aligns to the allocation granularity, which is 64 KiB.
Pages map_pages(std::size_t size) noexcept {
    auto* const data =
        static_cast<std::uint8_t*>(VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (data == nullptr) return {};
    return {.data = data, .locked = VirtualLock(data, size) != 0};
}

void unmap_pages(std::uint8_t* data, std::size_t) noexcept { VirtualFree(data, 0, MEM_RELEASE); }

} // namespace hsm::base
