#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# demo.sh BUILD-DIRECTORY: shows libhsm at work in a throw-away directory, with the programs of a finished build.
# Asks nothing. Exit code 0 only if every step held.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:?"usage: demo.sh BUILD-DIRECTORY"}" && pwd)
botan_check=$build/examples/verify-with-botan
document=$build/libhsm/libhsm.so
module=$build/adapters/pkcs11/libhsm-pkcs11.so
for needed in "$build/tools/hsm" "$botan_check" "$document" "$module"; do
    [ -f "$needed" ] || { printf 'demo: %s is missing; build first\n' "$needed" >&2; exit 1; }
done
for needed in openssl pkcs11-tool ssh-keygen ssh-agent ssh-add python3; do
    command -v "$needed" >/dev/null || { printf 'demo: the program %s is missing\n' "$needed" >&2; exit 1; }
done

# Nothing of the user's own set-up takes part.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(LIBHSM|NFAST|NFLOG|CKNFAST|SSH|OPENSSL)_' || true)
work=$(mktemp -d "${TMPDIR:-/tmp}/libhsm-demo.XXXXXXXX")
background=()
finish() {
    local process
    for process in "${background[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
umask 077
export LIBHSM_HOME=$work/office PATH=$build/tools:$PATH

steps=0 checks=0 started=$SECONDS
step() { steps=$((steps + 1)); printf '\n%d. %s\n' "$steps" "$*"; }
say() { printf '   %s\n' "$*"; }
give_up() { printf '\nStep %d did not hold: %s\n' "$steps" "$*" >&2; exit 1; }

show() {
    local word line='   $'
    for word in "$@"; do
        word=${word#"$build/examples/"}
        word=${word//"$module"/libhsm-pkcs11.so}
        case $word in '&') ;; *[!A-Za-z0-9_./:=,@%+-]* | '') word="'$word'" ;; esac
        line+=" $word"
    done
    printf '%s\n' "$line"
}

# expect CODE COMMAND...: shows and runs it; the exit code must be CODE. What it said is in $said.
expect() {
    local wanted=$1 code=0
    shift
    show "$@"
    said=$("$@" 2>&1 </dev/null) || code=$?
    # OpenSSL's stack of reasons for a "no" is left out.
    [ -z "$said" ] || sed '/^[0-9A-F]*:error:/d; s/^/     /' <<<"$said"
    [ "$code" = "$wanted" ] || give_up "exit code $code, not $wanted"
    checks=$((checks + 1))
}
run() { expect 0 "$@"; }
says() { case $said in *"$1"*) ;; *) give_up "the message does not say \"$1\"" ;; esac; }

# refused CODE WORDS COMMAND...: the command must fail with CODE and a message with these words, in one line.
refused() {
    local code=$1 words=$2
    shift 2
    expect "$code" "$@"
    case $said in *$'\n'*) give_up "the message has several lines" ;; esac
    says "$words"
}

printf 'libhsm at work, in %s\n' "$work"

step 'A module, and a Security World whose power is split over three administrator cards'
printf '%s\n' 'admin one 8#' 'admin two 5#' 'admin three 2#' >admin.pins
run hsm module create
run hsm card create admin-1 admin-2 admin-3
run hsm new-world --initialize --acs-quorum 2/3 --cards admin-1,admin-2,admin-3 --passphrase-file admin.pins

step 'A card set for the operators: any two of three cards, each with a passphrase of its own'
printf '%s\n' 'anna knows 31' 'ben knows 41' 'cleo knows 59' >operators.pins
run hsm card create anna ben cleo
run hsm createocs --name operators --ocs-quorum 2/3 --card-name Anna,Ben,Cleo \
    --cards anna,ben,cleo --passphrase-file operators.pins

step 'A softcard: a passphrase and nothing to hold in the hand'
printf '%s\n' 'what the web server knows' >softcard.pin
run hsm ppmk --new web-server --passphrase-file softcard.pin

step 'Four keys under three kinds of protection'
printf '%s\n' 'anna knows 31' 'cleo knows 59' >anna-and-cleo.pins
printf '%s\n' 'cleo knows 59' 'ben knows 41' >cleo-and-ben.pins
export BEN_AND_ANNA=$'ben knows 41\nanna knows 31' ANNA='anna knows 31' GUESS='a guess'
run hsm generatekey --type RSA-3072 --name 'release signing' release
run hsm generatekey --type P-256 --name 'issuing CA' --cardset operators issuing-ca \
    --cards anna,cleo --passphrase-file anna-and-cleo.pins
run hsm generatekey --type Ed25519 --name 'web server' --softcard web-server web --passphrase-file softcard.pin
run hsm generatekey --type ML-DSA-65 --name 'archive, for long' --cardset operators archive \
    --cards cleo,ben --passphrase-file cleo-and-ben.pins
run hsm list
run hsm acl issuing-ca --cards anna,cleo --passphrase-file anna-and-cleo.pins

cp "$document" document
step "Sign a real file with each: the library itself, $(stat -c %s document) bytes"
run hsm sign release document -o release.pss
run hsm sign release document --mechanism RSA-PKCS1/SHA-256 -o release.pkcs1
run hsm sign issuing-ca document -o issuing-ca.sig --cards ben,anna --passphrase-env BEN_AND_ANNA
run hsm sign web document -o web.sig --passphrase-file softcard.pin
run hsm sign archive document -o archive.sig --cards cleo,ben --passphrase-file cleo-and-ben.pins
for key in release issuing-ca web archive; do run hsm export "$key" -o "$key.pem"; done

openssl_checks() { # FILE EXPECTED-EXIT-CODE
    expect "$2" openssl dgst -sha256 -verify release.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
        -signature release.pss "$1"
    expect "$2" openssl dgst -sha256 -verify release.pem -signature release.pkcs1 "$1"
    expect "$2" openssl dgst -sha256 -verify issuing-ca.pem -signature issuing-ca.sig "$1"
    expect "$2" openssl pkeyutl -verify -pubin -inkey web.pem -rawin -in "$1" -sigfile web.sig
}

step "Verify without libhsm: $(openssl version | cut -d' ' -f1,2), and a program on Botan alone for ML-DSA"
openssl_checks document 0
run "$botan_check" archive.pem document archive.sig

step 'A file with one byte changed does not verify'
cp document tampered
printf 'X' | dd of=tampered bs=1 seek=4711 conv=notrunc status=none
cmp -s document tampered && printf 'Y' | dd of=tampered bs=1 seek=4711 conv=notrunc status=none
openssl_checks tampered 1
expect 1 "$botan_check" archive.pem tampered archive.sig
expect 1 hsm verify issuing-ca tampered issuing-ca.sig
run hsm verify issuing-ca document issuing-ca.sig

step 'One card too few is refused'
refused 37 '1 of 2 cards were presented' hsm sign issuing-ca document -o none.sig \
    --cards anna --passphrase-env ANNA
[ ! -e none.sig ] || give_up 'a signature was written'

step 'A wrong passphrase is refused, for a card and for a softcard'
refused 35 'passphrase' hsm sign issuing-ca document -o none.sig --cards anna,ben --passphrase-env GUESS
refused 35 'passphrase' hsm sign web document -o none.sig --passphrase-env GUESS
[ ! -e none.sig ] || give_up 'a signature was written'

step 'A thief copies the key directory, and the cards and passphrases of all operators: another module cannot use them'
mkdir stolen
cp -a office/kmdata stolen/kmdata
for card in anna ben cleo; do cp "office/cards/$card.card" "stolen/$card.card"; done
export LIBHSM_HOME=$work/elsewhere
run hsm quickstart
export NFAST_KMDATA=$work/stolen/kmdata
say 'with NFAST_KMDATA=stolen/kmdata, on the module of another Security World:'
refused 42 'another Security World' hsm sign release document -o none.sig
refused 42 'another Security World' hsm sign web document -o none.sig --passphrase-file softcard.pin
run hsm card insert stolen/anna.card --slot 1
run hsm slotinfo --slot 1
says 'another Security World'
[ ! -e none.sig ] || give_up 'a signature was written'
unset NFAST_KMDATA
export LIBHSM_HOME=$work/office

step 'Everything is in order: the records, the certificates of the keys, the world'
run hsm nfkmcheck
run hsm nfkmverify
run hsm nfkminfo

# shellcheck source=scripts/lib/demo-pkcs11.sh
. "$scripts/demo-pkcs11.sh"

printf '\nAll %d steps held (%d commands, %d s).\n' "$steps" "$checks" "$((SECONDS - started))"
