// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// A ceremony prepares counters in NVRAM; afterwards, without an administrator card, a program makes a key that signs
// three times, ever.

#include <hsm/hsm.hpp>

#include <iostream>

int main() try {
    auto client = hsm::Client::open();
    const auto module = client.create_module();
    const auto card = client.locations().home / "admin.card";
    client.create_card(card);
    client.insert_card(module, 0, card);
    auto world = client.create_world(module, {}, hsm::silent());

    hsm::Nvram nvram(world, module);
    {
        hsm::Nvram ceremony(world, module);
        ceremony.authorise(hsm::silent()); // the administrator card is in the slot, and has no passphrase
        for (const auto& name : ceremony.prepare(5)) std::cout << "prepared " << name << '\n';
    }
    client.remove_card(module, 0);

    hsm::KeyRequest request;
    request.ident = "issuing-ca";
    request.spec = hsm::parse_key_spec("P-256");
    request.usage.limits = {{.kind = hsm::UseLimit::Kind::nonvolatile, .value = 3, .id = {}, .esn = {}}};
    const auto key = world.generate(request, hsm::Protector::module_key(module));

    const auto mechanism = hsm::parse_mechanism("ECDSA/SHA-256");
    int signatures = 0;
    try {
        for (;; ++signatures) (void)key.sign(mechanism, hsm::view("a certificate"));
    } catch (const hsm::Error& error) {
        std::cout << "after " << signatures << " signatures: " << error.what() << '\n';
        if (error.status() != hsm::Status::limit_reached) return 1;
    }
    const auto use = key.uses().at(0);
    std::cout << use.used << " of " << use.limit << " uses are counted in " << use.area << '\n';
    return signatures == 3 && use.used == 3 && nvram.area(use.area).key == key.id() ? 0 : 1;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
