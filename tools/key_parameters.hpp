// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// \file
/// The parameters of a key to be made, as generatekey takes them: name=value words, options, or answers to
/// prompts.

namespace hsm::tools {

/// Collects the parameters: each is asked for once, in the order in which the command needs them.
class KeyParameters {
public:
    /// \p interactive: what is missing is asked for at the terminal; else its default is taken.
    explicit KeyParameters(bool interactive) : interactive_(interactive) {}

    /// Takes "name=value". Throws UsageError for another form, an unknown name, or a second value.
    void take(const std::string& word);
    void take(const std::string& name, const std::string& value);

    /// The value of \p name. \p allowed: the words that will do; empty: any. Throws UsageError when it is
    /// missing and there is no default, or when it is not allowed.
    std::string get(const std::string& name, const std::string& fallback,
                    const std::vector<std::string>& allowed = {});
    bool get_flag(const std::string& name, bool fallback); ///< yes or no
    [[nodiscard]] bool given(const std::string& name) const { return values_.contains(name); }

    /// What was decided, with titles, in the order of the decisions.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& decided() const noexcept {
        return decided_;
    }

private:
    std::string ask(const std::string& name, const std::string& fallback,
                    const std::vector<std::string>& allowed);

    bool interactive_;
    std::map<std::string, std::string> values_;
    std::vector<std::pair<std::string, std::string>> decided_;
};

/// The title of a parameter, for prompts and summaries; empty when there is no such parameter.
std::string_view parameter_title(std::string_view name);

struct KeyChoice {
    KeySpec spec;
    std::uint32_t actions = 0; ///< bits of Action that the word for the type implies; 0: the usual ones
};

/// Type, size and curve. Throws UsageError.
KeyChoice choose_key_spec(KeyParameters& parameters);

/// "sign,verify" to bits of Action. Throws UsageError with the list.
std::uint32_t parse_actions(const std::string& words);

} // namespace hsm::tools
