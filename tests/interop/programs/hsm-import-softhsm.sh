#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A token of SoftHSM moves to libhsm: keys sign, decrypt and have the names and attributes that they had.
. "$(dirname "$0")/stage.inc"
H=${HSM_PROGRAM:-$(dirname "$M")/../../tools/hsm}
need "$H" "the program hsm of this build"
need softhsm2-util softhsm2
soft=$(ls /usr/lib/*/softhsm/libsofthsm2.so /usr/lib/softhsm/libsofthsm2.so 2>/dev/null | head -n 1 || true)
need "${soft:-libsofthsm2.so}" softhsm2
export LIBHSM_PKCS11_MODULE=$M
mkdir "$T/tokens"
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$T/tokens" >"$T/softhsm.conf"
export SOFTHSM2_CONF=$T/softhsm.conf
softhsm2-util --init-token --free --label t --so-pin 12345678 --pin 1234 >"$T/init.log" 2>&1
old() { pkcs11-tool --module "$soft" --token-label t --login --pin 1234 "$@" 2>"$T/old.log"; }
old --keypairgen --key-type rsa:2048 --id 01 --label "an RSA key" >"$T/make.log"
old --keypairgen --key-type EC:prime256v1 --id 02 --label e >"$T/make.log"
openssl genpkey -algorithm ED25519 -out "$T/ed.pem"
softhsm2-util --import "$T/ed.pem" --token t --label ed --id 03 --pin 1234 >"$T/make.log" 2>&1
old --keygen --key-type AES:32 --id 04 --label a --sensitive >"$T/make.log"
old --keygen --key-type GENERIC:32 --id 05 --label g --extractable >"$T/make.log"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout "$T/ca.key" -outform DER -out "$T/ca.der" 2>"$T/req.log"
old --write-object "$T/ca.der" --type cert --id 01 --label c >"$T/make.log"
echo "secret data" >"$T/d"
old --write-object "$T/d" --type data --label d --application-label app --private >"$T/make.log"
echo "some data" >"$T/x"
for key in 01 02; do old --read-object --type pubkey --id $key -o "$T/$key.der" >"$T/make.log"; done
head -c 32 /dev/zero >"$T/zeros"
old --encrypt -m AES-CBC --iv 00000000000000000000000000000000 --id 04 -i "$T/zeros" -o "$T/zeros.old" >"$T/make.log"
old --list-objects >"$T/old.list"

secret() { local f=$T/$1; shift; printf '%s\n' "$@" >"$f"; chmod 600 "$f"; }
secret pins 1234 12345678
secret wrong-user 4321 12345678
secret wrong-officer 1234 87654321
hsm() { "$H" import-softhsm "$T/tokens" --passphrase-file "$T/$1" "${@:2}"; }
before=$(find "$T/tokens" -type f -exec sha256sum {} + | sort)
fails hsm wrong-user
fails hsm wrong-officer
"$H" show-slots --token t >"$T/none.log" && wrong "a refused import left a token"
hsm pins >"$T/import.log"
grep -q 'token t: imported 10 objects' "$T/import.log" || { cat "$T/import.log"; wrong "it did not import all"; }
[ "$before" = "$(find "$T/tokens" -type f -exec sha256sum {} + | sort)" ] || wrong "SoftHSM's directory was changed"
say "imports a token with its PINs and all its objects"

tool --sign -m SHA256-RSA-PKCS --id 01 -i "$T/x" -o "$T/01.sig" >"$T/sign.log" 2>&1
openssl dgst -sha256 -verify <(openssl pkey -pubin -inform DER -in "$T/01.der") -signature "$T/01.sig" "$T/x"
tool --sign -m ECDSA-SHA256 --signature-format openssl --id 02 -i "$T/x" -o "$T/02.sig" >"$T/sign.log" 2>&1
openssl dgst -sha256 -verify <(openssl pkey -pubin -inform DER -in "$T/02.der") -signature "$T/02.sig" "$T/x"
tool --sign -m EDDSA --id 03 -i "$T/x" -o "$T/03.sig" >"$T/sign.log" 2>&1
openssl pkeyutl -verify -inkey "$T/ed.pem" -rawin -in "$T/x" -sigfile "$T/03.sig"
tool --encrypt -m AES-CBC --iv 00000000000000000000000000000000 --id 04 -i "$T/zeros" -o "$T/zeros.new" >"$T/sign.log" 2>&1
cmp "$T/zeros.old" "$T/zeros.new"
tool --read-object --type data --label d -o "$T/d.new" >"$T/sign.log" 2>&1
cmp "$T/d" "$T/d.new"
tool --read-object --type cert --id 01 -o "$T/ca.new" >"$T/sign.log" 2>&1
cmp "$T/ca.der" "$T/ca.new"
say "what they sign and encrypt is what SoftHSM's public keys verify and its key encrypts"

# Names and uses as SoftHSM shows them; "local" and "always sensitive" say where a key was made.
facts() {
    grep -E '^ *(label|ID|Usage|Access|application):' "$1" |
        sed -E 's/(, *)?(local|always sensitive|never extractable)//g; s/(Access: *)(none)?$/\1/; s/ +$//' | sort
}
tool --list-objects >"$T/new.list" 2>"$T/new.log"
diff <(facts "$T/old.list") <(facts "$T/new.list") || wrong "labels, ids or uses differ"
say "labels, ids, uses and sensitivity are the same"

fails hsm pins # there is a token of this label now
secret two 1234 1234
"$H" delete-token --token t --yes >"$T/delete.log"
secret both 12345678 1234
"$H" init-token --label there --passphrase-file "$T/both" >"$T/init.log"
hsm two --token there >"$T/import.log"
grep -q 'token there: imported 10 objects' "$T/import.log" || wrong "it did not import into a token that is there"
object=$(find "$T/tokens" -name '*.object' -size +1k | head -n 1)
head -c 700 "$object" >"$T/cut" && cp "$T/cut" "$object"
"$H" init-token --label other --passphrase-file "$T/both" >"$T/init.log"
fails hsm two --token other
"$H" show-slots --token other | grep -q '0 public' || wrong "a refused import left objects"
say "into a token that is there; nothing of a damaged directory"
