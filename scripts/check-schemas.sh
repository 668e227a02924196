#!/usr/bin/env bash
# Checks the JSON Schemas with a validator that is not ours: every manifest must be accepted, and every test file that
# is structurally wrong refused. Tools are installed into .build-python once.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.build-python
if [ ! -x "$venv/bin/check-jsonschema" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install 'check-jsonschema==0.39.0'
fi
check() { "$venv/bin/check-jsonschema" --schemafile "schemas/$1" "${@:2}"; }

plans=()
for file in manifests/*.yaml Tests/UploadPlanningTests/Fixtures/valid/*.yaml; do
    case $file in manifests/buckets.yaml) ;; *) plans+=("$file") ;; esac
done
check upload-plan.schema.json "${plans[@]}"
check buckets.schema.json manifests/buckets.yaml Tests/UploadPlanningTests/Fixtures/mutated/buckets.yaml

# These codes are about structure, which a schema can express. Sets of braces, names and values it cannot.
structural='"code": "TU00[23456]"|"code": "TU01[0]"|"code": "TU013"'
# A schema does not see how a scalar was written, nor that a level belongs to a format.
beyond='value-level-gzip|value-expect-reversed|value-default|kind-nothing|buckets-(name|role|repository|unknown-type)|content-type'
accepted=()
count=0
for golden in Tests/UploadPlanningTests/Fixtures/invalid/*.json; do
    name=$(basename "$golden" .json)
    grep -Eq "$structural" "$golden" || continue
    [[ $name =~ ^($beyond)$ ]] && continue
    schema=upload-plan.schema.json
    [[ $name == buckets-* ]] && schema=buckets.schema.json
    count=$((count + 1))
    if check "$schema" "${golden%.json}.yaml" > /dev/null 2>&1; then accepted+=("$name"); fi
done
if [ ${#accepted[@]} -gt 0 ]; then
    printf 'accepted by the schema, though wrong: %s\n' "${accepted[*]}" >&2
    exit 1
fi
echo "schemas: ${#plans[@]} plans and 2 bucket policies accepted, $count wrong files refused"
