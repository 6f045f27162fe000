// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "key_attributes.hpp"
#include "key_types.hpp"
#include "new_object.hpp"
#include "pkcs11_vendor.h"
#include "token.hpp"

#include <set>
#include <utility>

// Keys of the Security World that other programs made (hsm generatekey, for one): shown as objects that cannot be changed,
// by option. What such a key may really do is in its ACL, which the module goes by.

namespace hsm::pkcs11 {

namespace {

Attributes attributes_of(const KeyFacts& facts, CK_OBJECT_CLASS object_class, bool is_private, bool raw_edwards_points) {
    Attributes attributes;
    attributes.set_number(CKA_CLASS, object_class);
    attributes.set_number(CKA_KEY_TYPE, key_type_number(facts.spec));
    attributes.set_flag(CKA_PRIVATE, is_private);
    attributes.set(CKA_LABEL, view(facts.name));
    attributes.set(CKA_ID, view(facts.ident));
    attributes.set(CKA_UNIQUE_ID, view(facts.app + "-" + facts.ident + (object_class == CKO_PUBLIC_KEY ? "-public" : "")));
    attributes.set(CKA_NFKM_APPNAME, view(facts.app));
    attributes.set(CKA_NFKM_ID, view(facts.ident));
    attributes.set(CKA_NFKM_HASH, facts.key_id);
    complete_foreign_key(attributes, facts.generated);
    if (object_class == CKO_SECRET_KEY) attributes.set_number(CKA_VALUE_LEN, facts.spec.bits / 8);
    else describe_public(attributes, facts.public_info, raw_edwards_points);
    return attributes;
}

std::vector<CK_OBJECT_CLASS> classes_of(KeyHalf half) {
    switch (half) {
    case KeyHalf::secret: return {CKO_SECRET_KEY};
    case KeyHalf::public_key: return {CKO_PUBLIC_KEY};
    case KeyHalf::private_key: break;
    }
    return {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
}

} // namespace

bool is_foreign(const Object& object) noexcept {
    return object.attributes().has(CKA_NFKM_ID) && object.object_class() != CKO_PUBLIC_KEY;
}

Key Token::foreign_key(const Object& object) const {
    const auto& attributes = object.attributes();
    const auto facts = world_.find(text(attributes.bytes(CKA_NFKM_APPNAME)), text(attributes.bytes(CKA_NFKM_ID)));
    if (!facts) refuse(CKR_KEY_HANDLE_INVALID); // somebody took it away
    return objects_.load_other(*facts);
}

void Token::look_for_foreign_keys() {
    const auto foreign = foreign_.lock();
    // A logout takes the handles of private objects along.
    const auto now = changes() + (login_count() << 32);
    if (std::exchange(foreign->seen, now) == now) return;
    std::set<std::string> there;
    for (const auto& facts : objects_.others()) {
        if (!key_type_map(key_type_number(facts.spec))) continue;
        const auto name = facts.app + "_" + facts.ident + "_" + to_hex(facts.key_id);
        there.insert(name);
        auto& handles = foreign->keys[name];
        if (!handles.empty() && table_.find(handles.front())) continue;
        for (const auto handle : handles) table_.remove(handle);
        handles.clear();
        for (const auto object_class : classes_of(facts.half)) {
            const bool is_private = has_owner() && object_class != CKO_PUBLIC_KEY;
            auto attributes = attributes_of(facts, object_class, is_private, settings_->raw_edwards_points);
            auto object = std::make_shared<const Object>(std::move(attributes), StoredAt{});
            handles.push_back(table_.add_session_object(std::move(object), 0)->handle); // of no session: it stays
        }
    }
    std::erase_if(foreign->keys, [&](const auto& entry) {
        if (there.contains(entry.first)) return false;
        for (const auto handle : entry.second) table_.remove(handle);
        return true;
    });
}

} // namespace hsm::pkcs11
