// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "filled.hpp"
#include "golden_file.hpp"

#include "module/commands.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>

// The body of every command and of its reply, as it travels in a frame.

namespace hsm::golden {

namespace {

using namespace protocol;

constexpr auto list_name = "v1/commands.txt";

template <class T>
void check(const std::string& key) {
    INFO(key);
    Filler filler;
    const auto encoded = base::encode_secret(filled<T>(filler));
    const auto golden = golden_line(list_name, key, encoded.view());
    CHECK(to_hex(encoded.view()) == to_hex(golden));
    CHECK(to_hex(base::encode_secret(base::decode<T>(golden, Status::invalid_argument)).view()) == to_hex(golden));
}

template <class... C>
std::set<CommandId> check_commands() {
    const auto one = []<class Command>(Command*) {
        const auto* row = module::command_row(Command::id);
        REQUIRE(row != nullptr);
        const auto name = std::to_string(static_cast<unsigned>(Command::id)) + " " + std::string(row->name);
        check<Command>(name + " command");
        check<typename Command::Reply>(name + " reply");
        return Command::id;
    };
    return {one(static_cast<C*>(nullptr))...};
}

} // namespace

TEST_CASE("commands and replies are encoded as ever", "[golden]") {
    auto checked = check_commands<Enquiry, Clear, Factory, SelfTest, Random, Destroy, ClearPendingSwap, SlotList, InsertCard,
                                  RemoveCard, EraseCard, ChangeCardPassphrase, CheckCardPassphrase, NewCard, MakeWorld,
                                  WriteAdminCard, FinishWorld, CommitWorld, BeginAdminToken, Enrol, LoadAdminKey, CheckWorld,
                                  GetModuleRecord, MakeCardSet, WriteShare, BeginToken, AddShare, MakeSoftcard,
                                  LoadSoftcard, ChangeSoftcardPassphrase, MakeToken, LoadToken, ChangeTokenPassphrase,
                                  SetUserPassphrase, AddOfficer, LabelToken, ReinitialiseToken, TokenFailures>();
    checked.merge(check_commands<GenerateKey, ImportKey, MakeBlob, MakeArchiveBlob, LoadBlob, KeyInfo, GetAcl, ReduceAcl,
                                 ExportKey, WrapKey, UnwrapKey, DeriveKey, DeriveKeys, Encapsulate, Decapsulate, CheckGeneration, Sign,
                                 Verify, Encrypt, Decrypt, Digest, OpenChannel, UpdateChannel, FinishChannel,
                                 FinishVerify, CopyChannel>());
    checked.merge(check_commands<AdjustAcl, SetTrusted, GetTrusted, AuthoriseUse, PublicHalf, SealData, OpenData, SearchKey,
                                 WrappedSize, CheckValue, GenerateGroup>());
    checked.merge(check_commands<NvramList, NvramAllocate, NvramFree, NvramRead, NvramWrite, NvramIncrement, NvramBackUp,
                                 NvramRestore, NvramResize, NvramStoreKey, NvramLoadKey, KeyUses, ReserveUses,
                                 RecreateCounter>());
    checked.merge(check_commands<BeginAdminSet, MakeAdminSet, AdoptWorld, EraseReplacedCard, RecoverKey, RecoverCard,
                                 RecoverSoftcard, CheckFipsAuth, PublishToken, ListPublished, TakePublished,
                                 TransferKey, ListFeatures, SetFeatureIssuer, EnableFeature>());
    for (unsigned number = 0; number < 0x10000; ++number) {
        const auto id = static_cast<CommandId>(number);
        INFO("command " << number << " has no golden line: add it to the list above");
        if (module::command_row(id)) CHECK(checked.contains(id));
    }
}

// These are answered by the service, module 0, and are in no module's table.
TEST_CASE("commands to the service are encoded as ever", "[golden]") {
    check<ListModules>("10 list-modules command");
    check<ListModules::Reply>("10 list-modules reply");
    check<CreateModule>("11 create-module command");
    check<CreateModule::Reply>("11 create-module reply");
    check<StartModule>("12 start-module command");
    check<StartModule::Reply>("12 start-module reply");
}

} // namespace hsm::golden
