#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need p11tool gnutls-bin
need p11-kit p11-kit
make_token
make_keys

gnutls() { GNUTLS_PIN=1234 p11tool --provider "$M" --batch "$@"; }
gnutls --list-tokens >"$T/tokens.log" 2>&1
grep -q 'pkcs11:.*token=t' "$T/tokens.log" || wrong "p11tool does not see the token"
gnutls --list-all --login 'pkcs11:token=t' >"$T/all.log" 2>&1
[ "$(grep -c 'object=' "$T/all.log")" -ge 6 ] || wrong "p11tool does not see six objects"
grep -q 'Type:.*EdDSA' "$T/all.log" || wrong "p11tool does not see the Ed25519 key"
say "p11tool lists"
gnutls --login --export-pubkey 'pkcs11:token=t;object=r;type=private' --outfile "$T/r.pem" >"$T/export.log" 2>&1
openssl pkey -pubin -in "$T/r.pem" -noout
gnutls --login --generate-privkey ecdsa --curve secp256r1 --label made --id 77 --outfile "$T/made.pem" 'pkcs11:token=t' >"$T/made.log" 2>&1
openssl pkey -pubin -in "$T/made.pem" -noout
gnutls --login --test-sign 'pkcs11:token=t;object=made;type=private' >"$T/sign.log" 2>&1
gnutls --login --test-sign 'pkcs11:token=t;object=r;type=private' >>"$T/sign.log" 2>&1
say "p11tool makes a key and signs"
if command -v certtool >/dev/null; then
    printf 'cn = "gnutls"\ncert_signing_key\nca\nexpiration_days = 10\n' >"$T/template"
    GNUTLS_PIN=1234 certtool --generate-self-signed --provider "$M" --template "$T/template" \
        --load-privkey 'pkcs11:token=t;object=r;type=private' --load-pubkey "$T/r.pem" --outfile "$T/self.pem" >"$T/certtool.log" 2>&1
    openssl verify -CAfile "$T/self.pem" "$T/self.pem" >>"$T/certtool.log"
    gnutls --login --write --load-certificate "$T/self.pem" --id 01 --label r 'pkcs11:token=t' >"$T/write.log" 2>&1
    say "certtool signs a certificate that openssl accepts"
fi

# By p11-kit's own configuration, through its proxy, and through a server. It reads no user's configuration for root.
person=()
if [ "$(id -u)" = 0 ]; then
    need setpriv util-linux
    cp "$M" "$T/module.so"
    M=$T/module.so
    person=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
mkdir -p "$HOME/.config/pkcs11/modules"
echo 'user-config: only' >"$HOME/.config/pkcs11/pkcs11.conf"
printf 'module: %s\n' "$M" >"$HOME/.config/pkcs11/modules/hsm.module"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$T"
"${person[@]}" p11-kit list-modules >"$T/modules.log" 2>&1
grep -q 'token: t' "$T/modules.log" || wrong "p11-kit does not see the token"
say "p11-kit list-modules"
proxy=$(find /usr/lib -name p11-kit-proxy.so -print -quit)
if [ -n "$proxy" ]; then
    "${person[@]}" pkcs11-tool --module "$proxy" --token-label t --login --pin 1234 -O --type privkey >"$T/proxy.log" 2>&1
    [ "$(grep -c '^ *ID:' "$T/proxy.log")" = 4 ] || wrong "through p11-kit-proxy"
    say "p11-kit-proxy"
fi
client=$(find /usr/lib -name p11-kit-client.so -print -quit)
if [ -n "$client" ] && { [ -x /usr/lib/p11-kit/p11-kit-server ] || [ -x /usr/libexec/p11-kit/p11-kit-server ]; }; then
    "${person[@]}" p11-kit server --provider "$M" -n "$T/socket" -f 'pkcs11:token=t' >"$T/server.log" 2>&1 &
    background+=($!)
    wait_for test -S "$T/socket"
    echo "some data" >"$T/x"
    P11_KIT_SERVER_ADDRESS="unix:path=$T/socket" "${person[@]}" pkcs11-tool --module "$client" --token-label t --login --pin 1234 \
        --sign -m SHA256-RSA-PKCS --id 01 -i "$T/x" -o "$T/x.sig" >"$T/client.log" 2>&1
    openssl dgst -sha256 -verify "$T/r.pem" -signature "$T/x.sig" "$T/x"
    say "p11-kit server and client"
fi
