// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// Quick start: a module, a Security World with one administrator card, a key, a signature.
//
// Everything lies under $LIBHSM_HOME (docs/user_guide.md says what else there is). Set it to an empty directory.

#include <hsm/hsm.hpp>

#include <iostream>

int main() try {
    auto client = hsm::Client::open();

    // A new module is in pre-initialisation and waits for a world.
    const auto module = client.create_module();

    // Virtual cards are files. One blank card in slot 0 becomes the only card of the administrator set.
    const auto card = client.locations().home / "admin.card";
    client.create_card(card);
    client.insert_card(module, 0, card);
    auto world = client.create_world(module, hsm::WorldOptions{}, hsm::silent());
    client.remove_card(module, 0); // nobody needs it in daily work: keep it elsewhere

    // A key pair that is made in the module, protected by the module alone, and stored in the world.
    hsm::KeyRequest request;
    request.ident = "first-key";
    request.spec = hsm::parse_key_spec("P-256");
    const auto key = world.generate(request, hsm::Protector::module_key(module));

    // Sign, and verify with the same key.
    const auto mechanism = hsm::parse_mechanism("ECDSA/SHA-256");
    const auto signature = key.sign(mechanism, hsm::view("a message"));
    if (!key.verify(mechanism, hsm::view("a message"), signature)) return 1;
    if (key.verify(mechanism, hsm::view("another message"), signature)) return 1;

    // Whoever has the public key can verify too, without libhsm.
    std::cout << key.public_pem();
    return 0;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n'; // one line: what is wrong and what to do
    return 1;
}
