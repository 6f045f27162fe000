// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/token_home.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

// Objects of a front end: stored, found, changed, and kept from being mixed up.

using namespace hsm;
using namespace hsm::test;

namespace {

std::multiset<std::string> found(const Objects& objects, std::string_view label) {
    const SearchTerm term{3, view(label)};
    std::multiset<std::string> all;
    for (const auto& match : objects.find({&term, 1})) all.insert(match.ident + (match.sealed ? " sealed " : " open ") + std::to_string(match.part));
    return all;
}

bool in_any_file(const base::Path& directory, std::string_view what) {
    for (const auto& [name, bytes] : contents_of(directory)) {
        const auto wanted = view(what);
        if (std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()) != bytes.end()) return true;
    }
    return false;
}

Status read_status(const Objects& objects, const std::string& ident) {
    return status_of([&] { (void)objects.read(ident); });
}

} // namespace

TEST_CASE("objects are found by their terms, sealed ones by the user", "[objects]") {
    TokenHome home(each_connection());
    auto user = home.opened();
    auto key = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage());
    const auto pair = user.create(parts_of(part_of("private half", true, "my label"), part_of("public half", false, "my label")), &key);
    const auto certificate = user.create(parts_of(part_of("certificate", false, "my label")));
    const auto secret = user.create(parts_of(part_of("secret data", true, "other label")));
    CHECK(pair.size() == 32);

    CHECK(found(user, "my label") == std::multiset<std::string>{pair + " sealed 0", pair + " open 1", certificate + " open 0"});
    CHECK(found(user, "other label") == std::multiset<std::string>{secret + " sealed 0"});
    CHECK(found(user, "no label").empty());
    CHECK(user.find({}).size() == 4);
    const SearchTerm another_tag{4, view("my label")};
    CHECK(user.find({&another_tag, 1}).empty());

    auto anybody = home.objects();
    CHECK(found(anybody, "my label") == std::multiset<std::string>{pair + " open 1", certificate + " open 0"});
    CHECK(anybody.find({}).size() == 2);
    CHECK_FALSE(in_any_file(home.ready.home.locations().kmlocal, "other label"));
    CHECK_FALSE(in_any_file(home.ready.home.locations().kmlocal, "secret data"));
    CHECK_FALSE(in_any_file(home.ready.home.locations().kmlocal, "private half"));
    CHECK_FALSE(in_any_file(home.ready.home.locations().kmlocal, "my label"));

    const auto seen = anybody.read(pair);
    REQUIRE(seen);
    CHECK_FALSE(seen->parts.at(0).readable);
    CHECK(seen->parts.at(0).attributes.empty());
    CHECK(attributes_of(*seen, 1) == "public half");
    REQUIRE(seen->key);
    CHECK(seen->key->name.empty());
    CHECK(seen->key->protector == ProtectorKind::softcard);
    CHECK(attributes_of(*user.read(pair)) == "private half");
    CHECK_FALSE(user.read(certificate)->key);
    CHECK_FALSE(user.read(std::string(32, '0')));
    user.close();
    CHECK(found(user, "other label").empty());
    CHECK(status_of([&] { (void)user.load(pair); }) == Status::bad_state);

    // Owners and applications do not see each other's.
    CHECK(Objects(home.ready.world, "pkcs11", 1).find({}).empty());
    CHECK_FALSE(Objects(home.ready.world, "pkcs11", 1).read(certificate));
    CHECK(Objects(home.ready.world, "other", 1, home.token).find({}).empty());
    CHECK(home.ready.world.problems().empty());
    CHECK(home.ready.world.keys("pkcs11").size() == 1);
    CHECK(status_of([&] { home.ready.world.rename("pkcs11", pair, "pkcs11", "a"); }) == Status::not_supported);
}

TEST_CASE("several terms must all match", "[objects]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    std::vector<std::string> idents;
    for (int i = 0; i < 6; ++i) {
        auto part = part_of("x", i % 2 == 0, "same");
        const auto number = static_cast<std::uint8_t>(i / 2);
        part.terms.push_back({9, {&number, 1}});
        idents.push_back(objects.create(parts_of(std::move(part))));
    }
    const std::uint8_t one = 1;
    const std::vector<SearchTerm> both{{3, view("same")}, {9, {&one, 1}}};
    std::set<std::string> got;
    for (const auto& match : objects.find(both)) got.insert(match.ident);
    CHECK(got == std::set<std::string>{idents[2], idents[3]});
    const std::vector<SearchTerm> many(20, SearchTerm{3, view("same")});
    CHECK(objects.find(many).size() == 6);
    auto never = many;
    never.back() = {9, view("no")};
    CHECK(objects.find(never).empty());
}

TEST_CASE("an object is replaced by whoever has seen its present state", "[objects]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    const auto ident = objects.create(parts_of(part_of("one", true, "a")));
    const auto first = *objects.read(ident);
    objects.replace(ident, first.version, parts_of(part_of("two", true, "b")));
    CHECK(status_of([&] { objects.replace(ident, first.version, parts_of(part_of("three", true))); }) == Status::bad_state);
    const auto second = *objects.read(ident);
    CHECK(second.version != first.version);
    CHECK(attributes_of(second) == "two");
    CHECK(found(objects, "a").empty());
    CHECK(found(objects, "b").size() == 1);
    CHECK(status_of([&] { objects.replace(ident, second.version, {}); }) == Status::invalid_argument);
    CHECK(status_of([&] { objects.replace(ident, second.version, parts_of(part_of("a", true), part_of("b", true))); }) ==
          Status::invalid_argument);
    objects.remove(ident);
    CHECK(status_of([&] { objects.remove(ident); }) == Status::not_found);
    CHECK(status_of([&] { objects.replace(ident, second.version, parts_of(part_of("x", true))); }) == Status::bad_state);
    CHECK_FALSE(objects.read(ident));
    CHECK(objects.find({}).empty());
}

TEST_CASE("the halves of a pair go one by one", "[objects]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    auto key = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage());
    const auto two = [] { return parts_of(part_of("private", true, "l"), part_of("public", false, "l")); };
    const auto ident = objects.create(two(), &key);

    // Without the user, the public half can be changed, and the private one stays as it is.
    auto anybody = home.objects();
    auto seen = *anybody.read(ident);
    seen.parts[1] = part_of("public 2", false, "l2");
    anybody.replace(ident, seen.version, std::move(seen.parts));
    CHECK(attributes_of(*objects.read(ident), 0) == "private");
    CHECK(attributes_of(*objects.read(ident), 1) == "public 2");
    CHECK(objects.load(ident).id() == key.id());

    auto parts = two();
    parts[1].present = false;
    objects.replace(ident, objects.read(ident)->version, std::move(parts));
    CHECK(found(objects, "l") == std::multiset<std::string>{ident + " sealed 0"});
    CHECK_FALSE(objects.read(ident)->parts[1].present);
    CHECK(objects.load(ident).id() == key.id());

    const auto other = objects.create(two(), &key);
    parts = two();
    parts[0].present = false;
    objects.replace(other, objects.read(other)->version, std::move(parts));
    CHECK(found(objects, "l") == std::multiset<std::string>{ident + " sealed 0", other + " open 1"});
    const auto half = anybody.load(other);
    CHECK(half.half() == KeyHalf::public_key);
    CHECK(half.public_info() == key.public_info());
    CHECK(home.ready.world.problems().empty());
    parts = two();
    parts[0].present = parts[1].present = false;
    CHECK(status_of([&] { objects.replace(other, objects.read(other)->version, std::move(parts)); }) == Status::invalid_argument);
}

TEST_CASE("a key lies where its ACL lets it", "[objects]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    auto& world = home.ready.world;
    const auto spec = parse_key_spec("AES-256");
    const auto create = [&](const Usage& usage, bool sealed) {
        const auto key = world.generate_session(spec, usage);
        return status_of([&] { (void)objects.create(parts_of(part_of("k", sealed)), &key); });
    };
    auto usage = home.usage();
    CHECK(create(usage, true) == Status::ok);
    CHECK(create(usage, false) == Status::ok);
    usage.recoverable = false; // recovery is another right to make blobs
    usage.homes = {};
    CHECK(create(usage, true) == Status::access_denied);
    CHECK(create(usage, false) == Status::access_denied);
    usage.homes = {{ProtectorKind::softcard, home.token}};
    CHECK(create(usage, true) == Status::ok);
    CHECK(create(usage, false) == Status::access_denied);
    usage.homes = {{ProtectorKind::module, {}}};
    CHECK(create(usage, true) == Status::access_denied);
    CHECK(create(usage, false) == Status::ok);
    // A key that is not private needs no login.
    const auto key = world.generate_session(spec, home.usage());
    const auto ident = objects.create(parts_of(part_of("k", false)), &key);
    CHECK(home.objects().load(ident).id() == key.id());
    // Made private, it needs one.
    objects.replace(ident, objects.read(ident)->version, parts_of(part_of("k", true)), &key);
    CHECK(status_of([&] { (void)home.objects().load(ident); }) == Status::bad_state);
    CHECK(objects.load(ident).id() == key.id());
    CHECK(status_of([&] { objects.replace(ident, objects.read(ident)->version, parts_of(part_of("k", false))); }) ==
          Status::invalid_argument);
}

TEST_CASE("others see what was changed", "[objects]") {
    TokenHome home(each_connection());
    auto mine = home.opened();
    auto client = home.ready.home.open(); // another process
    Objects theirs(client.world(), "pkcs11", 1, home.token);
    CHECK(theirs.find({}).empty());
    const auto at_first = theirs.changes();
    const auto ident = mine.create(parts_of(part_of("one", false, "l")));
    const auto created = theirs.changes();
    CHECK(created > at_first);
    CHECK(found(theirs, "l").size() == 1);
    CHECK(attributes_of(*theirs.read(ident)) == "one");
    theirs.replace(ident, theirs.read(ident)->version, parts_of(part_of("two", false, "l2")));
    CHECK(mine.changes() > created);
    CHECK(found(mine, "l").empty());
    CHECK(found(mine, "l2").size() == 1);
    const auto replaced = mine.changes();
    theirs.remove(ident);
    CHECK(mine.changes() > replaced);
    CHECK(mine.find({}).empty());
    CHECK_FALSE(mine.read(ident));
    const auto quiet = mine.changes();
    (void)mine.find({});
    CHECK(mine.changes() == quiet);

    // A file that another tool copied in is seen by who refreshes.
    const auto kept = mine.create(parts_of(part_of("kept", false, "l3")));
    const auto path = home.record("data_pkcs11_" + kept);
    const auto bytes = read_file(path);
    mine.remove(kept);
    CHECK(found(theirs, "l3").empty());
    home.ready.home.clock().pass_ms(60'000);
    write_file(path, bytes);
    const auto before = theirs.changes();
    theirs.refresh();
    CHECK(found(theirs, "l3").size() == 1);
    CHECK(theirs.changes() > before);
}

TEST_CASE("without a place for the counter changes are still seen", "[objects]") {
    ThrowawayHome home;
    std::filesystem::create_directories(home.locations().modules / ".changes"); // cannot be mapped
    auto one = home.open();
    (void)quickstart(one, true);
    auto two = home.open();
    Objects mine(one.world(), "pkcs11", 1), theirs(two.world(), "pkcs11", 1);
    const auto before = theirs.changes();
    (void)mine.create(parts_of(part_of("one", false, "l")));
    CHECK(theirs.changes() != before);
    CHECK(found(theirs, "l").size() == 1);
}

TEST_CASE("nothing of one record goes into another", "[objects][tamper]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    auto key = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage());
    auto other_key = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage());
    const auto make = [&](std::string_view text, const Key& of) {
        return objects.create(parts_of(part_of(text, true), part_of(text, false)), &of);
    };
    const auto a = make("aa", key), b = make("bb", other_key), twin = make("cc", key); // the same key twice
    const auto path = [&](const std::string& ident) { return home.record("key_pkcs11_" + ident); };
    const auto record = [&](const std::string& ident) { return base::decode<protocol::KeyRecord>(read_file(path(ident))); };
    const auto good = read_file(path(a));
    const auto with = [&](const auto& edit) {
        auto changed = record(a);
        auto object = base::decode<protocol::ObjectData>(changed.public_attributes);
        edit(changed, object);
        changed.public_attributes = base::encode(object);
        write_file(path(a), base::encode(changed));
        const auto read = read_status(objects, a);
        const auto load = status_of([&] { (void)objects.load(a); });
        write_file(path(a), good);
        CHECK(load != Status::ok);
        return read;
    };
    const auto object_of = [&](const std::string& ident) { return base::decode<protocol::ObjectData>(record(ident).public_attributes); };
    for (const auto& from : {b, twin}) {
        CAPTURE(from == twin);
        CHECK(with([&](auto& r, auto&) { r.blob = record(from).blob; }) == Status::untrusted);
        CHECK(with([&](auto&, auto& o) { o.parts[0] = object_of(from).parts[0]; }) == Status::untrusted);
        CHECK(with([&](auto& r, auto& o) {
                  r = record(from);
                  o = object_of(from);
              }) == Status::untrusted);
    }
    CHECK(with([&](auto& r, auto&) { r.facts.public_info = record(b).facts.public_info; }) == Status::untrusted);
    CHECK(with([&](auto&, auto& o) { std::swap(o.parts[0], o.parts[1]); }) != Status::ok);
    CHECK(with([&](auto&, auto& o) { o.parts[0].sealed = false; }) == Status::untrusted);
    CHECK(with([&](auto&, auto& o) { o.parts[0].present = false; }) == Status::untrusted);
    CHECK_NOTHROW(objects.read(a));
    // The public part, in the clear, is authentic too.
    auto changed = record(a);
    auto object = base::decode<protocol::ObjectData>(changed.public_attributes);
    object.parts[1].data.back() ^= 1;
    changed.public_attributes = base::encode(object);
    write_file(path(a), base::encode(changed));
    CHECK(read_status(objects, a) == Status::untrusted);
    CHECK(read_status(home.objects(), a) == Status::untrusted);
    write_file(path(a), good);
    // A file under another name is another object.
    std::filesystem::rename(path(a), path(std::string(32, '0')));
    CHECK(read_status(objects, std::string(32, '0')) == Status::untrusted);
}

TEST_CASE("a changed object is refused, whatever byte it is", "[objects][tamper]") {
    TokenHome home;
    auto objects = home.opened();
    auto key = home.ready.world.generate_session(parse_key_spec("AES-128"), home.usage());
    const auto with_key = objects.create(parts_of(part_of("attributes", true, "l")), &key);
    const auto data = objects.create(parts_of(part_of("attributes", false, "l")));
    for (const auto& [path, ident] : {std::pair(home.record("key_pkcs11_" + with_key), with_key), std::pair(home.record("data_pkcs11_" + data), data)}) {
        const auto good = read_file(path);
        std::size_t refused = 0;
        for (std::size_t at = 0; at < good.size(); ++at) {
            auto bad = good;
            bad[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
            write_file(path, bad);
            CAPTURE(path.filename().string(), at);
            const auto status = status_of([&] {
                const auto object = objects.read(ident);
                // Another owner's; or what does not count (the world's name, the time) was changed.
                if (object) CHECK(attributes_of(*object) == "attributes");
                if (ident != with_key || !object) return;
                const auto loaded = objects.load(ident).id();
                CHECK(loaded == key.id());
            });
            CHECK(status != Status::internal);
            refused += status != Status::ok;
            if (at % 16 == 0) {
                CHECK_NOTHROW(home.ready.world.problems());
                CHECK_NOTHROW(objects.find({}));
            }
        }
        CHECK(refused > 150); // the recovery blob is not looked at, nor the time of a data record
        write_file(path, good);
    }
}

TEST_CASE("objects that lie under nobody's token need none", "[objects]") {
    ReadyHome ready(each_connection());
    Objects objects(ready.world, "pkcs11", 1);
    CHECK(objects.homes().size() == 1);
    Usage usage;
    usage.homes = objects.homes();
    const auto key = ready.world.generate_session(parse_key_spec("P-256"), usage);
    const auto ident = objects.create(parts_of(part_of("private", false, "l"), part_of("public", false, "l")), &key);
    CHECK(found(objects, "l").size() == 2);
    CHECK(objects.load(ident).id() == key.id());
    CHECK(status_of([&] { (void)objects.create(parts_of(part_of("x", true))); }) == Status::bad_state);
    CHECK(status_of([&] { Objects(ready.world, "Bad_App", 1); }) == Status::invalid_argument);
}

TEST_CASE("objects belong to card sets as well", "[objects][cards]") {
    ReadyHome ready(each_connection());
    std::vector<std::string> paths;
    const auto set = ready.card_set(paths, set_of("ops", 1, 1));
    ready.client.insert_card(1, 0, paths[0]);
    Objects objects(ready.world, "pkcs11", 1, set.token);
    objects.open(ready.world.load_card_set(1, set.token, silent()));
    Usage usage;
    usage.homes = objects.homes();
    const auto key = ready.world.generate_session(parse_key_spec("HMAC-256"), usage);
    const auto ident = objects.create(parts_of(part_of("k", true, "l")), &key);
    CHECK(objects.load(ident).id() == key.id());
    CHECK(objects.read(ident)->key->protector == ProtectorKind::card_set);
    ready.client.remove_card(1, 0);
    CHECK(status_of([&] { (void)objects.load(ident); }) == Status::card_removed);
    CHECK(read_status(objects, ident) == Status::card_removed);
    CHECK(ready.world.problems().empty());
}
