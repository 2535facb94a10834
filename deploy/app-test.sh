#!/usr/bin/env bash
# Tests of the driver's app: deploy/app-test.sh [units] [mini-program] [vendor], or `browser` or `pictures`,
# which take Playwright's own arguments after them. The app must be built (deploy/web.sh).
#
# What a run leaves to look at (screenshots, traces) lies in target/browser/.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$(deploy/node.sh):$PATH"

# The locked packages of a folder, unless they are there already.
installed() {
    local mark="$1/node_modules/.bowei-lock"
    cmp -s "$1/package-lock.json" "$mark" && return
    npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$1"
    cp "$1/package-lock.json" "$mark"
}

browser() {
    local folder=tests/browser
    installed $folder
    export CHROMIUM_PATH="${CHROMIUM_PATH:-$(command -v chromium || command -v chromium-browser)}"
    export BOWEI_GATEWAY="${BOWEI_GATEWAY:-$PWD/target/debug/gateway}"
    npm run --silent --prefix $folder type-check
    (cd $folder && npx --no-install playwright test "$@")
}

[ $# -gt 0 ] || { echo "usage: deploy/app-test.sh units|mini-program|vendor|browser|pictures …" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case "$1" in
        units) npm run --silent --prefix miniprogram test ;;
        # Its town and street are those of the browser tests.
        mini-program) installed tests/browser && npm run --silent --prefix miniprogram test:mp ;;
        vendor) installed miniprogram/tools/vendor && node miniprogram/tools/vendor/compile.cjs miniprogram/dist/build/mp-weixin ;;
        browser) browser --project=driver "${@:2}"; exit ;;
        pictures) browser --project=pictures "${@:2}"; exit ;;
        *) echo "deploy/app-test.sh: no tests are called $1" >&2; exit 2 ;;
    esac
    shift
done
