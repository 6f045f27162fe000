#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
provider=${HSM_PKCS11_PROVIDER:-}
[ -n "$provider" ] || provider=$(find /usr/lib "$cache" -path '*ossl-modules/pkcs11.so' -print -quit 2>/dev/null)
[ -n "$provider" ] || { echo "pkcs11-provider is missing (bookworm-backports; scripts/setup fetches it)"; exit 77; }
make_token
make_keys

cat >"$T/provider.cnf" <<CONF
openssl_conf = main
[main]
providers = providers
[providers]
default = default_section
pkcs11 = pkcs11_section
[default_section]
activate = 1
[pkcs11_section]
module = $provider
pkcs11-module-path = $M
pkcs11-module-token-pin = 1234
activate = 1
[req]
distinguished_name = dn
[dn]
CONF
ours() { OPENSSL_CONF=$T/provider.cnf openssl "$@"; }
key() { printf 'pkcs11:token=t;object=%s;type=private' "$1"; }
for name in r e ed; do
    ours req -new -x509 -key "$(key $name)" -subj "/CN=$name" -days 10 -out "$T/$name.pem" >"$T/req-$name.log" 2>&1
    openssl verify -CAfile "$T/$name.pem" "$T/$name.pem" >"$T/verify.log"
    say "a certificate signed by $name"
done
echo "some data" >"$T/x"
ours dgst -sha256 -sign "$(key r)" -sigopt rsa_padding_mode:pss -out "$T/x.sig" "$T/x" >"$T/pss.log" 2>&1
openssl x509 -in "$T/r.pem" -pubkey -noout >"$T/r.pub"
openssl dgst -sha256 -verify "$T/r.pub" -sigopt rsa_padding_mode:pss -signature "$T/x.sig" "$T/x"
openssl pkeyutl -encrypt -pubin -inkey "$T/r.pub" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 -in "$T/x" -out "$T/x.enc"
ours pkeyutl -decrypt -inkey "$(key r)" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 -in "$T/x.enc" -out "$T/x.out" >"$T/oaep.log" 2>&1
cmp "$T/x" "$T/x.out"
say "PSS and OAEP"
ours cms -sign -nodetach -inkey "$(key e)" -signer "$T/e.pem" -in "$T/x" -binary -outform DER -out "$T/x.cms" >"$T/cms.log" 2>&1
openssl cms -verify -inform DER -in "$T/x.cms" -CAfile "$T/e.pem" -binary -out "$T/x.out" -purpose any >"$T/cms-verify.log" 2>&1
cmp "$T/x" "$T/x.out"
say "CMS"
# A small authority: its key is on the token, it signs a request.
openssl req -new -newkey rsa:2048 -nodes -keyout "$T/server.key" -subj /CN=server -out "$T/server.csr" 2>"$T/csr.log"
ours x509 -req -in "$T/server.csr" -CA "$T/r.pem" -CAkey "$(key r)" -CAcreateserial -days 5 -out "$T/server.pem" >"$T/x509.log" 2>&1
openssl verify -CAfile "$T/r.pem" "$T/server.pem" >"$T/verify.log"
say "an authority"
for name in r e; do
    port=$(free_port)
    ours s_server -key "$(key $name)" -cert "$T/$name.pem" -accept "$port" -www >"$T/s_server.log" 2>&1 &
    background+=($!)
    connect() { openssl s_client -connect "127.0.0.1:$port" -CAfile "$T/$name.pem" -verify_return_error </dev/null; }
    wait_for connect
    say "TLS with $name"
done
