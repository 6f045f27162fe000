// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "script_values.hpp"

#include "constants.hpp"
#include "script.hpp"

#include <cstring>
#include <stdexcept>

namespace hsm::test {

namespace {

constexpr std::size_t longest_in = 1 << 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number, a constant, or several constants joined by '|'.
CK_ULONG number_of(const std::string& word) {
    if (word == "~") return ~CK_ULONG{0};
    if (is_digit(word.front())) return static_cast<CK_ULONG>(std::stoull(word, nullptr, 0));
    CK_ULONG all = 0;
    for (std::size_t from = 0; from <= word.size();) {
        const auto end = std::min(word.find('|', from), word.size());
        const auto value = constant(word.substr(from, end - from));
        if (!value) throw std::runtime_error("means nothing: " + word);
        all |= *value;
        from = end + 1;
    }
    return all;
}

std::string inside(const std::string& word, std::size_t from) {
    return word.substr(from, word.size() - from - 1);
}

template <class T>
void append_memory(ByteString& to, const T& value) {
    const auto* first = reinterpret_cast<const CK_BYTE*>(&value);
    to.insert(to.end(), first, first + sizeof(T));
}

#ifdef _WIN32
void align(ByteString&, std::size_t) {} // structures are packed
#else
void align(ByteString& bytes, std::size_t to) { bytes.resize((bytes.size() + to - 1) / to * to); }
#endif

} // namespace

CK_ULONG& ScriptValues::variable(const std::string& name) {
    return variables_.try_emplace(name, static_cast<CK_ULONG>(out_size)).first->second;
}

void ScriptValues::set(const std::string& name, CK_ULONG value) {
    variable(name) = value;
    set_.insert(name);
}

Operand ScriptValues::pointer(void* address, std::size_t length) {
    last_length_ = static_cast<CK_ULONG>(length);
    return {.is_pointer = true, .pointer = address, .number = 0};
}

Operand ScriptValues::kept_bytes(ByteString bytes) {
    const auto length = bytes.size();
    bytes.push_back(0); // texts end with a zero where C wants that; nothing still has an address
    kept_.push_back(std::move(bytes));
    return pointer(kept_.back().data(), length);
}

ByteString ScriptValues::bytes_of_word(const std::string& word) {
    if (word.starts_with('"')) return test::bytes_of(inside(word, 1));
    if (word.starts_with("x:") || word.starts_with("a:")) return from_hex_text(word.substr(2));
    if (word.starts_with("=")) return bytes(word.substr(1));
    if (word.starts_with("in:")) return ByteString(number_of(word.substr(3)), 'a');
    throw std::runtime_error("no bytes: " + word);
}

void ScriptValues::add_attribute(Template& into, const std::string& entry) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) throw std::runtime_error("an attribute without '=': " + entry);
    const auto type = number_of(entry.substr(0, equals));
    const auto value = entry.substr(equals + 1);
    if (value == "true" || value == "false")
        into.boolean(type, value == "true");
    else if (value == "?")
        into.ask(type);
    else if (value.starts_with('?'))
        into.room(type, number_of(value.substr(1)));
    else if (value.starts_with("raw("))
        into.raw(type, kept_bytes(ByteString(64)).pointer, number_of(inside(value, 4)));
    else if (value == "null" || value.starts_with("null("))
        into.raw(type, nullptr, value == "null" ? 0 : number_of(inside(value, 5)));
    else if (value.starts_with('{')) {
        Template inner;
        for (const auto& word : words_of(inside(value, 1))) add_attribute(inner, word);
        into.nested(type, inner);
    } else if (value.starts_with('[')) {
        std::vector<CK_ULONG> numbers;
        for (const auto& word : words_of(inside(value, 1))) numbers.push_back(number_of(word));
        into.numbers(type, numbers);
    } else if (value.starts_with('"') || value.starts_with("x:") || value.starts_with("=") ||
               value.starts_with("in:"))
        into.bytes(type, bytes_of_word(value));
    else if (value.starts_with('$'))
        into.number(type, variable(value.substr(1)));
    else
        into.number(type, number_of(value));
}

Operand ScriptValues::kept_template(const std::string& word) {
    Template made;
    for (const auto& entry : words_of(inside(word, 1))) add_attribute(made, entry);
    templates_.push_back(std::move(made));
    last_template_ = &templates_.back();
    return pointer(last_template_->data(), last_template_->count());
}

/// Members by their kind: pointers and numbers as the compiler lays them out, b:1 is a byte, a:00 bytes in
/// place.
Operand ScriptValues::structure(const std::string& fields) {
    ByteString made;
    std::size_t widest = 1;
    for (const auto& word : words_of(fields)) {
        if (word.starts_with("b:")) {
            made.push_back(static_cast<CK_BYTE>(number_of(word.substr(2))));
            continue;
        }
        if (word.starts_with("a:")) {
            const auto bytes = from_hex_text(word.substr(2));
            made.insert(made.end(), bytes.begin(), bytes.end());
            continue;
        }
        const auto value = operand(word);
        widest = std::max(widest, value.is_pointer ? sizeof(void*) : sizeof(CK_ULONG));
        align(made, value.is_pointer ? sizeof(void*) : sizeof(CK_ULONG));
        if (value.is_pointer)
            append_memory(made, value.pointer);
        else
            append_memory(made, value.number);
    }
    align(made, widest);
    return kept_bytes(std::move(made));
}

Operand ScriptValues::mechanism(const std::string& word) {
    const auto open = word.find('(');
    const auto name = word.substr(1, open == std::string::npos ? open : open - 1);
    CK_MECHANISM made = {number_of(is_digit(name.front()) ? name : "CKM_" + name), nullptr, 0};
    if (open != std::string::npos) {
        made.pParameter = structure(inside(word, open + 1)).pointer;
        made.ulParameterLen = last_length_;
    }
    ByteString bytes;
    append_memory(bytes, made);
    return kept_bytes(std::move(bytes));
}

Operand ScriptValues::operand(const std::string& word) {
    if (word == "NULL") return pointer(nullptr, 0);
    if (word == "#") return {.is_pointer = false, .pointer = nullptr, .number = last_length_};
    if (word == "out") return pointer(out_.data(), out_.size());
    if (word.starts_with('@')) return mechanism(word);
    if (word.starts_with('{')) return kept_template(word);
    if (word.starts_with("s(")) return structure(inside(word, 2));
    if (word.starts_with('&')) {
        auto& value = variable(word.substr(1));
        if (!set_.contains(word.substr(1))) value = static_cast<CK_ULONG>(out_size);
        return pointer(&value, sizeof(CK_ULONG));
    }
    if (word.starts_with('$'))
        return {.is_pointer = false, .pointer = nullptr, .number = variable(word.substr(1))};
    if (word.starts_with('=')) { // the variable itself: a call may write into it
        auto& bytes = byte_variables_[word.substr(1)];
        return pointer(bytes.data(), bytes.size());
    }
    if (word.starts_with("in:")) { // one long text, so that lengths beyond the end are safe to lie about
        static ByteString text(longest_in, 'a');
        return pointer(text.data(), number_of(word.substr(3)));
    }
    if (word.starts_with('"') || word.starts_with("x:")) return kept_bytes(bytes_of_word(word));
    if (word.starts_with("v:")) {
        const auto dot = word.find('.');
        return kept_bytes({static_cast<CK_BYTE>(number_of(word.substr(2, dot - 2))),
                           static_cast<CK_BYTE>(number_of(word.substr(dot + 1)))});
    }
    return {.is_pointer = false, .pointer = nullptr, .number = number_of(word)};
}

std::vector<Operand> ScriptValues::operands(const std::vector<std::string>& words) {
    std::vector<Operand> all;
    for (const auto& word : words) all.push_back(operand(word));
    return all;
}

} // namespace hsm::test
