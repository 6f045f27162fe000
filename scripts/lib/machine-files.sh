# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# What Meson is told: one small file in the cache for each way to build. A plain `meson setup build`
# finds the same paths by asking `scripts/setup --print-deps TARGET`.

# machine_file NAME VERSION: NAME is linux-gcc, linux-clang or win64; the newest Botan has the plain name.
machine_file() {
    local newest=''
    [ ! -e "$cache/botan-newest" ] || newest=$(cat "$cache/botan-newest")
    if [ "$2" = "$newest" ]; then printf '%s/%s.ini\n' "$cache" "$1"
    else printf '%s/%s-botan-%s.ini\n' "$cache" "$1" "$2"
    fi
}

# dependency_paths TARGET VERSION: the options as "name=path" lines.
dependency_paths() {
    printf 'botan_root=%s\n' "$(botan_root "$2" "$1")"
    printf 'catch2_root=%s\n' "$(catch2_root "$1")"
    printf 'headers_root=%s\n' "$(headers_root)"
    printf 'vectors_root=%s\n' "$(vectors_root "$2")"
}

# write_if_changed FILE: keeps the time stamp of a file that says the same already.
write_if_changed() {
    local text
    text=$(cat)
    if [ ! -e "$1" ] || [ "$(cat "$1")" != "$text" ]; then
        printf '%s\n' "$text" >"$1.new.$$"
        mv -f "$1.new.$$" "$1"
    fi
}

write_machine_file() {
    local name=$1 version=$2 target=linux quoted
    [ "$name" != win64 ] || target=win64
    quoted=$(dependency_paths "$target" "$version" | sed "s/=\(.*\)/ = '\1'/")
    {
        printf '# Written by scripts/setup; changes here are lost.\n'
        case $name in
            linux-gcc) printf '[binaries]\ncpp = [%s]\n' "$(compiler_words g++)" ;;
            linux-clang) printf '[binaries]\ncpp = [%s]\n' "$(compiler_words clang++-16)" ;;
            win64)
                printf '[binaries]\ncpp = [%s]\n' "$(compiler_words x86_64-w64-mingw32-g++-posix)"
                printf "ar = 'x86_64-w64-mingw32-gcc-ar-posix'\nstrip = 'x86_64-w64-mingw32-strip'\n"
                printf "windres = 'x86_64-w64-mingw32-windres'\n"
                cp -f "$root/scripts/lib/wine-run" "$cache/wine-run" # the cache outlives a checkout
                printf "exe_wrapper = '%s/wine-run'\n" "$cache"
                printf "\n[host_machine]\nsystem = 'windows'\ncpu_family = 'x86_64'\ncpu = 'x86_64'\nendian = 'little'\n"
                ;;
        esac
        printf '\n[project options]\n%s\n' "$quoted"
    } | write_if_changed "$(machine_file "$name" "$version")"
}

compiler_words() {
    if command -v ccache >/dev/null; then printf "'ccache', '%s'" "$1"; else printf "'%s'" "$1"; fi
}
