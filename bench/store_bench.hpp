// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/// Prints the figures of the store: [records] [directory]. 0 when it ran.
int store_bench(int argc, char** argv);
