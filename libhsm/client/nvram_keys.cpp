// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "protocol/admin.hpp"
#include "protocol/nvram.hpp"
#include "protocol/softcard.hpp"

// Keys whose blob is kept in NVRAM of their module.

namespace hsm::client {

std::optional<protocol::NvramPlace> nvram_place(const protocol::KeyRecord& record) {
    const auto* value =
        protocol::find_extension(record.extensions, static_cast<std::uint32_t>(protocol::RecordExtension::nvram));
    if (!value) return std::nullopt;
    return base::decode<protocol::NvramPlace>(*value);
}

protocol::NvramPlace keep_in_nvram(Link& link, const Protector& protector, KeyHandle key) {
    protocol::NvramPlace place;
    place.esn = link.call(protector.module(), protocol::Enquiry{}).facts.esn;
    place.area = link.call(protector.module(), protocol::NvramStoreKey{key, protector.token()}).area;
    return place;
}

protocol::NewKey load_from_nvram(Link& link, const Protector& protector, const protocol::NvramPlace& place) {
    const auto esn = link.call(protector.module(), protocol::Enquiry{}).facts.esn;
    if (esn != place.esn)
        throw Error(Status::access_denied,
                    "this key is in NVRAM of module " + place.esn + ", and can be loaded there only");
    try {
        return link.call(protector.module(), protocol::NvramLoadKey{place.area, protector.token()});
    } catch (const Error& error) {
        if (error.status() != Status::not_found) throw;
        throw Error(Status::not_found, "this key was in NVRAM of module " + esn +
                                           " and is there no more: the module was initialised "
                                           "again, or the area '" +
                                           place.area + "' deleted; only a backup of the area brings it back");
    }
}

void remove_from_nvram(Link& link, const protocol::NvramPlace& place) {
    for (const auto& module : link.call(0, protocol::ListModules{}).modules) {
        if (module.esn != place.esn) continue;
        try {
            (void)link.call(module.number, protocol::NvramFree{place.area});
        } catch (const Error& error) {
            if (error.status() != Status::not_found) throw;
        }
        return;
    }
    throw Error(Status::no_module,
                "this key is in NVRAM of module " + place.esn + ", which is not here; delete it where that is");
}

} // namespace hsm::client
