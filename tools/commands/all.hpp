// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "exit_codes.hpp"

/// \file
/// The functions of the command table, one for each command.

namespace hsm::tools {

class CommandLine;

Exit run_acl(CommandLine& line);
Exit run_bulkerase(CommandLine& line);
Exit run_card(CommandLine& line);
Exit run_cardpp(CommandLine& line);
Exit run_completion(CommandLine& line);
Exit run_createocs(CommandLine& line);
Exit run_decrypt(CommandLine& line);
Exit run_delete(CommandLine& line);
Exit run_delete_token(CommandLine& line);
Exit run_digest(CommandLine& line);
Exit run_encrypt(CommandLine& line);
Exit run_enquiry(CommandLine& line);
Exit run_exit_codes(CommandLine& line);
Exit run_export(CommandLine& line);
Exit run_export_object(CommandLine& line);
Exit run_fet(CommandLine& line);
Exit run_generatekey(CommandLine& line);
Exit run_import(CommandLine& line);
Exit run_import_object(CommandLine& line);
Exit run_import_softhsm(CommandLine& line);
Exit run_init_token(CommandLine& line);
Exit run_key_xfer_im(CommandLine& line);
Exit run_list(CommandLine& line);
Exit run_module(CommandLine& line);
Exit run_new_world(CommandLine& line);
Exit run_nfkmcheck(CommandLine& line);
Exit run_nfkminfo(CommandLine& line);
Exit run_nfkmverify(CommandLine& line);
Exit run_nopclearfail(CommandLine& line);
Exit run_nvram(CommandLine& line);
Exit run_nvram_sw(CommandLine& line);
Exit run_ppmk(CommandLine& line);
Exit run_preload(CommandLine& line);
Exit run_quickstart(CommandLine& line);
Exit run_racs(CommandLine& line);
Exit run_random(CommandLine& line);
Exit run_rocs(CommandLine& line);
Exit run_set_pin(CommandLine& line);
Exit run_show_slots(CommandLine& line);
Exit run_sign(CommandLine& line);
Exit run_slotinfo(CommandLine& line);
Exit run_verify(CommandLine& line);

} // namespace hsm::tools
