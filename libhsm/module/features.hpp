// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/module.hpp"

#include <hsm/feature.hpp>

/// \file
/// Which features a module has, and what needs one.

namespace hsm::module {

/// Throws not_supported, naming the feature, unless the module has it.
void need_feature(Module& module, Feature feature);
/// The same for the feature that keys of this type need, if any.
void need_feature(Module& module, KeyType type);

} // namespace hsm::module
