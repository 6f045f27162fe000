# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# The smaller dependencies: Catch2 (compiled for each target), header-only libraries, test vectors, and
# the Wine prefix in which Windows programs run.

catch2_version=3.7.1
catch2_hash=c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
catch2_suite=trixie

catch2_root() {
    local compiler
    compiler=$(target_compiler "$1")
    printf '%s/catch2-%s-%s-%s\n' "$cache" "$catch2_version" "$1" \
        "$({ echo "$catch2_hash"; "$compiler" --version | head -n 1; echo layout 1; } | short_hash)"
}

catch2_compile() {
    local target=$1 source=$2 out=$3 compiler
    compiler=$(target_compiler "$target")
    mkdir -p "$out/include" "$out/lib" || return 1
    (cd "$source/src" && find catch2 -name '*.hpp' -exec cp --parents '{}' "$out/include/" ';') || return 1
    sed -e 's/^#cmakedefine .*//' -e 's/@CATCH_CONFIG_DEFAULT_REPORTER@/console/' \
        -e 's/@CATCH_CONFIG_CONSOLE_WIDTH@/100/' "$source/src/catch2/catch_user_config.hpp.in" \
        >"$out/include/catch2/catch_user_config.hpp" || return 1
    "$compiler" -std=c++20 -O1 -fPIC -w -DCATCH_AMALGAMATED_CUSTOM_MAIN \
        -c "$source/extras/catch_amalgamated.cpp" -o "$source/catch2.o" &&
        ar rcs "$out/lib/libCatch2.a" "$source/catch2.o" &&
        "$compiler" -std=c++20 -O1 -fPIC -w -I"$out/include" \
            -c "$source/src/catch2/internal/catch_main.cpp" -o "$source/main.o" &&
        ar rcs "$out/lib/libCatch2Main.a" "$source/main.o"
}

catch2_build() {
    local target=$1 destination work tarball
    destination=$(catch2_root "$target")
    [ ! -e "$destination" ] || return 0
    tarball=$(find "$cache/downloads" -name "catch2_${catch2_version}*.orig.tar.*" 2>/dev/null | head -n 1)
    if [ -z "$tarball" ]; then
        say "fetching Catch2 from Debian's source package"
        fetch_source "$catch2_suite" catch2 "$cache/downloads"
        tarball=$(find "$cache/downloads" -name "catch2_${catch2_version}*.orig.tar.*" | head -n 1)
    fi
    [ -n "$tarball" ] || fail "Debian $catch2_suite does not have Catch2 $catch2_version any more"
    if [ "$(sha256sum <"$tarball" | cut -d' ' -f1)" != "$catch2_hash" ]; then
        rm -f "$tarball"
        fail "the tarball of Catch2 $catch2_version is not the one that libhsm was tried with"
    fi
    say "compiling Catch2 $catch2_version for $target"
    work=$(scratch)
    mkdir "$work/source"
    tar -xf "$tarball" -C "$work/source" --strip-components=1
    run_logged "catch2-$target" catch2_compile "$target" "$work/source" "$work/out" ||
        { rm -rf "$work"; return 1; }
    publish "$work/out" "$destination"
    rm -rf "$work"
}

catch2_need() { [ -e "$(catch2_root "$1")" ] || locked catch2_build "$1"; }

# Folders of Debian's header packages, and nothing else of /usr/include: the same for every target.
headers_root() { printf '%s/headers-1\n' "$cache"; }
headers_need() {
    local folder made
    [ ! -e "$(headers_root)" ] || return 0
    made=$(scratch)
    for folder in fmt spdlog CLI nlohmann; do
        [ -d "/usr/include/$folder" ] || fail "/usr/include/$folder is missing (Debian's package is incomplete)"
        ln -s "/usr/include/$folder" "$made/$folder"
    done
    publish "$made" "$(headers_root)"
}

# Test vectors: Botan's own of the version in use, and Wycheproof's.
vectors_root() { printf '%s/vectors-%s\n' "$cache" "$1"; }

wycheproof_build() {
    local work found='' try
    [ ! -e "$cache/wycheproof-1" ] || return 0
    work=$(scratch)
    say "fetching the Wycheproof test vectors"
    for try in "unstable golang-github-c2sp-wycheproof-dev" "trixie librust-wycheproof-dev"; do
        # shellcheck disable=SC2086
        if fetch_deb $try "$work/deb"; then
            found=$(find "$work/deb" -type f -name aes_gcm_test.json -printf '%h\n' | sort | tail -n 1)
            [ -z "$found" ] || break
        fi
    done
    [ -n "$found" ] || fail "found no package with the Wycheproof vectors"
    mkdir "$work/out"
    cp "$found"/*.json "$work/out/"
    publish "$work/out" "$cache/wycheproof-1"
    rm -rf "$work"
}

vectors_build() {
    local version=$1 work
    [ ! -e "$(vectors_root "$version")" ] || return 0
    work=$(scratch)
    mkdir -p "$work/out/botan"
    tar -xf "$(botan_tarball "$version")" -C "$work/out/botan" --strip-components=4 --wildcards '*/src/tests/data/*'
    ln -s "$cache/wycheproof-1" "$work/out/wycheproof"
    publish "$work/out" "$(vectors_root "$version")"
    rm -rf "$work"
}

vectors_need() {
    [ -e "$cache/wycheproof-1" ] || locked wycheproof_build
    [ -e "$(vectors_root "$1")" ] || locked vectors_build "$1"
}

# A prefix in which Windows programs run without a display; programs under test find it by name.
wine_prefix() { printf '%s/wine-prefix\n' "$cache"; }
wine_build() {
    local work
    [ ! -e "$(wine_prefix)" ] || return 0
    say "making a Wine prefix"
    work=$(scratch)
    first_start() {
        env -u DISPLAY WINEPREFIX="$work/prefix" WINEDEBUG=-all WINEDLLOVERRIDES=winemenubuilder.exe=d \
            wine cmd /c exit && env WINEPREFIX="$work/prefix" "$(wine_server)" -w
    }
    run_logged wine-prefix first_start || { rm -rf "$work"; return 1; }
    publish "$work/prefix" "$(wine_prefix)"
    rm -rf "$work"
}
wine_server() { command -v wineserver || command -v wineserver-stable || printf '/usr/lib/wine/wineserver\n'; }
wine_need() { [ -e "$(wine_prefix)" ] || locked wine_build; }

# pkcs11-provider, which Debian 12 has in its backports only: the tests load it from here.
pkcs11_provider_build() {
    local work
    [ ! -e "$cache/pkcs11-provider-1" ] || return 0
    work=$(scratch)
    say "fetching pkcs11-provider from bookworm-backports"
    if ! fetch_deb bookworm-backports pkcs11-provider "$work/deb" ||
        [ -z "$(find "$work/deb" -path '*ossl-modules/pkcs11.so')" ]; then
        rm -rf "$work"
        say "there is no pkcs11-provider: its test will be skipped"
        return 0
    fi
    publish "$work/deb" "$cache/pkcs11-provider-1"
    rm -rf "$work"
}

pkcs11_provider_need() { [ -e "$cache/pkcs11-provider-1" ] || locked pkcs11_provider_build; }
