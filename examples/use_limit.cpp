// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// An ACL with a use limit: each time the key is loaded it signs twice, only with one mechanism, and no more.

#include <hsm/hsm.hpp>

#include <iostream>

namespace {

/// Why the call was refused; ok if it was not.
hsm::Status refusal(const auto& call) {
    try {
        call();
        return hsm::Status::ok;
    } catch (const hsm::Error& error) {
        std::cout << "refused: " << error.what() << '\n';
        return error.status();
    }
}

} // namespace

int main() try {
    auto client = hsm::Client::open();
    const auto module = client.create_module();
    const auto card = client.locations().home / "admin.card";
    client.create_card(card);
    client.insert_card(module, 0, card);
    auto world = client.create_world(module, {}, hsm::silent());
    client.remove_card(module, 0);

    hsm::KeyRequest request;
    request.ident = "rationed";
    request.spec = hsm::parse_key_spec("P-384");
    request.usage.actions = hsm::bit(hsm::Action::sign);
    request.usage.mechanisms = {hsm::MechanismId::ecdsa};
    request.usage.limits = {{.kind = hsm::UseLimit::Kind::authorisation, .value = 2, .id = {}, .esn = {}}};
    (void)world.generate(request, hsm::Protector::module_key(module));

    const auto mechanism = hsm::parse_mechanism("ECDSA/SHA-384");
    const auto text = hsm::view("a message");
    for (int loading = 0; loading < 2; ++loading) {
        const auto key = world.load("simple", "rationed", hsm::silent(), module);
        (void)key.sign(mechanism, text);
        (void)key.sign(mechanism, text);
        if (refusal([&] { (void)key.sign(mechanism, text); }) != hsm::Status::limit_reached) return 1;
    }

    // What the ACL does not name is denied. verify_key shows the ACL of the key's generation, in words.
    const auto key = world.load("simple", "rationed", hsm::silent(), module);
    if (refusal([&] { (void)key.verify(mechanism, text, {}); }) != hsm::Status::access_denied) return 1;
    const auto check = world.verify_key(*world.find("simple", "rationed"), module);
    for (const auto& line : hsm::describe(check.acl)) std::cout << line << '\n';
    return check.certificate_valid ? 0 : 1;
} catch (const hsm::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
