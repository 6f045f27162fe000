// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "encoding.hpp"

#include <hsm/error.hpp>

#include <algorithm>
#include <array>

namespace hsm::tools {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto digit_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}();

/// Calls put(character) for each character of the base64 of \p data.
void encode_base64(ByteView data, const auto& put) {
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const auto left = std::min<std::size_t>(3, data.size() - i);
        std::uint32_t group = static_cast<std::uint32_t>(data[i]) << 16;
        if (left > 1) group |= static_cast<std::uint32_t>(data[i + 1]) << 8;
        if (left > 2) group |= data[i + 2];
        for (unsigned digit = 0; digit < 4; ++digit)
            put(digit <= left ? alphabet[group >> (18 - 6 * digit) & 63] : '=');
    }
}

/// Appends to a Secret whose size is known in advance.
class SecretWriter {
public:
    explicit SecretWriter(std::size_t capacity) : buffer_(capacity) {}
    void put(char c) { buffer_.mutable_view()[used_++] = static_cast<std::uint8_t>(c); }
    void put(std::string_view text) {
        for (const char c : text) put(c);
    }
    [[nodiscard]] Secret take() const { return Secret(buffer_.view().first(used_)); }

private:
    Secret buffer_;
    std::size_t used_ = 0;
};

[[noreturn]] void broken_pem() {
    throw Error(Status::invalid_data, "the PEM file is damaged; write it anew");
}

Secret decode_base64(std::string_view text) {
    SecretWriter out(text.size());
    std::uint32_t group = 0;
    unsigned digits = 0, padding = 0;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
        const auto value = digit_values[static_cast<unsigned char>(c)];
        if (c == '=')
            ++padding;
        else if (value < 0 || padding > 0)
            broken_pem();
        group = group << 6 | static_cast<std::uint32_t>(c == '=' ? 0 : value);
        if (++digits % 4 != 0) continue;
        if (padding > 2) broken_pem();
        out.put(static_cast<char>(group >> 16 & 255));
        if (padding < 2) out.put(static_cast<char>(group >> 8 & 255));
        if (padding < 1) out.put(static_cast<char>(group & 255));
        group = 0;
    }
    if (digits % 4 != 0) broken_pem();
    return out.take();
}

/// One element of DER: its tag and contents. \p der moves behind it. Tag 0 when it is malformed.
struct Element {
    std::uint8_t tag = 0;
    ByteView contents, whole;
};

Element take_element(ByteView& der) {
    if (der.size() < 2) return {};
    const auto tag = der[0];
    std::size_t length = der[1], header = 2;
    if (length >= 0x80) {
        const std::size_t count = length & 0x7f;
        if (count == 0 || count > 4 || der.size() < 2 + count) return {};
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = length << 8 | der[2 + i];
        header += count;
    }
    if (der.size() - header < length) return {};
    const Element element{tag, der.subspan(header, length), der.first(header + length)};
    der = der.subspan(header + length);
    return element;
}

constexpr std::uint8_t sequence = 0x30, integer = 0x02, octets = 0x04, bits = 0x03;

} // namespace

Form parse_form(std::string_view word) {
    if (word == "hex") return Form::hex;
    return word == "base64" ? Form::base64 : Form::raw;
}

Bytes in_form(ByteView bytes, Form form) {
    if (form == Form::raw) return to_bytes(bytes);
    std::string shown;
    if (form == Form::hex)
        shown = to_hex(bytes);
    else
        encode_base64(bytes, [&](char c) { shown.push_back(c); });
    shown.push_back('\n');
    return to_bytes(view(shown));
}

Secret to_pem(std::string_view label, ByteView data) {
    constexpr std::size_t width = 64;
    SecretWriter out(2 * data.size() + 2 * label.size() + 64);
    out.put("-----BEGIN ");
    out.put(label);
    out.put("-----\n");
    std::size_t column = 0;
    encode_base64(data, [&](char c) {
        out.put(c);
        if (++column % width == 0) out.put('\n');
    });
    if (column % width != 0) out.put('\n');
    out.put("-----END ");
    out.put(label);
    out.put("-----\n");
    return out.take();
}

namespace {

/// The first block in \p whole, which moves behind it.
std::optional<Pem> take_pem(std::string_view& whole) {
    constexpr std::string_view begin = "-----BEGIN ", dashes = "-----";
    const auto start = whole.find(begin);
    if (start == std::string_view::npos) return std::nullopt;
    const auto label_start = start + begin.size();
    const auto label_end = whole.find(dashes, label_start);
    if (label_end == std::string_view::npos || label_end - label_start > 64) return std::nullopt;
    std::string label(whole.substr(label_start, label_end - label_start));
    const auto body = label_end + dashes.size();
    const auto end = whole.find("-----END " + label + "-----", body);
    if (end == std::string_view::npos) broken_pem();
    auto inside = whole.substr(body, end - body);
    const bool old_encryption = inside.find("ENCRYPTED") != std::string_view::npos;
    whole.remove_prefix(end);
    if (const auto blank = inside.find("\n\n");
        inside.find(':') != std::string_view::npos && blank != std::string_view::npos) {
        inside.remove_prefix(blank); // headers of the old style, as "Proc-Type: 4,ENCRYPTED"
    }
    if (old_encryption) return Pem{"ENCRYPTED " + label, Secret{}};
    return Pem{std::move(label), decode_base64(inside)};
}

} // namespace

std::optional<Pem> from_pem(ByteView bytes) {
    auto whole = text(bytes);
    return take_pem(whole);
}

std::vector<Pem> all_pem(ByteView bytes) {
    auto whole = text(bytes);
    std::vector<Pem> all;
    while (auto block = take_pem(whole)) all.push_back(std::move(*block));
    return all;
}

KeyFile classify_key(ByteView der) {
    const auto outer = take_element(der);
    if (outer.tag != sequence || !der.empty()) return KeyFile::unknown;
    auto inner = outer.contents;
    const auto first = take_element(inner), second = take_element(inner), third = take_element(inner);
    if (first.tag == integer && second.tag == sequence)
        return KeyFile::private_key;                                              // version, algorithm, ...
    if (first.tag == sequence && second.tag == bits) return KeyFile::public_key;  // algorithm, key
    if (first.tag == sequence && second.tag == octets) return KeyFile::encrypted; // scheme, ciphertext
    if (first.tag == sequence && second.tag == sequence && third.tag == bits) return KeyFile::certificate;
    return KeyFile::unknown;
}

CertificateParts certificate_parts(ByteView der) {
    constexpr std::uint8_t version = 0xa0;
    auto whole = take_element(der).contents;
    auto body = take_element(whole).contents;
    auto serial = take_element(body);
    if (serial.tag == version) serial = take_element(body);
    (void)take_element(body); // the signature's algorithm
    const auto issuer = take_element(body);
    (void)take_element(body); // validity
    const auto subject = take_element(body), key = take_element(body);
    if (serial.tag != integer || issuer.tag != sequence || subject.tag != sequence || key.tag != sequence)
        throw Error(Status::invalid_data, "the certificate is damaged; write it anew");
    return {serial.whole, issuer.whole, subject.whole, key.whole};
}

ByteView public_key_bits(ByteView public_info) {
    auto info = take_element(public_info).contents;
    (void)take_element(info);
    const auto key = take_element(info);
    if (key.tag != bits || key.contents.empty()) throw Error(Status::invalid_data, "the public key is damaged; export it anew");
    return key.contents.subspan(1);
}

std::size_t dsa_order_bytes(ByteView public_info) {
    auto info = take_element(public_info).contents; // algorithm { oid, parameters { p, q, g } }, key
    auto algorithm = take_element(info).contents;
    (void)take_element(algorithm);
    auto parameters = take_element(algorithm).contents;
    (void)take_element(parameters);
    const auto q = take_element(parameters);
    if (q.tag != integer || q.contents.empty())
        throw Error(Status::invalid_data, "the public key has no DSA parameters; export it anew");
    return q.contents.size() - (q.contents[0] == 0 ? 1 : 0);
}

} // namespace hsm::tools
