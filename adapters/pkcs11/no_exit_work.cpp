// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// Nothing runs at exit. The cryptographic library keeps tables in static objects, whose destructors the compiler registers
// with __cxa_atexit; a thread that is in a call when the program ends would find them destroyed. The module has its own
// __cxa_atexit, which no other part of the program sees, and which registers nothing: the tables stay until the process, or
// the mapping of the module, is gone.

extern "C" __attribute__((visibility("hidden"))) int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
