// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/world.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "module/certificates.hpp"

namespace hsm::module {

namespace {

using protocol::KeyContents;
using protocol::WorldRecord;

std::size_t index_of(AdminRole role) { return static_cast<std::size_t>(role) - 1; }

Hash256 hash_public(ByteView bytes) { return bytes.empty() ? Hash256{} : crypto::sha256(bytes); }

Acl certifier_acl() {
    Acl acl;
    acl.groups.push_back({{}, {}, {}, {{bit(Action::certify) | bit(Action::get_acl), {}, {}, {}, false}}});
    return acl;
}

/// The contents of an administrator blob: a signing key, or a bare secret as a generic one.
KeyContents signing_contents(const crypto::Key& key) {
    KeyContents contents;
    contents.spec = key.spec();
    contents.half = KeyHalf::private_key;
    contents.material = crypto::material(key);
    contents.acl = certifier_acl();
    return contents;
}

KeyContents secret_contents(const Secret& secret) {
    KeyContents contents;
    contents.spec = {KeyType::generic, static_cast<std::uint32_t>(secret.size() * 8), ParamSet::none, 0};
    contents.half = KeyHalf::secret;
    contents.material = secret.clone();
    return contents;
}

[[noreturn]] void bad_quorum(const std::string& what) { throw Error(Status::invalid_argument, what); }

struct AdminTokens {
    std::array<Secret, admin_roles.size()> secrets;
    std::array<Hash256, admin_roles.size()> hashes;

    void name_in(WorldFacts& facts) const {
        facts.token_nso = hashes[0];
        facts.token_load = hashes[1];
        facts.token_recovery = hashes[2];
        facts.token_passphrase = hashes[3];
        facts.token_nvram = hashes[4];
    }
};

AdminTokens make_tokens() {
    AdminTokens tokens;
    for (std::size_t i = 0; i < admin_roles.size(); ++i) {
        tokens.secrets[i] = crypto::random_secret(32);
        tokens.hashes[i] = token_hash(tokens.secrets[i]);
    }
    return tokens;
}

Bytes seal_for(const AdminTokens& tokens, AdminRole role, const WorldFacts& facts, const Hash256& id, const KeyContents& contents) {
    return seal_admin(tokens.secrets[index_of(role)], tokens.hashes[index_of(role)], facts.hknso, id, contents);
}

void split_tokens(WorldData& world, const AdminTokens& tokens) {
    const auto& facts = world.facts;
    for (std::size_t i = 0; i < admin_roles.size(); ++i)
        world.shares[i] = crypto::split(quorum(facts, admin_roles[i]), facts.quora.n, tokens.secrets[i],
                                        ByteView(tokens.hashes[i]).first(16));
    world.written.assign(facts.quora.n, false);
}

/// The module's own keys in the new world.
Enrolment new_enrolment(const WorldFacts& facts, const WorldRecord& record, Secret km) {
    Enrolment enrolment;
    enrolment.facts = facts;
    enrolment.knso_public = record.knso_public;
    enrolment.kre_public = record.kre_public;
    enrolment.kra_public = record.kra_public;
    enrolment.kp_public = record.kp_public;
    enrolment.knv_public = record.knv_public;
    enrolment.km = std::move(km);
    // KML signs a certificate for every generated key: P-256 keeps that cheap at the world's strength of 128 bits.
    const auto kml = crypto::generate({KeyType::ec, 0, ParamSet::p256, 0});
    enrolment.kml_private = crypto::material(*kml);
    enrolment.kml_public = crypto::public_info(*kml);
    return enrolment;
}

} // namespace

crypto::PkeSuite pke_suite(CipherSuite suite) {
    return suite == CipherSuite::ecp521_rsa3072_aes256 ? crypto::PkeSuite::rsa3072_oaep_sha256 : crypto::PkeSuite::xwing;
}

std::uint32_t quorum(const WorldFacts& facts, AdminRole role) {
    switch (role) {
    case AdminRole::nso: return facts.quora.k;
    case AdminRole::load: return facts.quora.load;
    case AdminRole::recovery: return facts.quora.recovery;
    case AdminRole::passphrase: return facts.quora.passphrase;
    case AdminRole::nvram: return facts.quora.nvram;
    }
    throw Error(Status::invalid_argument, "there is no such administrator role");
}

const Hash256& admin_token(const WorldFacts& facts, AdminRole role) {
    switch (role) {
    case AdminRole::nso: return facts.token_nso;
    case AdminRole::load: return facts.token_load;
    case AdminRole::recovery: return facts.token_recovery;
    case AdminRole::passphrase: return facts.token_passphrase;
    case AdminRole::nvram: return facts.token_nvram;
    }
    throw Error(Status::invalid_argument, "there is no such administrator role");
}

const Bytes& admin_blob(const WorldRecord& record, AdminRole role) {
    switch (role) {
    case AdminRole::nso: return record.knso_blob;
    case AdminRole::load: return record.km_blob;
    case AdminRole::recovery: return record.kra_blob;
    case AdminRole::passphrase: return record.kp_blob;
    case AdminRole::nvram: return record.knv_blob;
    }
    throw Error(Status::invalid_argument, "there is no such administrator role");
}

const Hash256& admin_key_id(const WorldFacts& facts, AdminRole role) {
    switch (role) {
    case AdminRole::nso: return facts.hknso;
    case AdminRole::load: return facts.hkm;
    case AdminRole::recovery: return facts.hkra;
    case AdminRole::passphrase: return facts.hkp;
    case AdminRole::nvram: return facts.hknv;
    }
    throw Error(Status::invalid_argument, "there is no such administrator role");
}

WorldOptions checked_options(WorldOptions options) {
    auto& q = options.quora;
    if (q.n < 1 || q.n > crypto::max_shares)
        bad_quorum("an administrator card set has 1 to 64 cards, not " + std::to_string(q.n));
    if (q.k < 1 || q.k > q.n)
        bad_quorum("the quorum K/N needs 1 <= K <= N, not " + std::to_string(q.k) + "/" + std::to_string(q.n));
    for (auto* each : {&q.load, &q.recovery, &q.passphrase, &q.nvram}) {
        if (*each == 0) *each = q.k;
        if (*each > q.k)
            bad_quorum("no quorum may be larger than K = " + std::to_string(q.k) + "; " + std::to_string(*each) + " is");
    }
    if (!options.suite)
        options.suite = options.mode == WorldMode::fips_140_level_3 ? CipherSuite::ecp521_rsa3072_aes256
                                                                    : CipherSuite::ecp521_xwing_aes256;
    if (options.mode == WorldMode::fips_140_level_3 && options.suite != CipherSuite::ecp521_rsa3072_aes256)
        throw Error(Status::mode_forbidden, "mode fips-140-level-3 needs the cipher suite ecp521-rsa3072-aes256");
    if (options.mode == WorldMode::common_criteria_cmts) {
        if (q.k < 2) throw Error(Status::mode_forbidden, "mode common-criteria-cmts needs an ACS quorum K of 2 or more");
        if (options.passphrase_recovery)
            throw Error(Status::mode_forbidden, "mode common-criteria-cmts has no passphrase recovery; leave it out");
    }
    return options;
}

WorldData make_world(const WorldOptions& options, const ModuleSecrets& module, std::int64_t now) {
    const auto suite = *options.suite;
    WorldData world;
    auto& facts = world.facts;
    auto& record = world.record;

    const auto tokens = make_tokens();
    const auto knso = crypto::generate(signing_spec(suite));
    const auto kra = crypto::generate(signing_spec(suite));
    const auto knv = crypto::generate(signing_spec(suite));
    auto km = crypto::random_secret(32);
    std::optional<crypto::PkeKeyPair> kre, kp;
    if (options.recovery) kre = crypto::pke_generate(pke_suite(suite));
    if (options.passphrase_recovery) kp = crypto::pke_generate(pke_suite(suite));

    record.knso_public = crypto::public_info(*knso);
    record.kra_public = crypto::public_info(*kra);
    record.knv_public = crypto::public_info(*knv);
    if (kre) record.kre_public = kre->public_key;
    if (kp) record.kp_public = kp->public_key;

    facts.mode = options.mode;
    facts.suite = suite;
    facts.quora = options.quora;
    facts.recovery = options.recovery;
    facts.passphrase_recovery = options.passphrase_recovery;
    facts.warn_short_passphrases = options.warn_short_passphrases;
    facts.test_parameters = options.test_parameters;
    facts.create_time = now;
    facts.hknso = knso->id();
    facts.hkm = module_key_hash(km);
    facts.hkre = hash_public(record.kre_public);
    facts.hkra = kra->id();
    facts.hkp = hash_public(record.kp_public);
    facts.hknv = knv->id();
    tokens.name_in(facts);

    record.facts = certify(*knso, protocol::CertificateKind::world_facts, base::encode(protocol::WorldFactsBody{1, facts, {}}));
    record.knso_blob = seal_for(tokens, AdminRole::nso, facts, facts.hknso, signing_contents(*knso));
    record.km_blob = seal_for(tokens, AdminRole::load, facts, facts.hkm, secret_contents(km));
    record.kra_blob = seal_for(tokens, AdminRole::recovery, facts, facts.hkra, signing_contents(*kra));
    record.knv_blob = seal_for(tokens, AdminRole::nvram, facts, facts.hknv, signing_contents(*knv));
    if (kre) record.kre_blob = seal_for(tokens, AdminRole::recovery, facts, facts.hkre, secret_contents(kre->private_key));
    if (kp) record.kp_blob = seal_for(tokens, AdminRole::passphrase, facts, facts.hkp, secret_contents(kp->private_key));

    split_tokens(world, tokens);

    world.secrets = base::decode<ModuleSecrets>(base::encode_secret(module).view());
    world.secrets.enrolment = new_enrolment(facts, record, std::move(km));
    world.secrets.mode = ModuleMode::operational;
    return world;
}

WorldData replace_admin_tokens(const WorldRecord& from, const WorldFacts& present,
                               const std::array<Secret, admin_roles.size()>& secrets, const ModuleSecrets& module) {
    const auto open = [&](AdminRole role, const Bytes& blob, const Hash256& id) {
        return open_admin(secrets[index_of(role)], blob, id);
    };
    const auto knso_contents = open(AdminRole::nso, from.knso_blob, present.hknso);
    const auto knso = crypto::restore(knso_contents.spec, knso_contents.half, knso_contents.material.view());
    if (knso->id() != present.hknso) throw Error(Status::untrusted, "the administrator key is not the certified one");
    const auto km_contents = open(AdminRole::load, from.km_blob, present.hkm);
    if (module_key_hash(km_contents.material) != present.hkm)
        throw Error(Status::untrusted, "the module key on the cards is not the one that the world file certifies");

    const auto tokens = make_tokens();
    WorldData world;
    auto& facts = world.facts = present;
    facts.acs_generation += 1;
    tokens.name_in(facts);
    auto& record = world.record = from;
    // What a later version may have put beside the facts is none of ours to drop.
    auto body = base::decode<protocol::WorldFactsBody>(from.facts.body);
    body.facts = facts;
    record.facts = certify(*knso, protocol::CertificateKind::world_facts, base::encode(body));
    record.knso_blob = seal_for(tokens, AdminRole::nso, facts, facts.hknso, knso_contents);
    record.km_blob = seal_for(tokens, AdminRole::load, facts, facts.hkm, km_contents);
    const auto move = [&](AdminRole role, Bytes& blob, const Hash256& id) {
        if (!blob.empty()) blob = seal_for(tokens, role, facts, id, open(role, blob, id));
    };
    move(AdminRole::recovery, record.kra_blob, facts.hkra);
    move(AdminRole::recovery, record.kre_blob, facts.hkre);
    move(AdminRole::passphrase, record.kp_blob, facts.hkp);
    move(AdminRole::nvram, record.knv_blob, facts.hknv);
    split_tokens(world, tokens);

    world.secrets = base::decode<ModuleSecrets>(base::encode_secret(module).view());
    world.secrets.enrolment->facts = facts;
    return world;
}

WorldFacts world_facts(const WorldRecord& record) {
    auto body = base::decode<protocol::WorldFactsBody>(record.facts.body);
    protocol::check_extensions(body.extensions, "the world file");
    protocol::check_extensions(record.extensions, "the world file");
    return std::move(body.facts);
}

WorldFacts check_world(const WorldRecord& record, const Hash256* hknso) {
    const auto untrusted = [](const std::string& what) {
        return Error(Status::untrusted, "the world file is not to be trusted: " + what + "; restore it from a backup");
    };
    const auto knso = crypto::import_public(record.knso_public);
    if (hknso && knso->id() != *hknso)
        throw Error(Status::foreign_world, "the world file belongs to another Security World than the module (HKNSO " +
                                               to_hex(knso->id()) + ", the module has " + to_hex(*hknso) + ")");
    if (!certified(*knso, record.facts, protocol::CertificateKind::world_facts))
        throw untrusted("K_NSO did not sign its facts");
    const auto facts = world_facts(record);
    if (facts.hknso != knso->id()) throw untrusted("its facts name another K_NSO");
    const auto certified_key = [&](ByteView spki, const Hash256& hash, const char* name) {
        if (crypto::import_public(spki)->id() != hash) throw untrusted(std::string(name) + " is not the certified one");
    };
    certified_key(record.kra_public, facts.hkra, "K_RA");
    certified_key(record.knv_public, facts.hknv, "K_NV");
    if (hash_public(record.kre_public) != facts.hkre) throw untrusted("K_RE is not the certified one");
    if (hash_public(record.kp_public) != facts.hkp) throw untrusted("K_P is not the certified one");
    if (facts.recovery != !record.kre_public.empty() || facts.passphrase_recovery != !record.kp_public.empty())
        throw untrusted("its recovery keys do not fit its facts");
    return facts;
}

Enrolment make_enrolment(const WorldFacts& facts, const WorldRecord& record, Secret km) {
    if (module_key_hash(km) != facts.hkm)
        throw Error(Status::untrusted, "the module key on the cards is not the one that the world file certifies");
    return new_enrolment(facts, record, std::move(km));
}

Bytes seal_admin(const Secret& token, const Hash256& hash, const Hash256& hknso, const Hash256& key_id,
                 const KeyContents& contents) {
    protocol::BlobHeader header;
    header.kind = protocol::BlobKind::admin;
    header.world = hknso;
    header.kek = hash;
    header.key_id = key_id;
    header.salt = crypto::random_salt();
    protocol::Blob blob;
    blob.header = base::encode(header);
    blob.sealed = crypto::seal(token, "admin-blob", header.salt, blob.header, base::encode_secret(contents).view());
    return base::encode(blob);
}

KeyContents open_admin(const Secret& token, ByteView bytes, const Hash256& key_id) {
    try {
        const auto blob = base::decode<protocol::Blob>(bytes);
        const auto header = base::decode<protocol::BlobHeader>(blob.header);
        if (header.kind != protocol::BlobKind::admin || header.key_id != key_id)
            throw Error(Status::untrusted, "an administrator blob of the world file was exchanged; restore the world file");
        return base::decode<KeyContents>(crypto::unseal(token, "admin-blob", header.salt, blob.header, blob.sealed).view());
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::untrusted, "an administrator blob of the world file was changed; restore the world file");
    }
}

protocol::ModuleRecord make_module_record(const Snapshot& state, std::int64_t now) {
    const auto& enrolment = state.enrolment();
    protocol::ModuleStateBody body;
    body.esn = state.secrets.esn;
    body.hknso = enrolment.facts.hknso;
    body.hkm = enrolment.facts.hkm;
    body.kml_public = enrolment.kml_public;
    body.time = now;
    body.extensions.push_back({static_cast<std::uint32_t>(protocol::ModuleStateExtension::acs_generation), false,
                               base::encode(enrolment.facts.acs_generation)});
    protocol::ModuleRecord record;
    record.state = certify(state.klf2(), protocol::CertificateKind::module_state, base::encode(body));
    record.klf2_public = state.secrets.klf2_public;
    record.mac.salt = crypto::random_salt();
    Bytes covered = base::encode(record.state);
    base::append(record.klf2_public, covered);
    record.mac.bytes = crypto::seal(state.record_key, "module-record", record.mac.salt, covered, {});
    return record;
}

protocol::ModuleStateBody check_module_record(const Snapshot& state, const protocol::ModuleRecord& record) {
    Bytes covered = base::encode(record.state);
    base::append(record.klf2_public, covered);
    try {
        (void)crypto::unseal(state.record_key, "module-record", record.mac.salt, covered, record.mac.bytes);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::untrusted, "no module of this world wrote the module record");
    }
    if (!certified(*crypto::import_public(record.klf2_public), record.state, protocol::CertificateKind::module_state))
        throw Error(Status::untrusted, "the module record's certificate does not verify");
    const auto body = base::decode<protocol::ModuleStateBody>(record.state.body);
    if (body.hknso != state.enrolment().facts.hknso)
        throw Error(Status::foreign_world, "the module record belongs to another Security World");
    return body;
}

} // namespace hsm::module
