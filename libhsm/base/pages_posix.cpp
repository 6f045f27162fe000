// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/pages.hpp>

#include <sys/mman.h>

namespace hsm::base {

Pages map_pages(std::size_t size) noexcept {
    // One block more, so that an aligned part of the right size is inside; the rest goes back.
    const auto whole = size + page_block;
    void* const mapped = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return {};
    auto* const begin = static_cast<std::uint8_t*>(mapped);
    const auto before = (page_block - reinterpret_cast<std::uintptr_t>(begin) % page_block) % page_block;
    auto* const data = begin + before;
    if (before != 0) munmap(begin, before);
    if (before != page_block) munmap(data + size, page_block - before);
#if defined(MADV_DONTDUMP)
    madvise(data, size, MADV_DONTDUMP);
#endif
    return {.data = data, .locked = mlock(data, size) == 0};
}

void unmap_pages(std::uint8_t* data, std::size_t size) noexcept { munmap(data, size); }

} // namespace hsm::base
