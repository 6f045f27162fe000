#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
need ssh-keygen openssh-client
need ssh-agent openssh-client
make_token
make_keys

printf '#!/bin/sh\necho 1234\n' >"$T/askpass"
chmod +x "$T/askpass"
export SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none
ssh-keygen -D "$M" >"$T/public" 2>"$T/keygen.log"
grep -q '^ssh-rsa ' "$T/public" || wrong "no RSA key"
grep -q '^ecdsa-sha2-nistp256 ' "$T/public" || wrong "no P-256 key"
say "ssh-keygen -D"

# The agent loads the module in a process of its own, and only from where it is told.
eval "$(ssh-agent -P "$(dirname "$(readlink -f "$M")")/*" -s)" >"$T/agent.log"
background+=("$SSH_AGENT_PID")
ssh-add -s "$M" >"$T/add.log" 2>&1
[ "$(ssh-add -L | grep -c .)" -ge 2 ] || wrong "the agent has no keys"
echo "some data" >"$T/x"
for kind in ssh-rsa ecdsa-sha2-nistp256; do
    grep "^$kind " "$T/public" | head -n 1 >"$T/$kind.pub"
    rm -f "$T/x.sig"
    ssh-keygen -Y sign -n file -f "$T/$kind.pub" "$T/x" >"$T/sign.log" 2>&1
    printf 'me@here %s\n' "$(cut -d' ' -f1,2 "$T/$kind.pub")" >"$T/allowed"
    env -u SSH_AUTH_SOCK ssh-keygen -Y verify -f "$T/allowed" -I me@here -n file -s "$T/x.sig" <"$T/x" >"$T/verify.log" 2>&1
    say "ssh-agent signs with $kind"
done
ssh-add -e "$M" >"$T/remove.log" 2>&1
say "ssh-add -e"
ssh-keygen -t ed25519 -N '' -f "$T/user" -q
ssh-keygen -D "$M" -s "$T/ssh-rsa.pub" -I someone -n user "$T/user.pub" >"$T/certify.log" 2>&1
ssh-keygen -L -f "$T/user-cert.pub" | grep -q someone || wrong "no certificate"
say "a certificate authority for ssh"
