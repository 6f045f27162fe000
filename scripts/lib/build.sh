# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# The four builds and how Meson is asked for each. Needs common.sh.

build_names=(release asan tsan win64)

# build_directory NAME [BOTAN-VERSION]: fixed names; another Botan gets directories of its own.
build_directory() {
    local suffix=${2:+-botan-$2}
    case $1 in
        release) printf '%s/build%s\n' "$root" "$suffix" ;;
        asan | tsan | win64) printf '%s/build-%s%s\n' "$root" "$1" "$suffix" ;;
        *) fail "no such build: $1 (there are: ${build_names[*]})" ;;
    esac
}

build_machine_file() {
    local name=linux-gcc
    case $1 in asan) name=linux-clang ;; win64) name=win64 ;; esac
    "$root/scripts/setup" ${2:+--botan "$2"} --print-machine-file "$name"
}

# build_arguments NAME: what this build asks of Meson, one argument a line.
build_arguments() {
    case $1 in
        release) printf '%s\n' -Dbuildtype=release ;;
        asan)
            printf '%s\n' -Dbuildtype=plain -Doptimization=1 '-Dcpp_args=-gline-tables-only -fno-omit-frame-pointer -fno-sanitize-recover=all -D_GLIBCXX_ASSERTIONS' \
                -Db_sanitize=address,undefined -Dfuzz=true -Dbench=false
            ;;
        tsan)
            printf '%s\n' -Dbuildtype=plain -Doptimization=1 '-Dcpp_args=-g1 -fno-omit-frame-pointer' \
                -Db_sanitize=thread -Dbench=false -Dexamples=false -Dtools=false
            ;;
        win64) printf '%s\n' -Dbuildtype=release -Dbench=false ;;
    esac
}

# configure_build NAME [BOTAN-VERSION]: (re)configures when the paths or arguments are not those of last time.
configure_build() {
    local name=$1 directory machine_file kind=--native-file arguments stamp werror=false
    directory=$(build_directory "$name" "${2:-}")
    machine_file=$(build_machine_file "$name" "${2:-}")
    [ "$name" != win64 ] || kind=--cross-file
    [ "${LIBHSM_WERROR:-}" != 1 ] || werror=true
    mapfile -t arguments < <(build_arguments "$name")
    stamp=$(printf '%s\n' "${arguments[@]}"; cat "$machine_file"; meson --version)
    if [ ! -e "$directory/build.ninja" ] || [ "$(cat "$directory/libhsm-stamp" 2>/dev/null)" != "$stamp" ]; then
        say "configuring ${directory#"$root"/}"
        rm -rf "$directory"
        run_logged "configure-$name" meson setup "$directory" "$root" "$kind" "$machine_file" \
            "${arguments[@]}" -Dwerror=$werror || return 1
        printf '%s\n' "$stamp" >"$directory/libhsm-stamp"
    elif [ "$(cat "$directory/libhsm-werror" 2>/dev/null)" != $werror ]; then
        run_logged "configure-$name" meson configure "$directory" -Dwerror=$werror || return 1
    fi
    printf '%s\n' $werror >"$directory/libhsm-werror"
}

# compile_build NAME [BOTAN-VERSION]
compile_build() {
    local directory started=$SECONDS
    directory=$(build_directory "$1" "${2:-}")
    say "building ${directory#"$root"/}"
    if ! ninja -C "$directory" ${LIBHSM_JOBS:+-j"$LIBHSM_JOBS"} --quiet >"$cache/log/build-$1.log" 2>&1; then
        tail -n 100 "$cache/log/build-$1.log" >&2
        return 1
    fi
    grep -E 'warning:' "$cache/log/build-$1.log" >&2 || true
    detail "$((SECONDS - started)) s"
}

use_ccache() {
    export CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-3G} CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
    mkdir -p "$CCACHE_DIR" "$cache/log"
}
