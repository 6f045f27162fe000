// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "module/commands.hpp"
#include "support/scripted_authoriser.hpp"

#include <functional>
#include <map>
#include <set>

// Every command that uses a key asks the key's ACL: with the permission missing, or a limit of zero, none
// succeeds.

using namespace hsm;
using namespace hsm::test;
using protocol::CommandId;

namespace {

const Bytes kek_bytes(32, 0x42);
const Bytes block(32, 0x17);

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

Mechanism hmac() { return mechanism_of(MechanismId::hmac, Hash::sha256); }

/// One way to use a key: which permission it needs, on which key, and the use itself.
struct Use {
    CommandId command;
    Action needs;
    std::string spec;     ///< of a key that is generated; "kek": the known AES key
    bool takes_mechanism; ///< a mechanism list in the ACL counts
    std::function<void(const Raw&, KeyHandle)> run;
};

KeyHandle key_for(const Raw& raw, const Use& use, const Acl& acl) {
    return use.spec == "kek" ? raw.import_secret(KeyType::aes, kek_bytes, acl) : raw.generate(use.spec, acl);
}

void open_channel(const Raw& raw, KeyHandle key, Action action, const Mechanism& mechanism) {
    (void)raw.call(protocol::OpenChannel{key, action, mechanism});
}

std::vector<Use> data_uses() {
    const auto ecb = mechanism_of(MechanismId::ecb);
    return {
        {CommandId::sign, Action::sign, "HMAC-256", true, [](const Raw& r, KeyHandle k) { (void)r.use(k); }},
        {CommandId::sign, Action::sign, "P-256", true,
         [](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::Sign{k, mechanism_of(MechanismId::ecdsa, Hash::sha256), view("data")});
         }},
        {CommandId::verify, Action::verify, "HMAC-256", true,
         [](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::Verify{k, hmac(), view("data"), block});
         }},
        {CommandId::encrypt, Action::encrypt, "AES-128", true,
         [=](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::Encrypt{k, ecb, block});
         }},
        {CommandId::decrypt, Action::decrypt, "AES-128", true,
         [=](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::Decrypt{k, ecb, block});
         }},
        {CommandId::open_channel, Action::sign, "HMAC-256", true,
         [](const Raw& r, KeyHandle k) { open_channel(r, k, Action::sign, hmac()); }},
        {CommandId::open_channel, Action::verify, "HMAC-256", true,
         [](const Raw& r, KeyHandle k) { open_channel(r, k, Action::verify, hmac()); }},
        {CommandId::open_channel, Action::encrypt, "AES-128", true,
         [=](const Raw& r, KeyHandle k) { open_channel(r, k, Action::encrypt, ecb); }},
        {CommandId::open_channel, Action::decrypt, "AES-128", true,
         [=](const Raw& r, KeyHandle k) { open_channel(r, k, Action::decrypt, ecb); }},
        {CommandId::make_blob, Action::make_blob, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.blob(k); }},
        {CommandId::nvram_store_key, Action::make_blob, "AES-128", false,
         [](const Raw& r, KeyHandle k) {
             const auto area = r.call(protocol::NvramStoreKey{k, {}}).area;
             (void)r.call(protocol::NvramFree{area});
         }},
        {CommandId::make_archive_blob, Action::make_archive_blob, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.call(protocol::MakeArchiveBlob{k}); }},
        {CommandId::get_acl, Action::get_acl, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.call(protocol::GetAcl{k}); }},
        {CommandId::reduce_acl, Action::reduce_acl, "AES-128", false,
         [](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::ReduceAcl{k, {}});
         }},
        {CommandId::adjust_acl, Action::expand_acl, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.call(protocol::AdjustAcl{k, bit(Action::encrypt), {}, false}); }},
        {CommandId::check_value, Action::get_acl, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.call(protocol::CheckValue{k}); }},
        {CommandId::export_key, Action::export_plain, "AES-128", false,
         [](const Raw& r, KeyHandle k) { (void)r.call(protocol::ExportKey{k}); }},
    };
}

/// Keys that make or carry other keys.
std::vector<Use> key_uses() {
    const auto kw = mechanism_of(MechanismId::key_wrap);
    return {
        {CommandId::wrap_key, Action::wrap, "kek", true,
         [=](const Raw& r, KeyHandle k) {
             (void)r.call(
                 protocol::WrapKey{k, r.generate("AES-128", one_group(bit(Action::export_wrapped))), kw});
         }},
        {CommandId::wrap_key, Action::export_wrapped, "AES-128", false,
         [=](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::WrapKey{
                 r.import_secret(KeyType::aes, kek_bytes, one_group(bit(Action::wrap))), k, kw});
         }},
        {CommandId::unwrap_key, Action::unwrap, "kek", true,
         [=](const Raw& r, KeyHandle k) {
             const auto twin = r.import_secret(KeyType::aes, kek_bytes, one_group(bit(Action::encrypt)));
             const auto wrapped = r.call(protocol::Encrypt{twin, kw, block}).result;
             protocol::UnwrapKey command{
                 k, kw, wrapped, {KeyType::aes, 256, ParamSet::none, 0}, KeyHalf::secret, {}, {}};
             (void)r.call(command);
         }},
        {CommandId::derive_key, Action::derive, "HMAC-256", true,
         [](const Raw& r, KeyHandle k) {
             auto hkdf = mechanism_of(MechanismId::hkdf, Hash::sha256);
             hkdf.length = 32;
             (void)r.call(protocol::DeriveKey{k, hkdf, {KeyType::aes, 256, ParamSet::none, 0}, {}, {}});
         }},
        {CommandId::derive_keys, Action::derive, "HMAC-256", true,
         [](const Raw& r, KeyHandle k) {
             protocol::DeriveKeys command{k, mechanism_of(MechanismId::hkdf, Hash::sha256), {}, 0};
             command.parts.resize(2, {{KeyType::aes, 128, ParamSet::none, 0}, {}, {}});
             (void)r.call(command);
         }},
        {CommandId::encapsulate, Action::encapsulate, "ML-KEM-768", true,
         [](const Raw& r, KeyHandle k) {
             (void)r.call(protocol::Encapsulate{
                 k, mechanism_of(MechanismId::ml_kem), {KeyType::generic, 256, ParamSet::none, 0}, {}});
         }},
        {CommandId::decapsulate, Action::decapsulate, "ML-KEM-768", true,
         [](const Raw& r, KeyHandle k) {
             const Bytes ciphertext(1088, 1);
             protocol::Decapsulate command{k,
                                           mechanism_of(MechanismId::ml_kem),
                                           ciphertext,
                                           {KeyType::generic, 256, ParamSet::none, 0},
                                           {}};
             (void)r.call(command);
         }},
    };
}

std::vector<Use> uses() {
    auto all = data_uses();
    for (auto& use : key_uses()) all.push_back(std::move(use));
    return all;
}

/// Commands of the key and cryptography chapters that use no key's permission, and why that is right.
const std::map<CommandId, std::string> without_permit{
    {CommandId::generate_key, "makes the key"},
    {CommandId::import_key, "makes the key"},
    {CommandId::load_blob, "needs the blob's protector"},
    {CommandId::key_info, "public facts"},
    {CommandId::check_generation, "public facts"},
    {CommandId::set_trusted, "needs the officer of a token concerned; adds no use of the key"},
    {CommandId::get_trusted, "public facts"},
    {CommandId::authorise_use, "needs the user's passphrase"},
    {CommandId::public_half, "public facts"},
    {CommandId::digest, "no key"},
    {CommandId::seal_data, "no key object; needs the token"},
    {CommandId::open_data, "no key object; needs the token"},
    {CommandId::search_key, "no key object; needs the token"},
    {CommandId::wrapped_size, "a length; no use of either key"},
    {CommandId::generate_group, "no key object"},
    {CommandId::update_channel, "permitted when opened"},
    {CommandId::finish_channel, "permitted when opened"},
    {CommandId::finish_verify, "permitted when opened"},
    {CommandId::copy_channel, "permitted when opened; a digest only"},
    {CommandId::nvram_list, "no key"},
    {CommandId::nvram_allocate, "no key; the administrators"},
    {CommandId::nvram_free, "no key; the area's ACL"},
    {CommandId::nvram_read, "no key; the area's ACL"},
    {CommandId::nvram_write, "no key; the area's ACL"},
    {CommandId::nvram_increment, "no key; the area's ACL"},
    {CommandId::nvram_back_up, "no key; the area's ACL"},
    {CommandId::nvram_restore, "no key; the administrators"},
    {CommandId::nvram_resize, "no key; the administrators"},
    {CommandId::nvram_load_key, "makes an object of a blob"},
    {CommandId::key_uses, "public facts"},
    {CommandId::reserve_uses, "costs the caller, and gives nothing"},
    {CommandId::recreate_counter, "the administrators"},
    {CommandId::begin_admin_set, "no key of an application"},
    {CommandId::make_admin_set, "no key of an application"},
    {CommandId::adopt_world, "no key of an application"},
    {CommandId::erase_replaced_card, "no key of an application"},
    {CommandId::recover_key, "needs the administrators' cards, and the right of K_RA in the key's ACL"},
    {CommandId::recover_card, "no key of an application"},
    {CommandId::recover_softcard, "no key of an application"},
    {CommandId::transfer_key, "needs all administrators of both worlds"},
    {CommandId::check_fips_auth, "no key"},
    {CommandId::list_features, "no key"},
    {CommandId::set_feature_issuer, "no key"},
    {CommandId::enable_feature, "no key"},
    {CommandId::publish_token, "needs the loaded token"},
    {CommandId::list_published, "no key"},
    {CommandId::take_published, "needs a ticket under the module's root key"},
};

} // namespace

TEST_CASE("the audit covers every command that can use a key", "[permit]") {
    std::set<CommandId> covered;
    for (const auto& use : uses()) covered.insert(use.command);
    for (std::uint16_t number = 0; number < protocol::command_id_end; ++number) {
        const auto id = static_cast<CommandId>(number);
        const auto* row = module::command_row(id);
        if (!row || id < CommandId::generate_key) continue;
        CAPTURE(row->name);
        CHECK((covered.contains(id) != without_permit.contains(id)));
    }
}

TEST_CASE("no use of a key succeeds against its ACL", "[permit]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    // Keys go to NVRAM with the administrators' authority, which no key's ACL mentions here.
    ScriptedAuthoriser administrators(ready.client, ready.acs);
    Nvram authority(ready.world);
    authority.authorise(administrators);
    for (const auto& use : uses()) {
        const auto* row = module::command_row(use.command);
        REQUIRE(row);
        CAPTURE(row->name, action_name(use.needs), use.spec, uri);
        const auto status_with = [&](const Acl& acl) {
            const auto key = key_for(raw, use, acl);
            const auto status = status_of([&] { use.run(raw, key); });
            raw.destroy(key);
            return status;
        };
        CHECK(status_with(one_group(every_action)) == Status::ok); // the use itself is sound
        CHECK(status_with(one_group(bit(use.needs))) == Status::ok);
        CHECK(status_with({}) == Status::access_denied);
        CHECK(status_with(one_group(0)) == Status::access_denied);
        CHECK(status_with(one_group(every_action & ~bit(use.needs))) == Status::access_denied);
        for (const auto kind :
             {UseLimit::Kind::authorisation, UseLimit::Kind::global, UseLimit::Kind::time}) {
            CAPTURE(static_cast<int>(kind));
            CHECK(status_with(one_group(every_action, {limit_of(kind, 0, "zero")})) == Status::limit_reached);
            // A limit of zero counts beside others that are not exhausted.
            CHECK(status_with(one_group(every_action, {limit_of(UseLimit::Kind::authorisation, 5),
                                                       limit_of(kind, 0, "zero")})) == Status::limit_reached);
        }
        auto elsewhere = one_group(every_action);
        elsewhere.groups[0].esn = "0000-0000-0000";
        CHECK(status_with(elsewhere) == Status::access_denied);
        auto here = one_group(every_action);
        here.groups[0].esn = ready.client.module(1).esn;
        CHECK(status_with(here) == Status::ok);
        auto certified = one_group(every_action);
        certified.groups[0].certifier = to_bytes(ready.world.facts().hknso);
        CHECK(status_with(certified) == Status::needs_certifier);
        if (use.takes_mechanism) {
            auto listed = one_group(every_action);
            listed.groups[0].actions[0].mechanisms = {MechanismId::rsa_pss};
            CHECK(status_with(listed) == Status::mechanism_invalid);
        }
        // One use where one is allowed.
        const auto key =
            key_for(raw, use, one_group(every_action, {limit_of(UseLimit::Kind::authorisation, 1)}));
        CHECK(status_of([&] { use.run(raw, key); }) == Status::ok);
        const auto again = status_of([&] { use.run(raw, key); });
        CHECK(again ==
              (use.command == CommandId::reduce_acl ? Status::access_denied : Status::limit_reached));
        raw.destroy(key);
        CHECK(status_of([&] { use.run(raw, key); }) == Status::invalid_handle);
    }
}

TEST_CASE("a channel opens for the four operations only, and ends as what it was opened for",
          "[permit][channel]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto key = raw.generate("HMAC-256", one_group(every_action));
    const auto aes = raw.generate("AES-128", one_group(every_action));
    for (unsigned action = 0; action < 32; ++action) {
        if (action <= static_cast<unsigned>(Action::decrypt)) continue;
        CAPTURE(action);
        CHECK(status_of([&] { open_channel(raw, key, static_cast<Action>(action), hmac()); }) != Status::ok);
        CHECK(status_of([&] {
                  open_channel(raw, aes, static_cast<Action>(action), mechanism_of(MechanismId::ecb));
              }) != Status::ok);
    }
    // The right to verify never gives a signature away, whatever the engine.
    const auto verifier = [&](std::string_view spec, const Mechanism& mechanism) {
        CAPTURE(spec);
        const auto subject = raw.generate(spec, one_group(bit(Action::verify)));
        const auto channel = raw.call(protocol::OpenChannel{subject, Action::verify, mechanism}).channel;
        (void)raw.call(protocol::UpdateChannel{channel, view("data")});
        CHECK(status_of([&] { (void)raw.call(protocol::FinishChannel{channel}); }) == Status::bad_state);
        CHECK(status_of([&] { (void)raw.call(protocol::FinishChannel{channel}); }) == Status::invalid_handle);
        raw.destroy(subject);
    };
    verifier("HMAC-256", hmac());
    verifier("AES-128", mechanism_of(MechanismId::cmac));
    verifier("P-256", mechanism_of(MechanismId::ecdsa, Hash::sha256));
    verifier("P-256", mechanism_of(MechanismId::ecdsa));
    verifier("Ed25519", mechanism_of(MechanismId::eddsa));
    verifier("ML-DSA-44", mechanism_of(MechanismId::ml_dsa));
    verifier("RSA-2048", mechanism_of(MechanismId::rsa_pkcs1, Hash::sha256));
    // And the right to sign does not verify.
    const auto signer = raw.generate("HMAC-256", one_group(bit(Action::sign)));
    const auto channel = raw.call(protocol::OpenChannel{signer, Action::sign, hmac()}).channel;
    CHECK(status_of([&] { (void)raw.call(protocol::FinishVerify{channel, block}); }) == Status::bad_state);
}

TEST_CASE("handles of one client are nothing to another", "[permit]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto modules = ready.home.modules();
    const auto other = std::make_shared<client::Link>(uri.empty() ? server::connect_in_process(modules)
                                                                  : server::connect_loopback(modules));
    const Raw raw(ready.client);
    const auto key = raw.generate("HMAC-256", one_group(every_action));
    const auto theft = [&](const auto& command) { return status_of([&] { (void)other->call(1, command); }); };
    CHECK(theft(protocol::Sign{key, hmac(), view("data")}) == Status::invalid_handle);
    CHECK(theft(protocol::ExportKey{key}) == Status::invalid_handle);
    CHECK(theft(protocol::KeyInfo{key}) == Status::invalid_handle);
    CHECK(theft(protocol::MakeBlob{key, {}}) == Status::invalid_handle);
    CHECK(theft(protocol::Destroy{key.value}) == Status::invalid_handle);
    CHECK_NOTHROW(raw.use(key));
    // Nor is a handle of another kind, or one that nobody ever had.
    const auto channel = raw.call(protocol::OpenChannel{key, Action::sign, hmac()}).channel;
    CHECK(status_of([&] { (void)raw.use(KeyHandle{channel.value}); }) == Status::invalid_handle);
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{1}, key.value + 1, key.value ^ (std::uint64_t{1} << 40),
          ~std::uint64_t{0}, std::uint64_t{0xffffff}, std::uint64_t{1} << 63}) {
        CAPTURE(number);
        // Numbers from before the module joined its world count as cleared away.
        const auto status = status_of([&] { (void)raw.use(KeyHandle{number}); });
        CHECK((status == Status::invalid_handle || status == Status::module_cleared));
        CHECK(status_of([&] { (void)raw.call(protocol::Destroy{number}); }) != Status::ok);
    }
}
