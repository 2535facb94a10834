#!/usr/bin/env bash
# Builds the driver's app: deploy/web.sh [h5] [mp] [--check]. What is unchanged is not built again.
# `--for-demo` builds the H5 and never fails: a demo without it is still a demo, and this says why.
set -euo pipefail
cd "$(dirname "$0")/.."

build() { PATH="$1:$PATH" node miniprogram/tools/build.mjs "${@:2}"; }

if [ "${1:-}" = --for-demo ]; then
    if ! folder=$(deploy/node.sh 2>/dev/null); then
        echo "without the driver's app: that needs Node.js 20 or newer (\`make web\` says how)"
    elif ! build "$folder" h5; then
        echo "without the driver's app: it could not be built, see above"
    fi
    exit 0
fi
folder=$(deploy/node.sh)
build "$folder" "$@"
