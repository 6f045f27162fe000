// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/commands.hpp"

#include "base/codec.hpp"
#include "base/fork_guard.hpp"
#include "base/log.hpp"
#include "base/thread_index.hpp"

#include <array>
#include <new>

namespace hsm::module {

namespace {

using protocol::CommandId;

template <class C>
void run_typed(Context& context, const void* command, void* reply) {
    const auto& c = *static_cast<const C*>(command);
    auto& r = *static_cast<typename C::Reply*>(reply);
    if constexpr (requires { run(context, c, r); }) run(context, c, r);
    else r = run(context, c);
}

template <class C>
Secret run_encoded(Context& context, ByteView bytes) {
    const auto command = base::decode<C>(bytes, Status::invalid_argument);
    typename C::Reply reply{};
    run_typed<C>(context, &command, &reply);
    return base::encode_secret(reply);
}

template <class C>
constexpr CommandRow row(std::string_view name, std::uint8_t when) {
    return {C::id, name, when, &run_typed<C>, &run_encoded<C>};
}

namespace p = protocol;

constexpr std::array rows{
    row<p::Enquiry>("enquiry", When::always),
    row<p::Clear>("clear", When::always),
    row<p::Factory>("factory", When::pre_initialisation | When::maintenance | When::failed),
    row<p::SelfTest>("self-test", When::working),
    row<p::Random>("random", When::working),
    row<p::Destroy>("destroy", When::always),
    row<p::ClearPendingSwap>("clear-pending-swap", When::working),
    row<p::SlotList>("slot-list", When::working),
    row<p::InsertCard>("insert-card", When::working),
    row<p::RemoveCard>("remove-card", When::working),
    row<p::EraseCard>("erase-card", When::operational | When::pre_initialisation),
    row<p::ChangeCardPassphrase>("change-card-passphrase", When::operational),
    row<p::CheckCardPassphrase>("check-card-passphrase", When::operational),
    row<p::NewCard>("new-card", When::working),
    row<p::MakeWorld>("make-world", When::pre_initialisation),
    row<p::WriteAdminCard>("write-admin-card", When::operational | When::pre_initialisation),
    row<p::FinishWorld>("finish-world", When::operational | When::pre_initialisation),
    row<p::CommitWorld>("commit-world", When::pre_initialisation),
    row<p::BeginAdminToken>("begin-admin-token", When::operational | When::pre_initialisation),
    row<p::Enrol>("enrol", When::pre_initialisation),
    row<p::LoadAdminKey>("load-admin-key", When::operational),
    row<p::CheckWorld>("check-world", When::working),
    row<p::GetModuleRecord>("module-record", When::operational),
    row<p::MakeCardSet>("make-card-set", When::operational),
    row<p::WriteShare>("write-share", When::operational),
    row<p::BeginToken>("begin-token", When::operational),
    row<p::AddShare>("add-share", When::operational | When::pre_initialisation),
    row<p::MakeSoftcard>("make-softcard", When::operational),
    row<p::LoadSoftcard>("load-softcard", When::operational),
    row<p::ChangeSoftcardPassphrase>("change-softcard-passphrase", When::operational),
    row<p::MakeToken>("make-token", When::operational),
    row<p::LoadToken>("load-token", When::operational),
    row<p::ChangeTokenPassphrase>("change-token-passphrase", When::operational),
    row<p::SetUserPassphrase>("set-user-passphrase", When::operational),
    row<p::AddOfficer>("add-officer", When::operational),
    row<p::LabelToken>("label-token", When::operational),
    row<p::ReinitialiseToken>("reinitialise-token", When::operational),
    row<p::TokenFailures>("token-failures", When::working),
    row<p::GenerateKey>("generate-key", When::operational),
    row<p::ImportKey>("import-key", When::operational),
    row<p::MakeBlob>("make-blob", When::operational),
    row<p::MakeArchiveBlob>("make-archive-blob", When::operational),
    row<p::LoadBlob>("load-blob", When::operational),
    row<p::KeyInfo>("key-info", When::operational),
    row<p::GetAcl>("get-acl", When::operational),
    row<p::ReduceAcl>("reduce-acl", When::operational),
    row<p::ExportKey>("export-key", When::operational),
    row<p::WrapKey>("wrap-key", When::operational),
    row<p::UnwrapKey>("unwrap-key", When::operational),
    row<p::DeriveKey>("derive-key", When::operational),
    row<p::Encapsulate>("encapsulate", When::operational),
    row<p::Decapsulate>("decapsulate", When::operational),
    row<p::CheckGeneration>("check-generation", When::operational),
    row<p::AdjustAcl>("adjust-acl", When::operational),
    row<p::SetTrusted>("set-trusted", When::operational),
    row<p::GetTrusted>("get-trusted", When::operational),
    row<p::AuthoriseUse>("authorise-use", When::operational),
    row<p::PublicHalf>("public-half", When::operational),
    row<p::Sign>("sign", When::operational),
    row<p::Verify>("verify", When::operational),
    row<p::Encrypt>("encrypt", When::operational),
    row<p::Decrypt>("decrypt", When::operational),
    row<p::Digest>("digest", When::working),
    row<p::OpenChannel>("open-channel", When::working),
    row<p::UpdateChannel>("update-channel", When::working),
    row<p::FinishChannel>("finish-channel", When::working),
    row<p::FinishVerify>("finish-verify", When::working),
    row<p::CopyChannel>("copy-channel", When::working),
    row<p::DeriveKeys>("derive-keys", When::operational),
    row<p::SealData>("seal-data", When::operational),
    row<p::OpenData>("open-data", When::operational),
    row<p::SearchKey>("search-key", When::operational),
    row<p::WrappedSize>("wrapped-size", When::operational),
    row<p::CheckValue>("check-value", When::operational),
    row<p::GenerateGroup>("generate-group", When::operational),
    row<p::NvramList>("nvram-list", When::working),
    row<p::NvramAllocate>("nvram-allocate", When::operational),
    row<p::NvramFree>("nvram-free", When::operational),
    row<p::NvramRead>("nvram-read", When::operational),
    row<p::NvramWrite>("nvram-write", When::operational),
    row<p::NvramIncrement>("nvram-increment", When::operational),
    row<p::NvramBackUp>("nvram-back-up", When::operational),
    row<p::NvramRestore>("nvram-restore", When::operational),
    row<p::NvramResize>("nvram-resize", When::operational),
    row<p::NvramStoreKey>("nvram-store-key", When::operational),
    row<p::NvramLoadKey>("nvram-load-key", When::operational),
    row<p::KeyUses>("key-uses", When::operational),
    row<p::ReserveUses>("reserve-uses", When::operational),
    row<p::RecreateCounter>("recreate-counter", When::operational),
    row<p::BeginAdminSet>("begin-admin-set", When::operational),
    row<p::MakeAdminSet>("make-admin-set", When::operational),
    row<p::AdoptWorld>("adopt-world", When::operational),
    row<p::EraseReplacedCard>("erase-replaced-card", When::operational),
    row<p::RecoverKey>("recover-key", When::operational),
    row<p::RecoverCard>("recover-card", When::operational),
    row<p::RecoverSoftcard>("recover-softcard", When::operational),
    row<p::TransferKey>("transfer-key", When::operational),
    row<p::CheckFipsAuth>("check-fips-auth", When::operational),
    row<p::PublishToken>("publish-token", When::operational),
    row<p::ListPublished>("list-published", When::operational),
    row<p::TakePublished>("take-published", When::operational),
    row<p::ListFeatures>("list-features", When::working),
    row<p::SetFeatureIssuer>("set-feature-issuer", When::pre_initialisation),
    row<p::EnableFeature>("enable-feature", When::working),
};

constexpr auto make_index() {
    std::array<std::uint8_t, p::command_id_end> index{};
    for (std::size_t i = 0; i < rows.size(); ++i) index[static_cast<std::size_t>(rows[i].id)] = static_cast<std::uint8_t>(i + 1);
    return index;
}

constexpr auto index_of = make_index();

constexpr bool sorted_and_unique() {
    for (std::size_t i = 1; i < rows.size(); ++i)
        if (!(rows[i - 1].id < rows[i].id)) return false;
    return true;
}
static_assert(sorted_and_unique(), "command rows are sorted by number, each number once");

std::string state_advice(ModuleMode mode) {
    switch (mode) {
    case ModuleMode::pre_initialisation:
        return "the module is in pre-initialisation; finish new-world, or run nopclearfail -O";
    case ModuleMode::maintenance:
        return "the module is in maintenance; run nopclearfail -O";
    case ModuleMode::operational:
        return "the module is operational; run nopclearfail -I first (it unloads everything on the module)";
    case ModuleMode::failed:
        break;
    }
    return "the module has failed";
}

} // namespace

const CommandRow* command_row(CommandId id) noexcept {
    const auto number = static_cast<std::size_t>(id);
    if (number >= index_of.size() || index_of[number] == 0) return nullptr;
    return &rows[index_of[number] - 1u];
}

std::uint64_t Module::admit(const CommandRow& row) {
    if (fork_generation_ != base::fork_generation())
        throw Error(Status::forked, "this process is a child of the one that opened the module; open it again");
    // The era first: whatever happens from here on, an object made by this command cannot outlive a clear.
    auto era = objects_.era();
    auto& page = home_.page();
    page.follow();
    if (page->epoch.load(std::memory_order_acquire) != epoch_.load(std::memory_order_relaxed)) {
        refresh();
        era = objects_.era();
    }
    if (page->removals.load(std::memory_order_acquire) != removals_.load(std::memory_order_relaxed)) sweep_removed();
    const auto mode = page->failed.load(std::memory_order_relaxed) ? ModuleMode::failed : mode_.load(std::memory_order_relaxed);
    if (row.when & (1u << static_cast<unsigned>(mode))) return era;
    if (mode == ModuleMode::failed)
        throw Error(Status::module_failed, "the module has failed: " + failure() + "; run nopclearfail --clear");
    // Who wants to use a key does not know the commands behind it: without a world, that is what is missing.
    if (mode == ModuleMode::pre_initialisation && (row.when & When::operational)) (void)state()->enrolment();
    throw Error(Status::wrong_module_state, "'" + std::string(row.name) + "' is not possible now: " + state_advice(mode));
}

/// The dispatcher's catch ladder: from here on a refusal is a value.
template <class Run>
protocol::Outcome Module::guard(CommandId id, Run run_command) noexcept {
    try {
        const auto* row = command_row(id);
        if (!row) return {Status::not_supported, "the module does not know command " + std::to_string(static_cast<int>(id))};
        commands_[base::thread_index() % commands_.size()].n.fetch_add(1, std::memory_order_relaxed);
        run_command(*row, admit(*row));
        return {};
    } catch (const Error& error) {
        if (error.status() == Status::internal) base::log::error("command {}: {}", static_cast<int>(id), error.what());
        return {error.status(), error.message()};
    } catch (const std::bad_alloc&) {
        return {Status::out_of_memory, {}};
    } catch (const std::exception& error) {
        base::log::error("command {}: {}", static_cast<int>(id), error.what());
        return {Status::internal, error.what()};
    } catch (...) {
        return {Status::internal, {}};
    }
}

protocol::Outcome Module::execute(ClientState& client, CommandId id, const void* command, void* reply) noexcept {
    return guard(id, [&](const CommandRow& found, std::uint64_t era) {
        Context context(*this, client, era);
        found.run(context, command, reply);
    });
}

protocol::Outcome Module::execute_encoded(ClientState& client, CommandId id, ByteView command, Secret& reply) noexcept {
    return guard(id, [&](const CommandRow& found, std::uint64_t era) {
        Context context(*this, client, era);
        reply = found.run_encoded(context, command);
    });
}

} // namespace hsm::module
