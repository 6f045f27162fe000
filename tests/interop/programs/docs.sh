#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
here=$(cd "$(dirname "$0")" && pwd)
# What docs/pkcs11.md tells people to type, typed: its shell blocks, from the first to the last.
root=$here/../../..
case ${M##*/} in libhsm-pkcs11.so) ;; *) echo "the page is about libhsm's module"; exit 77 ;; esac
PATH=$PATH:/usr/sbin
need p11-kit p11-kit
need ssh-agent openssh-client
need p11tool gnutls-bin
need certutil libnss3-tools
need keytool openjdk-17-jdk-headless
need nginx nginx-light
[ -n "$(find /usr/lib -path '*engines-3/pkcs11.so' -print -quit)" ] || { echo "libengine-pkcs11-openssl is missing"; exit 77; }
PROVIDER=${HSM_PKCS11_PROVIDER:-}
[ -n "$PROVIDER" ] || PROVIDER=$(find /usr/lib "$cache" -path '*ossl-modules/pkcs11.so' -print -quit 2>/dev/null)
[ -n "$PROVIDER" ] || { echo "pkcs11-provider is missing"; exit 77; }

export M PROVIDER SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none
PORT=$(free_port)
NGINX_USER=$([ "$(id -u)" != 0 ] || echo 'user root;')
export PORT NGINX_USER
printf '#!/bin/sh\necho 1234\n' >"$T/askpass"
chmod +x "$T/askpass"
mkdir "$T/typed"
{
    printf '%s\n' 'set -euo pipefail' 'trap '\''[ -z "${SSH_AGENT_PID:-}" ] || kill $SSH_AGENT_PID'\'' EXIT' 'cd "$T/typed"'
    awk '/^```sh$/ { inside = 1; print "echo \"ok: block " ++blocks "\""; next } /^```$/ { inside = 0 } inside && !/^M=/' "$root/docs/pkcs11.md"
} >"$T/typed.sh"
T=$T bash "$T/typed.sh" >"$T/typed.log" 2>&1
grep '^ok: block' "$T/typed.log"
[ "$(grep -c '^ok: block' "$T/typed.log")" -ge 8 ] || wrong "blocks are missing from the page"
ssh-keygen -Y check-novalidate -n file -s "$T/typed/text.sig" <"$T/typed/text" >"$T/check.log"
grep -q 'Verify return code: 0 (ok)' "$T/typed.log" || wrong "nginx"
grep -q 'PrivateKeyEntry' "$T/typed.log" || wrong "keytool"
say "docs/pkcs11.md"
