#!/usr/bin/env bash
# Checks what `make dist` packed, as strangers would: their tools, a fresh virtual environment, and packing it again.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-system-packages.sh python3-venv lintian man-db xz-utils
venv=$PWD/.build-python-dist
tools='twine==6.2.0 auditwheel==6.4.2 cyclonedx-python-lib[json-validation]==11.5.0'
if [ "$(cat "$venv/installed" 2> /dev/null)" != "$tools" ]; then
    python3 -m venv "$venv"
    # shellcheck disable=SC2086
    "$venv/bin/pip" --quiet --disable-pip-version-check install --only-binary :all: $tools
    printf '%s' "$tools" > "$venv/installed"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "error: dist: $1" >&2; exit 1; }
publishes() { # publishes BINARY: from an empty environment, in a directory of its own
    local place
    place=$(mktemp -d -p "$scratch")
    mkdir -p "$place/build/logs"
    echo log > "$place/build/logs/a.log"
    printf '%s\n' 'version: 1' 'name: logs' 'uploads:' \
        "  logs: {from: build/logs, include: ['**/*.log'], to: {log_dir: {artifact_group: x}}}" > "$place/plan.yaml"
    (cd "$place" && env -i "$1" apply plan.yaml --run-id 12 --output-dir out > log 2>&1) || fail "$1 cannot publish: $(cat "$place/log")"
    [ "$(cat "$place/out/12-linux/logs/x/a.log")" = log ] || fail "$1 publishes something else"
}

(cd dist && sha256sum --quiet --check --strict SHA256SUMS)
version=$(cat Sources/Commands/VERSION)
machine=$(uname -m)

tar -xJf "dist/therock-upload-$version-linux-$machine.tar.xz" -C "$scratch"
unpacked=$scratch/therock-upload-$version-linux-$machine
scripts/release/check-binary "$unpacked/bin/therock-upload"
publishes "$unpacked/bin/therock-upload"
[ "$("$unpacked/bin/therock-upload" --version)" = "$version" ] || fail "the binary is of another version"
grep -q 'BoringSSL\|The OpenSSL Project' "$unpacked/share/doc/therock-upload/THIRD-PARTY-NOTICES.txt" || fail "notices are missing"
for page in "$unpacked"/share/man/man1/*.gz; do
    warnings=$(LC_ALL=C.UTF-8 man --warnings -l "$page" 2>&1 > /dev/null)
    [ -z "$warnings" ] || fail "$page: $warnings"
done
bash -n "$unpacked/share/bash-completion/completions/therock-upload"

wheel=$(echo dist/*.whl)
"$venv/bin/twine" check --strict "$wheel"
"$venv/bin/auditwheel" show "$wheel" > "$scratch/audit"
tr '\n' ' ' < "$scratch/audit" | grep -qE "manylinux_2_(1[0-9]|2[0-8])_$machine" || { cat "$scratch/audit" >&2; fail "auditwheel knows better"; }
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" --quiet --disable-pip-version-check install --no-index "$wheel"
publishes "$scratch/venv/bin/therock-upload"

deb=$(echo dist/*.deb)
lintian --fail-on error "$deb"
dpkg-deb -x "$deb" "$scratch/deb"
publishes "$scratch/deb/usr/bin/therock-upload"

"$venv/bin/python" - dist/*.cdx.json << 'PYTHON'
import json
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
if wrong:
    sys.exit(f"error: dist: {sys.argv[1]}: {wrong}")
listed = json.load(open(sys.argv[1]))["components"]
copies = {(each["name"], copy["name"]) for each in listed for copy in each.get("components", [])}
if not {("swift-crypto", "BoringSSL"), ("swift-nio-ssl", "BoringSSL")} <= copies:
    sys.exit(f"error: dist: {sys.argv[1]} does not name both copies of BoringSSL, but {copies}")
PYTHON

cp dist/SHA256SUMS "$scratch"
scripts/release/dist.py > /dev/null
diff "$scratch/SHA256SUMS" dist/SHA256SUMS || fail "packing again gives other bytes"
echo "dist: archive, wheel and .deb publish; auditwheel, twine, lintian and CycloneDX agree; packing again gives the same"
