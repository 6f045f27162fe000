// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <adapters/pkcs11/pkcs11.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// What is measured: a PKCS #11 module, of whatever origin, or Botan itself with kept objects.

namespace hsm::bench::p11 {

struct Options {
    std::string module; ///< path of the library; "botan": none, the bare operations
    std::string label, pin;
    bool session_keys = false;
};

/// One operation of one thread, ready to be repeated. Returns CKR_OK.
using Operation = std::function<CK_RV()>;

/// Thread-safe, the operations that it gives are not.
class Target {
public:
    virtual ~Target() = default;
    /// An operation of the calling thread's own; empty: it is not known here.
    [[nodiscard]] virtual Operation operation(std::string_view name) = 0;
    /// Makes \p count token objects with labels of their own, to be found by "find_label". Returns how many there are.
    virtual std::size_t populate(std::size_t) { return 0; }
    /// Destroys the keys that were made.
    virtual void tidy() {}
};

std::unique_ptr<Target> open_module(const Options& options);
std::unique_ptr<Target> open_botan();

/// A process that has just begun: how long it takes until it has found one object. Prints names and milliseconds.
int cold_start(const Options& options);

/// Bytes that an operation of this name works on; 0: none.
std::size_t size_of(std::string_view name);

} // namespace hsm::bench::p11
