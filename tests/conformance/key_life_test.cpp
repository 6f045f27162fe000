// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

using namespace hsm;
using namespace hsm::test;

namespace {

Mechanism with(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

/// Uses \p loaded in the way its type is for, against \p made, another handle of the same key.
void exercise(World& world, const Key& made, const Key& loaded) {
    const auto type = loaded.spec().type;
    const Bytes block(64, 5), nonce(12, 1);
    const auto crypts = [&](Mechanism mechanism) {
        if (mechanism.id == MechanismId::stream && type == KeyType::chacha20) mechanism.iv = nonce;
        CHECK(loaded.decrypt(mechanism, made.encrypt(mechanism, block)) == block);
    };
    const auto agrees = [&](MechanismId id) {
        const auto peer = world.generate_session(loaded.spec(), {});
        auto ours = with(id), theirs = with(id);
        ours.context = peer.public_info();
        theirs.context = loaded.public_info();
        Usage usage;
        usage.actions = bit(Action::export_plain);
        const KeySpec shared{KeyType::generic, 0, ParamSet::none, 0};
        // Peers exchange raw public values or SubjectPublicKeyInfo; take what the mechanism takes.
        const auto status = status_of([&] {
            const auto a = loaded.derive(ours, shared, usage).export_plain();
            const auto b = peer.derive(theirs, shared, usage).export_plain();
            CHECK(to_hex(a.view()) == to_hex(b.view()));
        });
        CHECK((status == Status::ok || status == Status::mechanism_params_invalid ||
               status == Status::invalid_data));
    };
    switch (type) {
    case KeyType::aes:
    case KeyType::des3:
    case KeyType::des: crypts(with(MechanismId::ecb)); break;
    case KeyType::rc4:
    case KeyType::chacha20: crypts(with(MechanismId::stream)); break;
    case KeyType::generic:
        CHECK(loaded.verify(with(MechanismId::hmac, Hash::sha256), block,
                            made.sign(with(MechanismId::hmac, Hash::sha256), block)));
        break;
    case KeyType::x25519:
    case KeyType::x448: agrees(MechanismId::ecdh); break;
    case KeyType::dh: agrees(MechanismId::dh); break;
    case KeyType::ml_kem: break;
    default: {
        const auto mechanism = default_signature(loaded.spec());
        const auto signature = loaded.sign(mechanism, block);
        CHECK(made.verify(mechanism, block, signature));
        CHECK_FALSE(made.verify(mechanism, view("other"), signature));
        if (type == KeyType::ec) agrees(MechanismId::ecdh);
        break;
    }
    }
}

} // namespace

TEST_CASE("every kind of key is made, stored, loaded in another process and used", "[keys]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto other_client = ready.home.open();
    auto other = other_client.world();
    std::size_t number = 0;
    for (const auto& row : table("key_specs.txt")) {
        CAPTURE(row[0], uri);
        auto request = request_for("k" + std::to_string(number++), row[0]);
        request.name = "the " + row[0] + " key";
        const auto made = ready.world.generate(request, Protector::module_key());
        const auto facts = other.find("simple", request.ident);
        REQUIRE(facts);
        CHECK(facts->name == request.name);
        CHECK(facts->spec == made.spec());
        CHECK(to_string(made.spec()) == to_string(request.spec));
        CHECK(facts->generated);
        CHECK(facts->recoverable);
        CHECK(facts->key_id == made.id());
        CHECK(facts->public_info.empty() != key_type_row(request.spec.type).asymmetric);
        const auto loaded = other.load("simple", request.ident, silent());
        CHECK(loaded.id() == made.id());
        CHECK(loaded.public_info() == made.public_info());
        exercise(ready.world, made, loaded);
        CHECK(other.verify_key(*facts).certificate_valid);
    }
    CHECK(other.key_count() == number);
    CHECK(other.keys("simple").size() == number);
    CHECK(other.problems().empty());
}

TEST_CASE("keys come in and go out as they are", "[keys][import]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    int number = 0;
    for (const auto& row : table("key_specs.txt")) {
        CAPTURE(row[0], uri);
        const auto key = raw.generate(row[0], one_group(every_action));
        const auto info = raw.call(protocol::KeyInfo{key});
        const auto material = raw.call(protocol::ExportKey{key}).material;
        auto request = request_for("k" + std::to_string(number++), row[0]);
        request.usage.actions = bit(Action::export_plain) | default_actions(request.spec, info.half);
        const auto imported = ready.world.import(request, info.half, material, Protector::module_key());
        CHECK(imported.id() == info.key_id);
        CHECK(imported.spec() == info.spec);
        CHECK(to_hex(imported.export_plain().view()) == to_hex(material.view()));
        CHECK_FALSE(ready.world.find("simple", request.ident)->generated);
        CHECK_FALSE(ready.world.verify_key(*ready.world.find("simple", request.ident)).certificate_valid);
        if (info.half == KeyHalf::private_key) {
            auto half = request;
            half.ident += "p";
            half.usage.actions = bit(Action::export_plain);
            const auto twin = ready.world.import(half, KeyHalf::public_key, Secret(info.public_info),
                                                 Protector::module_key());
            CHECK(twin.id() == info.key_id);
            CHECK(twin.half() == KeyHalf::public_key);
            CHECK(to_hex(twin.export_plain().view()) == to_hex(info.public_info));
        }
        raw.destroy(key);
    }
}

TEST_CASE("what is no key is not taken in", "[keys][import]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto status_with = [&](KeyHalf half, std::string_view spec, ByteView material) {
        return status_of([&] {
            (void)ready.world.import_session(half, spec.empty() ? KeySpec{} : parse_key_spec(spec),
                                             Secret(material), {});
        });
    };
    CHECK(status_with(KeyHalf::secret, "", Bytes(16, 1)) == Status::invalid_argument);
    CHECK(status_with(KeyHalf::secret, "AES-128", Bytes(15, 1)) != Status::ok);
    CHECK(status_with(KeyHalf::secret, "AES-128", {}) != Status::ok);
    CHECK(status_with(KeyHalf::secret, "P-256", Bytes(32, 1)) != Status::ok);
    CHECK(status_with(KeyHalf::private_key, "", Bytes(32, 1)) != Status::ok);
    CHECK(status_with(KeyHalf::public_key, "", {}) != Status::ok);
    // Every truncation of a good one.
    const Raw raw(ready.client);
    const auto key = raw.generate("P-256", one_group(every_action));
    const auto pkcs8 = raw.call(protocol::ExportKey{key}).material;
    const auto spki = raw.call(protocol::KeyInfo{key}).public_info;
    CHECK(status_with(KeyHalf::private_key, "P-256", pkcs8.view()) == Status::ok);
    CHECK(status_with(KeyHalf::private_key, "RSA-2048", pkcs8.view()) == Status::key_type_mismatch);
    CHECK(status_with(KeyHalf::public_key, "", pkcs8.view()) != Status::ok);
    CHECK(status_with(KeyHalf::private_key, "", spki) != Status::ok);
    for (std::size_t size = 0; size < pkcs8.size(); ++size)
        CHECK(status_with(KeyHalf::private_key, "", pkcs8.view().first(size)) != Status::ok);
    for (std::size_t size = 0; size < spki.size(); ++size)
        CHECK(status_with(KeyHalf::public_key, "", ByteView(spki).first(size)) != Status::ok);
    CHECK(ready.client.module(1).objects == 1);
}

TEST_CASE("names of keys: taken, replaced, renamed, removed, refused", "[keys]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& world = ready.world;
    const auto module = Protector::module_key();
    auto request = request_for("k", "AES-256");
    const auto first = world.generate(request, module);
    CHECK(status_of([&] { (void)world.generate(request, module); }) == Status::already_exists);
    request.replace = true;
    const auto second = world.generate(request, module);
    CHECK(first.id() != second.id());
    CHECK(world.load("simple", "k", silent()).id() == second.id());
    world.rename("simple", "k", "other", "new");
    CHECK_FALSE(world.find("simple", "k"));
    CHECK(world.load("other", "new", silent()).id() == second.id());
    CHECK(world.find("other", "new")->ident == "new");
    (void)world.generate(request_for("k", "AES-256"), module);
    CHECK(status_of([&] { world.rename("simple", "k", "other", "new"); }) == Status::already_exists);
    CHECK(world.find("simple", "k"));
    world.remove("other", "new");
    CHECK(status_of([&] { world.remove("other", "new"); }) == Status::not_found);
    CHECK(status_of([&] { (void)world.load("other", "new", silent()); }) == Status::not_found);
    for (const auto* bad : {"", "with_underscore", "../x", "a/b", "UPPER"}) {
        CAPTURE(bad);
        auto named = request_for("ok", "AES-128");
        named.app = bad;
        CHECK(status_of([&] { (void)world.generate(named, module); }) == Status::invalid_argument);
    }
    for (const auto* bad : {"", "a_b", "..", "a/b"}) {
        CAPTURE(bad);
        CHECK(status_of([&] { (void)world.generate(request_for(bad, "AES-128"), module); }) ==
              Status::invalid_argument);
    }
    CHECK(world.key_count() == 1);
}

TEST_CASE("a key is loaded under its own protection only", "[keys]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& world = ready.world;
    const auto soft = world.create_softcard(1, "s", Secret::from_text("p")).token;
    const auto protector = world.load_softcard(1, soft, Secret::from_text("p"));
    (void)world.generate(request_for("m", "AES-128"), Protector::module_key());
    (void)world.generate(request_for("s", "AES-128"), protector);
    CHECK(status_of([&] { (void)world.load(*world.find("simple", "m"), protector); }) ==
          Status::invalid_argument);
    CHECK(status_of([&] { (void)world.load(*world.find("simple", "s"), Protector::module_key()); }) ==
          Status::invalid_argument);
    // Nor does lying about it in the record help.
    auto facts = *world.find("simple", "s");
    facts.protector = ProtectorKind::module;
    facts.protector_hash = {};
    CHECK(status_of([&] { (void)world.load(facts, Protector::module_key()); }) != Status::ok);
}

TEST_CASE("objects go when the last reference goes", "[keys]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    CHECK(ready.client.module(1).objects == 0);
    {
        const auto key = ready.world.generate_session(parse_key_spec("AES-128"), {});
        const auto copy = key;
        CHECK(ready.client.module(1).objects == 1);
    }
    CHECK(ready.client.module(1).objects == 0);
    for (int i = 0; i < 2000; ++i) (void)ready.world.generate_session(parse_key_spec("AES-128"), {});
    CHECK(ready.client.module(1).objects == 0);
    CHECK(status_of([] { (void)Key().id(); }) == Status::invalid_handle);
}
