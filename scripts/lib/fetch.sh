# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Fetches source and data packages of later Debian suites through this machine's own Debian mirror.
# The machine's package sources stay as they are: each suite gets a sources list, lists and a cache of
# its own, in a temporary directory that apt's download user can write.

# The base address of the mirror that this machine already installs Debian from.
debian_mirror() {
    local uri
    uri=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 2>/dev/null |
          sed -n 's/^Debian|//p' | sort -u | head -n 1)
    if [ -z "$uri" ]; then # no lists yet: read the configuration instead
        uri=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
              sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*/\2/p' |
              grep -v security | head -n 1)
    fi
    [ -n "$uri" ] || fail "found no Debian mirror in this machine's apt configuration"
    printf '%s\n' "$uri"
}

# suites_begin, suites_end: around everything below; subshells share what was read.
suites_begin() { suites_base=$(mktemp -d "${TMPDIR:-/tmp}/libhsm-apt.XXXXXXXX") && chmod 755 "$suites_base"; }
suites_end() { [ -z "${suites_base:-}" ] || rm -rf "$suites_base"; }

# suite_open SUITE: reads its package lists, once; sets suite_dir, and suite_apt to the apt options.
suite_open() {
    local suite=$1 dir=$suites_base/$1 mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    if [ ! -d "$dir" ]; then
        mirror=$(debian_mirror)
        mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts" "$dir/get"
        printf 'deb [signed-by=%s] %s %s main\ndeb-src [signed-by=%s] %s %s main\n' \
            "$keyring" "$mirror" "$suite" "$keyring" "$mirror" "$suite" >"$dir/sources.list"
        : >"$dir/status"
        chmod -R u=rwX,go=rX "$dir"
        if [ "$(id -u)" = 0 ] && id _apt >/dev/null 2>&1; then chown -R _apt "$dir"; fi
    fi
    # A mirror may be a snapshot, whose Release files are past their date: what libhsm builds is pinned by hash.
    suite_apt=(-q -o "Dir::Etc::sourcelist=$dir/sources.list" -o "Dir::Etc::sourceparts=$dir/parts"
        -o "Dir::Etc::preferences=/dev/null" -o "Dir::Etc::preferencesparts=$dir/parts"
        -o "Dir::State::lists=$dir/lists" -o "Dir::State::status=$dir/status"
        -o "Dir::Cache=$dir/cache" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
        -o "Acquire::Languages=none" -o "Acquire::Retries=3" -o "Acquire::Check-Valid-Until=false")
    if [ ! -e "$dir/updated" ]; then
        detail "reading the package lists of Debian $suite"
        run_logged "apt-update-$suite" apt-get "${suite_apt[@]}" update || return 1
        touch "$dir/updated"
    fi
    suite_dir=$dir
}

# source_version SUITE PACKAGE: sets suite_version to the newest upstream version of a source package there.
source_version() {
    suite_open "$1" || return 1
    suite_version=$(apt-cache "${suite_apt[@]}" showsrc --only-source "$2" 2>/dev/null |
        sed -n 's/^Version: *//p' | sort -V | tail -n 1 | sed -e 's/^[0-9]*://' -e 's/-[^-]*$//')
    [ -n "$suite_version" ]
}

# fetch_source SUITE PACKAGE DIRECTORY: downloads the upstream tarball of a source package.
fetch_source() {
    local suite=$1 package=$2 to=$3 file
    suite_open "$suite" || return 1
    (cd "$suite_dir/get" && run_logged "fetch-$package-$suite" \
        apt-get "${suite_apt[@]}" source --download-only --tar-only "$package") || return 1
    mkdir -p "$to"
    for file in "$suite_dir/get/${package}"_*.orig.tar.*; do
        case $file in *.asc) continue ;; esac
        mv -f "$file" "$to/"
    done
}

# fetch_deb SUITE PACKAGE DIRECTORY: downloads a binary package and unpacks it there.
fetch_deb() {
    local suite=$1 package=$2 to=$3 file
    suite_open "$suite" || return 1
    (cd "$suite_dir/get" && run_logged "fetch-$package-$suite" \
        apt-get "${suite_apt[@]}" download "$package") || return 1
    mkdir -p "$to"
    for file in "$suite_dir/get/${package}"_*.deb; do dpkg-deb -x "$file" "$to"; done
}
