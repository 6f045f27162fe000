# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Words that every script shares: where the cache is, how progress is told, how a step is locked.
# To be sourced by bash with `set -euo pipefail` in force. Sets: root, cache.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${LIBHSM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/libhsm-build}

say() { printf '==> %s\n' "$*" >&2; }
detail() { printf '    %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# run_logged NAME COMMAND...: runs quietly into a log; shows the end of it when the command fails.
run_logged() {
    local name=$1 log started=$SECONDS
    shift
    mkdir -p "$cache/log"
    log=$cache/log/$name.log
    if ! "$@" >"$log" 2>&1 </dev/null; then
        printf 'error: "%s" failed; the end of %s:\n' "$name" "$log" >&2
        tail -n 40 "$log" >&2
        return 1
    fi
    if ((SECONDS - started > 2)); then detail "$name: $((SECONDS - started)) s"; fi
}

# locked FUNCTION ARG...: one heavy step at a time on this machine (a Botan compile takes 3 GB).
# The function must look again whether its work is still to be done. It runs in a subshell.
locked() (
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    if ! flock --nonblock 9; then
        say "waiting for another libhsm set-up to finish ($cache/lock)"
        flock 9
    fi
    "$@" 9>&-
)

# scratch: prints a new empty directory in the cache, on the same file system as what it becomes.
scratch() {
    mkdir -p "$cache/tmp"
    mktemp -d "$cache/tmp/build.XXXXXXXX"
}

# publish DIRECTORY DESTINATION: renames a finished directory into its place; never merges.
publish() {
    if [ -e "$2" ]; then rm -rf "$1"; else mv -T "$1" "$2"; fi
}

short_hash() { sha256sum | cut -c1-12; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "needs root for: $* (run scripts/setup as root, or install sudo)"
    fi
}
