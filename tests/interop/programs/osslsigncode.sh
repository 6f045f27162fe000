#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need osslsigncode osslsigncode
engine=$(find /usr/lib -path '*engines-3/pkcs11.so' -print -quit)
[ -n "$engine" ] || { echo "the pkcs11 engine is missing (Debian package libengine-pkcs11-openssl)"; exit 77; }
make_token
tool --keypairgen --key-type rsa:2048 --id 01 --label r >"$T/keys.log" 2>&1
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
init = 0
[req]
distinguished_name = dn
x509_extensions = ext
[dn]
[ext]
extendedKeyUsage = codeSigning
CONF
key='pkcs11:token=t;object=r;type=private;pin-value=1234'
OPENSSL_CONF=$T/engine.cnf openssl req -new -x509 -engine pkcs11 -keyform engine -key "$key" -subj /CN=signer -days 10 \
    -out "$T/r.pem" >"$T/req.log" 2>&1
# The smallest program for Windows: headers, one section, nothing to run.
python3 - "$T/x.exe" <<'PY'
import struct, sys
dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
optional = struct.pack("<HBBIIIII", 0x20B, 14, 0, 512, 0, 0, 0x1000, 0x1000)
optional += struct.pack("<QIIHHHHHHIIIIHH", 0x140000000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0, 0x2000, 512, 0, 3, 0)
optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + b"\0" * 128
section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", 1, 0x1000, 512, 512, 0, 0, 0, 0, 0x60000020)
open(sys.argv[1], "wb").write((dos + b"PE\0\0" + coff + optional + section).ljust(512, b"\0") + b"\xc3".ljust(512, b"\0"))
PY
osslsigncode sign -pkcs11engine "$engine" -pkcs11module "$M" -certs "$T/r.pem" -key "$key" -h sha256 \
    -in "$T/x.exe" -out "$T/signed.exe" >"$T/sign.log" 2>&1
osslsigncode verify -CAfile "$T/r.pem" -in "$T/signed.exe" >"$T/verify.log" 2>&1 || true
grep -q 'Signature verification: ok' "$T/verify.log" || grep -q '^Succeeded' "$T/verify.log" || wrong "the signature"
osslsigncode extract-signature -in "$T/signed.exe" -out "$T/signature.der" >"$T/extract.log" 2>&1
openssl pkcs7 -inform DER -in "$T/signature.der" -print_certs -noout 2>/dev/null | grep -q signer || wrong "no signer inside"
say "osslsigncode"
