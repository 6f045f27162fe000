// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/secret.hpp>

#include <base/secret_arena.hpp>

#include <cstring>
#include <utility>

#if defined(_WIN32)
#include <windows.h>
#endif

namespace hsm {

Secret::Secret(std::size_t size) : data_(size == 0 ? nullptr : base::secret_allocate(size)), size_(size) {}

Secret::Secret(ByteView bytes) : Secret(bytes.size()) {
    if (size_ != 0) std::memcpy(data_, bytes.data(), size_);
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    if (data_ != nullptr) base::secret_release(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

Secret::~Secret() {
    if (data_ != nullptr) base::secret_release(data_, size_);
}

void wipe(std::span<std::uint8_t> bytes) noexcept {
    if (bytes.empty()) return;
#if defined(_WIN32)
    SecureZeroMemory(bytes.data(), bytes.size());
#else
    explicit_bzero(bytes.data(), bytes.size());
#endif
}

} // namespace hsm
