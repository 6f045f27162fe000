// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"

#include <botan/exceptn.h>

#include <new>

namespace hsm::crypto {

void rethrow_translated(Status bad_input) {
    try {
        throw;
    } catch (const Botan::Invalid_Authentication_Tag&) {
        throw_undecryptable();
    } catch (const Botan::Lookup_Error& e) {
        throw Error(Status::not_supported, std::string("the cryptographic library lacks this: ") + e.what());
    } catch (const Botan::Not_Implemented& e) {
        throw Error(Status::not_supported, std::string("the cryptographic library lacks this: ") + e.what());
    } catch (const Botan::Internal_Error& e) {
        throw Error(Status::internal,
                    std::string("a consistency check of the cryptography failed: ") + e.what());
    } catch (const Botan::Invalid_State& e) {
        throw Error(Status::internal, std::string("the cryptographic library was misused: ") + e.what());
    } catch (const Botan::System_Error& e) {
        throw Error(Status::module_failed, std::string("the system's random generator failed: ") + e.what());
    } catch (const Botan::Exception& e) {
        throw Error(bad_input, std::string("not acceptable: ") + e.what());
    } catch (const std::bad_alloc&) {
        throw Error(Status::out_of_memory, "not enough memory for this operation");
    } catch (const std::exception& e) {
        throw Error(Status::internal, std::string("unexpected failure in the cryptography: ") + e.what());
    }
}

void throw_undecryptable() {
    throw Error(Status::invalid_data, "the data cannot be decrypted: wrong key, parameters or bytes");
}

} // namespace hsm::crypto
