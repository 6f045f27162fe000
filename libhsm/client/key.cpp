// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "protocol/nvram.hpp"

#include <hsm/key.hpp>

#include <algorithm>

namespace hsm {

namespace client {

Key make_key(const std::shared_ptr<Link>& link, std::uint32_t module, const protocol::NewKey& made, std::shared_ptr<World::State> world) {
    auto loaded = std::make_shared<LoadedKey>();
    loaded->link = link;
    loaded->module = module;
    loaded->handle = made.key;
    loaded->spec = made.spec;
    loaded->half = made.half;
    loaded->id = made.key_id;
    loaded->public_info = made.public_info;
    loaded->world = std::move(world);
    loaded->generation = made.generation;
    return Key(std::move(loaded));
}

std::string short_hash(const Hash256& hash) { return to_hex(hash).substr(0, 40); }

} // namespace client

namespace {

/// Replies are kept per thread of use by the caller's own buffer: it is lent to the reply and taken back.
template <class Command>
void call_into(const LoadedKey& key, const Mechanism& mechanism, ByteView data, Bytes& out, Bytes Command::Reply::* result) {
    const Command command{key.handle, mechanism, data};
    typename Command::Reply reply;
    (reply.*result).swap(out);
    key.link->call(key.module, command, reply);
    (reply.*result).swap(out);
}

/// The ACL of a key that is made from this one.
Acl acl_from(const LoadedKey& from, const Usage& usage, const KeySpec& spec, KeyHalf half) {
    return client::make_session_acl(usage, spec, half, from.world.get(), from.module);
}

Key key_from(const LoadedKey& from, const protocol::NewKey& made) { return client::make_key(from.link, from.module, made, from.world); }

std::string base64(ByteView bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t j) -> std::uint32_t { return i + j < bytes.size() ? bytes[i + j] : 0; };
        const auto word = at(0) << 16 | at(1) << 8 | at(2);
        for (unsigned j = 0; j < 4; ++j)
            out += i + j <= bytes.size() ? digits[word >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

} // namespace

const LoadedKey& Key::loaded() const {
    if (!loaded_) throw Error(Status::invalid_handle, "this Key is empty; load one first");
    return *loaded_;
}

const KeySpec& Key::spec() const { return loaded().spec; }
KeyHalf Key::half() const { return loaded().half; }
const Hash256& Key::id() const { return loaded().id; }
const Bytes& Key::public_info() const { return loaded().public_info; }
KeyHandle Key::handle() const { return loaded().handle; }
std::uint32_t Key::module() const { return loaded().module; }

std::string Key::public_pem() const {
    if (public_info().empty()) throw Error(Status::key_type_mismatch, "a secret key has no public half");
    const auto text = base64(public_info());
    std::string pem = "-----BEGIN PUBLIC KEY-----\n";
    for (std::size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
    return pem + "-----END PUBLIC KEY-----\n";
}

Acl Key::acl() const { return loaded().link->call(module(), protocol::GetAcl{handle()}).acl; }

void Key::reduce_acl(const Acl& acl) const { loaded().link->call(module(), protocol::ReduceAcl{handle(), acl}); }

void Key::sign_into(const Mechanism& mechanism, ByteView data, Bytes& out) const {
    call_into<protocol::Sign>(loaded(), mechanism, data, out, &protocol::Sign::Reply::signature);
}

void Key::encrypt_into(const Mechanism& mechanism, ByteView plaintext, Bytes& out) const {
    call_into<protocol::Encrypt>(loaded(), mechanism, plaintext, out, &protocol::Encrypt::Reply::result);
}

void Key::decrypt_into(const Mechanism& mechanism, ByteView ciphertext, Bytes& out) const {
    call_into<protocol::Decrypt>(loaded(), mechanism, ciphertext, out, &protocol::Encrypt::Reply::result);
}

Bytes Key::sign(const Mechanism& mechanism, ByteView data) const {
    Bytes out;
    sign_into(mechanism, data, out);
    return out;
}

Bytes Key::encrypt(const Mechanism& mechanism, ByteView plaintext) const {
    Bytes out;
    encrypt_into(mechanism, plaintext, out);
    return out;
}

Bytes Key::decrypt(const Mechanism& mechanism, ByteView ciphertext) const {
    Bytes out;
    decrypt_into(mechanism, ciphertext, out);
    return out;
}

bool Key::verify(const Mechanism& mechanism, ByteView data, ByteView signature) const {
    return loaded().link->call(module(), protocol::Verify{handle(), mechanism, data, signature}).valid;
}

Channel Key::open(Action action, const Mechanism& mechanism) const {
    return {loaded().link, module(), loaded().link->call(module(), protocol::OpenChannel{handle(), action, mechanism}).channel};
}

Bytes Key::wrap(const Mechanism& mechanism, const Key& key) const {
    if (key.module() != module()) throw Error(Status::invalid_argument, "both keys must be loaded on the same module");
    return loaded().link->call(module(), protocol::WrapKey{handle(), key.handle(), mechanism}).wrapped;
}

std::size_t Key::wrapped_size(const Mechanism& mechanism, const Key& key) const {
    if (key.module() != module()) throw Error(Status::invalid_argument, "both keys must be loaded on the same module");
    return loaded().link->call(module(), protocol::WrappedSize{handle(), key.handle(), mechanism}).size;
}

Bytes Key::check_value() const { return loaded().link->call(module(), protocol::CheckValue{handle()}).value; }

Key Key::unwrap(const Mechanism& mechanism, ByteView wrapped, const KeySpec& spec, KeyHalf half, const Usage& usage) const {
    protocol::UnwrapKey command{handle(), mechanism, wrapped, spec, half, acl_from(loaded(), usage, spec, half), {}};
    return key_from(loaded(), loaded().link->call(module(), command));
}

Key Key::derive(const Mechanism& mechanism, const KeySpec& spec, const Usage& usage) const {
    protocol::DeriveKey command{handle(), mechanism, spec, acl_from(loaded(), usage, spec, KeyHalf::secret), {}};
    return key_from(loaded(), loaded().link->call(module(), command));
}

DerivedKeys Key::derive_all(const Mechanism& mechanism, std::span<const DerivedPart> parts, std::uint32_t public_bytes) const {
    protocol::DeriveKeys command{handle(), mechanism, {}, public_bytes};
    for (const auto& part : parts)
        command.parts.push_back({part.spec, acl_from(loaded(), part.usage, part.spec, KeyHalf::secret), {}});
    auto reply = loaded().link->call(module(), command);
    DerivedKeys derived;
    for (const auto& made : reply.keys) derived.keys.push_back(key_from(loaded(), made));
    derived.bytes = std::move(reply.bytes);
    return derived;
}

Key Key::encapsulate(const Mechanism& mechanism, const KeySpec& spec, const Usage& usage, Bytes& ciphertext) const {
    protocol::Encapsulate command{handle(), mechanism, spec, acl_from(loaded(), usage, spec, KeyHalf::secret)};
    auto reply = loaded().link->call(module(), command);
    auto key = key_from(loaded(), reply.shared);
    ciphertext = std::move(reply.ciphertext);
    return key;
}

Key Key::decapsulate(const Mechanism& mechanism, ByteView ciphertext, const KeySpec& spec, const Usage& usage) const {
    protocol::Decapsulate command{handle(), mechanism, ciphertext, spec, acl_from(loaded(), usage, spec, KeyHalf::secret)};
    return key_from(loaded(), loaded().link->call(module(), command));
}

void Key::adjust(const Usage& usage) const {
    protocol::AdjustAcl command{handle(), client::owner_actions(usage, spec(), half()), usage.mechanisms, usage.trusted_kek_only};
    loaded().link->call(module(), command);
}

void Key::set_trusted(const Protector& officer, bool trusted) const {
    if (officer.module() != module()) throw Error(Status::invalid_argument, "the officer's token is loaded on another module");
    loaded().link->call(module(), protocol::SetTrusted{handle(), officer.token(), trusted});
}

bool Key::trusted() const { return loaded().link->call(module(), protocol::GetTrusted{handle()}).trusted; }

void Key::authorise_use(const Secret& passphrase) const {
    loaded().link->call(module(), protocol::AuthoriseUse{handle(), passphrase.clone()});
}

Key Key::public_half(const Usage& usage) const {
    protocol::PublicHalf command{handle(), client::make_session_acl(usage, spec(), KeyHalf::public_key)};
    return key_from(loaded(), loaded().link->call(module(), command));
}

std::vector<KeyUse> Key::uses() const { return loaded().link->call(module(), protocol::KeyUses{handle()}).uses; }

namespace {

std::optional<KeyUse> lowest(const std::vector<KeyUse>& uses) {
    const auto at = std::min_element(uses.begin(), uses.end(), [](const KeyUse& a, const KeyUse& b) { return a.limit < b.limit; });
    return at == uses.end() ? std::nullopt : std::optional(*at);
}

} // namespace

std::optional<std::uint64_t> Key::use_limit() const {
    const auto use = lowest(uses());
    return use ? std::optional(use->limit) : std::nullopt;
}

std::optional<std::uint64_t> Key::use_count() const {
    const auto use = lowest(uses());
    return use ? std::optional(use->used) : std::nullopt;
}

void Key::reserve_uses(std::uint32_t batch) const { loaded().link->call(module(), protocol::ReserveUses{handle(), batch}); }

Secret Key::export_plain() const {
    return std::move(loaded().link->call(module(), protocol::ExportKey{handle()}).material);
}

// ---- Channel ------------------------------------------------------------------------------------------------------

Channel::Channel(std::shared_ptr<client::Link> link, std::uint32_t module, ChannelHandle handle)
    : link_(std::move(link)), module_(module), handle_(handle) {}

Channel::Channel(Channel&& other) noexcept
    : link_(std::move(other.link_)), module_(other.module_), handle_(std::exchange(other.handle_, {})) {}

Channel& Channel::operator=(Channel&& other) noexcept {
    if (this != &other) {
        if (link_) link_->destroy(module_, handle_.value);
        link_ = std::move(other.link_);
        module_ = other.module_;
        handle_ = std::exchange(other.handle_, {});
    }
    return *this;
}

Channel::~Channel() {
    if (link_) link_->destroy(module_, handle_.value);
}

void Channel::update(ByteView data, Bytes& out) {
    auto result = link_->call(module_, protocol::UpdateChannel{handle_, data}).result;
    out.insert(out.end(), result.begin(), result.end());
    wipe(result); // of a decryption it is the plaintext
}

void Channel::finish(Bytes& out) {
    auto result = link_->call(module_, protocol::FinishChannel{std::exchange(handle_, {})}).result;
    out.insert(out.end(), result.begin(), result.end());
    wipe(result);
}

Channel Channel::copy() const { return {link_, module_, link_->call(module_, protocol::CopyChannel{handle_}).channel}; }

bool Channel::finish_verify(ByteView signature) {
    return link_->call(module_, protocol::FinishVerify{std::exchange(handle_, {}), signature}).valid;
}

} // namespace hsm
