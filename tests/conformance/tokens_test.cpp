// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/token_home.hpp"

#include "module/cards.hpp"
#include "protocol/softcard.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

// Tokens with an officer and a user: who may do what, passphrases, initialising again.

using namespace hsm;
using namespace hsm::test;

TEST_CASE("a token begins with its officer alone", "[token]") {
    ReadyHome ready(each_connection());
    const Tokens tokens(ready.world);
    CHECK(tokens.list().empty());
    const auto made = tokens.create("label", words("officer"));
    CHECK(made.label == "label");
    CHECK(made.serial.size() == 16);
    CHECK(std::all_of(made.serial.begin(), made.serial.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }));
    CHECK(made.has_officer);
    CHECK_FALSE(made.has_user);
    REQUIRE(tokens.list().size() == 1);
    CHECK(tokens.list()[0].token == made.token);
    CHECK(tokens.get(made.token).serial == made.serial);
    CHECK(status_of([&] { (void)tokens.get({}); }) == Status::not_found);
    CHECK(status_of([&] { (void)tokens.load(made.token, TokenRole::user, words("officer")); }) == Status::not_found);
    CHECK(status_of([&] { (void)ready.world.load_softcard(1, made.token, words("officer")); }) == Status::not_found);
    CHECK(status_of([&] { (void)tokens.load(made.token, TokenRole::officer, words("wrong")); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { (void)tokens.create("x", {}); }) == Status::passphrase_required);
    CHECK(status_of([&] { (void)tokens.create(std::string(65, 'x'), words("x")); }) == Status::invalid_argument);

    const auto officer = tokens.load(made.token, TokenRole::officer, words("officer"));
    CHECK(status_of([&] { tokens.set_user_passphrase(officer, {}); }) == Status::passphrase_required);
    tokens.set_user_passphrase(officer, words("user"));
    CHECK(tokens.get(made.token).has_user);
    CHECK_NOTHROW(tokens.load(made.token, TokenRole::user, words("user")));
    CHECK(status_of([&] { (void)tokens.load(made.token, TokenRole::officer, words("user")); }) == Status::passphrase_wrong);
    // A softcard like any other.
    CHECK_NOTHROW(ready.world.load_softcard(1, made.token, words("user")));
    CHECK(ready.world.softcard("label").token == made.token);
    CHECK(ready.world.problems().empty());
}

TEST_CASE("a token without a label has a name all the same", "[token]") {
    ReadyHome ready(each_connection());
    const Tokens tokens(ready.world);
    const auto one = tokens.create("", words("officer")), two = tokens.create("", words("officer"));
    CHECK(tokens.get(one.token).label.empty());
    const auto name_of = [&](const Hash256& token) {
        for (const auto& card : ready.world.softcards())
            if (card.token == token) return card.name;
        return std::string();
    };
    CHECK(name_of(one.token) == "token-" + to_hex(one.token).substr(0, 8));
    CHECK(name_of(one.token) != name_of(two.token));
    CHECK(ready.world.softcard(name_of(two.token)).token == two.token);
    const auto named = tokens.reinitialise(one.token, "named", words("officer"), "pkcs11");
    CHECK(named.label == "named");
    CHECK(tokens.reinitialise(named.token, "", words("officer"), "pkcs11").label.empty());
    CHECK(ready.world.problems().empty());
}

TEST_CASE("an officer has no access to what the user has", "[token][roles]") {
    TokenHome home(each_connection());
    const Raw raw(home.ready.client);
    const auto user = home.user(), officer = home.officer();
    const auto acl = one_group(every_action);
    const auto key = raw.generate("HMAC-256", acl);
    const auto blob = raw.blob(key, user.token());
    const auto sealed = raw.call(protocol::SealData{user.token(), view("header"), view("data")}).sealed;
    CHECK(text(raw.call(protocol::OpenData{user.token(), view("header"), sealed}).data.view()) == "data");

    CHECK(status_of([&] { (void)raw.load(blob, officer.token()); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.blob(key, officer.token()); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.call(protocol::OpenData{officer.token(), view("header"), sealed}); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.call(protocol::SealData{officer.token(), {}, {}}); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.call(protocol::SearchKey{officer.token(), {}}); }) == Status::access_denied);
    CHECK(status_of([&] { (void)home.ready.world.generate(request_for("k", "P-256"), officer); }) == Status::access_denied);
    auto objects = home.objects();
    CHECK(status_of([&] { objects.open(officer); }) == Status::access_denied);
    CHECK(status_of([&] { (void)objects.create(parts_of(part_of("x", true))); }) == Status::bad_state);
    // And the user is no officer.
    CHECK(status_of([&] { home.tokens.set_user_passphrase(user, words("x")); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.call(protocol::SetTrusted{key, user.token(), true}); }) == Status::access_denied);
    // An officer of another token is a stranger.
    const auto other = home.tokens.create("other", words("officer"));
    const auto stranger = home.tokens.load(other.token, TokenRole::officer, words("officer"));
    const auto record = read_file(home.record("softcard_" + client::short_hash(home.token)));
    CHECK(status_of([&] { (void)raw.call(protocol::SetUserPassphrase{record, stranger.token(), words("x")}); }) ==
          Status::access_denied);
    CHECK_NOTHROW(home.user());
}

TEST_CASE("passphrases of a token change one by one, and its keys stay", "[token]") {
    TokenHome home(each_connection());
    const auto objects = home.opened();
    auto session = home.ready.world.generate_session(parse_key_spec("P-256"), home.usage());
    const auto ident = home.opened().create(parts_of(part_of("a", true), part_of("b", false)), &session);

    home.tokens.change_passphrase(home.token, TokenRole::user, words("user"), words("user 2"));
    CHECK(status_of([&] { (void)home.user(); }) == Status::passphrase_wrong);
    CHECK_NOTHROW(home.officer());
    home.tokens.change_passphrase(home.token, TokenRole::officer, words("officer"), words("officer 2"));
    CHECK(status_of([&] { (void)home.officer(); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { home.tokens.change_passphrase(home.token, TokenRole::user, words("no"), words("x")); }) ==
          Status::passphrase_wrong);
    const auto officer = home.tokens.load(home.token, TokenRole::officer, words("officer 2"));
    CHECK(home.tokens.get(home.token).user_failures == 2); // an officer's success is not the user's
    home.tokens.set_user_passphrase(officer, words("user 3"));
    CHECK(home.tokens.get(home.token).user_failures == 0); // nobody has tried the new one yet
    auto again = home.objects();
    again.open(home.tokens.load(home.token, TokenRole::user, words("user 3")));
    CHECK(home.tokens.get(home.token).user_failures == 0);
    CHECK(again.load(ident).id() == session.id());

    home.tokens.set_label(home.token, "renamed");
    CHECK(home.tokens.get(home.token).label == "renamed");
    CHECK(home.ready.world.softcard("renamed").token == home.token);
    CHECK_NOTHROW(home.tokens.load(home.token, TokenRole::user, words("user 3")));
    CHECK_NOTHROW(home.tokens.load(home.token, TokenRole::officer, words("officer 2")));
}

TEST_CASE("a softcard without an officer is given one by its user", "[token]") {
    ReadyHome ready(each_connection());
    const Tokens tokens(ready.world);
    const auto card = ready.world.create_softcard(1, "soft", words("user")).token;
    const auto facts = tokens.get(card);
    CHECK(facts.has_user);
    CHECK_FALSE(facts.has_officer);
    CHECK(status_of([&] { (void)tokens.load(card, TokenRole::officer, words("user")); }) == Status::not_found);
    CHECK(status_of([&] { (void)tokens.reinitialise(card, "x", words("user"), "pkcs11"); }) == Status::access_denied);
    CHECK(status_of([&] { tokens.add_officer(card, words("wrong"), words("officer")); }) == Status::passphrase_wrong);
    tokens.add_officer(card, words("user"), words("officer"));
    CHECK(status_of([&] { tokens.add_officer(card, words("user"), words("officer")); }) == Status::already_exists);
    CHECK(tokens.get(card).serial == facts.serial);
    CHECK_NOTHROW(tokens.load(card, TokenRole::user, words("user")));
    tokens.set_user_passphrase(tokens.load(card, TokenRole::officer, words("officer")), words("new"));
    CHECK_NOTHROW(tokens.load(card, TokenRole::user, words("new")));
}

TEST_CASE("a token initialised again keeps its serial number and nothing else", "[token]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    const auto secret = objects.create(parts_of(part_of("secret", true)));
    const auto open = objects.create(parts_of(part_of("open", false)));
    Objects other_app(home.ready.world, "other", 1, home.token);
    const auto stays = other_app.create(parts_of(part_of("stays", false)));
    Objects nobodys(home.ready.world, "pkcs11", 1);
    const auto nobody = nobodys.create(parts_of(part_of("nobody's", false)));
    const auto before = home.tokens.get(home.token);

    CHECK(status_of([&] { (void)home.tokens.reinitialise(home.token, "new", words("user"), "pkcs11"); }) == Status::passphrase_wrong);
    CHECK(objects.read(secret).has_value());
    const auto after = home.tokens.reinitialise(home.token, "new", words("officer"), "pkcs11");
    CHECK(after.serial == before.serial);
    CHECK(after.token != before.token);
    CHECK(after.label == "new");
    CHECK_FALSE(after.has_user);
    CHECK(home.tokens.list().size() == 1);
    CHECK(status_of([&] { (void)home.user(); }) == Status::not_found);
    CHECK_FALSE(objects.read(secret));
    CHECK_FALSE(objects.read(open));
    CHECK(other_app.read(stays));
    CHECK(nobodys.read(nobody));
    REQUIRE(home.ready.world.problems().size() == 1); // of the other application: nobody asked to remove it
    CHECK(home.ready.world.problems()[0].status == Status::not_found);
    CHECK(status_of([&] { (void)home.tokens.reinitialise(home.token, "x", words("officer"), "pkcs11"); }) == Status::not_found);

    // What another program left of the old token goes the next time.
    home.tokens.remove(after.token, "other");
    CHECK(home.tokens.list().empty());
    CHECK_FALSE(other_app.read(stays));
    CHECK(home.ready.world.problems().empty());
}

TEST_CASE("removing a token removes its objects", "[token]") {
    TokenHome home(each_connection());
    auto objects = home.opened();
    (void)objects.create(parts_of(part_of("secret", true)));
    CHECK(status_of([&] { home.ready.world.delete_softcard(home.token); }) == Status::bad_state);
    home.tokens.remove(home.token, "pkcs11");
    CHECK(home.tokens.list().empty());
    CHECK(objects.find({}).empty());
    CHECK(status_of([&] { home.tokens.remove(home.token, "pkcs11"); }) == Status::not_found);
    CHECK(home.ready.world.problems().empty());
}

TEST_CASE("wrong passphrases of a token are delayed for each role apart", "[token][attempts]") {
    TokenHome home(each_connection());
    const auto wrong = [&](TokenRole role) {
        return status_of([&] { (void)home.tokens.load(home.token, role, words("wrong")); });
    };
    for (int i = 0; i < 3; ++i) CHECK(wrong(TokenRole::user) == Status::passphrase_wrong);
    CHECK(home.tokens.get(home.token).user_failures == 3);
    CHECK(wrong(TokenRole::user) == Status::passphrase_wrong); // three are free; the fourth begins the delay
    CHECK(status_of([&] { (void)home.user(); }) == Status::passphrase_delayed);
    CHECK_NOTHROW(home.officer());
    auto second = home.ready.home.open(); // another process waits as well
    CHECK(status_of([&] { (void)Tokens(second.world()).load(home.token, TokenRole::user, words("user")); }) ==
          Status::passphrase_delayed);
    std::uint64_t delay = 100;
    for (int i = 0; i < 8; ++i) {
        home.ready.home.clock().pass_ms(delay - 1);
        CHECK(wrong(TokenRole::user) == Status::passphrase_delayed);
        home.ready.home.clock().pass_ms(1);
        CHECK(wrong(TokenRole::user) == Status::passphrase_wrong);
        delay = std::min<std::uint64_t>(2 * delay, 5000);
    }
    CHECK(home.tokens.get(home.token).officer_failures == 0);
    CHECK(home.tokens.list()[0].user_failures == 12);
    home.ready.home.clock().pass_ms(5000);
    CHECK_NOTHROW(home.user());
    CHECK(home.tokens.get(home.token).user_failures == 0);
    CHECK(wrong(TokenRole::user) == Status::passphrase_wrong);
    CHECK_NOTHROW(home.user());
}

TEST_CASE("a token's record is believed as a whole or not at all", "[token][tamper]") {
    TokenHome home;
    const auto path = home.record("softcard_" + client::short_hash(home.token));
    const auto good = read_file(path);
    int refused = 0;
    for (std::size_t at = 0; at < good.size(); at += 3) {
        auto bad = good;
        bad[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
        write_file(path, bad);
        CAPTURE(at);
        for (const auto role : {TokenRole::user, TokenRole::officer}) {
            const auto status = status_of([&] { (void)home.tokens.load(home.token, role, words(role == TokenRole::user ? "user" : "officer")); });
            CHECK(status != Status::ok);
            CHECK(status != Status::internal);
            refused += status != Status::ok;
        }
        CHECK_NOTHROW(home.tokens.list());
    }
    CHECK(refused > 100);
    write_file(path, good);
    CHECK_NOTHROW(home.user());

    // An envelope opens for its own role only, even when a module of this world writes the record.
    auto record = base::decode<protocol::SoftcardRecord>(good);
    const auto* officer = protocol::find_extension(record.extensions, static_cast<std::uint32_t>(protocol::SoftcardExtension::officer));
    REQUIRE(officer);
    const auto envelope = base::decode<protocol::OfficerEnvelope>(*officer);
    record.passphrase = envelope.passphrase;
    record.sealed_wrap = envelope.sealed_wrap;
    record.sealed_token = envelope.sealed_token;
    const auto state = home.ready.home.modules()->find(1)->state();
    module::seal_mac(module::softcard_keys(*state), record);
    write_file(path, base::encode(record));
    CHECK(status_of([&] { (void)home.tokens.load(home.token, TokenRole::user, words("officer")); }) == Status::passphrase_wrong);
    CHECK_NOTHROW(home.officer());
}

TEST_CASE("two who change a token at once are told", "[token]") {
    TokenHome home(each_connection());
    const auto path = home.record("softcard_" + client::short_hash(home.token));
    const Raw raw(home.ready.client);
    const auto stale = read_file(path);
    home.tokens.set_label(home.token, "first");
    const auto changed = raw.call(protocol::LabelToken{stale, "second"}).record;
    auto& store = *home.ready.client.state()->store;
    CHECK(status_of([&] {
              store.replace_if(store::RecordName::softcard(client::short_hash(home.token)), changed, [&](const auto& present) {
                  if (present != stale) throw Error(Status::bad_state, "changed");
              });
          }) == Status::bad_state);
    CHECK(home.tokens.get(home.token).label == "first");
}

TEST_CASE("a world made quickly is made once, by whoever comes first", "[quickstart]") {
    ThrowawayHome home(each_connection());
    auto client = home.open();
    const auto made = quickstart(client, true);
    CHECK(made.module == 1);
    CHECK(std::filesystem::exists(made.admin_card));
    CHECK(made.admin_card.parent_path() == client.locations().home / "cards");
    CHECK(client.module(1).mode == ModuleMode::operational);
    for (const auto& slot : client.slots(1)) CHECK(slot.state == SlotState::empty);
    const auto before = contents_of(client.locations().kmdata);
    auto second = home.open();
    const auto again = quickstart(second, true);
    CHECK(again.module == 1);
    CHECK(again.admin_card.empty());
    CHECK(contents_of(client.locations().kmdata) == before);
    client.clear(1, ModuleMode::pre_initialisation);
    CHECK(quickstart(second, true).module == 1);
    CHECK(second.module(1).mode == ModuleMode::operational);
    CHECK_NOTHROW(Tokens(second.world()).create("t", words("officer")));
}

TEST_CASE("of those who start quickly at the same time one makes the world", "[quickstart][threaded]") {
    ThrowawayHome home;
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(home.open()); // each with modules of its own, like a process
    std::vector<Quickstart> made(clients.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < clients.size(); ++i) threads.emplace_back([&, i] { made[i] = quickstart(clients[i], true); });
    for (auto& thread : threads) thread.join();
    CHECK(std::count_if(made.begin(), made.end(), [](const Quickstart& q) { return !q.admin_card.empty(); }) == 1);
    for (auto& client : clients) {
        CHECK(client.modules().size() == 1);
        CHECK_NOTHROW(client.world().check());
    }
}
