// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "server/in_process.hpp"

#include "base/codec.hpp"
#include "protocol/admin.hpp"
#include "protocol/frame.hpp"

#include <algorithm>
#include <new>

namespace hsm::server {

namespace {

using protocol::CommandId;
using protocol::Outcome;

/// Refusals become values, as in a module's dispatcher.
template <class Run>
Outcome guarded(Run run) noexcept {
    try {
        run();
        return {};
    } catch (const Error& error) {
        return {error.status(), error.message()};
    } catch (const std::bad_alloc&) {
        return {Status::out_of_memory, {}};
    } catch (const std::exception& error) {
        return {Status::internal, error.what()};
    }
}

[[noreturn]] void unknown_command() {
    throw Error(Status::not_supported, "the service does not know this command");
}

/// One connection's state in each module, made when first needed.
class Clients {
public:
    explicit Clients(std::shared_ptr<Modules> modules) : modules_(std::move(modules)) {}
    ~Clients() {
        for (std::uint32_t number = 0; number < max_modules; ++number) {
            const auto* client = clients_[number].load();
            if (!client) continue;
            if (auto* module = modules_->find(number)) module->forget_client(*client);
            delete client;
        }
    }

    [[nodiscard]] Modules& modules() noexcept { return *modules_; }
    [[nodiscard]] module::ClientState& of(std::uint32_t number, module::Module& module) {
        auto& place = clients_[number];
        if (auto* client = place.load(std::memory_order_acquire)) return *client;
        auto made = std::make_unique<module::ClientState>(module.new_client());
        module::ClientState* expected = nullptr;
        if (place.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) return *made.release();
        return *expected;
    }

private:
    std::shared_ptr<Modules> modules_;
    std::array<std::atomic<module::ClientState*>, max_modules> clients_{};
};

class InProcess final : public protocol::Connection {
public:
    explicit InProcess(std::shared_ptr<Modules> modules) : clients_(std::move(modules)) {}

    Outcome transact(std::uint32_t number, const protocol::CommandTraits& traits, const void* command, void* reply) override {
        auto* module = clients_.modules().find(number);
        if (module) return module->execute(clients_.of(number, *module), traits.id, command, reply);
        if (number == 0) return clients_.modules().execute(traits.id, command, reply);
        return clients_.modules().why_not(number);
    }

private:
    Clients clients_;
};

class Loopback final : public protocol::Connection {
public:
    explicit Loopback(std::shared_ptr<Modules> modules) : clients_(std::move(modules)) {}

    Outcome transact(std::uint32_t number, const protocol::CommandTraits& traits, const void* command, void* reply) override {
        Outcome outcome;
        const auto local = guarded([&] {
            const auto body = traits.encode_command(command);
            protocol::RequestFrame request;
            request.request = next_request_.fetch_add(1);
            request.module = number;
            request.command = static_cast<std::uint16_t>(traits.id);
            request.body = body.view();
            const auto answer = serve(encode_frame(request).view());
            const auto frame = base::decode<protocol::ReplyFrame>(answer.view(), Status::server_unavailable);
            if (frame.request != request.request || frame.version != protocol::frame_version)
                throw Error(Status::server_unavailable, "the reply does not belong to the request");
            outcome = {static_cast<Status>(frame.status), frame.message};
            if (outcome.status == Status::ok) traits.decode_reply(frame.body, reply);
        });
        return local.status == Status::ok ? outcome : local;
    }

private:
    template <class Frame>
    static Secret encode_frame(const Frame& frame) {
        auto bytes = base::encode_secret(frame);
        if (bytes.size() > protocol::max_frame)
            throw Error(Status::invalid_argument, "the command is longer than 16 MiB; use an operation in several parts");
        return bytes;
    }

    /// The far end: a frame in, a frame out.
    Secret serve(ByteView bytes) {
        const auto request = base::decode<protocol::RequestFrame>(bytes, Status::invalid_argument);
        const auto id = static_cast<CommandId>(request.command);
        Secret body;
        Outcome outcome;
        if (auto* module = clients_.modules().find(request.module))
            outcome = module->execute_encoded(clients_.of(request.module, *module), id, request.body, body);
        else if (request.module == 0) outcome = clients_.modules().execute_encoded(id, request.body, body);
        else outcome = clients_.modules().why_not(request.module);
        protocol::ReplyFrame reply;
        reply.request = request.request;
        reply.status = static_cast<std::uint16_t>(outcome.status);
        reply.message = std::move(outcome.message);
        reply.body = body.view();
        return encode_frame(reply);
    }

    Clients clients_;
    std::atomic<std::uint64_t> next_request_{1};
};

} // namespace

Modules::Modules(const module::Platform& platform, base::Path directory)
    : platform_(platform), directory_(std::move(directory)) {
    look();
}

Modules::~Modules() = default;

void Modules::open(Known& known, const Secret& passphrase) {
    try {
        known.module = std::make_unique<module::Module>(platform_, known.facts.path, passphrase);
        known.status = Status::ok;
        open_[known.facts.number].store(known.module.get(), std::memory_order_release);
    } catch (const Error& error) {
        known.status = error.status();
        known.text = error.what();
    }
}

void Modules::look() {
    auto known = known_.lock();
    problems_.clear();
    for (auto& facts : module::Home::list(platform_, directory_, problems_)) {
        const auto number = facts.number;
        const bool there = std::any_of(known->begin(), known->end(), [&](const Known& k) { return k.facts.esn == facts.esn; });
        if (there) continue;
        if (number == 0 || number >= max_modules || open_[number].load()) {
            problems_.push_back({facts.esn, Status::record_damaged, "module number " + std::to_string(number) +
                                                                        " is taken by another module, or impossible"});
            continue;
        }
        known->push_back({std::move(facts), Status::ok, {}, nullptr});
        open(known->back(), {});
    }
}

Outcome Modules::why_not(std::uint32_t number) {
    const auto known = known_.lock();
    for (const auto& each : *known)
        if (each.facts.number == number) return {each.status, each.text};
    if (known->empty())
        return {Status::no_module, "there is no module on this host yet; make one with 'hsm quickstart' or 'hsm module create'"};
    return {Status::no_module, "there is no module #" + std::to_string(number)};
}

std::vector<ModuleFacts> Modules::list() {
    look();
    std::vector<ModuleFacts> facts;
    const auto known = known_.lock();
    for (const auto& each : *known) {
        if (each.module) {
            facts.push_back(each.module->enquiry());
            continue;
        }
        ModuleFacts closed;
        closed.number = each.facts.number;
        closed.esn = each.facts.esn;
        closed.mode = ModuleMode::failed;
        closed.failure = each.text;
        closed.protected_start = each.facts.protected_start;
        facts.push_back(std::move(closed));
    }
    for (const auto& problem : problems_) {
        ModuleFacts broken;
        broken.esn = problem.name;
        broken.mode = ModuleMode::failed;
        broken.failure = problem.text;
        facts.push_back(std::move(broken));
    }
    return facts;
}

std::uint32_t Modules::create(const Secret& passphrase) {
    // Two processes must not give the same number away.
    platform_.files->create_directories(directory_, base::FileMode::private_dir);
    const auto lock = platform_.files->lock_file(directory_ / ".lock");
    lock->lock(0, base::LockFile::Mode::exclusive);
    look();
    std::uint32_t number = 1;
    {
        const auto known = known_.lock();
        for (const auto& each : *known) number = std::max(number, each.facts.number + 1);
        if (number >= max_modules) throw Error(Status::invalid_argument, "a host has at most 63 modules");
        auto facts = module::Home::create(platform_, directory_, number, passphrase);
        known->push_back({std::move(facts), Status::ok, {}, nullptr});
        open(known->back(), passphrase);
        if (!known->back().module) throw Error(known->back().status, known->back().text);
    }
    return number;
}

void Modules::start(std::uint32_t number, const Secret& passphrase) {
    const auto known = known_.lock();
    for (auto& each : *known) {
        if (each.facts.number != number || each.module) continue;
        open(each, passphrase);
        if (!each.module) throw Error(each.status, each.text);
        return;
    }
    if (!find(number)) throw Error(Status::no_module, "there is no module #" + std::to_string(number));
}

Outcome Modules::execute(CommandId id, const void* command, void* reply) noexcept {
    return guarded([&] {
        if (id == CommandId::list_modules) {
            static_cast<protocol::ListModules::Reply*>(reply)->modules = list();
        } else if (id == CommandId::create_module) {
            const auto& create_command = *static_cast<const protocol::CreateModule*>(command);
            static_cast<protocol::CreateModule::Reply*>(reply)->number = create(create_command.start_passphrase);
        } else if (id == CommandId::start_module) {
            const auto& start_command = *static_cast<const protocol::StartModule*>(command);
            start(start_command.number, start_command.passphrase);
        } else if (id == CommandId::new_card) {
            // A blank card belongs to no module; there may be none yet.
            module::Slots::make_blank(*platform_.files, static_cast<const protocol::NewCard*>(command)->path);
        } else {
            unknown_command();
        }
    });
}

Outcome Modules::execute_encoded(CommandId id, ByteView command, Secret& reply) noexcept {
    return guarded([&] {
        const auto run = [&]<class C>(const C*) {
            const auto decoded = base::decode<C>(command, Status::invalid_argument);
            typename C::Reply answer{};
            const auto outcome = execute(id, &decoded, &answer);
            if (outcome.status != Status::ok) throw Error(outcome.status, outcome.message);
            reply = base::encode_secret(answer);
        };
        if (id == CommandId::list_modules) run(static_cast<const protocol::ListModules*>(nullptr));
        else if (id == CommandId::create_module) run(static_cast<const protocol::CreateModule*>(nullptr));
        else if (id == CommandId::start_module) run(static_cast<const protocol::StartModule*>(nullptr));
        else if (id == CommandId::new_card) run(static_cast<const protocol::NewCard*>(nullptr));
        else unknown_command();
    });
}

std::unique_ptr<protocol::Connection> connect_in_process(std::shared_ptr<Modules> modules) {
    return std::make_unique<InProcess>(std::move(modules));
}

std::unique_ptr<protocol::Connection> connect_loopback(std::shared_ptr<Modules> modules) {
    return std::make_unique<Loopback>(std::move(modules));
}

} // namespace hsm::server
