// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

/// \file
/// What --json prints. A thin cover over nlohmann_json, so that one file alone is compiled with it. The names
/// of the fields are documented in tools/README.md and stay.

namespace hsm::tools {

/// An object or a list. Fields keep their order. Move-only.
class Json {
public:
    static Json object();
    static Json list();
    Json(Json&&) noexcept;
    Json& operator=(Json&&) noexcept;
    ~Json();

    Json& set(std::string_view name, std::string_view text);
    Json& set(std::string_view name, const char* text) { return set(name, std::string_view(text)); }
    Json& set(std::string_view name, bool value);
    Json& set(std::string_view name, Json value);
    template <class Integer>
        requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
    Json& set(std::string_view name, Integer value) {
        return set_number(name, static_cast<std::int64_t>(value));
    }

    Json& add(std::string_view text);
    Json& add(Json value);

    /// Prints the whole to standard output.
    void print() const;

private:
    struct Value;
    explicit Json(std::unique_ptr<Value> value);
    Json& set_number(std::string_view name, std::int64_t value);
    std::unique_ptr<Value> value_;
};

} // namespace hsm::tools
