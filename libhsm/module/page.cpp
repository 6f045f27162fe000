// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/page.hpp"

#include <hsm/error.hpp>

#include <cstddef>
#include <cstring>
#include <new>

namespace hsm::module {

namespace {

class OwnMemory final : public base::SharedMemory {
public:
    std::span<std::uint8_t> bytes() noexcept override { return bytes_; }

private:
    alignas(64) std::array<std::uint8_t, page_bytes> bytes_{};
};

bool is_ours(const PageLayout& layout) noexcept {
    return layout.magic.load(std::memory_order_acquire) == page_magic && layout.layout.load(std::memory_order_relaxed) == page_layout;
}

} // namespace

Page::Page(std::unique_ptr<base::SharedMemory> memory)
    : memory_(std::move(memory)), layout_(reinterpret_cast<PageLayout*>(memory_->bytes().data())) {}

void Page::reset() {
    // The epoch goes on over the years: who only reads the page loses nothing when others come and go, and sees what they
    // changed. It is odd when one of them died while it wrote.
    const auto epoch = layout_->epoch.load(std::memory_order_relaxed);
    constexpr auto behind = offsetof(PageLayout, removals);
    std::memset(memory_->bytes().data() + behind, 0, page_bytes - behind);
    layout_->layout.store(page_layout, std::memory_order_relaxed);
    layout_->epoch.store(epoch + epoch % 2, std::memory_order_relaxed);
    layout_->magic.store(page_magic, std::memory_order_release);
}

std::unique_ptr<Page> Page::alone(std::unique_ptr<base::SharedMemory> shared) {
    auto page = std::make_unique<Page>(std::make_unique<OwnMemory>());
    page->reset();
    if (!shared) return page;
    const auto* layout = reinterpret_cast<const PageLayout*>(shared->bytes().data());
    if (!is_ours(*layout)) return page; // never used, or of another version: which makes its own anew before it uses it
    page->old_failure_.store(layout->failed.load() != 0);
    page->shared_ = std::move(shared);
    page->followed_ = layout;
    page->follow();
    return page;
}

void Page::follow_shared() noexcept {
    const auto epoch = followed_->epoch.load(std::memory_order_acquire);
    if (layout_->epoch.load(std::memory_order_relaxed) != epoch) layout_->epoch.store(epoch, std::memory_order_release);
    if (followed_->failed.load(std::memory_order_relaxed) == 0) {
        if (old_failure_.load(std::memory_order_relaxed)) old_failure_.store(false, std::memory_order_relaxed);
    } else if (!old_failure_.load(std::memory_order_relaxed)) {
        layout_->failed.store(1, std::memory_order_relaxed);
    }
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
