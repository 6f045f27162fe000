// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "script.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

// SWEEP: one good call, and every way to get one of its arguments wrong.

namespace hsm::test {

namespace {

constexpr std::string_view no_handle =
    "CKR_OBJECT_HANDLE_INVALID|CKR_KEY_HANDLE_INVALID|CKR_WRAPPING_KEY_HANDLE_INVALID|"
    "CKR_UNWRAPPING_KEY_HANDLE_INVALID";
constexpr std::string_view everything =
    "CKF_ENCRYPT|CKF_DECRYPT|CKF_DIGEST|CKF_SIGN|CKF_SIGN_RECOVER|CKF_VERIFY|CKF_VERIFY_RECOVER|"
    "CKF_FIND_OBJECTS|CKF_MESSAGE_ENCRYPT|CKF_MESSAGE_DECRYPT|CKF_MESSAGE_SIGN|CKF_MESSAGE_VERIFY";

/// A word of the call: what it is without its marks, and what the marks say.
struct Argument {
    std::string word;
    bool may_be_null = false; ///< '?': the call without it is good as well
    bool kept = false;        ///< '^': it is not tried with anything else
};

Argument argument_of(std::string word) {
    Argument out;
    if (word.size() > 1 && word.back() == '?') out.may_be_null = true;
    if (word.size() > 1 && word.back() == '^') out.kept = true;
    if (out.may_be_null || out.kept) word.pop_back();
    out.word = std::move(word);
    return out;
}

bool is_pointer(const std::string& word) {
    if (word == "out" || word.starts_with("in:") || word.starts_with("x:") || word.starts_with("s(") ||
        word.starts_with("v:"))
        return true;
    return !word.empty() && std::string_view("&\"{@=").find(word.front()) != std::string_view::npos;
}

class Sweep {
public:
    Sweep(const Step& step, std::vector<Step> setup) : step_(step), setup_(std::move(setup)) {
        for (std::size_t i = 1; i < step.words.size(); ++i) arguments_.push_back(argument_of(step.words[i]));
    }

    std::vector<Step> steps() {
        for (std::size_t i = 0; i < arguments_.size(); ++i) {
            const auto& argument = arguments_[i];
            if (argument.kept) continue;
            if (argument.word == "$s")
                try_with(i, {"0", "$bad", "~"}, "CKR_SESSION_HANDLE_INVALID");
            else if (argument.word == "$slot")
                try_with(i, {"$bad", "~"}, "CKR_SLOT_ID_INVALID");
            else if (argument.word.starts_with('$'))
                try_with(i, {"0", "$bad", "~", "$s"}, no_handle);
            else if (is_pointer(argument.word))
                try_with(i, {"NULL"}, argument.may_be_null ? step_.expected : "CKR_ARGUMENTS_BAD");
        }
        if (const auto at = length_of_output()) short_buffer(*at);
        begin();
        out_.push_back(call({}, {}, step_.expected));
        return std::move(out_);
    }

private:
    void begin() {
        if (!out_.empty()) out_.push_back(plain("C_SessionCancel", {"$s", std::string(everything)}));
        out_.insert(out_.end(), setup_.begin(), setup_.end());
    }
    [[nodiscard]] Step plain(const std::string& name, std::vector<std::string> words) const {
        return {name, std::move(words), "CKR_OK", step_.line};
    }
    [[nodiscard]] Step call(std::optional<std::size_t> changed, const std::string& word,
                            std::string_view expected) const {
        Step made = plain(step_.words.front(), {});
        for (std::size_t i = 0; i < arguments_.size(); ++i)
            made.words.push_back(changed == i ? word : arguments_[i].word);
        made.expected = expected;
        return made;
    }
    void try_with(std::size_t at, const std::vector<std::string>& words, std::string_view expected) {
        for (const auto& word : words) {
            begin();
            out_.push_back(call(at, word, expected));
            if (expected != step_.expected) out_.push_back(plain("UNTOUCHED", {}));
        }
    }
    /// The argument behind `out`, if it is a pointer to its length.
    [[nodiscard]] std::optional<std::size_t> length_of_output() const {
        const auto out = std::ranges::find(arguments_, "out", &Argument::word);
        if (out == arguments_.end() || out + 1 == arguments_.end() || !(out + 1)->word.starts_with('&') ||
            (out + 1)->kept)
            return std::nullopt;
        return static_cast<std::size_t>(out + 1 - arguments_.begin());
    }
    /// Too short by all of it, and by one: nothing is written, the length is said, and the operation goes on.
    void short_buffer(std::size_t at) {
        begin();
        out_.push_back(call({}, {}, step_.expected)); // how much it is
        out_.push_back(plain("SET", {"swept_full", "$" + arguments_[at].word.substr(1)}));
        for (const auto& shorter : {plain("SET", {"swept", "0"}), plain("SHORT", {"swept", "$swept_full"})}) {
            begin();
            out_.push_back(shorter);
            out_.push_back(call(at, "&swept", "CKR_BUFFER_TOO_SMALL"));
            out_.push_back(plain("UNTOUCHED", {}));
            out_.push_back(plain("AT_MOST", {"$swept_full", "$swept"}));
            out_.push_back(call({}, {}, step_.expected));
        }
    }

    const Step& step_;
    std::vector<Step> setup_;
    std::vector<Argument> arguments_;
    std::vector<Step> out_;
};

} // namespace

std::vector<Step> with_sweeps(std::vector<Step> steps) {
    const auto sweep = std::ranges::find(steps, "SWEEP", &Step::name);
    if (sweep == steps.end()) return steps;
    return Sweep(*sweep, {steps.begin(), sweep}).steps();
}

} // namespace hsm::test
