// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "json.hpp"

#include "console.hpp"

#include <nlohmann/json.hpp>

namespace hsm::tools {

struct Json::Value {
    nlohmann::ordered_json json;

    nlohmann::ordered_json& field(std::string_view name) { return json[std::string(name)]; }
};

Json::Json(std::unique_ptr<Value> value) : value_(std::move(value)) {}
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::object() { return Json(std::make_unique<Value>(Value{nlohmann::ordered_json::object()})); }
Json Json::list() { return Json(std::make_unique<Value>(Value{nlohmann::ordered_json::array()})); }

Json& Json::set(std::string_view name, std::string_view text) {
    value_->field(name) = std::string(text);
    return *this;
}

Json& Json::set(std::string_view name, bool value) {
    value_->field(name) = value;
    return *this;
}

Json& Json::set(std::string_view name, Json value) {
    value_->field(name) = std::move(value.value_->json);
    return *this;
}

Json& Json::set_number(std::string_view name, std::int64_t value) {
    value_->field(name) = value;
    return *this;
}

Json& Json::add(std::string_view text) {
    value_->json.push_back(std::string(text));
    return *this;
}

Json& Json::add(Json value) {
    value_->json.push_back(std::move(value.value_->json));
    return *this;
}

void Json::print() const {
    tools::print("{}\n", value_->json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

} // namespace hsm::tools
