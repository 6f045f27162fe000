// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/snapshot.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/seal.hpp"
#include "module/world.hpp"
#include "protocol/softcard.hpp"

namespace hsm::module {

namespace {

Hash256 hash_of_secret(std::string_view domain, const Secret& secret) {
    Secret input(domain.size() + secret.size());
    auto out = input.mutable_view();
    std::copy(domain.begin(), domain.end(), out.begin());
    std::copy(secret.view().begin(), secret.view().end(), out.begin() + static_cast<std::ptrdiff_t>(domain.size()));
    return crypto::sha256(input.view());
}

/// The key, which stays as long as its snapshot. The lock is held meanwhile: one makes it ready, the others wait.
const crypto::Key& ready(Sync<crypto::KeyPtr>& key, const Secret& material) {
    const auto held = key.lock();
    if (!*held) *held = crypto::import_private(material.view());
    return **held;
}

} // namespace

Snapshot::Snapshot(ModuleSecrets from) : secrets(std::move(from)) {
    if (const auto* value = protocol::find_extension(secrets.extensions, static_cast<std::uint32_t>(StateExtension::features)))
        features = base::decode<FeatureState>(*value);
    if (!secrets.enrolment) return;
    const auto& km = secrets.enrolment->km;
    blob_key = crypto::derive_key(km, "blob");
    share_key = crypto::derive_key(km, "share-ocs");
    softcard_key = crypto::derive_key(km, "softcard");
    fips_key = crypto::derive_key(km, "fipsauth");
    id_key = crypto::derive_key(km, "keyid");
    record_key = crypto::derive_key(km, "record-mac");
    pepper = crypto::derive_key(km, "pepper");
    data_key = crypto::derive_key(km, "data");
    const auto& facts = secrets.enrolment->facts;
    if (facts.recovery) recovery_ = std::make_unique<crypto::PkeRecipient>(pke_suite(facts.suite), secrets.enrolment->kre_public);
}

const crypto::Key& Snapshot::kml() const { return ready(kml_, enrolment().kml_private); }

const crypto::Key& Snapshot::klf2() const { return ready(klf2_, secrets.klf2_private); }

const Enrolment& Snapshot::enrolment() const {
    if (!secrets.enrolment)
        throw Error(Status::no_world, "the module is in no Security World; make one with new-world -i, or load one with "
                                      "new-world -l");
    return *secrets.enrolment;
}

const Secret& well_known_module_key() {
    // Never destroyed: nothing runs at exit.
    static const Secret& key = *new Secret(view("libhsm well-known module key 01!"));
    return key;
}

Hash256 well_known_module_key_hash() {
    Hash256 hash{};
    hash[0] = 1;
    return hash;
}

Hash256 module_key_hash(const Secret& km) { return hash_of_secret("libhsm module key", km); }

Hash256 token_hash(const Secret& token) { return hash_of_secret("libhsm token", token); }

} // namespace hsm::module
