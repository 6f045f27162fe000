#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need certutil libnss3-tools
need modutil libnss3-tools
need cmsutil libnss3-tools
make_token
make_keys

mkdir "$T/db"
echo 1234 >"$T/pin"
certutil -N -d "sql:$T/db" --empty-password >"$T/new.log" 2>&1
modutil -dbdir "sql:$T/db" -add hsm -libfile "$M" -force >"$T/add.log" 2>&1
modutil -dbdir "sql:$T/db" -list hsm >"$T/list.log" 2>&1
grep -qi 'token name: *t *$' "$T/list.log" || wrong "modutil does not see the token"
certutil -K -d "sql:$T/db" -h t -f "$T/pin" >"$T/keys.log" 2>&1
grep -q ' rsa ' "$T/keys.log" || wrong "certutil does not see the RSA key"
say "modutil and certutil -K"
head -c 64 /dev/urandom >"$T/noise"
certutil -S -d "sql:$T/db" -h t -f "$T/pin" -z "$T/noise" -n made -s CN=made -x -t C,C,C -k rsa -g 2048 -m 1 -v 12 \
    >"$T/self.log" 2>&1
certutil -L -d "sql:$T/db" -h t -f "$T/pin" -n t:made -a >"$T/made.pem" 2>"$T/export.log"
openssl verify -CAfile "$T/made.pem" "$T/made.pem" >"$T/verify.log"
certutil -S -d "sql:$T/db" -h t -f "$T/pin" -z "$T/noise" -n curve -s CN=curve -x -t C,C,C -k ec -q nistp256 -m 2 -v 12 \
    >"$T/ec.log" 2>&1
say "certutil -S makes keys and certificates on the token"
echo "some data" >"$T/x"
cmsutil -S -d "sql:$T/db" -f "$T/pin" -N t:made -i "$T/x" -o "$T/x.cms" >"$T/cms.log" 2>&1
openssl cms -verify -inform DER -in "$T/x.cms" -CAfile "$T/made.pem" -out "$T/x.out" -purpose any -binary >"$T/cms-verify.log" 2>&1
cmp "$T/x" "$T/x.out"
say "cmsutil"
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$T/i.key" -subj /CN=imported -days 9 -out "$T/i.pem" 2>"$T/req.log"
openssl pkcs12 -export -inkey "$T/i.key" -in "$T/i.pem" -name imported -passout pass:p12 -out "$T/i.p12"
pk12util -i "$T/i.p12" -d "sql:$T/db" -h t -k "$T/pin" -W p12 >"$T/p12.log" 2>&1
certutil -K -d "sql:$T/db" -h t -f "$T/pin" >"$T/keys.log" 2>&1
grep -q imported "$T/keys.log" || wrong "pk12util brought no key"
say "pk12util"
