// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/certificates.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"

namespace hsm::module {

namespace {

Bytes statement(protocol::CertificateKind kind, ByteView body) {
    Bytes out = to_bytes(view("libhsm-certificate"));
    base::append(kind, out);
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

Mechanism mechanism_of(const crypto::Key& key) {
    Mechanism mechanism;
    mechanism.id = key.spec().type == KeyType::ml_dsa ? MechanismId::ml_dsa : MechanismId::ecdsa;
    mechanism.hash = key.spec().type == KeyType::ml_dsa ? Hash::none : Hash::sha512;
    return mechanism;
}

} // namespace

KeySpec signing_spec(CipherSuite suite) {
    if (suite == CipherSuite::mldsa87_xwing_aes256) return {KeyType::ml_dsa, 0, ParamSet::ml_dsa_87, 0};
    return {KeyType::ec, 0, ParamSet::p521, 0};
}

protocol::Certificate certify(const crypto::Key& signer, protocol::CertificateKind kind, Bytes body) {
    protocol::Certificate certificate;
    certificate.kind = kind;
    crypto::sign(signer, mechanism_of(signer), statement(kind, body), certificate.signature);
    certificate.body = std::move(body);
    return certificate;
}

bool certified(const crypto::Key& signer, const protocol::Certificate& certificate, protocol::CertificateKind kind) {
    return certificate.kind == kind &&
           crypto::verify(signer, mechanism_of(signer), statement(kind, certificate.body), certificate.signature);
}

} // namespace hsm::module
