#!/bin/sh
# Installs the Debian packages that building, testing and the demo use and that are missing here.
#
#   scripts/install-packages.sh            install (as root), or print the exact command and exit 1
#   scripts/install-packages.sh --check    only say what is missing; exit 1 if anything is
#
# At run time each of them is optional: the product says what it cannot do without it. Sealing a
# recording needs none.
set -eu
export PATH="$PATH:/usr/sbin:/sbin"

# package | what proves that it is here (a command, a path with wildcards) | what it is for
wanted='
gcc|cc|compiles the C parts of the digest library and of SQLite
libc6-dev|/usr/include/stdio.h|what every program is linked with
make|make|make demo, make test
git|git|version in the executable
curl|curl|looks at running servers in tests
ffmpeg|ffmpeg|previews, thumbnails, media of the demo
espeak-ng|espeak-ng|spoken Mandarin in the media of the demo
fonts-noto-cjk|/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc|Chinese on printed forms and in burned-in time
poppler-utils|pdftotext|tests read the printed forms back
zbar-tools|zbarimg|tests read the QR codes back
chromium|chromium|tests of the pages
xorriso|xorriso|tests read the discs back
postgresql|/usr/lib/postgresql/*/bin/initdb|tests run on a private PostgreSQL
nginx-light|nginx|uploads through a proxy, peer of the bench
openssl|openssl|the independent verifier checks signatures
python3|python3|the independent verifier, tus client
python3-venv|/usr/lib/python3*/ensurepip/__init__.py|tus client and calendar for tests, in a folder of their own
util-linux|setpriv|PostgreSQL refuses to run as root
procps|ps|tests look for processes left behind
'

here() { # proof
    case $1 in
    /*) for path in $1; do [ -e "$path" ] && return 0; done; return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=
while IFS='|' read -r package proof purpose; do
    [ -n "$package" ] || continue
    here "$proof" || {
        missing="$missing $package"
        echo "missing: $package ($purpose)"
    }
done <<END
$wanted
END

[ -n "$missing" ] || exit 0
[ "${1:-}" != --check ] || exit 1

if ! command -v apt-get >/dev/null 2>&1; then
    echo "This is not Debian or a derivative: install the equivalents of$missing"
    exit 1
fi
options='-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3'
if [ "$(id -u)" -ne 0 ]; then
    echo "run: sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # options and package names are words
{
    apt-get $options update -q </dev/null
    apt-get $options install -q -y --no-install-recommends $missing </dev/null
}
