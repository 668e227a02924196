#!/usr/bin/env bash
# Feeds checksum files and Link headers that libFuzzer invents to what reads them, under AddressSanitizer.
#
#   scripts/fuzz-reading.sh [SECONDS] [MORE LIBFUZZER FLAGS…]    (default: 600 seconds)
#
# What is checked besides "no crash" stands in scripts/fuzz-reading/FuzzTarget.swift. Inputs grow in
# .build-fuzz/reading; a failing one is left in .build-fuzz/ as crash-*, and
# `scripts/fuzz-reading.sh 0 .build-fuzz/crash-…` runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
build=.build-fuzz
export SWIFT_BACKTRACE=enable=no  # libFuzzer reports crashes itself
mkdir -p "$build/reading" "$build/reading-sources"

# One module, so that what is internal is seen: it must not import itself.
for file in Sources/RunOutputs/ExactString.swift Sources/UploadExecution/Reading/SHA256Sidecar.swift \
    Sources/GitHubActions/REST/NextPage.swift scripts/fuzz-reading/FuzzTarget.swift; do
    grep -vE '^(public )?import RunOutputs$' "$file" > "$build/reading-sources/${file##*/}"
done
swiftc -swift-version 6 -O -assert-config Debug -whole-module-optimization -sanitize=fuzzer,address -parse-as-library \
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
    -module-name FuzzReading -o "$build/fuzz-reading" "$build"/reading-sources/*.swift

if [[ $seconds == 0 ]]; then
    exec "$build/fuzz-reading" "$@"
fi
exec "$build/fuzz-reading" "$build/reading" -dict=scripts/fuzz-reading/reading.dict -artifact_prefix="$build/" \
    -max_total_time="$seconds" -max_len=1024 -timeout=10 -print_final_stats=1 "$@"
