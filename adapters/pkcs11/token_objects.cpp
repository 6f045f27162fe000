// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include "fault.hpp"
#include "key_attributes.hpp"

#include <algorithm>
#include <array>

// Objects of a token: what is stored and what lives with a session.

namespace hsm::pkcs11 {

namespace {

// What stored objects can be found by without being read.
constexpr std::array<CK_ATTRIBUTE_TYPE, 12> indexed{CKA_CLASS,  CKA_PRIVATE,  CKA_LABEL,         CKA_UNIQUE_ID, CKA_APPLICATION,
                                                    CKA_OBJECT_ID, CKA_CERTIFICATE_TYPE, CKA_ISSUER, CKA_SERIAL_NUMBER,
                                                    CKA_KEY_TYPE, CKA_SUBJECT,       CKA_ID};

bool is_indexed(CK_ATTRIBUTE_TYPE type) { return std::ranges::find(indexed, type) != indexed.end(); }

/// A part as it is stored; its terms point into \p attributes.
ObjectPart part_of(const Attributes& attributes, bool sealed) {
    ObjectPart part;
    part.sealed = sealed;
    part.attributes = attributes.encode();
    for (const auto type : indexed)
        if (const auto value = attributes.find(type)) part.terms.push_back({static_cast<std::uint32_t>(type), *value});
    return part;
}

/// Whether this part of the key's value is one that C_GetAttributeValue would give.
bool shows(const Object& object, CK_ATTRIBUTE_TYPE type) {
    const auto* row = attribute_row(type);
    return row && (row->traits & trait_material) && (class_bit(object.object_class()) & row->classes & (class_private | class_secret)) &&
           (row->families & family_bit(object.attributes().number(CKA_KEY_TYPE))) && object.reveals_material();
}

} // namespace

/// Whether the object has every attribute of the search with that value. A hidden value matches nothing: a search must
/// not be a way to guess it. A key is loaded for its value only when all else matches.
bool Token::matches(const Object& object, const Attributes& wanted) {
    std::vector<std::size_t> values;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto have = object.attributes().find(wanted.type_at(i));
        if (have ? !same_value(wanted.type_at(i), *have, wanted.value_at(i)) : !shows(object, wanted.type_at(i))) return false;
        if (!have) values.push_back(i);
    }
    for (const auto i : values) {
        try {
            const auto value = material_value(wanted.type_at(i), object.attributes(), key_of(object));
            if (!value || !std::ranges::equal(value->view(), wanted.value_at(i))) return false;
        } catch (const Error&) {
            return false; // what cannot be read matches nothing
        }
    }
    return true;
}

bool Token::visible(const ObjectEntry& entry) const noexcept { return !entry.is_private || user() == CKU_USER; }

EntryPtr Token::entry(CK_OBJECT_HANDLE handle) {
    auto entry = table_.find(handle);
    if (!entry || entry->gone.load(std::memory_order_acquire) || !visible(*entry)) refuse(CKR_OBJECT_HANDLE_INVALID);
    return entry;
}

ObjectPtr Token::object(CK_OBJECT_HANDLE handle) {
    const auto found = entry(handle);
    auto object = current(*found);
    if (!object) {
        table_.remove(handle);
        refuse(CKR_OBJECT_HANDLE_INVALID);
    }
    return object;
}

/// The object as it stands in the store now; null when it is gone.
ObjectPtr Token::current(ObjectEntry& entry) {
    if (entry.ident.empty()) return *entry.object.lock();
    const auto now = changes();
    if (entry.seen.load(std::memory_order_acquire) == now)
        if (auto known = *entry.object.lock()) return known;
    auto stored = objects_.read(entry.ident);
    if (!stored || entry.part >= stored->parts.size() || !stored->parts[entry.part].present ||
        !stored->parts[entry.part].readable)
        return nullptr;
    const auto held = entry.object.lock();
    if (!*held || (*held)->at().version != stored->version)
        *held = std::make_shared<const Object>(Attributes::decode(stored->parts[entry.part].attributes.view()),
                                               StoredAt{entry.ident, entry.part, stored->version});
    entry.seen.store(now, std::memory_order_release);
    return *held;
}

std::vector<ObjectMatch> Token::search(std::vector<SearchTerm> terms) const {
    if (has_owner()) return objects_.find(terms);
    // The module has no user to seal for: what is private says so by a term of its own.
    static constexpr std::array<std::uint8_t, 2> answers{0, 1};
    std::vector<ObjectMatch> found;
    terms.push_back({static_cast<std::uint32_t>(CKA_PRIVATE), {}});
    for (const auto& answer : answers) {
        if (answer && user() != CKU_USER) break;
        terms.back().value = {&answer, 1};
        for (auto& match : objects_.find(terms)) {
            match.sealed = answer != 0;
            found.push_back(std::move(match));
        }
    }
    return found;
}

std::vector<CK_OBJECT_HANDLE> Token::find(const Attributes& wanted) {
    std::vector<CK_OBJECT_HANDLE> found;
    const bool want_token = wanted.flag(CKA_TOKEN, true), want_session = !wanted.flag(CKA_TOKEN, false);
    if (want_token) {
        std::vector<SearchTerm> terms;
        bool complete = true; // the terms say all of it
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto type = wanted.type_at(i);
            if (is_indexed(type) && type != CKA_PRIVATE) terms.push_back({static_cast<std::uint32_t>(type), wanted.value_at(i)});
            else if (type != CKA_TOKEN && type != CKA_PRIVATE) complete = false;
        }
        if (!settings_->assume_single_process) objects_.refresh();
        for (const auto& match : search(std::move(terms))) {
            if (wanted.has(CKA_PRIVATE) && wanted.flag(CKA_PRIVATE) != match.sealed) continue;
            const auto entry = table_.enter(match.ident, match.part, match.sealed);
            if (!visible(*entry)) continue;
            if (!complete) {
                try {
                    const auto object = current(*entry);
                    if (!object || !matches(*object, wanted)) continue;
                } catch (const Error&) {
                    continue; // a damaged record hides itself, not the others
                }
            }
            found.push_back(entry->handle);
        }
    }
    // Profiles and other programs' keys are token objects that lie with those of sessions.
    if (settings_->foreign_keys) look_for_foreign_keys();
    if (want_session || settings_->profile_objects || settings_->foreign_keys)
        for (const auto& entry : table_.session_objects()) {
            const auto object = *entry->object.lock();
            if (object && visible(*entry) && matches(*object, wanted)) found.push_back(entry->handle);
        }
    std::ranges::sort(found);
    return found;
}

/// What a program may rely on (PKCS #11 3.2, 4.13, and the Profiles). Certificates of a token may be private, so that
/// CKP_PUBLIC_CERTIFICATES_TOKEN is not among them.
void Token::add_profiles() {
    const auto add_profile = [&](CK_PROFILE_ID profile) {
        Attributes attributes;
        attributes.set_number(CKA_CLASS, CKO_PROFILE);
        attributes.set_number(CKA_PROFILE_ID, profile);
        attributes.set_flag(CKA_TOKEN, true);
        for (const auto type : {CKA_PRIVATE, CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE}) attributes.set_flag(type, false);
        attributes.set(CKA_LABEL, {});
        attributes.set(CKA_UNIQUE_ID, view("profile-" + std::to_string(profile)));
        table_.add_session_object(std::make_shared<const Object>(std::move(attributes), StoredAt{}), 0); // of no session: it stays
    };
    add_profile(CKP_BASELINE_PROVIDER);
    add_profile(CKP_EXTENDED_PROVIDER);
    if (login_required()) add_profile(CKP_AUTHENTICATION_TOKEN);
}

void Token::trust(CK_OBJECT_HANDLE handle, const ObjectPtr& old, Attributes attributes) {
    const auto officer = this->officer();
    if (!officer || !old->is_key()) refuse(CKR_ATTRIBUTE_READ_ONLY);
    const auto trusted = attributes.flag(CKA_TRUSTED);
    if (!old->at().stored() || old->at().part == 0) {
        const auto key = key_copy(*old);
        key.set_trusted(*officer, trusted);
        change(handle, old, std::move(attributes), &key);
        return;
    }
    // Half of a pair: the mark lies in a blob, so this half gets a record, and a blob, of its own. The new one is there
    // before the old one goes.
    const auto key = import_public(attributes);
    key.set_trusted(*officer, trusted);
    std::vector<ObjectPart> parts;
    parts.push_back(part_of(attributes, seals(attributes)));
    const auto ident = objects_.create(std::move(parts), &key);
    auto stored = objects_.read(old->at().ident);
    if (stored) replace_part(*stored, old->at().part, std::nullopt, nullptr);
    table_.rebind(handle, ident, 0);
    bump();
}

CK_OBJECT_HANDLE Token::add(Attributes attributes, Key key, const Caller& caller) {
    if (!attributes.flag(CKA_TOKEN)) {
        const bool is_private = attributes.flag(CKA_PRIVATE);
        auto object = std::make_shared<const Object>(std::move(attributes), StoredAt{}, std::move(key));
        const auto handle = table_.add_session_object(std::move(object), caller.session)->handle;
        // A logout since the call began may have looked for private objects before this one was there.
        if (!is_private || caller.login == login_count()) return handle;
        table_.remove(handle);
        refuse(CKR_USER_NOT_LOGGED_IN);
    }
    std::vector<ObjectPart> parts;
    parts.push_back(part_of(attributes, seals(attributes)));
    const auto ident = objects_.create(std::move(parts), key ? &key : nullptr);
    return table_.enter(ident, 0, attributes.flag(CKA_PRIVATE))->handle;
}

std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> Token::add_pair(Attributes public_half, Attributes private_half, Key key,
                                                              const Caller& caller) {
    if (!public_half.flag(CKA_TOKEN) || !private_half.flag(CKA_TOKEN)) {
        const auto first = add(std::move(public_half), {}, caller);
        try {
            return {first, add(std::move(private_half), std::move(key), caller)};
        } catch (...) {
            try {
                destroy(first); // both or neither
            } catch (const Fault&) {
                // A logout was faster: it is gone.
            }
            throw;
        }
    }
    std::vector<ObjectPart> parts;
    parts.push_back(part_of(private_half, seals(private_half)));
    parts.push_back(part_of(public_half, seals(public_half)));
    const auto ident = objects_.create(std::move(parts), &key);
    return {table_.enter(ident, 1, public_half.flag(CKA_PRIVATE))->handle, table_.enter(ident, 0, private_half.flag(CKA_PRIVATE))->handle};
}

void Token::destroy(CK_OBJECT_HANDLE handle) {
    const auto found = entry(handle);
    if (!found->ident.empty()) {
        auto stored = objects_.read(found->ident);
        if (!stored || found->part >= stored->parts.size()) {
            table_.remove(handle);
            refuse(CKR_OBJECT_HANDLE_INVALID);
        }
        const auto others = std::ranges::count_if(stored->parts, [](const ObjectPart& part) { return part.present; }) -
                            stored->parts[found->part].present;
        if (others == 0) objects_.remove(found->ident);
        else replace_part(*stored, found->part, std::nullopt, nullptr);
    }
    table_.remove(handle);
    bump();
}

void Token::change(CK_OBJECT_HANDLE handle, const ObjectPtr& old, Attributes attributes, const Key* key) {
    const auto found = entry(handle);
    if (found->ident.empty()) {
        // A public key is loaded again from what its attributes say now.
        auto held = key ? *key : old->object_class() == CKO_PUBLIC_KEY ? Key() : old->key([] { return Key(); });
        *found->object.lock() = std::make_shared<const Object>(std::move(attributes), StoredAt{}, std::move(held));
    } else {
        auto stored = objects_.read(found->ident);
        if (!stored) refuse(CKR_OBJECT_HANDLE_INVALID);
        if (stored->version != old->at().version) refuse(CKR_FUNCTION_FAILED); // somebody else changed it meanwhile
        replace_part(*stored, found->part, std::move(attributes), key);
    }
    bump();
}

/// Writes a record again with one part changed or (none) taken out. The other part is written as it was read.
void Token::replace_part(StoredObject& stored, std::uint32_t part, std::optional<Attributes> attributes, const Key* key) {
    std::vector<Attributes> kept(stored.parts.size());
    std::vector<ObjectPart> parts;
    for (std::uint32_t i = 0; i < stored.parts.size(); ++i) {
        ObjectPart next;
        next.present = i == part ? attributes.has_value() : stored.parts[i].present;
        if (next.present) {
            if (i == part) kept[i] = std::move(*attributes);
            else if (!stored.parts[i].readable) {
                // Sealed, and the user is not there: it stays as it is.
                next.sealed = true;
                next.readable = false;
                parts.push_back(std::move(next));
                continue;
            } else kept[i] = Attributes::decode(stored.parts[i].attributes.view());
            next = part_of(kept[i], seals(kept[i]));
        }
        parts.push_back(std::move(next));
    }
    objects_.replace(stored.ident, stored.version, std::move(parts), key);
    own_changes_.fetch_add(1, std::memory_order_acq_rel);
}

void Token::drop_session_objects(CK_SESSION_HANDLE session) {
    if (table_.remove_of(session)) bump();
}

Key Token::key_copy(const Object& object) {
    if (!object.at().stored()) return objects_.copy(key_of(object), object.is_private());
    return objects_.load(object.at().ident);
}

Key Token::import_public(const Attributes& attributes) const {
    const Secret info(attributes.bytes(CKA_PUBLIC_KEY_INFO));
    return World(world_).import_session(KeyHalf::public_key, {}, info, usage_of(attributes, *this), module_);
}

Key Token::key_of(const Object& object) {
    return object.key([&]() -> Key {
        if (is_foreign(object)) return foreign_key(object);
        // The public half of a pair, or of a session, is loaded from its value: it stands in the attributes, which the module
        // keeps authentic. A record of its own has a blob, which also says whether the key is trusted.
        if (object.object_class() == CKO_PUBLIC_KEY && (!object.at().stored() || object.at().part != 0))
            return import_public(object.attributes());
        if (!object.at().stored()) refuse(CKR_KEY_HANDLE_INVALID);
        return objects_.load(object.at().ident);
    });
}

} // namespace hsm::pkcs11
