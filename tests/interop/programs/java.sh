#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need keytool openjdk-17-jdk-headless
need jarsigner openjdk-17-jdk-headless
make_token

printf 'name = hsm\nlibrary = %s\nslotListIndex = 0\n' "$M" >"$T/java.cfg"
store=(-storetype PKCS11 -providerClass sun.security.pkcs11.SunPKCS11 -providerArg "$T/java.cfg" -storepass 1234)
keytool -genkeypair "${store[@]}" -alias rsa -keyalg RSA -keysize 2048 -dname CN=rsa -validity 9 >"$T/rsa.log" 2>&1
keytool -genkeypair "${store[@]}" -alias ec -keyalg EC -groupname secp256r1 -dname CN=ec -validity 9 >"$T/ec.log" 2>&1
keytool -list "${store[@]}" >"$T/list.log" 2>&1
[ "$(grep -c PrivateKeyEntry "$T/list.log")" = 2 ] || wrong "keytool does not list two keys"
say "keytool makes and lists keys"
keytool -exportcert "${store[@]}" -alias rsa -rfc -file "$T/rsa.pem" >"$T/export.log" 2>&1
openssl verify -CAfile "$T/rsa.pem" "$T/rsa.pem" >"$T/verify.log"
keytool -certreq "${store[@]}" -alias ec -file "$T/ec.csr" >"$T/csr.log" 2>&1
openssl req -in "$T/ec.csr" -noout -verify >"$T/csr-verify.log" 2>&1
say "openssl accepts the certificate and the request"
echo "some data" >"$T/x"
python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").write(sys.argv[2], "x")' "$T/x.jar" "$T/x"
for alias in rsa ec; do
    jarsigner "${store[@]}" -signedjar "$T/$alias.jar" "$T/x.jar" "$alias" >"$T/jarsigner.log" 2>&1
    jarsigner -verify "$T/$alias.jar" >"$T/jar-verify.log" 2>&1
    grep -q 'jar verified' "$T/jar-verify.log" || wrong "the jar signed with $alias"
done
say "jarsigner"
keytool -delete "${store[@]}" -alias ec >"$T/delete.log" 2>&1
keytool -list "${store[@]}" >"$T/list.log" 2>&1
[ "$(grep -c PrivateKeyEntry "$T/list.log")" = 1 ] || wrong "keytool -delete"
say "keytool -delete"
