// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/// \file
/// Everything an application needs: open a Client, get its World, load a Key, use it.

#include <hsm/acl.hpp>
#include <hsm/administration.hpp>
#include <hsm/authoriser.hpp>
#include <hsm/bytes.hpp>
#include <hsm/client.hpp>
#include <hsm/encoding.hpp>
#include <hsm/error.hpp>
#include <hsm/facts.hpp>
#include <hsm/features.hpp>
#include <hsm/handle.hpp>
#include <hsm/key.hpp>
#include <hsm/key_files.hpp>
#include <hsm/key_type.hpp>
#include <hsm/mechanism.hpp>
#include <hsm/nvram.hpp>
#include <hsm/nvram_area.hpp>
#include <hsm/objects.hpp>
#include <hsm/preload.hpp>
#include <hsm/secret.hpp>
#include <hsm/softhsm.hpp>
#include <hsm/token.hpp>
#include <hsm/version.hpp>
#include <hsm/world.hpp>
