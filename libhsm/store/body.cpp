// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/body.hpp>

#include <store/hash64.hpp>

#include <algorithm>

namespace hsm::store {

// operator new aligns for 64-bit numbers, which is what lies there.
Body::Body(std::size_t size) : size_(size), bytes_(new std::uint8_t[size]) {}

Body::Body(std::size_t size, std::unique_ptr<base::File> source, std::uint64_t offset, std::vector<std::uint64_t> hashes)
    : size_(size), bytes_(new std::uint8_t[size]), offset_(offset), hashes_(std::move(hashes)), source_(std::move(source)),
      present_(new std::atomic<bool>[blocks(size)]()), absent_(blocks(size)) {}

void Body::fetch(std::size_t block) const noexcept {
    const std::lock_guard reading(reading_);
    if (present_[block].load(std::memory_order_relaxed)) return;
    const auto at = block * block_size;
    const std::span out(bytes_.get() + at, std::min(block_size, size_ - at));
    bool sound = false;
    try {
        sound = source_->read_at(offset_ + at, out) == out.size() && hash64(out) == hashes_[block];
    } catch (const Error&) { // unreadable: as good as damaged
    }
    if (!sound) {
        std::fill(out.begin(), out.end(), std::uint8_t{0});
        damaged_.store(true, std::memory_order_release);
    }
    present_[block].store(true, std::memory_order_release);
    if (absent_.fetch_sub(1, std::memory_order_acq_rel) == 1) source_.reset();
}

std::vector<std::uint64_t> block_hashes(ByteView body) {
    std::vector<std::uint64_t> hashes;
    hashes.reserve(Body::blocks(body.size()));
    for (; !body.empty(); body = body.subspan(std::min(Body::block_size, body.size())))
        hashes.push_back(hash64(body.first(std::min(Body::block_size, body.size()))));
    return hashes;
}

} // namespace hsm::store
