#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need softhsm2-util softhsm2
softhsm2-util --module "$M" --init-token --free --label u --so-pin 87654321 --pin 4321 >"$T/init.log" 2>&1
softhsm2-util --module "$M" --init-token --free --label v --so-pin 87654321 --pin 4321 >"$T/init2.log" 2>&1
softhsm2-util --module "$M" --show-slots >"$T/slots.log" 2>&1
[ "$(grep -c 'Label: *[uv]' "$T/slots.log")" = 2 ] || wrong "softhsm2-util does not show two tokens"
say "softhsm2-util makes and shows tokens"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/k.pem" 2>"$T/gen.log"
openssl pkcs8 -topk8 -nocrypt -in "$T/k.pem" -out "$T/k8.pem"
softhsm2-util --module "$M" --import "$T/k8.pem" --token u --label imported --id a1 --pin 4321 >"$T/import.log" 2>&1
echo "some data" >"$T/x"
pkcs11-tool --module "$M" --token-label u --login --pin 4321 --sign -m SHA256-RSA-PKCS --id a1 -i "$T/x" -o "$T/x.sig" >"$T/sign.log" 2>&1
openssl dgst -sha256 -verify <(openssl pkey -in "$T/k.pem" -pubout) -signature "$T/x.sig" "$T/x"
say "softhsm2-util --import"
