#!/bin/sh
# A Python of the tests' own in FOLDER (default target/python), with scripts/python-requirements.txt.
# Repeatable: does nothing while the list is unchanged.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/target/python}
list=$root/scripts/python-requirements.txt

# Several tests may ask at once: the later wait for the first.
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9

cmp -s "$list" "$folder/installed.txt" && exit 0
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list" </dev/null
cp "$list" "$folder/installed.txt"
