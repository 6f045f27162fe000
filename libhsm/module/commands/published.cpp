// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "base/fork_guard.hpp"
#include "crypto/random.hpp"
#include "module/commands.hpp"
#include "module/objects.hpp"
#include "protocol/record_codec.hpp"

// Chapter: tokens that one program loads for others. A ticket is a file under the module's root key; it is good while
// its loader holds a lock, which dies with the loader's process, and while the card is there and the module was not
// cleared.

namespace hsm::module {

using namespace protocol;

namespace {

struct Ticket {
    std::string magic = "libhsm-ticket";
    std::uint32_t version = 1;
    std::uint64_t epoch = 0;
    ProtectorKind kind = ProtectorKind::card_set;
    Hash256 hash{};
    Secret token;
    std::uint32_t slot = 0;
    std::uint64_t insertion = 0, deadline_ms = 0;
    HSM_FIELDS(magic, version, epoch, kind, hash, token, slot, insertion, deadline_ms)
};

base::Path run_directory(Home& home) { return home.facts().path / "run"; }
base::Path ticket_path(Home& home, const std::string& file) { return run_directory(home) / file; }
base::Path lock_path(Home& home, const std::string& file) { return run_directory(home) / (file + ".lock"); }

void remove_ticket(Home& home, const std::string& file) noexcept {
    for (const auto& path : {ticket_path(home, file), lock_path(home, file)}) {
        try {
            if (home.files().info(path)) home.files().remove(path);
        } catch (const Error&) {
            // Without its lock held it is worth nothing; the next one to look tries again.
        }
    }
}

/// Holds the lock. In a forked child the parent's stays.
class TicketObject : public Object {
public:
    TicketObject(std::uint64_t client, Home& home, std::string file)
        : Object(Kind::ticket, client),
          home_(home),
          file_(std::move(file)),
          lock_(home.files().lock_file(lock_path(home, file_))) {
        lock_->lock(0, base::LockFile::Mode::exclusive);
        base::on_fork_child(lock_.get(), [](void* lock) noexcept { static_cast<base::LockFile*>(lock)->abandon(); });
        generation_ = base::fork_generation();
    }
    ~TicketObject() override {
        base::forget_on_fork(lock_.get());
        if (generation_ != base::fork_generation()) return;
        lock_.reset(); // an open file cannot be removed on every system
        remove_ticket(home_, file_);
    }

private:
    Home& home_;
    std::string file_;
    std::unique_ptr<base::LockFile> lock_;
    std::uint64_t generation_ = 0;
};

void check_name(const std::string& file) {
    if (file.size() != 32 || file.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Error(Status::invalid_argument, "a preloaded token is named by 32 hexadecimal digits");
}

[[noreturn]] void gone() {
    throw Error(Status::not_found, "this token is not kept loaded any more; present its cards, or preload it again");
}

/// The ticket, if its loader still holds it. One that nobody holds is cleared away.
Ticket read_ticket(Context& context, const std::string& file) {
    auto& home = context.module().home();
    check_name(file);
    if (!home.files().info(lock_path(home, file))) gone();
    if (home.files().lock_file(lock_path(home, file))->try_lock(0, base::LockFile::Mode::exclusive)) {
        remove_ticket(home, file);
        gone();
    }
    const auto sealed = home.read_sealed("run/" + file);
    if (!sealed) gone();
    auto ticket = base::decode<Ticket>(sealed->view());
    if (ticket.magic != Ticket{}.magic || ticket.version != 1)
        throw Error(Status::record_newer,
                    "the preloaded token was written by a later version of libhsm; update this one");
    if (ticket.epoch != home.page()->epoch.load(std::memory_order_acquire)) gone();
    context.module().slots().check({ticket.slot, ticket.insertion, ticket.deadline_ms});
    return ticket;
}

} // namespace

PublishToken::Reply run(Context& context, const PublishToken& command) {
    auto& home = context.module().home();
    home.require_writable("a token for other programs is written down while it is loaded");
    Ticket ticket;
    {
        const auto pin = context.pin<TokenObject>(command.token.value, Object::Kind::token);
        const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
        if (token->role)
            throw Error(Status::access_denied, "what administrator cards open is never kept for other programs");
        if (token->loaded_as != TokenRole::user)
            throw Error(Status::access_denied, "only a token's user loads it for other programs");
        if (token->stage != TokenData::Stage::complete)
            throw Error(Status::token_incomplete, "more cards of the set are needed");
        const auto& protection = token->protection;
        context.module().slots().check(protection.binding);
        ticket.kind = protection.kind;
        ticket.hash = token->hash;
        ticket.token = token->secret.clone();
        ticket.slot = protection.binding.slot;
        ticket.insertion = protection.binding.insertion;
        ticket.deadline_ms = protection.binding.deadline_ms;
    }
    ticket.epoch = home.page()->epoch.load(std::memory_order_acquire);
    home.files().create_directories(run_directory(home), base::FileMode::private_dir);
    const auto file = to_hex(crypto::random_bytes(16));
    // The lock first: nobody may see the ticket without it.
    auto object = std::make_unique<TicketObject>(context.client().id(), home, file);
    home.write_sealed("run/" + file, base::encode_secret(ticket));
    return {context.keep(std::move(object)), file};
}

ListPublished::Reply run(Context& context, const ListPublished&) {
    auto& home = context.module().home();
    ListPublished::Reply reply;
    if (!home.files().info(run_directory(home))) return reply;
    for (const auto& name : home.files().list(run_directory(home))) {
        if (name.size() != 32) continue;
        try {
            const auto ticket = read_ticket(context, name);
            reply.tokens.push_back({name, ticket.kind, ticket.hash});
        } catch (const Error&) {
            // Not to be taken any more.
        }
    }
    return reply;
}

TakePublished::Reply run(Context& context, const TakePublished& command) {
    auto ticket = read_ticket(context, command.file);
    TokenData token;
    token.stage = TokenData::Stage::complete;
    token.kind = ticket.kind;
    token.hash = ticket.hash;
    token.k = 1;
    token.secret = std::move(ticket.token);
    token.protection = {ticket.kind,
                        ticket.hash,
                        {ticket.slot, ticket.insertion, ticket.deadline_ms},
                        nullptr,
                        std::make_shared<TokenUses>(true)};
    if (token_hash(token.secret) != token.hash)
        throw Error(Status::record_damaged, "the preloaded token is damaged; preload it again");
    TakePublished::Reply reply;
    reply.kind = ticket.kind;
    reply.hash = ticket.hash;
    reply.token.value = context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)));
    return reply;
}

} // namespace hsm::module
