#!/bin/sh
# Installs what the bench measures the product against: Debian packages (as root), and @tus/server from npm into DIR.
#
#   bench/install-peers.sh [DIR]     DIR: where the npm packages go, target/bench/peers unless told
#
# Every peer is optional: `bench/run` leaves out the rows whose peers are not here, and says so.
set -eu
export PATH="$PATH:/usr/sbin:/sbin"
root=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$root/target/bench/peers}

missing=
for pair in restic:restic borg:borgbackup b3sum:b3sum nginx:nginx-light ffmpeg:ffmpeg openssl:openssl psql:postgresql; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "run: sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update </dev/null >&2
    # shellcheck disable=SC2086  # package names are words
    apt-get -q -y install --no-install-recommends $missing </dev/null >&2
fi

# Exact versions: a figure from another version is another figure.
if [ ! -d "$dir/node_modules/@tus/server" ]; then
    mkdir -p "$dir"
    npm install --silent --no-audit --no-fund --prefix "$dir" @tus/server@2.4.5 @tus/file-store@2.1.1 >&2
fi
