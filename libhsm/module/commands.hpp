// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/module.hpp"
#include "protocol/admin.hpp"
#include "protocol/administration.hpp"
#include "protocol/keys.hpp"
#include "protocol/nvram.hpp"

#include <string_view>

/// \file
/// The command table: which commands there are, in which states of the module they run, and the function of each.
/// Adding a command is a struct in protocol/, a row here, and its run().

namespace hsm::module {

/// States of the module, as bits of ModuleMode; a failed module runs nothing but what says `always`.
struct When {
    static constexpr std::uint8_t operational = 1 << static_cast<unsigned>(ModuleMode::operational);
    static constexpr std::uint8_t pre_initialisation = 1 << static_cast<unsigned>(ModuleMode::pre_initialisation);
    static constexpr std::uint8_t maintenance = 1 << static_cast<unsigned>(ModuleMode::maintenance);
    static constexpr std::uint8_t failed = 1 << static_cast<unsigned>(ModuleMode::failed);
    static constexpr std::uint8_t working = operational | pre_initialisation | maintenance;
    static constexpr std::uint8_t always = working | failed;
};

struct CommandRow {
    protocol::CommandId id = protocol::CommandId::none;
    std::string_view name;
    std::uint8_t when = 0;
    void (*run)(Context&, const void* command, void* reply) = nullptr;
    Secret (*run_encoded)(Context&, ByteView command) = nullptr;
};

/// The row of a command; null when there is none of this number. Reentrant.
const CommandRow* command_row(protocol::CommandId id) noexcept;

// One function per command: commands/<chapter>.cpp.
protocol::Enquiry::Reply run(Context&, const protocol::Enquiry&);
protocol::Done run(Context&, const protocol::Clear&);
protocol::Done run(Context&, const protocol::Factory&);
protocol::SelfTest::Reply run(Context&, const protocol::SelfTest&);
protocol::Random::Reply run(Context&, const protocol::Random&);
protocol::Done run(Context&, const protocol::Destroy&);
protocol::Done run(Context&, const protocol::ClearPendingSwap&);
protocol::SlotList::Reply run(Context&, const protocol::SlotList&);
protocol::Done run(Context&, const protocol::InsertCard&);
protocol::Done run(Context&, const protocol::RemoveCard&);
protocol::Done run(Context&, const protocol::EraseCard&);
protocol::Done run(Context&, const protocol::ChangeCardPassphrase&);
protocol::Done run(Context&, const protocol::CheckCardPassphrase&);
protocol::Done run(Context&, const protocol::NewCard&);
protocol::MakeWorld::Reply run(Context&, const protocol::MakeWorld&);
protocol::Done run(Context&, const protocol::WriteAdminCard&);
protocol::FinishWorld::Reply run(Context&, const protocol::FinishWorld&);
protocol::Done run(Context&, const protocol::CommitWorld&);
protocol::BeginAdminToken::Reply run(Context&, const protocol::BeginAdminToken&);
protocol::Enrol::Reply run(Context&, const protocol::Enrol&);
protocol::LoadAdminKey::Reply run(Context&, const protocol::LoadAdminKey&);
protocol::CheckWorld::Reply run(Context&, const protocol::CheckWorld&);
protocol::BeginAdminToken::Reply run(Context&, const protocol::BeginAdminSet&);
protocol::MakeWorld::Reply run(Context&, const protocol::MakeAdminSet&);
protocol::AdoptWorld::Reply run(Context&, const protocol::AdoptWorld&);
protocol::Done run(Context&, const protocol::EraseReplacedCard&);
protocol::RecoverKey::Reply run(Context&, const protocol::RecoverKey&);
protocol::Done run(Context&, const protocol::RecoverCard&);
protocol::ChangeSoftcardPassphrase::Reply run(Context&, const protocol::RecoverSoftcard&);
protocol::Done run(Context&, const protocol::CheckFipsAuth&);
protocol::RecoverKey::Reply run(Context&, const protocol::TransferKey&);
protocol::ListFeatures::Reply run(Context&, const protocol::ListFeatures&);
protocol::Done run(Context&, const protocol::SetFeatureIssuer&);
protocol::EnableFeature::Reply run(Context&, const protocol::EnableFeature&);
protocol::PublishToken::Reply run(Context&, const protocol::PublishToken&);
protocol::ListPublished::Reply run(Context&, const protocol::ListPublished&);
protocol::TakePublished::Reply run(Context&, const protocol::TakePublished&);
protocol::Enrol::Reply run(Context&, const protocol::GetModuleRecord&);
protocol::MakeCardSet::Reply run(Context&, const protocol::MakeCardSet&);
protocol::Done run(Context&, const protocol::WriteShare&);
protocol::BeginToken::Reply run(Context&, const protocol::BeginToken&);
protocol::AddShare::Reply run(Context&, const protocol::AddShare&);
protocol::MakeSoftcard::Reply run(Context&, const protocol::MakeSoftcard&);
protocol::LoadSoftcard::Reply run(Context&, const protocol::LoadSoftcard&);
protocol::ChangeSoftcardPassphrase::Reply run(Context&, const protocol::ChangeSoftcardPassphrase&);
protocol::MakeToken::Reply run(Context&, const protocol::MakeToken&);
protocol::LoadSoftcard::Reply run(Context&, const protocol::LoadToken&);
protocol::ChangeTokenPassphrase::Reply run(Context&, const protocol::ChangeTokenPassphrase&);
protocol::ChangeTokenPassphrase::Reply run(Context&, const protocol::SetUserPassphrase&);
protocol::ChangeTokenPassphrase::Reply run(Context&, const protocol::AddOfficer&);
protocol::ChangeTokenPassphrase::Reply run(Context&, const protocol::LabelToken&);
protocol::MakeToken::Reply run(Context&, const protocol::ReinitialiseToken&);
protocol::TokenFailures::Reply run(Context&, const protocol::TokenFailures&);
protocol::NewKey run(Context&, const protocol::GenerateKey&);
protocol::NewKey run(Context&, const protocol::ImportKey&);
protocol::MakeBlob::Reply run(Context&, const protocol::MakeBlob&);
protocol::MakeArchiveBlob::Reply run(Context&, const protocol::MakeArchiveBlob&);
protocol::NewKey run(Context&, const protocol::LoadBlob&);
protocol::NewKey run(Context&, const protocol::KeyInfo&);
protocol::GetAcl::Reply run(Context&, const protocol::GetAcl&);
protocol::Done run(Context&, const protocol::ReduceAcl&);
protocol::ExportKey::Reply run(Context&, const protocol::ExportKey&);
protocol::WrapKey::Reply run(Context&, const protocol::WrapKey&);
protocol::NewKey run(Context&, const protocol::UnwrapKey&);
protocol::NewKey run(Context&, const protocol::DeriveKey&);
protocol::DeriveKeys::Reply run(Context&, const protocol::DeriveKeys&);
protocol::Encapsulate::Reply run(Context&, const protocol::Encapsulate&);
protocol::NewKey run(Context&, const protocol::Decapsulate&);
protocol::CheckGeneration::Reply run(Context&, const protocol::CheckGeneration&);
protocol::Done run(Context&, const protocol::AdjustAcl&);
protocol::Done run(Context&, const protocol::SetTrusted&);
protocol::GetTrusted::Reply run(Context&, const protocol::GetTrusted&);
protocol::Done run(Context&, const protocol::AuthoriseUse&);
protocol::NewKey run(Context&, const protocol::PublicHalf&);
protocol::SealData::Reply run(Context&, const protocol::SealData&);
protocol::OpenData::Reply run(Context&, const protocol::OpenData&);
protocol::SearchKey::Reply run(Context&, const protocol::SearchKey&);
protocol::WrappedSize::Reply run(Context&, const protocol::WrappedSize&);
protocol::CheckValue::Reply run(Context&, const protocol::CheckValue&);
protocol::GenerateGroup::Reply run(Context&, const protocol::GenerateGroup&);
protocol::OpenChannel::Reply run(Context&, const protocol::OpenChannel&);
protocol::OpenChannel::Reply run(Context&, const protocol::CopyChannel&);
protocol::NvramList::Reply run(Context&, const protocol::NvramList&);
protocol::Done run(Context&, const protocol::NvramAllocate&);
protocol::Done run(Context&, const protocol::NvramFree&);
protocol::NvramRead::Reply run(Context&, const protocol::NvramRead&);
protocol::Done run(Context&, const protocol::NvramWrite&);
protocol::NvramIncrement::Reply run(Context&, const protocol::NvramIncrement&);
protocol::NvramBackUp::Reply run(Context&, const protocol::NvramBackUp&);
protocol::NvramRestore::Reply run(Context&, const protocol::NvramRestore&);
protocol::Done run(Context&, const protocol::NvramResize&);
protocol::NvramStoreKey::Reply run(Context&, const protocol::NvramStoreKey&);
protocol::NewKey run(Context&, const protocol::NvramLoadKey&);
protocol::KeyUses::Reply run(Context&, const protocol::KeyUses&);
protocol::Done run(Context&, const protocol::ReserveUses&);
protocol::RecreateCounter::Reply run(Context&, const protocol::RecreateCounter&);

// On the hot path the reply's buffer is the caller's, so that its capacity is used again.
void run(Context&, const protocol::Sign&, protocol::Sign::Reply&);
void run(Context&, const protocol::Verify&, protocol::Verify::Reply&);
void run(Context&, const protocol::Encrypt&, protocol::Encrypt::Reply&);
void run(Context&, const protocol::Decrypt&, protocol::Encrypt::Reply&);
void run(Context&, const protocol::Digest&, protocol::Encrypt::Reply&);
void run(Context&, const protocol::UpdateChannel&, protocol::Encrypt::Reply&);
void run(Context&, const protocol::FinishChannel&, protocol::Encrypt::Reply&);
void run(Context&, const protocol::FinishVerify&, protocol::Verify::Reply&);

} // namespace hsm::module
