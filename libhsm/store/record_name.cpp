// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/record_name.hpp>

#include <charconv>

namespace hsm::store {

namespace {

constexpr std::size_t max_app = 32;
constexpr std::size_t max_ident = 128;
constexpr std::size_t hash_digits = 40;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower_alnum(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_lower_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_upper_hex(char c) noexcept { return is_digit(c) || (c >= 'A' && c <= 'F'); }

[[noreturn]] void refuse(std::string text) { throw Error(Status::invalid_argument, std::move(text)); }

/// A character for a message: as it is when printable, else as a number.
std::string shown(char c) {
    if (c > ' ' && c < 0x7f) return std::string("'") + c + "'";
    static constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    return std::string("0x") + digits[byte >> 4] + digits[byte & 15];
}

/// The common part of the rules for app and ident: length, first character, the set.
void check_word(std::string_view what, std::string_view word, std::size_t longest, std::string_view also) {
    const std::string name(what);
    if (word.empty()) refuse(name + " is empty");
    if (word.size() > longest) {
        refuse(name + " has " + std::to_string(word.size()) + " characters; at most " + std::to_string(longest) +
               " are allowed");
    }
    for (const char c : word) {
        if (is_lower_alnum(c) || also.find(c) != std::string_view::npos) continue;
        refuse(name + " must not contain " + shown(c) + "; allowed are lower-case letters, digits and " +
               std::string(also));
    }
    if (!is_lower_alnum(word.front())) refuse(name + " must begin with a lower-case letter or a digit");
}

void check_hash(std::string_view hash) {
    bool good = hash.size() == hash_digits;
    for (const char c : hash) good = good && is_lower_hex(c);
    if (!good) refuse("a hash in a record name must be 40 lower-case hexadecimal digits");
}

void check_esn(std::string_view esn) {
    bool good = esn.size() == 14;
    for (std::size_t i = 0; good && i < esn.size(); ++i) {
        good = (i == 4 || i == 9) ? esn[i] == '-' : is_upper_hex(esn[i]);
    }
    if (!good) refuse("a module's serial number must have the form 0123-4567-89AB, in upper case");
}

struct Prefix {
    std::string_view text;
    RecordKind kind;
};

constexpr Prefix prefixes[] = {
    {"module_", RecordKind::module}, {"cards_", RecordKind::card_set}, {"card_", RecordKind::card},
    {"softcard_", RecordKind::softcard}, {"key_", RecordKind::key},
    {"data_", RecordKind::data},
};

const Prefix* prefix_of(std::string_view file_name) noexcept {
    for (const auto& prefix : prefixes) {
        if (file_name.starts_with(prefix.text)) return &prefix;
    }
    return nullptr;
}

std::string object_name(std::string_view prefix, std::string_view app, std::string_view ident) {
    check_word("an application name", app, max_app, "-");
    check_word("a key ident", ident, max_ident, "-.+");
    if (ident.back() == '.') refuse("a key ident must not end with a dot");
    std::string file_name;
    file_name.reserve(prefix.size() + 1 + app.size() + ident.size());
    file_name.append(prefix).append(app).append("_").append(ident);
    return file_name;
}

/// What follows the prefix; empty for what has no app and ident.
std::string_view app_and_ident(RecordKind kind, std::string_view file_name) noexcept {
    if (kind == RecordKind::key) return file_name.substr(4);
    if (kind == RecordKind::data) return file_name.substr(5);
    return {};
}

RecordName parse_card(std::string_view rest) {
    const auto cut = rest.find('_');
    if (cut == std::string_view::npos) refuse("a card's record name must end with _ and the card's number");
    const auto digits = rest.substr(cut + 1);
    unsigned number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    // A leading zero would give one card two names.
    if (failure != std::errc() || end != digits.data() + digits.size() || digits.front() == '0') {
        refuse("a card's number must be 1 to 255, without leading zeros");
    }
    return RecordName::card(rest.substr(0, cut), number);
}

} // namespace

RecordName RecordName::world() { return {RecordKind::world, "world"}; }

RecordName RecordName::module(std::string_view esn) {
    check_esn(esn);
    return {RecordKind::module, "module_" + std::string(esn)};
}

RecordName RecordName::card_set(std::string_view hash) {
    check_hash(hash);
    return {RecordKind::card_set, "cards_" + std::string(hash)};
}

RecordName RecordName::card(std::string_view hash, unsigned number) {
    check_hash(hash);
    if (number == 0 || number > 255) refuse("a card's number must be 1 to 255, without leading zeros");
    return {RecordKind::card, "card_" + std::string(hash) + "_" + std::to_string(number)};
}

RecordName RecordName::softcard(std::string_view hash) {
    check_hash(hash);
    return {RecordKind::softcard, "softcard_" + std::string(hash)};
}

RecordName RecordName::key(std::string_view app, std::string_view ident) {
    return {RecordKind::key, object_name("key_", app, ident)};
}

RecordName RecordName::data(std::string_view app, std::string_view ident) {
    return {RecordKind::data, object_name("data_", app, ident)};
}

RecordName RecordName::parse(std::string_view file_name) {
    if (file_name == "world") return world();
    const auto* prefix = prefix_of(file_name);
    if (prefix == nullptr) refuse("not the name of a record");
    const auto rest = file_name.substr(prefix->text.size());
    switch (prefix->kind) {
    case RecordKind::module: return module(rest);
    case RecordKind::card_set: return card_set(rest);
    case RecordKind::card: return parse_card(rest);
    case RecordKind::softcard: return softcard(rest);
    default: break;
    }
    const auto cut = rest.find('_');
    if (cut == std::string_view::npos) refuse("a key's record name must have the form key_<app>_<ident> (or data_<app>_<ident>)");
    const auto app = rest.substr(0, cut), ident = rest.substr(cut + 1);
    return prefix->kind == RecordKind::data ? data(app, ident) : key(app, ident);
}

bool RecordName::looks_like_record(std::string_view file_name) noexcept {
    return file_name == "world" || prefix_of(file_name) != nullptr;
}

std::string_view RecordName::app() const noexcept {
    const auto rest = app_and_ident(kind_, file_name_);
    return rest.substr(0, rest.find('_'));
}

std::string_view RecordName::ident() const noexcept {
    const auto rest = app_and_ident(kind_, file_name_);
    return rest.empty() ? rest : rest.substr(rest.find('_') + 1);
}

std::string_view RecordName::esn() const noexcept {
    if (kind_ != RecordKind::module) return {};
    return std::string_view(file_name_).substr(7);
}

std::string_view RecordName::hash() const noexcept {
    const std::string_view name = file_name_;
    switch (kind_) {
    case RecordKind::card_set: return name.substr(6);
    case RecordKind::card: return name.substr(5, hash_digits);
    case RecordKind::softcard: return name.substr(9);
    default: return {};
    }
}

unsigned RecordName::number() const noexcept {
    if (kind_ != RecordKind::card) return 0;
    unsigned number = 0;
    for (const char c : std::string_view(file_name_).substr(5 + hash_digits + 1)) {
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number;
}

} // namespace hsm::store
