// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"

#include "key_attributes.hpp"
#include "pkcs11_vendor.h"

#include <utility>

// PKCS #11 3.2, 5.7: object management.

namespace hsm::pkcs11 {

namespace {

/// A value that is no key of its type is a wrong attribute here, whatever the core calls it.
Key imported(Token& token, const Material& material, const Usage& usage) {
    try {
        return World(token.world()).import_session(material.half, material.spec, material.bytes, usage, token.module());
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data && error.status() != Status::key_size_range) throw;
        refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

CK_OBJECT_HANDLE create(Session& session, Attributes given) {
    auto& token = session.token();
    auto attributes = complete(std::move(given), std::nullopt, std::nullopt, {way_create}, session.maker());
    Key key;
    if (class_bit(attributes.number(CKA_CLASS)) & class_key) {
        const auto material = material_of(attributes);
        const auto usage = usage_of(attributes, token);
        key = imported(token, material, usage);
        forget_material(attributes);
        describe_key(attributes, key, token.settings());
        // A session's public key is loaded from its attributes whenever it is used.
        if (material.half == KeyHalf::public_key && !attributes.flag(CKA_TOKEN)) key = {};
        if (key && attributes.flag(CKA_TRUSTED)) key.set_trusted(*token.officer(), true);
    }
    return token.add(std::move(attributes), std::move(key), session.caller());
}

/// What a stored key is called in its Security World.
CK_RV read_place(Token& token, const Object& object, CK_ATTRIBUTE& out) {
    const auto stored = object.is_key() && object.at().stored() ? token.objects().read(object.at().ident) : std::nullopt;
    if (!stored || !stored->key) {
        out.ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    switch (out.type) {
    case CKA_NFKM_ID: return write_native(AttributeKind::bytes, view(stored->key->ident), out);
    case CKA_NFKM_APPNAME: return write_native(AttributeKind::bytes, view(stored->key->app), out);
    default: return write_native(AttributeKind::bytes, stored->key->key_id, out);
    }
}

/// An attribute that is not among the stored ones: computed, or the key's value if it may be seen.
CK_RV read_other(Token& token, const Object& object, CK_ATTRIBUTE& out) {
    if (out.type == CKA_NFKM_ID || out.type == CKA_NFKM_APPNAME || out.type == CKA_NFKM_HASH) return read_place(token, object, out);
    const auto* row = attribute_row(out.type);
    const auto& attributes = object.attributes();
    const bool hideable = row && (row->traits & trait_material) && (attributes.number(CKA_CLASS) == CKO_PRIVATE_KEY ||
                                                                   attributes.number(CKA_CLASS) == CKO_SECRET_KEY);
    // Until it is known to be readable: neither a value nor its length.
    const auto room = std::exchange(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
    if (!hideable || !(row->classes & class_bit(attributes.number(CKA_CLASS)))) return CKR_ATTRIBUTE_TYPE_INVALID;
    if (!(row->families & family_bit(attributes.number(CKA_KEY_TYPE)))) return CKR_ATTRIBUTE_TYPE_INVALID;
    if (!object.reveals_material()) return CKR_ATTRIBUTE_SENSITIVE;
    const auto value = material_value(out.type, attributes, token.key_of(object));
    if (!value) return CKR_ATTRIBUTE_TYPE_INVALID;
    out.ulValueLen = room;
    return write_native(AttributeKind::bytes, value->view(), out);
}

CK_RV read_attribute(Token& token, const Object& object, CK_ATTRIBUTE& out) {
    if (const auto value = object.attributes().find(out.type)) {
        const auto* row = attribute_row(out.type);
        return write_native(row ? row->kind : AttributeKind::bytes, *value, out);
    }
    return read_other(token, object, out);
}

void set_attributes(Session& session, CK_OBJECT_HANDLE handle, const Attributes& changes) {
    auto& token = session.token();
    const auto object = token.object(handle);
    const auto& old = object->attributes();
    check_may_write(object->is_token(), object->is_private() && token.user() != CKU_SO, session.maker());
    if (!old.flag(CKA_MODIFIABLE, true)) refuse(CKR_ACTION_PROHIBITED);
    auto after = changed(old, changes, false, session.maker());
    const bool retrusted = object->is_key() && old.flag(CKA_TRUSTED) != after.flag(CKA_TRUSTED);
    // What an officer trusts stays what it was when it was trusted.
    if (old.flag(CKA_TRUSTED) && token.user() != CKU_SO && usage_differs(old, after)) refuse(CKR_ATTRIBUTE_READ_ONLY);
    if (retrusted) {
        token.trust(handle, object, std::move(after));
        return;
    }
    const bool from_attributes = object->object_class() == CKO_PUBLIC_KEY && (!object->is_token() || object->at().part != 0);
    if (!object->is_key() || from_attributes || !usage_differs(old, after)) {
        token.change(handle, object, std::move(after), nullptr);
        return;
    }
    // A loading of its own: what others use stays as it is until the record says otherwise.
    const auto key = token.key_copy(*object);
    key.adjust(usage_of(after, token));
    token.change(handle, object, std::move(after), &key);
}

CK_OBJECT_HANDLE copy(Session& session, CK_OBJECT_HANDLE handle, const Attributes& changes) {
    auto& token = session.token();
    const auto object = token.object(handle);
    auto after = changed(object->attributes(), changes, true, session.maker());
    check_may_write(after.flag(CKA_TOKEN), after.flag(CKA_PRIVATE), session.maker());
    if (!object->attributes().flag(CKA_COPYABLE, true)) refuse(CKR_ACTION_PROHIBITED);
    // A private key does not become everybody's.
    if (object->is_private() && !after.flag(CKA_PRIVATE)) refuse(CKR_TEMPLATE_INCONSISTENT);
    after.set(CKA_UNIQUE_ID, view(to_hex(token.random(16))));
    Key key;
    if (object->is_key() && object->object_class() != CKO_PUBLIC_KEY) {
        if (object->attributes().flag(CKA_TRUSTED) && token.user() != CKU_SO) refuse(CKR_ACTION_PROHIBITED); // the mark would go along
        key = token.key_copy(*object);
        if (usage_differs(object->attributes(), after)) key.adjust(usage_of(after, token));
    } else if (object->is_key()) {
        if (token.user() != CKU_SO) after.set_flag(CKA_TRUSTED, false);
        if (after.flag(CKA_TOKEN)) key = token.import_public(after);
        if (key && after.flag(CKA_TRUSTED)) key.set_trusted(*token.officer(), true);
    }
    return token.add(std::move(after), std::move(key), session.caller());
}

/// A search for what we do not have finds nothing; it is not an error.
std::vector<CK_OBJECT_HANDLE> find(Token& token, const CK_ATTRIBUTE* attributes, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; ++i)
        if (!attribute_row(attributes[i].type)) return {};
    return token.find(parse_template(attributes, count));
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm::pkcs11;

extern "C" {

CK_RV C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(out);
        *out = create(session, parse_template(attributes, count));
        return CKR_OK;
    });
}

CK_RV C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                   CK_OBJECT_HANDLE_PTR out) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(out);
        *out = copy(session, object, parse_template(attributes, count));
        return CKR_OK;
    });
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE which) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        auto& token = held->token();
        const auto object = token.object(which);
        check_may_write(object->is_token(), object->is_private(), held->maker());
        if (!object->attributes().flag(CKA_DESTROYABLE, true)) return CKR_ACTION_PROHIBITED;
        token.destroy(which);
        held->tidy();
        library.sessions().tidy(token, *held);
        return CKR_OK;
    });
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ULONG_PTR size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(size);
        *size = static_cast<CK_ULONG>(session.token().object(object)->attributes().encode().size());
        return CKR_OK;
    });
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE which, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!attributes || count == 0) return CKR_ARGUMENTS_BAD;
        auto& token = session.token();
        const auto object = token.object(which);
        CK_RV result = CKR_OK; // all entries are looked at, one of the failures is told
        for (CK_ULONG i = 0; i < count; ++i) {
            const auto code = guarded([&] { return read_attribute(token, *object, attributes[i]); });
            if (code != CKR_OK) result = code;
        }
        return result;
    });
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!attributes || count == 0) return CKR_ARGUMENTS_BAD;
        set_attributes(session, object, parse_template(attributes, count));
        return CKR_OK;
    });
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(attributes, count) || count > max_template_count) return CKR_ARGUMENTS_BAD;
        if (session.search.active) return CKR_OPERATION_ACTIVE;
        session.search.handles = find(session.token(), attributes, count);
        session.search.next = 0;
        session.search.active = true;
        return CKR_OK;
    });
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR count) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(objects, room) || !count) return CKR_ARGUMENTS_BAD;
        auto& search = session.search;
        if (!search.active) return CKR_OPERATION_NOT_INITIALIZED;
        CK_ULONG given = 0;
        while (given < room && search.next < search.handles.size()) objects[given++] = search.handles[search.next++];
        *count = given;
        return CKR_OK;
    });
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!session.search.active) return CKR_OPERATION_NOT_INITIALIZED;
        session.search.active = false;
        session.search.handles.clear();
        return CKR_OK;
    });
}

} // extern "C"
