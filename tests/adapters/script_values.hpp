// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "template.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hsm::test {

/// An argument of a call: a pointer or a number.
struct Operand {
    bool is_pointer = false;
    void* pointer = nullptr;
    CK_ULONG number = 0;
};

/// Turns the words of a case into arguments, and keeps what they point at until the case ends.
class ScriptValues {
public:
    static constexpr std::size_t out_size = 1 << 16;
    static constexpr CK_BYTE untouched = 0xaa;

    /// Throws std::runtime_error for a word that means nothing.
    Operand operand(const std::string& word);
    /// The operands of a call, left to right.
    std::vector<Operand> operands(const std::vector<std::string>& words);

    CK_ULONG& variable(const std::string& name);       ///< made with the size of `out`
    void set(const std::string& name, CK_ULONG value); ///< from now on a pointer to it does not reset it
    ByteString& bytes(const std::string& name) { return byte_variables_[name]; }
    /// The bytes that a word points at: "text", x:00, =name, a:00, in:5.
    ByteString bytes_of_word(const std::string& word);
    Template& last_template() { return *last_template_; }
    ByteString& out() { return out_; }

private:
    Operand pointer(void* address, std::size_t length);
    Operand kept_bytes(ByteString bytes);
    Operand kept_template(const std::string& word);
    Operand mechanism(const std::string& word);
    Operand structure(const std::string& fields);
    void add_attribute(Template& into, const std::string& entry);

    ByteString out_ = ByteString(out_size, untouched);
    std::map<std::string, CK_ULONG> variables_;
    std::set<std::string> set_;
    std::map<std::string, ByteString> byte_variables_;
    std::deque<ByteString> kept_;
    std::deque<Template> templates_;
    Template* last_template_ = nullptr;
    CK_ULONG last_length_ = 0;
};

} // namespace hsm::test
