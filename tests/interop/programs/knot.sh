#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
PATH=$PATH:/usr/sbin
need keymgr knot
need kzonesign knot-dnssecutils
make_token

cat >"$T/knot.conf" <<CONF
server:
  rundir: $T
database:
  storage: $T/db
keystore:
  - id: hsm
    backend: pkcs11
    config: "pkcs11:token=t;pin-value=1234 $M"
policy:
  - id: on-token
    keystore: hsm
    algorithm: ecdsap256sha256
    single-type-signing: on
zone:
  - domain: example.org
    storage: $T
    file: zone
    dnssec-policy: on-token
    dnssec-signing: on
CONF
mkdir -p "$T/db"
printf '$TTL 60\n@ IN SOA ns.example.org. a.example.org. 1 60 60 60 60\n@ IN NS ns.example.org.\nns IN A 127.0.0.1\n' >"$T/zone"
keymgr -c "$T/knot.conf" example.org generate ksk=yes zsk=yes algorithm=ecdsap256sha256 >"$T/keymgr.log" 2>&1
[ "$(tool -O --type privkey 2>/dev/null | grep -c '^ *ID:')" = 1 ] || wrong "keymgr made no key on the token"
say "keymgr makes a key on the token"
mkdir "$T/out"
kzonesign -c "$T/knot.conf" -o "$T/out" example.org >"$T/kzonesign.log" 2>&1
signed=$(find "$T/out" -type f -print -quit)
[ -n "$signed" ] || wrong "no signed zone"
if command -v dnssec-verify >/dev/null; then
    dnssec-verify -z -o example.org "$signed" >"$T/verify.log" 2>&1
else
    grep -q RRSIG "$signed"
fi
say "kzonesign"
