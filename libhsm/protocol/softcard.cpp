// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/softcard.hpp"

#include "protocol/record_codec.hpp"

namespace hsm::protocol {

namespace {

const Bytes* find(const SoftcardRecord& record, SoftcardExtension which) {
    return find_extension(record.extensions, static_cast<std::uint32_t>(which));
}

std::string serial_text(ByteView bytes) {
    auto digits = to_hex(bytes);
    for (auto& digit : digits)
        if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
    return digits;
}

} // namespace

const Bytes* find_extension(const Extensions& extensions, std::uint32_t id) noexcept {
    for (const auto& extension : extensions)
        if (extension.id == id) return &extension.value;
    return nullptr;
}

void set_extension(Extensions& extensions, std::uint32_t id, bool critical, Bytes value) {
    for (auto& extension : extensions)
        if (extension.id == id) {
            extension = {id, critical, std::move(value)};
            return;
        }
    extensions.push_back({id, critical, std::move(value)});
}

SoftcardRecord read_softcard(ByteView bytes, std::string_view what) {
    auto record = read_record<SoftcardRecord>(bytes, what);
    for (const auto& extension : record.extensions)
        if (extension.critical && extension.id > static_cast<std::uint32_t>(SoftcardExtension::replaced))
            throw Error(Status::record_newer, std::string(what) + " needs a later version of libhsm; update this one");
    return record;
}

SoftcardFacts softcard_facts(const SoftcardRecord& record) {
    auto facts = base::decode<SoftcardHeader>(record.header).facts;
    if (const auto* label = find(record, SoftcardExtension::label); label && !label->empty()) facts.name = text(*label);
    return facts;
}

TokenFacts token_facts(const SoftcardRecord& record) {
    const auto from = softcard_facts(record);
    TokenFacts facts;
    facts.token = from.token;
    const auto* label = find(record, SoftcardExtension::label);
    facts.label = label && label->empty() ? "" : from.name;
    facts.create_time = from.create_time;
    const auto* serial = find(record, SoftcardExtension::serial);
    facts.serial = serial_text(serial && serial->size() == 8 ? ByteView(*serial) : ByteView(from.token).first(8));
    facts.has_officer = find(record, SoftcardExtension::officer) != nullptr;
    facts.has_user = !record.sealed_wrap.bytes.empty();
    return facts;
}

std::vector<Hash256> replaced_tokens(const SoftcardRecord& record) {
    const auto* value = find(record, SoftcardExtension::replaced);
    return value ? base::decode<std::vector<Hash256>>(*value) : std::vector<Hash256>{};
}

} // namespace hsm::protocol
