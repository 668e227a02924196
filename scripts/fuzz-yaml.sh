#!/usr/bin/env bash
# Feeds MarkedYAML with inputs that libFuzzer invents, under AddressSanitizer.
#
#   scripts/fuzz-yaml.sh [SECONDS] [MORE LIBFUZZER FLAGS…]    (default: 600 seconds)
#
# What is checked besides "no crash" stands in scripts/fuzz-yaml/FuzzTarget.swift. Inputs grow in .build-fuzz/corpus,
# which starts with the yaml-test-suite if $TEST_VECTORS (default: ../shared/vectors) has it; a failing input is left
# in .build-fuzz/ as crash-*, and `scripts/fuzz-yaml.sh 0 .build-fuzz/crash-…` runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
build=.build-fuzz
export SWIFT_BACKTRACE=enable=no  # libFuzzer reports crashes itself
vectors=${TEST_VECTORS:-../shared/vectors}/yaml-test-suite.json
mkdir -p "$build/corpus"

swiftc -swift-version 6 -O -assert-config Debug -whole-module-optimization -sanitize=fuzzer,address -parse-as-library \
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
    -module-name FuzzYAML -I Sources/CLibYAML -o "$build/fuzz-yaml" \
    Sources/MarkedYAML/*.swift scripts/fuzz-yaml/FuzzTarget.swift

if [[ -f $vectors ]]; then
    python3 - "$vectors" "$build/corpus" <<'PYTHON'
import json, pathlib, sys
for case in json.load(open(sys.argv[1]))["cases"]:
    path = pathlib.Path(sys.argv[2], "suite-" + case["id"].replace("/", "-"))
    path.write_bytes(case["yaml"].encode())
PYTHON
fi

if [[ $seconds == 0 ]]; then
    exec "$build/fuzz-yaml" "$@"
fi
exec "$build/fuzz-yaml" "$build/corpus" -dict=scripts/fuzz-yaml/yaml.dict -artifact_prefix="$build/" \
    -max_total_time="$seconds" -max_len=2048 -timeout=10 -print_final_stats=1 "$@"
