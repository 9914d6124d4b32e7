#!/bin/sh
# A private PostgreSQL for tests. Prints its URL on the first line, runs until standard input is
# closed, then stops and leaves nothing behind; so it ends with its caller, even after kill -9.
# Arguments go to the server: `-c shared_buffers=1GB`.
#
# Durability is off and everybody on this machine may connect: never for real data.
set -eu
export PATH="$PATH:/usr/sbin:/sbin"

bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL is missing: run scripts/install-packages.sh" >&2
    exit 1
fi

# Not in TMPDIR: the server's account has to reach it.
dir=$(mktemp -d /tmp/tiezheng-postgres.XXXXXX)
server=
cleanup() {
    trap - EXIT
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT PIPE TERM

as=
if [ "$(id -u)" -eq 0 ]; then
    account=postgres
    id "$account" >/dev/null 2>&1 || account=nobody
    chown "$account" "$dir"
    as="setpriv --reuid=$account --regid=$(id -g "$account") --clear-groups --"
fi
cd "$dir"

# shellcheck disable=SC2086  # $as is a command with its words
$as "$bin/initdb" -D "$dir/data" -U tiezheng --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >"$dir/initdb.log" 2>&1 </dev/null || {
    cat "$dir/initdb.log" >&2
    exit 1
}

attempt=0
while [ $attempt -lt 20 ]; do
    attempt=$((attempt + 1))
    port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
    # shellcheck disable=SC2086
    $as "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" \
        -c listen_addresses=127.0.0.1 -c max_connections=300 -c shared_buffers=64MB \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c autovacuum=off -c timezone=UTC -c log_min_messages=warning "$@" \
        >"$dir/server.log" 2>&1 </dev/null &
    server=$!
    while kill -0 "$server" 2>/dev/null; do
        if "$bin/pg_isready" -q -h "$dir" -p "$port"; then
            echo "postgres://tiezheng@127.0.0.1:$port/postgres"
            cat >/dev/null # until the caller is gone
            exit 0
        fi
        sleep 0.05
    done
    wait "$server" 2>/dev/null || true # port taken: the next one
    server=
done
cat "$dir/server.log" >&2
exit 1
