// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/commands/admin.hpp"

// What the chapters about administrator cards share.

namespace hsm::module {

using namespace protocol;

namespace {

/// What the module knows now: another process may have taken note of a new ACS since this one read the state.
WorldFacts known_facts(Context& context) { return context.module().home().load()->enrolment().facts; }

void need_complete(Context& context, const TokenData& token) {
    if (!token.role) throw Error(Status::invalid_argument, "this is not an administrator token");
    if (token.stage != TokenData::Stage::complete)
        throw Error(Status::token_incomplete, "more administrator cards are needed");
    context.module().slots().check(token.protection.binding);
}

} // namespace

OpenedAdmin opened_admin(Context& context, TokenHandle handle) {
    const auto pin = context.pin<TokenObject>(handle.value, Object::Kind::token);
    const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
    need_complete(context, *token);
    if (token->admins)
        throw Error(Status::invalid_argument, "these cards were presented for another purpose; present them again");
    return {*token->role, token->secret.clone(), token->world, token->world_facts, token->protection};
}

OpenedAdmin opened_admin(Context& context, TokenHandle handle, AdminRole role, const char* otherwise) {
    auto admin = opened_admin(context, handle);
    if (admin.role != role) throw Error(Status::invalid_argument, otherwise);
    return admin;
}

OpenedAdminSet opened_admin_set(Context& context, TokenHandle handle) {
    const auto pin = context.pin<TokenObject>(handle.value, Object::Kind::token);
    const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
    need_complete(context, *token);
    if (!token->admins) throw Error(Status::invalid_argument, "this administrator token is for one purpose only");
    OpenedAdminSet set;
    for (std::size_t i = 0; i < set.secrets.size(); ++i) set.secrets[i] = token->admins->secrets[i].clone();
    set.record = token->world;
    set.facts = token->world_facts;
    set.foreign = token->admins->foreign;
    return set;
}

WorldFacts admin_facts(Context& context, const WorldRecord& record) {
    if (!context.state()->enrolled()) return check_world(record, nullptr);
    const auto known = known_facts(context);
    auto facts = check_world(record, &known.hknso);
    if (facts.acs_generation < known.acs_generation)
        throw Error(Status::untrusted,
                    "the world file is from before the administrator cards were replaced (generation " +
                        std::to_string(facts.acs_generation) + ", the module knows " +
                        std::to_string(known.acs_generation) + "); restore the newest world file");
    if (facts.acs_generation > known.acs_generation && !context.module().home().read_only())
        (void)adopt(context, record);
    return facts;
}

std::uint32_t adopt(Context& context, const WorldRecord& record) {
    const auto known = known_facts(context);
    const auto facts = check_world(record, &known.hknso);
    if (facts.acs_generation <= known.acs_generation) return known.acs_generation;
    auto generation = facts.acs_generation;
    context.module().change(Module::Objects::keep, [&](ModuleSecrets& secrets) {
        if (!secrets.enrolment || secrets.enrolment->facts.hknso != facts.hknso)
            throw Error(Status::foreign_world, "the module has left its Security World meanwhile");
        auto& own = secrets.enrolment->facts;
        if (own.acs_generation >= facts.acs_generation) {
            generation = own.acs_generation;
            return;
        }
        // K_NSO certified all of it; what the module enforces besides (mode, suite, recovery) is what it was at
        // enrolment.
        own.acs_generation = facts.acs_generation;
        own.token_nso = facts.token_nso;
        own.token_load = facts.token_load;
        own.token_recovery = facts.token_recovery;
        own.token_passphrase = facts.token_passphrase;
        own.token_nvram = facts.token_nvram;
    });
    return generation;
}

} // namespace hsm::module
