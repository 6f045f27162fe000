// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/token_home.hpp"

// What the owner of a key may change, uses that are authorised one by one, trusted wrapping keys, public halves.

using namespace hsm;
using namespace hsm::test;

namespace {

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

const auto hmac = mechanism_of(MechanismId::hmac, Hash::sha256);
const auto ecb = mechanism_of(MechanismId::ecb);
const auto key_wrap = mechanism_of(MechanismId::key_wrap);
const Bytes block(16, 7);

Status sign(const Key& key) {
    return status_of([&] { (void)key.sign(hmac, view("data")); });
}

} // namespace

TEST_CASE("an adjustable key changes its operations and nothing else", "[adjust]") {
    TokenHome home(each_connection());
    auto& world = home.ready.world;
    auto usage = home.usage(bit(Action::sign));
    const auto key = world.generate_session(parse_key_spec("HMAC-256"), usage);
    CHECK(sign(key) == Status::ok);
    CHECK(status_of([&] { (void)key.verify(hmac, view("data"), block); }) == Status::access_denied);
    usage.actions = bit(Action::verify);
    key.adjust(usage);
    CHECK(sign(key) == Status::access_denied);
    CHECK(status_of([&] { (void)key.verify(hmac, view("data"), block); }) == Status::ok);
    usage.actions = bit(Action::sign);
    usage.mechanisms = {MechanismId::cmac};
    key.adjust(usage);
    CHECK(sign(key) == Status::mechanism_invalid);
    usage.mechanisms = {};
    key.adjust(usage);
    CHECK(sign(key) == Status::ok);
    for (const auto action : {Action::export_plain, Action::export_wrapped, Action::certify, Action::make_archive_blob}) {
        usage.actions = bit(Action::sign) | bit(action);
        CAPTURE(action_name(action));
        if (action == Action::make_archive_blob) continue; // the blobs are not the owner's: the bit has no meaning here
        CHECK(status_of([&] { key.adjust(usage); }) == Status::access_denied);
    }
    // It is stored with the ACL that it has.
    auto objects = home.opened();
    usage.actions = bit(Action::verify);
    key.adjust(usage);
    const auto ident = objects.create(parts_of(part_of("k", true)), &key);
    const auto loaded = objects.load(ident);
    CHECK(sign(loaded) == Status::access_denied);
    usage.actions = bit(Action::sign);
    loaded.adjust(usage);
    CHECK(sign(loaded) == Status::ok);
    CHECK(sign(objects.load(ident)) == Status::access_denied); // this loaded key only, until it is stored
    objects.replace(ident, objects.read(ident)->version, parts_of(part_of("k", true)), &loaded);
    CHECK(sign(objects.load(ident)) == Status::ok);

    usage.adjustable = false;
    const auto fixed = world.generate_session(parse_key_spec("HMAC-256"), usage);
    CHECK(status_of([&] { fixed.adjust(usage); }) == Status::access_denied);
}

TEST_CASE("what may be exported can only be given up", "[adjust]") {
    TokenHome home(each_connection());
    auto usage = home.usage(bit(Action::encrypt) | bit(Action::export_plain) | bit(Action::export_wrapped));
    const auto key = home.ready.world.generate_session(parse_key_spec("AES-128"), usage);
    CHECK_NOTHROW(key.export_plain());
    usage.actions = bit(Action::encrypt) | bit(Action::export_wrapped);
    key.adjust(usage);
    CHECK(status_of([&] { (void)key.export_plain(); }) == Status::access_denied);
    usage.actions |= bit(Action::export_plain);
    CHECK(status_of([&] { key.adjust(usage); }) == Status::access_denied);
    usage.actions = bit(Action::encrypt) | bit(Action::export_wrapped);
    const auto kek = home.ready.world.generate_session(parse_key_spec("AES-256"), home.usage(bit(Action::wrap)));
    CHECK_NOTHROW(kek.wrap(key_wrap, key));
    usage.trusted_kek_only = true;
    key.adjust(usage);
    CHECK(status_of([&] { (void)kek.wrap(key_wrap, key); }) == Status::access_denied);
    usage.trusted_kek_only = false;
    key.adjust(usage);
    CHECK(status_of([&] { (void)kek.wrap(key_wrap, key); }) == Status::access_denied); // that stays
}

TEST_CASE("adjusting loosens no limit", "[adjust]") {
    TokenHome home(each_connection());
    auto usage = home.usage(bit(Action::verify));
    usage.limits = {limit_of(UseLimit::Kind::authorisation, 2)};
    const auto key = home.ready.world.generate_session(parse_key_spec("P-256"), usage);
    usage.actions = bit(Action::sign) | bit(Action::verify);
    usage.limits = {};
    key.adjust(usage);
    const auto ecdsa = mechanism_of(MechanismId::ecdsa, Hash::sha256);
    const auto use = [&] { return status_of([&] { (void)key.sign(ecdsa, view("data")); }); };
    CHECK(use() == Status::ok);
    key.adjust(usage);
    CHECK(use() == Status::ok);
    CHECK(use() == Status::limit_reached);
    key.adjust(usage);
    CHECK(use() == Status::limit_reached);
    CHECK_NOTHROW(key.verify(ecdsa, view("data"), Bytes(64, 1)));
    // Limits in two groups cannot be told apart any more.
    const Raw raw(home.ready.client);
    auto acl = one_group(every_action);
    acl.groups.push_back(one_group(bit(Action::sign), {limit_of(UseLimit::Kind::authorisation, 1)}).groups[0]);
    const auto odd = raw.generate("HMAC-256", acl);
    CHECK(status_of([&] { (void)raw.call(protocol::AdjustAcl{odd, bit(Action::sign), {}, false}); }) == Status::access_denied);
}

TEST_CASE("a use is authorised with the user's passphrase", "[authorise]") {
    TokenHome home(each_connection());
    auto usage = home.usage(bit(Action::sign));
    usage.limits = {limit_of(UseLimit::Kind::authorisation, 1)};
    auto objects = home.opened();
    const auto session = home.ready.world.generate_session(parse_key_spec("HMAC-256"), usage);
    const auto key = objects.load(objects.create(parts_of(part_of("k", true)), &session));
    for (const auto& each : {session, key}) {
        while (sign(each) == Status::ok) {}
        CHECK(sign(each) == Status::limit_reached);
        CHECK(status_of([&] { each.authorise_use(words("officer")); }) == Status::passphrase_wrong);
        CHECK(sign(each) == Status::limit_reached);
        each.authorise_use(words("user"));
        each.authorise_use(words("user")); // one more use, not two
        CHECK(sign(each) == Status::ok);
        CHECK(sign(each) == Status::limit_reached);
    }
    CHECK(home.tokens.get(home.token).user_failures == 0); // the right ones came after
    for (int i = 0; i < 4; ++i) CHECK(status_of([&] { key.authorise_use(words("x")); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { key.authorise_use(words("user")); }) == Status::passphrase_delayed);
    CHECK(status_of([&] { (void)home.user(); }) == Status::passphrase_delayed); // guesses here count there
    const auto stranger = home.ready.world.generate_session(parse_key_spec("HMAC-256"), {});
    CHECK(status_of([&] { stranger.authorise_use(words("user")); }) == Status::bad_state);
}

TEST_CASE("a wrapping key is trusted by the officer of the token concerned", "[trusted]") {
    TokenHome home(each_connection());
    auto& world = home.ready.world;
    const auto kek = world.generate_session(parse_key_spec("AES-256"), home.usage(bit(Action::wrap)));
    auto usage = home.usage(bit(Action::encrypt) | bit(Action::export_wrapped));
    usage.trusted_kek_only = true;
    const auto key = world.generate_session(parse_key_spec("AES-128"), usage);
    const auto wrap = [&](const Key& with) { return status_of([&] { (void)with.wrap(key_wrap, key); }); };
    CHECK(wrap(kek) == Status::access_denied);
    CHECK_FALSE(kek.trusted());
    CHECK(status_of([&] { kek.set_trusted(home.user(), true); }) == Status::access_denied);
    kek.set_trusted(home.officer(), true);
    CHECK(kek.trusted());
    CHECK(wrap(kek) == Status::ok);
    // The mark is stored with the key, and goes with it.
    auto objects = home.opened();
    const auto ident = objects.create(parts_of(part_of("kek", false)), &kek);
    const auto loaded = objects.load(ident);
    CHECK(loaded.trusted());
    CHECK(wrap(loaded) == Status::ok);
    kek.set_trusted(home.officer(), false);
    CHECK(wrap(kek) == Status::access_denied);
    CHECK(wrap(loaded) == Status::ok);

    // Whom another token's officer trusts is nobody here: a token of one's own is made quickly.
    const auto mine = home.tokens.create("mine", words("me"));
    const auto me = home.tokens.load(mine.token, TokenRole::officer, words("me"));
    CHECK(status_of([&] { kek.set_trusted(me, true); }) == Status::access_denied);
    auto elsewhere = home.usage(bit(Action::wrap));
    elsewhere.homes = {{ProtectorKind::softcard, mine.token}};
    const auto forged = world.generate_session(parse_key_spec("AES-256"), elsewhere);
    forged.set_trusted(me, true);
    CHECK(wrap(forged) == Status::access_denied);
}

TEST_CASE("a mechanism list does not shut out what takes no mechanism", "[acl]") {
    ReadyHome ready(each_connection());
    Usage usage;
    usage.actions = bit(Action::encrypt) | bit(Action::export_plain);
    usage.mechanisms = {MechanismId::ecb};
    const auto key = ready.world.generate_session(parse_key_spec("AES-128"), usage);
    CHECK_NOTHROW(key.encrypt(ecb, block));
    CHECK_NOTHROW(key.export_plain());
    CHECK(status_of([&] { (void)key.encrypt(mechanism_of(MechanismId::ctr), block); }) == Status::mechanism_invalid);
}

TEST_CASE("the public half of a key is a key of its own", "[public-half]") {
    TokenHome home(each_connection());
    const auto key = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage(bit(Action::sign)));
    Usage usage;
    usage.actions = bit(Action::verify);
    const auto half = key.public_half(usage);
    CHECK(half.half() == KeyHalf::public_key);
    CHECK(half.id() == key.id());
    CHECK(half.public_info() == key.public_info());
    const auto ecdsa = mechanism_of(MechanismId::ecdsa, Hash::sha256);
    const auto signature = key.sign(ecdsa, view("data"));
    CHECK(half.verify(ecdsa, view("data"), signature));
    CHECK(status_of([&] { (void)half.sign(ecdsa, view("data")); }) != Status::ok);
    const auto secret = home.ready.world.generate_session(parse_key_spec("AES-128"), {});
    CHECK(status_of([&] { (void)secret.public_half(usage); }) == Status::key_type_mismatch);
}

TEST_CASE("a secret is encapsulated and decapsulated", "[kem]") {
    ReadyHome ready(each_connection());
    Usage usage;
    usage.actions = bit(Action::encapsulate) | bit(Action::decapsulate);
    const auto key = ready.world.generate_session(parse_key_spec("ML-KEM-768"), usage);
    const KeySpec shared{KeyType::generic, 256, ParamSet::none, 0};
    Usage mac;
    mac.actions = bit(Action::sign);
    Bytes ciphertext;
    const auto kem = mechanism_of(MechanismId::ml_kem);
    const auto ours = key.public_half(usage).encapsulate(kem, shared, mac, ciphertext);
    const auto theirs = key.decapsulate(kem, ciphertext, shared, mac);
    CHECK(ciphertext.size() == 1088);
    CHECK(ours.sign(hmac, view("data")) == theirs.sign(hmac, view("data")));
}
