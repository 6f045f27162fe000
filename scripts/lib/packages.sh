# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
#
# The Debian packages that building and testing take.

packages_base=(g++ meson ninja-build ccache pkg-config python3 xz-utils openssl ca-certificates
    libfmt-dev libspdlog-dev libcli11-dev nlohmann-json3-dev)
packages_checks=(clang-16 libclang-rt-16-dev llvm-16)
packages_windows=(g++-mingw-w64-x86-64-posix wine wine64)
packages_docs=(doxygen)
# The programs that tests/interop drives; a test whose program is missing is skipped.
packages_interop=(opensc gnutls-bin p11-kit p11-kit-modules openssh-client libengine-pkcs11-openssl libnss3-tools
    openjdk-17-jdk-headless nginx-light knot knot-dnssecutils bind9-utils osslsigncode softhsm2)

# What scripts/demo and scripts/bench pkcs11 take beside that.
packages_demo=(opensc openssh-client libengine-pkcs11-openssl)
packages_bench=(softhsm2)

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    local name
    local -A there=()
    while read -r name; do there[${name%%:*}]=1; done < <(
        dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
    for name in "$@"; do
        [ -n "${there[$name]:-}" ] || printf '%s\n' "$name"
    done
}

install_packages() {
    local missing
    command -v dpkg-query >/dev/null || fail "scripts/setup knows Debian only; see CONTRIBUTING.md for other systems"
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing Debian packages: ${missing[*]}"
    install_now() {
        as_root apt-get -q update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
                -o DPkg::Lock::Timeout=600 install --no-install-recommends "$@"
    }
    run_logged packages install_now "${missing[@]}"
}
