// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "module/commands.hpp"

// Chapter: the module itself.

namespace hsm::module {

using namespace protocol;

namespace {

/// Whether the module is failed; throws when it still deserves to be.
bool passes_self_test(Module& module) {
    if (!module.home().page()->failed.load()) return false;
    if (const auto failure = module.self_test(); !failure.empty())
        throw Error(Status::module_failed, "the self-test '" + failure + "' fails; the module stays failed");
    return true;
}

} // namespace

Enquiry::Reply run(Context& context, const Enquiry&) { return {context.module().enquiry()}; }

Done run(Context& context, const Clear& command) {
    if (command.mode == ModuleMode::failed)
        throw Error(Status::invalid_argument, "a module is cleared to operational, pre-initialisation or maintenance");
    auto& module = context.module();
    const bool failed = passes_self_test(module);
    if (failed) module.nvram().recover();
    module.change(Module::Objects::drop, [&](ModuleSecrets& secrets) { secrets.mode = command.mode; });
    if (failed) module.home().page()->failed.store(0);
    return {};
}

Done run(Context& context, const Factory&) {
    auto& module = context.module();
    const bool failed = passes_self_test(module);
    module.change(Module::Objects::drop, [](ModuleSecrets& secrets) {
        secrets.enrolment.reset();
        secrets.pending_swap.clear();
        secrets.mode = ModuleMode::pre_initialisation;
    });
    module.nvram().erase();
    if (failed) module.home().page()->failed.store(0);
    return {};
}

SelfTest::Reply run(Context& context, const SelfTest&) {
    auto failure = context.module().self_test();
    if (!failure.empty()) context.module().fail("the self-test '" + failure + "' failed");
    return {std::move(failure)};
}

Random::Reply run(Context&, const Random& command) {
    constexpr std::uint32_t most = 1 << 20;
    if (command.size > most) throw Error(Status::invalid_argument, "at most 1 MiB of random bytes at a time");
    return {crypto::random_bytes(command.size)};
}

Done run(Context& context, const Destroy& command) {
    if (!context.module().objects().remove(command.handle, context.client().id()))
        throw Error(Status::invalid_handle, "this handle names nothing that is loaded");
    return {};
}

Done run(Context& context, const ClearPendingSwap&) {
    context.module().change(Module::Objects::keep, [](ModuleSecrets& secrets) { secrets.pending_swap.clear(); });
    return {};
}

} // namespace hsm::module
