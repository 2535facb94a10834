#!/usr/bin/env bash
# Installs from Debian's packages what building and the demo need; with the argument `test`, also
# what the tests run; with `peer`, what `make peer-test` needs; with `postgis`, what `bench search --postgis`
# compares with; with `web`, what the driver's app is built with; with `browser`, also what it is tested
# with. Says nothing and changes nothing when all is there.
#
# Does not install Rust, and starts no service: the tests start servers of their own on free ports,
# and a system-wide Mosquitto would sit on the demo's port 1883.
set -euo pipefail
cd "$(dirname "$0")/.."

RUST_NEEDED=1.95

# Servers live where an ordinary user's PATH does not look.
widen_path() {
    PATH="$PATH:/usr/sbin:/sbin"
    for dir in /usr/lib/postgresql/*/bin; do PATH="$PATH:$dir"; done
    hash -r
}

have() { command -v "$1" >/dev/null 2>&1; }

# One of those that `billing sign` looks for (billing/src/bin/billing/sign_font.rs).
have_chinese_font() {
    local font
    for font in opentype/noto/NotoSansCJK-Regular.ttc noto-cjk/NotoSansCJK-Regular.ttc \
        truetype/wqy/wqy-zenhei.ttc truetype/wqy/wqy-microhei.ttc \
        truetype/droid/DroidSansFallbackFull.ttf; do
        [ ! -e "/usr/share/fonts/$font" ] || return 0
    done
    return 1
}

# Looks for the tool and not for the package, so that it is right on other systems, too.
missing_packages() {
    have cc && have make || echo build-essential
    have pkg-config || echo pkg-config
    have_chinese_font || echo fonts-noto-cjk
    pkg-config --exists openssl 2>/dev/null || echo libssl-dev
    if [ "${1:-}" = peer ]; then
        # Debian's python3 has venv, but without ensurepip it makes none.
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
        have qpdf || echo qpdf
        have pdftotext || echo poppler-utils
    fi
    if [ "${1:-}" = postgis ]; then
        have initdb || echo postgresql
        compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null || echo postgresql-15-postgis-3
    fi
    case "${1:-}" in
        web | browser) have npm || echo npm ;;
    esac
    if [ "${1:-}" = browser ]; then
        have chromium || have chromium-browser || echo chromium
    fi
    [ "${1:-}" = test ] || return 0
    have mosquitto || echo mosquitto
    have initdb || echo postgresql
    have promtool || echo prometheus
    have docker-compose || echo docker-compose
    have xmllint || echo libxml2-utils
    have curl || echo curl
    have qpdf || echo qpdf
    have pdftotext || echo poppler-utils
}

# Runs as root, or fails without asking for a password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    have apt-get && as_root true 2>/dev/null
}

# Keeps Debian from starting what it installs, now (policy-rc.d) and at the next boot.
install_packages() {
    local policy=/usr/sbin/policy-rc.d
    local units=()
    if [ ! -e "$policy" ]; then
        # shellcheck disable=SC2064 # the path is known now and gone as a variable by then
        trap "as_root rm -f '$policy'" EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends -y "$@" || return 1
    for package in "$@"; do
        case "$package" in mosquitto | postgresql | prometheus) units+=("$package") ;; esac
    done
    if have systemctl && [ "${#units[@]}" -gt 0 ]; then
        as_root systemctl --quiet disable "${units[@]}" || true
    fi
}

check_rust() {
    have cargo || { echo "Rust is missing: install Rust $RUST_NEEDED or newer, so that \`cargo\` is in the PATH" >&2; return 1; }
    local found
    found=$(cargo --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$RUST_NEEDED" "$found" | sort -V | head -n1)" = "$RUST_NEEDED" ] ||
        { echo "Rust $found is too old: install Rust $RUST_NEEDED or newer" >&2; return 1; }
}

main() {
    case "${1:-}" in
        "" | test | peer | postgis | web | browser) ;;
        *) echo "usage: deploy/setup.sh [test|peer|postgis|web|browser]" >&2; return 2 ;;
    esac
    widen_path
    local missing
    mapfile -t missing < <(missing_packages "${1:-}")
    if [ "${#missing[@]}" -gt 0 ]; then
        can_install || { echo "please install these Debian packages (or your system's like them): ${missing[*]}" >&2; return 1; }
        echo "installing ${missing[*]}"
        local log
        log=$(mktemp)
        install_packages "${missing[@]}" >"$log" 2>&1 || { cat "$log" >&2; echo "installing ${missing[*]} failed" >&2; return 1; }
        rm -f "$log"
        widen_path
        mapfile -t missing < <(missing_packages "${1:-}")
        [ "${#missing[@]}" -eq 0 ] || { echo "still missing after the installation: ${missing[*]}" >&2; return 1; }
    fi
    case "${1:-}" in
        web) deploy/node.sh --install >/dev/null; return ;;
        browser) deploy/node.sh --install >/dev/null ;;
    esac
    check_rust
}

main "$@"
