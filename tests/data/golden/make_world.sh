#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# make_world.sh HSM-PROGRAM NEW-DIRECTORY [new-world option...]: how world-v1 and world-v1-level3 were made (README.md).
# They are never made again; this is for a world of a later version.
set -euo pipefail

hsm=$(realpath "${1:?"usage: make_world.sh HSM-PROGRAM NEW-DIRECTORY [new-world option...]"}")
mkdir "${2:?"the new directory is missing"}"
cd "$2"
shift 2
export LIBHSM_HOME=$PWD
umask 077

printf '%s\n' 'admin one' 'admin two' '' >pins.admin
printf '%s\n' 'anna' 'ben' 'cleo' >pins.operators
printf '%s\n' 'softcard' >pins.softcard
printf '%s\n' 'start' >pins.start
export LIBHSM_START_PASSPHRASE_FILE=$PWD/pins.start
printf 'A message that was signed with the keys of this world.\n' >message.txt

"$hsm" module create
"$hsm" module create --protect --passphrase-file pins.start
"$hsm" card create admin-1 admin-2 admin-3 anna ben cleo auto
"$hsm" new-world -m 1 --initialize --test-parameters --passphrase-recovery --acs-quorum 2/3 --quorum-load 1 "$@" \
    --cards admin-1,admin-2,admin-3 --passphrase-file pins.admin
hknso=$("$hsm" nfkminfo -w --json | sed -n 's/.*"hknso": *"\([0-9a-f]\{64\}\)".*/\1/p' | head -n 1)
"$hsm" new-world -m 2 --load --hknso "$hknso" --cards admin-3

"$hsm" card insert admin-3 # in mode fips-140-level-3 making keys takes a card in a slot
"$hsm" createocs --name operators --ocs-quorum 2/3 --card-name Anna,Ben,Cleo --cards anna,ben,cleo \
    --passphrase-file pins.operators
"$hsm" createocs --name auto --persist --no-passphrase --cards auto
"$hsm" ppmk --new web-server --recoverable --passphrase-file pins.softcard

pair=$(printf 'anna\ncleo\n')
export pair
"$hsm" generatekey --type RSA-2048 --name 'under the module' module-rsa
"$hsm" generatekey --type P-256 --cardset operators cards-p256 --cards anna,cleo --passphrase-env pair
"$hsm" generatekey --type Ed25519 --softcard web-server softcard-ed25519 --passphrase-file pins.softcard
"$hsm" generatekey --type ML-DSA-44 --cardset auto auto-mldsa44 --cards auto
"$hsm" generatekey --type AES-256 module-aes
"$hsm" generatekey --type HMAC-256 module-hmac
"$hsm" generatekey -b simple type=P-384 ident=limited uses=2
openssl genpkey -algorithm ed25519 -out imported.pem
"$hsm" import imported.pem imported-ed25519
rm imported.pem

"$hsm" sign module-rsa message.txt -o module-rsa.sig
"$hsm" sign cards-p256 message.txt -o cards-p256.sig --raw --cards anna,cleo --passphrase-env pair
"$hsm" sign softcard-ed25519 message.txt -o softcard-ed25519.sig --passphrase-file pins.softcard
"$hsm" sign auto-mldsa44 message.txt -o auto-mldsa44.sig --cards auto
"$hsm" sign module-hmac message.txt -o module-hmac.sig
"$hsm" sign imported-ed25519 message.txt -o imported-ed25519.sig
"$hsm" encrypt module-aes message.txt -o module-aes.enc
wrong=nonsense "$hsm" sign softcard-ed25519 message.txt -o none --passphrase-env wrong || true # so that there is an `attempts`
"$hsm" card remove --all
"$hsm" nfkmcheck
"$hsm" nfkmverify || true # the imported key is not verified

# What is derived, or belongs to running processes, is no part of a world.
find . -name '.*' -type f -delete
find . \( -name page -o -name locks \) -type f -delete
find . -type d -empty -delete
