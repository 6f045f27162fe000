# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# The second part of demo.sh: programs that know nothing of libhsm, with keys on a token.

tool() { run pkcs11-tool --module "$module" "$@"; }
# ours COMMAND...: with the engine, which loads the module. Without it, openssl knows nothing of the token.
ours() { run env OPENSSL_CONF=engine.cnf "$@"; }
key() { printf 'pkcs11:token=shop;object=%s;type=private' "$1"; }

export LIBHSM_HOME=$work/shop
step 'A token, made by a program for PKCS #11 in an empty place: the module and its world come with it'
tool --init-token --slot-index 0 --label shop --so-pin 12345678
tool --token-label shop --init-pin --login --login-type so --so-pin 12345678 --new-pin 1234
tool --token-label shop --login --pin 1234 --keypairgen --key-type rsa:3072 --id 01 --label ca
tool --token-label shop --login --pin 1234 --keypairgen --key-type EC:prime256v1 --id 02 --label server

step 'A certificate authority whose key is on the token, and a certificate for a server whose key is there too'
cat >engine.cnf <<CONF
openssl_conf = main
[main]
engines = engines
[engines]
pkcs11 = pkcs11_section
[pkcs11_section]
engine_id = pkcs11
MODULE_PATH = $module
PIN = 1234
init = 1
[req]
distinguished_name = dn
x509_extensions = authority
[dn]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
CONF
printf 'subjectAltName = DNS:localhost\n' >names
ours openssl req -new -x509 -engine pkcs11 -keyform engine -key "$(key ca)" -subj '/CN=The shop' -days 30 -out ca.pem
ours openssl req -new -engine pkcs11 -keyform engine -key "$(key server)" -subj /CN=localhost -out server.csr
ours openssl x509 -req -in server.csr -CA ca.pem -engine pkcs11 -CAkeyform engine -CAkey "$(key ca)" -extfile names -days 9 -out server.pem
run openssl verify -CAfile ca.pem -verify_hostname localhost server.pem
says 'server.pem: OK'

step 'TLS: a server with its key on the token, and a client that checks it'
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
serving=(openssl s_server -engine pkcs11 -keyform engine -key "$(key server)" -cert server.pem -accept "$port" -www)
show env OPENSSL_CONF=engine.cnf "${serving[@]}" '&'
OPENSSL_CONF=engine.cnf "${serving[@]}" >server.log 2>&1 &
background+=($!)
client() { openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -verify_hostname localhost -verify_return_error -brief </dev/null; }
for _ in $(seq 100); do ! client >client.log 2>&1 || break; sleep 0.1; done
run openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -verify_hostname localhost -verify_return_error -brief
says 'Verification: OK'
expect 1 openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem -verify_hostname elsewhere -verify_return_error -brief

step 'SSH: the agent signs with a key on the token'
printf '#!/bin/sh\necho 1234\n' >askpass
chmod +x askpass
export SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none
eval "$(ssh-agent -a "$work/agent" -P "$(readlink -f "$module")" -s)" >/dev/null
background+=("$SSH_AGENT_PID")
run ssh-add -s "$module"
run ssh-add -L
grep '^ecdsa-sha2-nistp256 ' <<<"$said" | head -n 1 >key.pub
run ssh-keygen -Y sign -n file -f key.pub document
printf 'shop@localhost %s\n' "$(cut -d' ' -f1,2 key.pub)" >allowed
# Verifying needs neither the agent nor the token.
verifies() { expect "$1" env -u SSH_AUTH_SOCK -u LIBHSM_HOME bash -c "ssh-keygen -Y verify -f allowed -I shop@localhost -n file -s document.sig <$2"; }
verifies 0 document
says 'Good "file" signature'
verifies 255 tampered
run ssh-add -e "$module"
