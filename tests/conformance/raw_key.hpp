// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "client/state.hpp"
#include "support/throwaway_home.hpp"

namespace hsm::test {

inline constexpr std::uint32_t every_action = (bit(Action::make_archive_blob) << 1) - 1;

/// An ACL of one group.
inline Acl one_group(std::uint32_t actions, std::vector<UseLimit> limits = {}) {
    Acl acl;
    acl.groups.push_back({{}, {}, std::move(limits), {{actions, {}, {}, {}, false}}});
    return acl;
}

inline UseLimit limit_of(UseLimit::Kind kind, std::uint64_t value, std::string_view id = {}) {
    return {kind, value, kind == UseLimit::Kind::global ? to_bytes(view(id)) : Bytes{}, {}};
}

/// Commands straight to module 1, with the ACL that the test wants.
class Raw {
public:
    explicit Raw(const Client& client, std::uint32_t module = 1)
        : link_(client.state()->link), module_(module) {}

    template <class Command>
    auto call(const Command& command) const {
        return link_->call(module_, command);
    }
    [[nodiscard]] KeyHandle generate(std::string_view spec, const Acl& acl, TokenHandle token = {}) const {
        protocol::GenerateKey command;
        command.spec = parse_key_spec(spec);
        command.acl = acl;
        command.protection.token = token;
        command.certificate = false;
        return call(command).key;
    }
    [[nodiscard]] KeyHandle import_secret(KeyType type, ByteView material, const Acl& acl) const {
        protocol::ImportKey command;
        command.half = KeyHalf::secret;
        command.type = type;
        command.material = Secret(material);
        command.acl = acl;
        return call(command).key;
    }
    [[nodiscard]] KeyHandle load(ByteView blob, TokenHandle token = {}) const {
        return call(protocol::LoadBlob{blob, token}).key;
    }
    [[nodiscard]] Bytes blob(KeyHandle key, TokenHandle token = {}) const {
        return call(protocol::MakeBlob{key, token}).blob;
    }
    void destroy(KeyHandle key) const { (void)call(protocol::Destroy{key.value}); }
    /// An HMAC, the cheapest use of a key that there is.
    [[nodiscard]] Bytes use(KeyHandle key) const {
        Mechanism mechanism;
        mechanism.id = MechanismId::hmac;
        mechanism.hash = Hash::sha256;
        return call(protocol::Sign{key, mechanism, view("data")}).signature;
    }

private:
    std::shared_ptr<client::Link> link_;
    std::uint32_t module_;
};

} // namespace hsm::test
