#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/stage.inc"
here=$(cd "$(dirname "$0")" && pwd)
# The table of mechanisms in docs/pkcs11.md says what C_GetMechanismList says.
case ${M##*/} in libhsm-pkcs11.so) ;; *) echo "the page is about libhsm's module"; exit 77 ;; esac
python3 "$here/../../../scripts/lib/pkcs11-mechanisms.py" "$M" "$here/../../../docs/pkcs11.md"
say "docs/pkcs11.md has every mechanism"
# A row that is not true is noticed.
sed 's/^| `AES_GCM` | 0x1087/| `AES_GCM` | 0x1088/' "$here/../../../docs/pkcs11.md" >"$T/page.md"
fails python3 "$here/../../../scripts/lib/pkcs11-mechanisms.py" "$M" "$T/page.md"
say "and would notice another"
# The module as p11-kit finds it, once installed. p11-kit reads no user's configuration for root.
command -v p11-kit >/dev/null || { echo "p11-kit is missing (Debian package p11-kit)"; exit 77; }
made=$(dirname "$M")/hsm-pkcs11.module
if [ -e "$made" ]; then
    person=()
    cp "$M" "$T/libhsm-pkcs11.so"
    mkdir -p "$HOME/.config/pkcs11/modules"
    echo 'user-config: only' >"$HOME/.config/pkcs11/pkcs11.conf"
    sed "s|^module: .*/libhsm-pkcs11.so$|module: $T/libhsm-pkcs11.so|" "$made" >"$HOME/.config/pkcs11/modules/hsm-pkcs11.module"
    if [ "$(id -u)" = 0 ]; then
        need setpriv util-linux
        person=(setpriv --reuid 65534 --regid 65534 --clear-groups)
        chown -R 65534:65534 "$T"
    fi
    "${person[@]}" p11-kit list-modules >"$T/modules.log" 2>&1
    grep -q "$T/libhsm-pkcs11.so" "$T/modules.log" || wrong "p11-kit does not know the module by $made"
    grep -q 'library-manufacturer: libhsm' "$T/modules.log" || wrong "p11-kit cannot load the module"
    [ -z "$(ls -A "$LIBHSM_HOME")" ] || wrong "listing made something in the home directory"
    say "p11-kit list-modules"
fi
