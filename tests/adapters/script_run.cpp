// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "script.hpp"
#include "script_values.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace hsm::test {

namespace {

template <class T>
T argument(const Operand& operand) {
    if constexpr (std::is_pointer_v<T>) {
        if (!operand.is_pointer && operand.number != 0)
            throw std::runtime_error("a number where a pointer stands");
        return reinterpret_cast<T>(operand.pointer);
    } else {
        if (operand.is_pointer) throw std::runtime_error("a pointer where a number stands");
        return static_cast<T>(operand.number);
    }
}

using Caller = std::function<CK_RV(const std::vector<Operand>&)>;

template <class... Parameters, std::size_t... I>
CK_RV call(CK_RV (*function)(Parameters...), const std::vector<Operand>& operands,
           std::index_sequence<I...>) {
    if (operands.size() != sizeof...(Parameters))
        throw std::runtime_error("has " + std::to_string(sizeof...(Parameters)) + " arguments");
    if (function == nullptr) throw std::runtime_error("the module does not have it");
    return function(argument<Parameters>(operands[I])...);
}

template <class... Parameters>
Caller caller(CK_RV (*function)(Parameters...)) {
    return [function](const std::vector<Operand>& operands) {
        return call(function, operands, std::index_sequence_for<Parameters...>());
    };
}

/// Every function by name; "2.40:C_X" is that of the old list.
const std::map<std::string, Caller>& callers() {
    static const std::map<std::string, Caller> table = [] {
        std::map<std::string, Caller> made;
        const auto& now = p11();
        const auto& old = loaded_module().v2_40();
#define HSM_NOW(name, arguments) made[#name] = caller(now.name);
#define HSM_OLD(name, arguments) made["2.40:" #name] = caller(old.name);
        HSM_P11_FUNCTIONS(HSM_NOW)
        HSM_P11_FUNCTIONS_2_40(HSM_OLD)
#undef HSM_NOW
#undef HSM_OLD
#define HSM_VENDOR(name, arguments) made[#name] = caller(loaded_module().function<CK_##name>(#name));
        HSM_P11_FUNCTIONS_VENDOR(HSM_VENDOR)
#undef HSM_VENDOR
        return made;
    }();
    return table;
}

/// What a case stands on.
class Ground {
public:
    Ground(Stage stage, ScriptValues& values) {
        values.variable("bad") = 0x7ffffff1;
        values.variable("two_numbers") = 2 * sizeof(CK_ULONG);
        values.variable("attribute") = sizeof(CK_ATTRIBUTE);
        values.variable("gcm_message") = sizeof(CK_GCM_MESSAGE_PARAMS);
        values.variable("counter_format") = sizeof(CK_SP800_108_COUNTER_FORMAT);
        if (stage == Stage::none) return;
        module_.emplace();
        if (stage == Stage::initialised) {
            values.variable("free") = free_slot();
            return;
        }
        const auto slot = make_token();
        values.variable("slot") = slot;
        session_.emplace(slot);
        if (stage != Stage::open) session_->login(stage == Stage::officer ? CKU_SO : CKU_USER);
        values.variable("s") = *session_;
    }

private:
    std::optional<EmptyHome> home_ = std::optional<EmptyHome>(std::in_place);
    std::optional<Initialised> module_;
    std::optional<Session> session_;
};

class Run {
public:
    explicit Run(const ScriptCase& script_case) : case_(script_case), ground_(script_case.stage, values_) {}

    void steps() {
        for (const auto& step : case_.steps) {
            try {
                if (!take(step)) return;
            } catch (const std::exception& error) {
                fail(step, error.what());
                return;
            }
        }
    }

private:
    /// False when going on would only repeat the same failure.
    bool take(const Step& step) {
        if (step.name.starts_with("C_") || step.name.starts_with("2.40:")) return call_function(step);
        static const std::map<std::string, void (Run::*)(const Step&)> checks = {
            {"SET", &Run::set},       {"EQUAL", &Run::equal},         {"DIFFERENT", &Run::different},
            {"SAVE", &Run::save},     {"APPEND", &Run::append},       {"BYTES", &Run::compare},
            {"DIFFER", &Run::differ}, {"UNTOUCHED", &Run::untouched}, {"LENGTH", &Run::length},
            {"VALUE", &Run::value},   {"AT_MOST", &Run::at_most},     {"FLIP", &Run::flip},
            {"SHORT", &Run::one_less}};
        const auto found = checks.find(step.name);
        if (found == checks.end()) throw std::runtime_error("unknown step");
        (this->*found->second)(step);
        return true;
    }

    bool call_function(const Step& step) {
        const auto found = callers().find(step.name);
        if (found == callers().end()) throw std::runtime_error("unknown function");
        std::fill(values_.out().begin(), values_.out().end(), ScriptValues::untouched);
        const auto operands = values_.operands(step.words);
        const auto got = rv_name(found->second(operands));
        const auto wanted = "|" + step.expected + "|";
        if (wanted.find("|" + got + "|") != std::string::npos) {
            SUCCEED();
            return true;
        }
        fail(step, "gave " + got + ", not " + step.expected);
        return step.expected != "CKR_OK";
    }

    void fail(const Step& step, const std::string& what) {
        std::string text = step.name;
        for (const auto& word : step.words)
            text += " " + (word.size() > 60 ? word.substr(0, 60) + "..." : word);
        FAIL_CHECK(case_.file.filename().string()
                   << ":" << step.line << ": " << case_.name << ": " << text << ": " << what);
    }
    void expect(const Step& step, bool holds, const std::string& what) {
        if (holds)
            SUCCEED();
        else
            fail(step, what);
    }
    CK_ULONG number(const std::string& word) { return values_.operand(word).number; }

    void set(const Step& step) { values_.set(step.words.at(0), number(step.words.at(1))); }
    void one_less(const Step& step) { values_.set(step.words.at(0), number(step.words.at(1)) - 1); }
    void equal(const Step& step) {
        const auto left = number(step.words.at(0)), right = number(step.words.at(1));
        expect(step, left == right, std::to_string(left) + " is not " + std::to_string(right));
    }
    void different(const Step& step) {
        expect(step, number(step.words.at(0)) != number(step.words.at(1)), "they are equal");
    }
    void at_most(const Step& step) {
        const auto left = number(step.words.at(0));
        expect(step, left <= number(step.words.at(1)), std::to_string(left) + " is more");
    }
    ByteString first_of_out(const Step& step) {
        const auto length = number(step.words.at(1));
        if (length > values_.out().size()) throw std::runtime_error("more than the buffer");
        return {values_.out().begin(), values_.out().begin() + static_cast<std::ptrdiff_t>(length)};
    }
    void save(const Step& step) { values_.bytes(step.words.at(0)) = first_of_out(step); }
    void append(const Step& step) {
        const auto more = first_of_out(step);
        auto& bytes = values_.bytes(step.words.at(0));
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    void compare(const Step& step) {
        const auto left = values_.bytes_of_word(step.words.at(0)),
                   right = values_.bytes_of_word(step.words.at(1));
        expect(step, left == right, hex_text(left) + " is not " + hex_text(right));
    }
    void differ(const Step& step) {
        expect(step, values_.bytes_of_word(step.words.at(0)) != values_.bytes_of_word(step.words.at(1)),
               "they are equal");
    }
    void flip(const Step& step) { values_.bytes(step.words.at(0)).at(number(step.words.at(1))) ^= 1; }
    void untouched(const Step& step) {
        expect(step,
               std::ranges::all_of(values_.out(), [](CK_BYTE b) { return b == ScriptValues::untouched; }),
               "something was written");
    }
    void length(const Step& step) {
        const auto got = values_.last_template()[number(step.words.at(0))].ulValueLen;
        expect(step, got == number(step.words.at(1)), "it is " + std::to_string(got));
    }
    void value(const Step& step) {
        const auto& attribute = values_.last_template()[number(step.words.at(0))];
        const auto* first = static_cast<const CK_BYTE*>(attribute.pValue);
        const ByteString got(first, first + attribute.ulValueLen);
        const auto& word = step.words.at(1);
        ByteString wanted;
        if (word == "true" || word == "false")
            wanted = {static_cast<CK_BYTE>(word == "true" ? 1 : 0)};
        else if (word.starts_with("CK") || word.starts_with('$') || word == "~") {
            const auto wanted_number = number(word);
            const auto* bytes = reinterpret_cast<const CK_BYTE*>(&wanted_number);
            wanted.assign(bytes, bytes + sizeof(wanted_number));
        } else
            wanted = values_.bytes_of_word(word);
        expect(step, got == wanted, hex_text(got) + " is not " + hex_text(wanted));
    }

    const ScriptCase& case_;
    ScriptValues values_;
    Ground ground_;
};

} // namespace

void run_case(const ScriptCase& script_case) {
    INFO(script_case.file.filename().string() << ":" << script_case.line << ": " << script_case.name);
    Run(script_case).steps();
}

} // namespace hsm::test
