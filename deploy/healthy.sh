#!/usr/bin/env bash
# Does the gateway on this port answer that it is well? Exit code 0 only if it does.
#
# Bash's own TCP, so that the image needs no HTTP client, which an intruder would like to find.
set -euo pipefail

port=${1:-8080}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _version status _reason <&3
[ "$status" = 200 ]
