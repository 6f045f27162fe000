#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
PATH=$PATH:/usr/sbin
need nginx nginx-light
engine=$(find /usr/lib -path '*engines-3/pkcs11.so' -print -quit)
[ -n "$engine" ] || { echo "the pkcs11 engine is missing (Debian package libengine-pkcs11-openssl)"; exit 77; }
make_token
make_keys plain

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
[req]
distinguished_name = dn
[dn]
CONF
export OPENSSL_CONF=$T/engine.cnf
key='pkcs11:token=t;object=e;type=private;pin-value=1234'
openssl req -new -x509 -engine pkcs11 -keyform engine -key "$key" -subj /CN=localhost -days 10 -out "$T/e.pem" >"$T/req.log" 2>&1
port=$(free_port)
cat >"$T/nginx.conf" <<CONF
daemon off;
worker_processes 2;
pid $T/nginx.pid;
error_log $T/nginx.log;
env LIBHSM_HOME;
env LIBHSM_TEST_PARAMETERS;
env SOFTHSM2_CONF;
env OPENSSL_CONF;
$([ "$(id -u)" != 0 ] || echo "user root;")
events {}
http {
    access_log off;
    client_body_temp_path $T/body; proxy_temp_path $T/proxy; fastcgi_temp_path $T/fastcgi;
    uwsgi_temp_path $T/uwsgi; scgi_temp_path $T/scgi;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $T/e.pem;
        ssl_certificate_key "engine:pkcs11:$key";
        location / { return 200 "hello\n"; }
    }
}
CONF
nginx -c "$T/nginx.conf" -p "$T" >"$T/start.log" 2>&1 &
background+=($!)
client() { OPENSSL_CONF=/dev/null openssl s_client -connect "127.0.0.1:$port" -CAfile "$T/e.pem" -verify_return_error </dev/null; }
wait_for client
for _ in 1 2 3 4 5 6 7 8; do client >"$T/client.log" 2>&1 || wrong "a connection"; done
say "nginx serves with a key on the token"
kill -HUP "$(cat "$T/nginx.pid")"
sleep 1
wait_for client
for _ in 1 2 3 4 5 6 7 8; do client >"$T/client.log" 2>&1 || wrong "a connection after reloading"; done
say "also after its configuration was read again"
