#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
PATH=$PATH:/usr/sbin
need dnssec-keyfromlabel bind9-utils
need dnssec-signzone bind9-utils
need dnssec-verify bind9-utils
engine=$(find /usr/lib -path '*engines-3/pkcs11.so' -print -quit)
[ -n "$engine" ] || { echo "the pkcs11 engine is missing (Debian package libengine-pkcs11-openssl)"; exit 77; }
make_token
tool --keypairgen --key-type EC:prime256v1 --id 01 --label ksk >"$T/keys.log" 2>&1
tool --keypairgen --key-type EC:prime256v1 --id 02 --label zsk >>"$T/keys.log" 2>&1

cat >"$T/engine.cnf" <<CONF
openssl_conf = main
[main]
engines = engines
[engines]
pkcs11 = pkcs11_section
[pkcs11_section]
engine_id = pkcs11
dynamic_path = $engine
MODULE_PATH = $M
PIN = 1234
init = 1
CONF
export OPENSSL_CONF=$T/engine.cnf
cd "$T"
dnssec-keyfromlabel -E pkcs11 -a ECDSAP256SHA256 -f KSK -l 'pkcs11:token=t;object=ksk;pin-value=1234' example.org >"$T/ksk" 2>"$T/ksk.log"
dnssec-keyfromlabel -E pkcs11 -a ECDSAP256SHA256 -l 'pkcs11:token=t;object=zsk;pin-value=1234' example.org >"$T/zsk" 2>"$T/zsk.log"
printf '$TTL 60\n@ IN SOA ns.example.org. a.example.org. 1 60 60 60 60\n@ IN NS ns.example.org.\nns IN A 127.0.0.1\n' >"$T/zone"
dnssec-signzone -E pkcs11 -S -o example.org -f "$T/signed" "$T/zone" >"$T/sign.log" 2>&1
OPENSSL_CONF=/dev/null dnssec-verify -o example.org "$T/signed" >"$T/verify.log" 2>&1
say "BIND signs a zone"
