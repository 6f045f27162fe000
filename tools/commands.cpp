// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "commands.hpp"

#include "commands/all.hpp"

#include <array>

namespace hsm::tools {

namespace {

using enum CommandGroup;

// In the order in which the overview shows them.
constexpr auto rows = std::to_array<CommandRow>({
    {"quickstart", start, true, run_quickstart, "a module and a world, ready to use, without questions"},
    {"new-world", world, true, run_new_world, "make a Security World, load it onto a module, or give it up"},
    {"createocs", world, true, run_createocs, "make an operator card set"},
    {"ppmk", world, true, run_ppmk, "make and look after softcards"},
    {"cardpp", world, true, run_cardpp, "change, test or replace the passphrase of a card"},
    {"rocs", world, true, run_rocs, "recover keys to another card set or softcard"},
    {"key-xfer-im", world, true, run_key_xfer_im, "bring keys of another Security World into this one"},
    {"racs", world, true, run_racs, "replace the administrator cards"},
    {"card", world, false, run_card, "virtual cards: create, insert, remove, list, erase"},
    {"bulkerase", world, true, run_bulkerase, "erase many cards"},
    {"nfkminfo", world, true, run_nfkminfo,
     "show the world, its modules, slots, card sets, softcards and keys"},
    {"nfkmcheck", world, true, run_nfkmcheck, "check the key management data"},
    {"nfkmverify", world, true, run_nfkmverify, "verify the generation certificates and ACLs of keys"},
    {"generatekey", keys, true, run_generatekey, "generate a key"},
    {"import", keys, false, run_import, "import a key from a file"},
    {"export", keys, false, run_export, "write out a public key, or a key whose ACL allows it"},
    {"list", keys, false, run_list, "list the keys"},
    {"acl", keys, false, run_acl, "show in words what a key may be used for"},
    {"delete", keys, false, run_delete, "delete a key"},
    {"sign", use, false, run_sign, "sign a file"},
    {"verify", use, false, run_verify, "verify the signature of a file"},
    {"encrypt", use, false, run_encrypt, "encrypt a file"},
    {"decrypt", use, false, run_decrypt, "decrypt a file"},
    {"digest", use, false, run_digest, "hash files in the module"},
    {"random", use, false, run_random, "random bytes from the module"},
    {"preload", use, true, run_preload, "load card sets and softcards for the programs that a command runs"},
    {"show-slots", tokens, false, run_show_slots, "show the slots and tokens of a PKCS #11 module"},
    {"init-token", tokens, false, run_init_token, "make a token with its two PINs, or initialise one again"},
    {"import-object", tokens, false, run_import_object, "import keys and certificates from a file into a token"},
    {"export-object", tokens, false, run_export_object, "write out a certificate or a public key of a token"},
    {"import-softhsm", tokens, false, run_import_softhsm, "import a token of SoftHSM 2 with all its objects"},
    {"set-pin", tokens, false, run_set_pin, "change a PIN of a token"},
    {"delete-token", tokens, false, run_delete_token, "delete a token with all its objects"},
    {"module", module, false, run_module, "modules on this host: create, list, test"},
    {"enquiry", module, true, run_enquiry, "ask the service and its modules how they are"},
    {"slotinfo", module, true, run_slotinfo, "show the card slots"},
    {"nvram", module, false, run_nvram, "NVRAM of a module: areas, counters of keys, backups"},
    {"nvram-sw", module, true, run_nvram_sw, "allocate, delete, read, write and list NVRAM areas"},
    {"nopclearfail", module, true, run_nopclearfail, "clear a module, or put it into another mode"},
    {"fet", module, true, run_fet, "show and enable the features of modules"},
    {"completion", shell, false, run_completion, "print a completion script for bash, zsh or fish"},
    {"exit-codes", shell, false, run_exit_codes, "list the exit codes of all commands"},
});

constexpr auto groups = std::to_array<CommandGroupRow>({
    {start, "To begin:"},
    {world, "The Security World, card sets and softcards:"},
    {keys, "Keys:"},
    {use, "Using keys:"},
    {tokens, "Tokens of PKCS #11:"},
    {module, "Modules:"},
    {shell, "The shell:"},
});

constexpr bool names_unique() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (rows[i].name == rows[j].name) return false;
        }
    }
    return true;
}
static_assert(names_unique());

} // namespace

std::span<const CommandRow> command_table() noexcept { return rows; }
std::span<const CommandGroupRow> command_groups() noexcept { return groups; }

const CommandRow* find_command(std::string_view name) noexcept {
    for (const auto& row : rows) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

} // namespace hsm::tools
