// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "operations.hpp"

#include <algorithm>

// Tokens with an officer, and objects of a front end.

namespace hsm::test {

namespace {

const char* const app = "pkcs11";

Secret words(std::string_view text) { return Secret::from_text(text); }

std::vector<TokenFacts> officers_tokens(const Client& client) {
    auto all = Tokens(client.world()).list();
    std::erase_if(all, [](const TokenFacts& facts) { return !facts.has_officer; });
    return all;
}

TokenFacts the_token(const Client& client) {
    const auto all = officers_tokens(client);
    require(all.size() == 1, "there are " + std::to_string(all.size()) + " tokens with an officer instead of one");
    return all.front();
}

Objects open_objects(const Client& client) {
    const auto token = the_token(client).token;
    Objects objects(client.world(), app, 1, token);
    objects.open(Tokens(client.world()).load(token, TokenRole::user, words("user")));
    return objects;
}

std::vector<ObjectPart> labelled(std::string_view label, std::string_view attributes) {
    std::vector<ObjectPart> parts(1);
    parts[0].sealed = true;
    parts[0].attributes = words(attributes);
    parts[0].terms.push_back({1, view(label)});
    return parts;
}

std::vector<ObjectMatch> find(const Objects& objects, std::string_view label) {
    const SearchTerm term{1, view(label)};
    return objects.find({&term, 1});
}

/// The attributes of the one object of that label; empty when there is none.
std::string attributes(const Objects& objects, std::string_view label) {
    const auto found = find(objects, label);
    require(found.size() <= 1, "an object is there twice");
    if (found.empty()) return {};
    const auto object = objects.read(found.front().ident);
    require(object.has_value(), "what was found is not there");
    return std::string(text(object->parts.at(0).attributes.view()));
}

/// A token with an object "old".
void make_token(Client& client) {
    const Tokens tokens(client.world());
    const auto token = tokens.create("token", words("officer")).token;
    tokens.set_user_passphrase(tokens.load(token, TokenRole::officer, words("officer")), words("user"));
    (void)open_objects(client).create(labelled("old", "as it was"));
}

Operation create_object() {
    return {"create an object", &Stages::world, make_token,
            [](Client& client, Notes&) { (void)open_objects(client).create(labelled("new", "whole")); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto objects = open_objects(client);
                const auto found = attributes(objects, "new");
                require(!done || !found.empty(), "an acknowledged object is lost");
                require(found.empty() || found == "whole", "an object is neither there nor not");
                require(attributes(objects, "old") == "as it was", "another object suffered");
                check_world(client);
            }};
}

Operation replace_object() {
    return {"replace an object", &Stages::world, make_token,
            [](Client& client, Notes&) {
                auto objects = open_objects(client);
                const auto ident = find(objects, "old").at(0).ident;
                objects.replace(ident, objects.read(ident)->version, labelled("old", "changed"));
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto found = attributes(open_objects(client), "old");
                require(found == "changed" || (!done && found == "as it was"), "an object is neither old nor new");
                check_world(client);
            }};
}

Operation remove_object() {
    return {"remove an object", &Stages::world, make_token,
            [](Client& client, Notes&) {
                auto objects = open_objects(client);
                objects.remove(find(objects, "old").at(0).ident);
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto found = attributes(open_objects(client), "old");
                require(done ? found.empty() : found.empty() || found == "as it was", "a removed object is back, or in part");
                check_world(client);
            }};
}

Operation create_token() {
    return {"create a token", &Stages::world, {},
            [](Client& client, Notes&) { (void)Tokens(client.world()).create("token", words("officer")); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto all = officers_tokens(client);
                require(all.size() == 1 || (!done && all.empty()), "an acknowledged token is lost");
                if (!all.empty()) (void)Tokens(client.world()).load(all[0].token, TokenRole::officer, words("officer"));
                check_world(client);
            }};
}

Operation set_user() {
    return {"set the user's passphrase", &Stages::world, make_token,
            [](Client& client, Notes&) {
                const Tokens tokens(client.world());
                const auto token = the_token(client).token;
                tokens.set_user_passphrase(tokens.load(token, TokenRole::officer, words("officer")), words("other"));
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const Tokens tokens(client.world());
                const auto token = the_token(client).token;
                bool changed = true;
                try {
                    (void)tokens.load(token, TokenRole::user, words("other"));
                } catch (const Error& error) {
                    if (error.status() != Status::passphrase_wrong) throw;
                    changed = false;
                }
                require(!done || changed, "an acknowledged passphrase is lost");
                if (!changed) (void)tokens.load(token, TokenRole::user, words("user"));
                check_world(client);
            }};
}

Operation reinitialise() {
    Operation operation{"initialise a token again", &Stages::world, make_token,
                        [](Client& client, Notes& notes) {
                            const auto old = the_token(client);
                            notes["old"] = to_bytes(old.token);
                            (void)Tokens(client.world()).reinitialise(old.token, "new", words("officer"), app);
                        },
                        [](const Notes& notes, bool done) {
                            auto client = Lab::instance().open();
                            const Tokens tokens(client.world());
                            const auto now = the_token(client);
                            require(!done || now.label == "new", "an acknowledged token is lost");
                            if (now.label == "new") require(!now.has_user, "the new token has the old one's user");
                            else require(attributes(open_objects(client), "old") == "as it was", "the old token is not whole");
                            const auto left = [&](const Hash256& owner) { return Objects(client.world(), app, 1, owner); };
                            if (done) {
                                require(client.world().softcards().size() == 2, "the old token is back");
                                Hash256 old{};
                                std::copy_n(notes.at("old").begin(), old.size(), old.begin());
                                require(left(old).find({}).empty(), "objects of the old token are back");
                            }
                            check_world(client);
                            // The next time takes along what a crash left.
                            const auto again = tokens.reinitialise(now.token, "again", words("officer"), app);
                            require(again.serial == now.serial, "the serial number changed");
                            require(client.world().softcards().size() == 2, "an old token stayed");
                            require(client.world().problems().empty(), "something is left over"); // objects without an owner
                        }};
    operation.commits_early = true;
    return operation;
}

} // namespace

std::vector<Operation> token_operations() {
    return {create_token(), set_user(), create_object(), replace_object(), remove_object(), reinitialise()};
}

} // namespace hsm::test
