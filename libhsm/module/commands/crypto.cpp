// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"
#include "module/authorise.hpp"
#include "module/commands.hpp"

// Chapter: cryptography with loaded keys.

namespace hsm::module {

using namespace protocol;

namespace {

Sync<ChannelData>& channel_of(const Pin& pin) { return static_cast<ChannelObject&>(pin.object()).data; }

/// Feeds or ends a channel, if what protects its key is still there.
template <class Use>
void with_channel(Context& context, ChannelHandle handle, Use use) {
    const auto pin = context.pin<ChannelObject>(handle.value, Object::Kind::channel);
    // A channel belongs to one thread; its lock only keeps a mistaken second one from corrupting it.
    const auto channel = channel_of(pin).lock();
    context.module().slots().check(channel->binding);
    use(*channel);
}

template <class Use>
void end_channel(Context& context, ChannelHandle handle, Use use) {
    try {
        with_channel(context, handle, use);
    } catch (...) {
        (void)context.module().objects().remove(handle.value, context.client().id());
        throw;
    }
    (void)context.module().objects().remove(handle.value, context.client().id());
}

} // namespace

void run(Context& context, const Sign& command, Sign::Reply& reply) {
    const auto permit = authorise(context, command.key, request_for(Action::sign, command.mechanism));
    crypto::sign(permit.key(), command.mechanism, command.data, reply.signature);
}

void run(Context& context, const Verify& command, Verify::Reply& reply) {
    const auto permit = authorise(context, command.key, request_for(Action::verify, command.mechanism));
    reply.valid = crypto::verify(permit.key(), command.mechanism, command.data, command.signature);
}

void run(Context& context, const Encrypt& command, Encrypt::Reply& reply) {
    const auto permit = authorise(context, command.key, request_for(Action::encrypt, command.mechanism));
    crypto::encrypt(permit.key(), command.mechanism, command.data, reply.result);
}

void run(Context& context, const Decrypt& command, Encrypt::Reply& reply) {
    const auto permit = authorise(context, command.key, request_for(Action::decrypt, command.mechanism));
    crypto::decrypt(permit.key(), command.mechanism, command.data, reply.result);
}

void run(Context& context, const Digest& command, Encrypt::Reply& reply) {
    if (context.module().level3()) check_level3_hash(command.hash, MechanismId::digest);
    crypto::digest(command.hash, command.data, reply.result);
}

OpenChannel::Reply run(Context& context, const OpenChannel& command) {
    ChannelData channel;
    channel.action = command.action;
    if (!command.key) {
        if (command.mechanism.id != MechanismId::digest)
            throw Error(Status::invalid_argument, "only a digest works without a key");
        if (context.module().level3()) check_level3_hash(command.mechanism.hash, MechanismId::digest);
        channel.stream = crypto::open_stream(nullptr, command.mechanism, command.action);
    } else {
        const auto permit = authorise(context, command.key, request_for(command.action, command.mechanism));
        channel.key = permit.shared_key();
        channel.binding = permit.object().protection().binding;
        channel.stream = crypto::open_stream(channel.key.get(), command.mechanism, command.action);
    }
    return {ChannelHandle{context.keep(std::make_unique<ChannelObject>(context.client().id(), std::move(channel)))}};
}

OpenChannel::Reply run(Context& context, const CopyChannel& command) {
    ChannelData copy;
    with_channel(context, command.channel, [&](ChannelData& channel) {
        copy.stream = channel.stream->clone(); // of a digest only
        copy.action = channel.action;
    });
    return {ChannelHandle{context.keep(std::make_unique<ChannelObject>(context.client().id(), std::move(copy)))}};
}

void run(Context& context, const UpdateChannel& command, Encrypt::Reply& reply) {
    reply.result.clear();
    with_channel(context, command.channel, [&](ChannelData& channel) { channel.stream->update(command.data, reply.result); });
}

void run(Context& context, const FinishChannel& command, Encrypt::Reply& reply) {
    reply.result.clear();
    end_channel(context, command.channel, [&](ChannelData& channel) {
        // A permit to verify is none to sign: the stream itself would give the signature away.
        if (channel.action == Action::verify) throw Error(Status::bad_state, "a verification ends with the signature to check");
        channel.stream->finish(reply.result);
    });
}

void run(Context& context, const FinishVerify& command, Verify::Reply& reply) {
    end_channel(context, command.channel, [&](ChannelData& channel) {
        if (channel.action != Action::verify) throw Error(Status::bad_state, "this operation is not a verification");
        reply.valid = channel.stream->finish_verify(command.signature);
    });
}

} // namespace hsm::module
