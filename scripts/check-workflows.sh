#!/usr/bin/env bash
# Checks action.yml, the workflows and the examples of docs/github-actions.md against the schemas of GitHub, workflows and
# examples with actionlint, and runs the steps of action.yml: check-workflows.sh [TOOL]
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(scripts/python-tools)
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
cp .github/workflows/*.yml "$workflows"
"$bin/check-jsonschema" --builtin-schema vendor.github-workflows "$workflows"/*.yml
"$bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
"$bin/python" scripts/test-action "${1:-.build-tested/release/therock-upload}"
if [ ! -x "$bin/actionlint" ]; then
    echo "workflows: action.yml, workflows and $count examples pass the schemas; actionlint is not installed on this machine"
    exit
fi
git -C "$scratch" init --quiet
(cd "$scratch" && "$bin/actionlint" -no-color)
echo "workflows: action.yml, workflows and $count examples pass the schemas, workflows and examples pass actionlint"
