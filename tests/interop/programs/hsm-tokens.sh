#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# What the program hsm puts into tokens is used by programs that are not ours.
. "$(dirname "$0")/stage.inc"
H=${HSM_PROGRAM:-$(dirname "$M")/../../tools/hsm}
need "$H" "the program hsm of this build"
export LIBHSM_PKCS11_MODULE=$M
secret() { local f=$T/$1; shift; printf '%s\n' "$@" >"$f"; chmod 600 "$f"; }
secret pins 12345678 1234
secret pin 1234
secret file-and-pin swordfish 1234
hsm() { local command=$1 lines=$2; shift 2; "$H" "$command" --passphrase-file "$T/$lines" "$@" >"$T/hsm.log" 2>&1; }
hsm init-token pins --label t
echo "some data" >"$T/x"

# sign_and_verify ID MECHANISM PUBLIC-KEY [OPTIONS OF OPENSSL]
sign_and_verify() {
    local id=$1 mechanism=$2 key=$3
    shift 3
    tool --sign -m "$mechanism" --id "$id" -i "$T/x" -o "$T/x.sig" --signature-format openssl >"$T/sign.log" 2>&1
    openssl dgst -sha256 -verify "$key" -signature "$T/x.sig" "$@" "$T/x" >"$T/verify.log"
}

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/rsa.pem" 2>"$T/gen.log"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$T/ec.pem"
openssl genpkey -algorithm ED25519 -out "$T/ed.pem"
openssl pkey -in "$T/rsa.pem" -pubout -out "$T/rsa.pub"
openssl pkey -in "$T/ec.pem" -pubout -out "$T/ec.pub"
openssl pkey -in "$T/ed.pem" -pubout -out "$T/ed.pub"
hsm import-object pin --label rsa --id 01 "$T/rsa.pem"
hsm import-object pin --label ec --id 02 "$T/ec.pem"
hsm import-object pin --label ed --id 03 "$T/ed.pem"
sign_and_verify 01 SHA256-RSA-PKCS "$T/rsa.pub"
sign_and_verify 02 ECDSA-SHA256 "$T/ec.pub"
tool --sign -m EDDSA --id 03 -i "$T/x" -o "$T/ed.sig" >"$T/sign.log" 2>&1
openssl pkeyutl -verify -pubin -inkey "$T/ed.pub" -rawin -in "$T/x" -sigfile "$T/ed.sig" >"$T/verify.log"
say "keys of PKCS #8 files sign"

openssl req -x509 -new -key "$T/rsa.pem" -subj "/CN=A name" -days 30 -out "$T/cert.pem" 2>"$T/req.log"
n=10
for form in "" "-legacy" "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1" "-keypbe aes-128-cbc -certpbe NONE -macalg sha512"; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # the options are words
    openssl pkcs12 -export -inkey "$T/rsa.pem" -in "$T/cert.pem" -name "A name" $form -passout pass:swordfish -out "$T/f.p12"
    "$H" delete-token --token t --yes >"$T/hsm.log"
    hsm init-token pins --label t
    hsm import-object file-and-pin --id $n "$T/f.p12"
    sign_and_verify $n SHA256-RSA-PKCS "$T/rsa.pub"
    tool --read-object --type cert --id $n -o "$T/cert.der" >"$T/read.log" 2>&1
    openssl x509 -inform DER -in "$T/cert.der" | cmp - "$T/cert.pem"
done
say "keys and certificates of PKCS #12 files, in four forms"

if command -v pk12util >/dev/null && command -v certutil >/dev/null; then # NSS writes BER, not DER
    mkdir "$T/nss"
    certutil -N -d "sql:$T/nss" --empty-password
    pk12util -i "$T/f.p12" -d "sql:$T/nss" -W swordfish >"$T/nss.log" 2>&1
    pk12util -o "$T/nss.p12" -n "A name" -d "sql:$T/nss" -W swordfish >>"$T/nss.log" 2>&1
    "$H" delete-token --token t --yes >"$T/hsm.log"
    hsm init-token pins --label t
    hsm import-object file-and-pin --id 20 "$T/nss.p12"
    sign_and_verify 20 SHA256-RSA-PKCS "$T/rsa.pub"
    say "a PKCS #12 file that NSS has written"
fi

# The same program with SoftHSM's module: nothing in it is about one module alone.
soft=$(ls /usr/lib/*/softhsm/libsofthsm2.so /usr/lib/softhsm/libsofthsm2.so 2>/dev/null | head -n 1 || true)
if [ -n "$soft" ]; then
    mkdir "$T/tokens"
    printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$T/tokens" >"$T/other.conf"
    export SOFTHSM2_CONF=$T/other.conf
    hsm init-token pins --label s --module "$soft"
    hsm import-object file-and-pin --id 01 --module "$soft" --token s "$T/f.p12"
    M=$soft
    old() { pkcs11-tool --module "$soft" --token-label s --login --pin 1234 "$@"; }
    old --sign -m SHA256-RSA-PKCS --id 01 -i "$T/x" -o "$T/x.sig" >"$T/sign.log" 2>&1
    openssl dgst -sha256 -verify "$T/rsa.pub" -signature "$T/x.sig" "$T/x" >"$T/verify.log"
    "$H" export-object --module "$soft" --token s --id 01 --type public-key -o "$T/out.pub"
    cmp "$T/out.pub" "$T/rsa.pub"
    hsm import-object pin --id 02 --module "$soft" --token s "$T/ec.pem"
    "$H" export-object --module "$soft" --token s --id 02 -o "$T/out.pub"
    cmp "$T/out.pub" "$T/ec.pub"
    say "init-token, import-object and export-object with another module"
fi
