# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Botan from Debian's source package into the cache: a static, position-independent, minimised
# amalgamation without thread pool, one for each target. The cache key covers everything that decides
# what comes out: tarball, module list, compiler, target, flags.

# The tarballs that were tried, newest first: version, package's upstream version, SHA-256.
botan_known='
3.13.0 3.13.0+dfsg a9252842d2cf38a3392ec540e134730051b544452c6922da20803ae3fd507992
3.7.1 3.7.1+dfsg b164e8debd53d22e6b6dc6729388e798c935d1e4251c5d41e07397a57bbf2413
'
botan_suites=(unstable trixie)

botan_known_hash() { printf '%s' "$botan_known" | awk -v v="$1" '$1 == v { print $3 }'; }

# botan_modules_file VERSION: the module list of that version, or of the nearest older one.
botan_modules_file() {
    local file best='' version
    for file in "$root"/scripts/data/botan-modules-*.txt; do
        version=${file##*botan-modules-}
        version=${version%.txt}
        if [ "$(printf '%s\n%s\n' "$version" "$1" | sort -V | head -n 1)" = "$version" ]; then
            if [ -z "$best" ] || [ "$(printf '%s\n%s\n' "$version" "${best#* }" | sort -V | tail -n 1)" = "$version" ]; then
                best="$file $version"
            fi
        fi
    done
    [ -n "$best" ] || fail "no module list for Botan $1 in scripts/data"
    printf '%s\n' "${best% *}"
}

botan_modules() { sed -e 's/#.*//' -e '/^!/d' -e 's/?//g' "$(botan_modules_file "$1")" | xargs | tr ' ' ','; }

# botan_check_modules VERSION BUILD_CONFIG: fails if configure.py left out what was asked for, or took in
# what must stay out; prints the modules that are in.
botan_check_modules() {
    python3 - "$(botan_modules_file "$1")" "$2" <<'PYTHON'
import json, re, sys
text = re.sub(r"#.*", "", open(sys.argv[1]).read())
present = set(json.load(open(sys.argv[2]))["mod_list"])
words = text.split()
absent = [word for word in words if word[0] not in "!?" and word not in present]
forbidden = [word for word in words if word[0] == "!" and word[1:] in present]
if absent or forbidden:
    sys.exit(f"this Botan lacks {absent} and must not have {forbidden}")
print("\n".join(sorted(present)))
PYTHON
}

botan_tarball() { find "$cache/downloads" -name "botan3_$1+*.orig.tar.*" -o -name "botan3_$1.orig.tar.*" 2>/dev/null | head -n 1; }

# botan_check_tarball VERSION FILE: refuses a tarball that is not the one that was tried.
botan_check_tarball() {
    local want got
    want=$(botan_known_hash "$1")
    got=$(sha256sum <"$2" | cut -d' ' -f1)
    if [ "$got" = "$want" ]; then return 0; fi
    if [ "${LIBHSM_BOTAN_UNTESTED:-}" = 1 ]; then
        detail "Botan $1 ($got) was not tried with libhsm; used because LIBHSM_BOTAN_UNTESTED=1"
        return 0
    fi
    [ -z "$want" ] || rm -f "$2"
    detail "Botan $1: the tarball's SHA-256 is $got, which libhsm does not know (LIBHSM_BOTAN_UNTESTED=1 takes it)"
    return 1
}

# botan_fetch [VERSION]: brings a tarball into the cache; without a version the newest that is known.
# Sets botan_version.
botan_fetch() {
    local suite version file
    for suite in "${botan_suites[@]}"; do
        if ! source_version "$suite" botan3; then
            detail "Debian $suite could not be read; looking further (scripts/setup --update asks again)"
            continue
        fi
        version=${suite_version%%+*}
        [ -z "${1:-}" ] || [ "$1" = "$version" ] || continue
        if [ -z "$(botan_known_hash "$version")" ] && [ "${LIBHSM_BOTAN_UNTESTED:-}" != 1 ]; then
            detail "Debian $suite has Botan $version, which libhsm was not tried with: looking further"
            continue
        fi
        file=$(botan_tarball "$version")
        if [ -z "$file" ]; then
            fetch_source "$suite" botan3 "$cache/downloads" || continue
            file=$(botan_tarball "$version")
        fi
        botan_check_tarball "$version" "$file" || continue
        botan_version=$version
        return 0
    done
    fail "found no usable Botan${1:+ $1} in Debian ${botan_suites[*]}"
}

# botan_choose [VERSION]: sets botan_version, from the cache when it is there, else from the mirror.
botan_choose() {
    botan_version=${1:-}
    if [ -z "$botan_version" ] && [ "${LIBHSM_BOTAN_UNTESTED:-}" != 1 ] && [ -e "$cache/botan-newest" ]; then
        botan_version=$(cat "$cache/botan-newest")
    fi
    if [ -z "$botan_version" ] || [ -z "$(botan_tarball "$botan_version")" ]; then
        say "fetching Botan${botan_version:+ $botan_version} from Debian's source package"
        botan_fetch "$botan_version"
        [ -n "${1:-}" ] || printf '%s\n' "$botan_version" >"$cache/botan-newest"
        detail "Botan $botan_version"
    fi
}

target_compiler() {
    case $1 in
        linux) printf 'g++\n' ;;
        win64) printf 'x86_64-w64-mingw32-g++-posix\n' ;;
        *) fail "no such target: $1" ;;
    esac
}

target_flags() {
    case $1 in
        linux) printf -- '-O3 -fPIC -fvisibility=hidden\n' ;;
        win64) printf -- '-O3 -D_WIN32_WINNT=0x0602\n' ;;
    esac
}

# botan_root VERSION TARGET: the directory that this build has, or will have, in the cache.
botan_root() {
    local compiler tarball
    compiler=$(target_compiler "$2")
    tarball=$(botan_tarball "$1")
    # The tarball's hash was checked when it came; its name, size and time stand for it here.
    printf '%s/botan-%s-%s-%s\n' "$cache" "$1" "$2" "$({
        botan_known_hash "$1"
        stat -c '%n %s' "$tarball"
        botan_modules "$1"
        "$compiler" --version | head -n 1
        "$compiler" -dumpmachine
        target_flags "$2"
        echo layout 1
    } | short_hash)"
}

botan_compile() ( # a subshell, for its directory
    local version=$1 target=$2 source=$3 out=$4 flags os=linux
    [ "$target" = linux ] || os=mingw
    cd "$source" || return 1
    python3 configure.py --os="$os" --cpu=x86_64 --cc=gcc --cc-bin="$(target_compiler "$target")" \
        --minimized-build --amalgamation --disable-shared-library --build-targets=static \
        --without-documentation --enable-modules="$(botan_modules "$version")" || return 1
    mkdir -p "$out/lib" "$out/include"
    botan_check_modules "$version" build/build_config.json >"$out/modules.txt" || return 1
    # The Makefile's flags with ours after them: Botan compiles static libraries without -fPIC.
    flags=$(sed -n 's/^\(ABI_FLAGS\|LANG_FLAGS\) *= *//p' Makefile | sed 's/-D_WIN32_WINNT=[^ ]*//' | xargs)
    flags="$flags $(target_flags "$target") -w -DBOTAN_IS_BEING_BUILT"
    # shellcheck disable=SC2086
    "$(target_compiler "$target")" $flags -I. -Ibuild/include/public -Ibuild/include/internal \
        -Ibuild/include/external -c botan_all.cpp -o botan_all.o &&
        ar rcs "$out/lib/libbotan-3.a" botan_all.o &&
        cp -RL build/include/public/botan "$out/include/" &&
        cp license.txt "$out/" || return 1
    rm -f "$out/include/botan/botan_all.h"
    printf '%s\n' "$version" >"$out/version"
    printf '%s %s\n' "$(target_compiler "$target")" "$flags" >"$out/flags"
)

botan_build() {
    local version=$1 target=$2 destination work
    destination=$(botan_root "$version" "$target")
    [ ! -e "$destination" ] || return 0
    botan_check_tarball "$version" "$(botan_tarball "$version")" || fail "Botan $version is not usable"
    say "compiling Botan $version for $target (about three minutes and 3 GB of memory; once)"
    work=$(scratch)
    mkdir "$work/source"
    tar -xf "$(botan_tarball "$version")" -C "$work/source" --strip-components=1
    if ! run_logged "botan-$version-$target" botan_compile "$version" "$target" "$work/source" "$work/out"; then rm -rf "$work"; return 1; fi
    publish "$work/out" "$destination"
    rm -rf "$work"
}

# botan_need VERSION TARGET: builds it unless it is there.
botan_need() { [ -e "$(botan_root "$1" "$2")" ] || locked botan_build "$1" "$2"; }
