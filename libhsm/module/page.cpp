// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/page.hpp"

#include <hsm/error.hpp>

#include <cstring>
#include <new>

namespace hsm::module {

Page::Page(std::unique_ptr<base::SharedMemory> memory)
    : memory_(std::move(memory)), layout_(reinterpret_cast<PageLayout*>(memory_->bytes().data())) {}

void Page::reset() {
    std::memset(memory_->bytes().data(), 0, page_bytes);
    layout_->layout.store(page_layout, std::memory_order_relaxed);
    layout_->epoch.store(2, std::memory_order_relaxed);
    layout_->magic.store(page_magic, std::memory_order_release);
}

void Page::check() const {
    if (layout_->magic.load(std::memory_order_acquire) != page_magic)
        throw Error(Status::module_failed, "the module's shared page was overwritten while in use; stop every program "
                                           "that uses the module, then start again");
    if (layout_->layout.load(std::memory_order_relaxed) != page_layout)
        throw Error(Status::busy, "another version of libhsm has this module open; stop the programs that use it, then "
                                  "start again");
}

} // namespace hsm::module
