// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// A softcard: a passphrase, and nothing to hold in the hand, stands before every loading of a key.

#include <hsm/hsm.hpp>

#include <iostream>

int main() try {
    auto client = hsm::Client::open();
    const auto module = client.create_module();
    const auto card = client.locations().home / "admin.card";
    client.create_card(card);
    client.insert_card(module, 0, card);
    auto world = client.create_world(module, {}, hsm::silent());
    client.remove_card(module, 0);

    const auto passphrase = hsm::Secret::from_text("correct horse battery staple");
    const auto softcard = world.create_softcard(module, "web-server", passphrase);
    {
        const auto protector = world.load_softcard(module, softcard.token, passphrase);
        hsm::KeyRequest request;
        request.ident = "tls";
        request.name = "key of the web server";
        request.spec = hsm::parse_key_spec("RSA-3072");
        (void)world.generate(request, protector);
    } // the key and the softcard are unloaded here

    // Later, perhaps in another program: find the key, load it with the passphrase, sign.
    hsm::FixedPassphrase wrong(hsm::Secret::from_text("a guess"));
    try {
        (void)world.load("simple", "tls", wrong, module);
        return 1;
    } catch (const hsm::Error& error) {
        std::cout << error.what() << '\n';
        if (error.status() != hsm::Status::passphrase_wrong) return 1;
    }
    hsm::FixedPassphrase right(passphrase.clone());
    const auto key = world.load("simple", "tls", right, module);
    const auto mechanism = hsm::parse_mechanism("RSA-PSS/SHA-256");

    // What is too large for one call goes through a channel, in parts.
    auto channel = key.open(hsm::Action::sign, mechanism);
    hsm::Bytes signature;
    channel.update(hsm::view("the first part, "), signature);
    channel.update(hsm::view("the second part"), signature);
    channel.finish(signature);
    return key.verify(mechanism, hsm::view("the first part, the second part"), signature) ? 0 : 1;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
