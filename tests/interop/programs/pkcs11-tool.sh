#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"

plain_tool -L >"$T/list.log" 2>&1
[ -z "$(ls -A "$LIBHSM_HOME")" ] || wrong "looking at the slots wrote something"
say "looking writes nothing"
make_token
plain_tool -L >"$T/list.log" 2>&1
grep -q 'token label *: t$' "$T/list.log" || wrong "the token is not listed"
plain_tool --token-label t -M >"$T/mechanisms.log" 2>&1
grep -q RSA-PKCS "$T/mechanisms.log" || wrong "no mechanisms"
make_keys
say "a token with keys"

echo "some data" >"$T/x"
sign() { # MECHANISM ID OPTION...
    local mechanism=$1 id=$2
    shift 2
    tool --sign -m "$mechanism" --id "$id" -i "$T/x" -o "$T/x.sig" "$@" >"$T/sign.log" 2>&1
}
public_key 01 "$T/r.der"; openssl pkey -pubin -inform DER -in "$T/r.der" -out "$T/r.pem"
public_key 02 "$T/e.der"; openssl pkey -pubin -inform DER -in "$T/e.der" -out "$T/e.pem"
sign SHA256-RSA-PKCS 01
openssl dgst -sha256 -verify "$T/r.pem" -signature "$T/x.sig" "$T/x"
sign SHA256-RSA-PKCS-PSS 01
openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -verify "$T/r.pem" -signature "$T/x.sig" "$T/x"
sign ECDSA-SHA256 02 --signature-format openssl
openssl dgst -sha256 -verify "$T/e.pem" -signature "$T/x.sig" "$T/x"
say "openssl verifies what pkcs11-tool signs"

openssl pkeyutl -encrypt -pubin -inkey "$T/r.pem" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \
    -pkeyopt rsa_mgf1_md:sha256 -in "$T/x" -out "$T/x.oaep"
tool --decrypt -m RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 --id 01 -i "$T/x.oaep" -o "$T/x.plain" >"$T/oaep.log" 2>&1
cmp "$T/x" "$T/x.plain"
say "OAEP with SHA-256"

openssl ecparam -name prime256v1 -genkey -noout -out "$T/peer.pem"
openssl pkey -in "$T/peer.pem" -pubout -outform DER -out "$T/peer.der"
tool --derive -m ECDH1-DERIVE --id 02 -i "$T/peer.der" -o "$T/shared" >"$T/derive.log" 2>&1
openssl pkeyutl -derive -inkey "$T/peer.pem" -peerkey "$T/e.pem" -out "$T/theirs"
cmp "$T/shared" "$T/theirs"
say "ECDH agrees with openssl"

tool --keygen --key-type aes:32 --id 20 --label wrapping --usage-wrap >"$T/aes.log" 2>&1
tool --keygen --key-type aes:32 --id 21 --label wrapped --extractable >>"$T/aes.log" 2>&1
tool --wrap -m AES-KEY-WRAP --id 20 --application-id 21 -o "$T/wrapped" >"$T/wrap.log" 2>&1
[ "$(wc -c <"$T/wrapped")" = 40 ] || wrong "wrapping a key of 32 bytes"
tool --unwrap -m AES-KEY-WRAP --id 20 --application-id 22 --key-type AES: -i "$T/wrapped" >>"$T/wrap.log" 2>&1
tool -O --type secrkey >"$T/secret.log" 2>&1
grep -q '^ *ID: *22' "$T/secret.log" || wrong "no unwrapped key"
say "wrapping and unwrapping"

openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$T/c.key" -subj /CN=imported -days 30 -out "$T/c.pem" 2>"$T/req.log"
openssl x509 -in "$T/c.pem" -outform DER -out "$T/c.der"
tool --write-object "$T/c.der" --type cert --id 30 --label imported >"$T/write.log" 2>&1
tool --read-object --type cert --id 30 -o "$T/c.back" >>"$T/write.log" 2>&1
cmp "$T/c.der" "$T/c.back"
openssl pkey -in "$T/c.key" -outform DER -out "$T/c.key.der"
tool --write-object "$T/c.key.der" --type privkey --id 30 --label imported >>"$T/write.log" 2>&1
sign SHA256-RSA-PKCS 30
openssl dgst -sha256 -verify <(openssl pkey -in "$T/c.key" -pubout) -signature "$T/x.sig" "$T/x"
say "a certificate and a key come in"

tool --test >"$T/test.log" 2>&1 || wrong "pkcs11-tool --test"
grep -qi 'no errors' "$T/test.log" || wrong "pkcs11-tool --test found errors"
say "pkcs11-tool --test"
tool --test-fork >"$T/fork.log" 2>&1 || wrong "pkcs11-tool --test-fork"
tool --test-threads ILGISLT0 --test-threads ILGISLT0 >"$T/threads.log" 2>&1 || wrong "pkcs11-tool --test-threads"
say "pkcs11-tool --test-fork, --test-threads"

fails plain_tool --token-label t --init-token --label t --so-pin 99999999
[ "$(tool -O --type privkey 2>/dev/null | grep -c '^ *ID:')" = 4 ] || wrong "objects after a refused C_InitToken"
plain_tool --token-label t --login --pin 1234 --change-pin --new-pin 4321 >"$T/change.log" 2>&1
fails tool -O
plain_tool --token-label t --login --pin 4321 --change-pin --new-pin 1234 >>"$T/change.log" 2>&1
say "changing the PIN"
jobs=()
for i in 1 2 3 4 5 6 7 8; do tool --keypairgen --key-type EC:prime256v1 --id "4$i" --label "p$i" >"$T/p$i.log" 2>&1 & jobs+=($!); done
for job in "${jobs[@]}"; do wait "$job"; done
[ "$(tool -O --type privkey 2>/dev/null | grep -c '^ *ID:')" = 12 ] || wrong "eight processes made another number of keys"
tool --delete-object --type privkey --id 41 >"$T/delete.log" 2>&1
[ "$(tool -O --type privkey 2>/dev/null | grep -c '^ *ID:')" = 11 ] || wrong "deleting one key"
say "eight processes at once"
