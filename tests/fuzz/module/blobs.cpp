// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "edits.hpp"
#include "fuzz_home.hpp"

// A key blob, a world record and a certificate, changed a little: whatever is not as it was made is refused, or says
// what it said.

using namespace hsm;
using namespace hsm::fuzz;

namespace {

module::ClientState& client() {
    static auto one = Home::instance().module(1).new_client();
    return one;
}

template <class Command>
Status run(const Command& command, typename Command::Reply& reply) {
    return Home::instance().module(1).execute(client(), Command::id, &command, &reply).status;
}

void blob(ByteView input) {
    static const auto good = Home::instance().key_record().blob;
    const auto bad = edited(good, input);
    protocol::LoadBlob::Reply reply;
    const auto status = run(protocol::LoadBlob{bad, {}}, reply);
    if ((status == Status::ok) != (bad == good) || status == Status::internal) std::abort();
    if (status != Status::ok) return;
    protocol::Done done;
    if (run(protocol::Destroy{reply.key.value}, done) != Status::ok) std::abort();
}

void world(ByteView input) {
    static const auto good = *Home::instance().files->read(Home::instance().locations.kmlocal / "world", 1 << 20);
    protocol::CheckWorld::Reply reply;
    const auto status = run(protocol::CheckWorld{edited(good, input)}, reply);
    if (status == Status::internal) std::abort();
    const auto& facts = Home::instance().world->facts();
    if (status == Status::ok && base::encode(reply.facts) != base::encode(facts)) std::abort();
}

void generation(ByteView input) {
    static const auto record = Home::instance().key_record();
    static const auto good = base::encode(*record.generation);
    static const auto module =
        *Home::instance().files->read(Home::instance().locations.kmlocal / ("module_" + record.facts.esn), 1 << 20);
    const bool change_module = !input.empty() && input[0] % 2 == 1;
    if (!input.empty()) input = input.subspan(1);
    protocol::CheckGeneration command;
    command.module_record = change_module ? edited(module, input) : module;
    try {
        command.certificate = base::decode<protocol::Certificate>(change_module ? good : edited(good, input));
    } catch (const Error&) {
        return;
    }
    protocol::CheckGeneration::Reply reply;
    const auto status = run(command, reply);
    if (status == Status::internal) std::abort();
    if (status == Status::ok && reply.valid && base::encode(reply.body) != record.generation->body) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: world(input); break;
    case 1: generation(input); break;
    default: blob(input); break;
    }
    return 0;
}
