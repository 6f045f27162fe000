#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
engine=$(find /usr/lib -path '*engines-3/pkcs11.so' -print -quit)
[ -n "$engine" ] || { echo "the pkcs11 engine is missing (Debian package libengine-pkcs11-openssl)"; exit 77; }
make_token
make_keys plain

cat >"$T/engine.cnf" <<CONF
openssl_conf = main
[main]
engines = engines
[engines]
pkcs11 = pkcs11_section
[pkcs11_section]
engine_id = pkcs11
dynamic_path = $engine
MODULE_PATH = $M
init = 0
[req]
distinguished_name = dn
[dn]
CONF
ours() { OPENSSL_CONF=$T/engine.cnf openssl "$@"; }
key() { printf 'pkcs11:token=t;object=%s;type=private;pin-value=1234' "$1"; }
for name in r e; do
    ours req -new -x509 -engine pkcs11 -keyform engine -key "$(key $name)" -subj "/CN=$name" -days 10 -sha256 \
        -out "$T/$name.pem" >"$T/req.log" 2>&1
    openssl verify -CAfile "$T/$name.pem" "$T/$name.pem" >"$T/verify.log"
    say "a certificate signed by $name"
done
echo "some data" >"$T/x"
ours cms -sign -nodetach -engine pkcs11 -keyform engine -inkey "$(key r)" -signer "$T/r.pem" -in "$T/x" -binary -outform DER \
    -out "$T/x.cms" >"$T/cms.log" 2>&1
openssl cms -verify -inform DER -in "$T/x.cms" -CAfile "$T/r.pem" -binary -out "$T/x.out" -purpose any >"$T/cms-verify.log" 2>&1
cmp "$T/x" "$T/x.out"
openssl cms -encrypt -binary -in "$T/x" -outform DER -out "$T/x.env" "$T/r.pem"
ours cms -decrypt -engine pkcs11 -keyform engine -inkey "$(key r)" -recip "$T/r.pem" -inform DER -in "$T/x.env" \
    -out "$T/x.out" >"$T/cms-decrypt.log" 2>&1
cmp "$T/x" "$T/x.out"
say "CMS signatures and envelopes"
for name in r e; do
    port=$(free_port)
    ours s_server -engine pkcs11 -keyform engine -key "$(key $name)" -cert "$T/$name.pem" -accept "$port" -www \
        >"$T/s_server.log" 2>&1 &
    background+=($!)
    connect() { openssl s_client -connect "127.0.0.1:$port" -CAfile "$T/$name.pem" -verify_return_error </dev/null; }
    wait_for connect
    say "TLS with $name"
done
