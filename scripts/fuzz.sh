#!/usr/bin/env bash
# Feeds what reads files and answers with inputs that libFuzzer invents, under AddressSanitizer.
#
#   scripts/fuzz.sh NAME [SECONDS] [MORE LIBFUZZER FLAGS…]    (default: 600 seconds)
#
# NAME is one of
#   yaml                              every file in YAML, up to its tree
#   listing, lock, policy, plan, layout   what becomes of the text of such a file
#   answer, ini                       S3's XML up to a page of a listing; the shared configuration of AWS
#   reading                           checksum files, and Link headers of GitHub
#
# What is checked besides "no crash" is in scripts/fuzz/*.swift. Inputs grow in .build-fuzz/NAME; a failing one is left
# in .build-fuzz/ as crash-*, and `scripts/fuzz.sh NAME 0 .build-fuzz/crash-…` runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?which parser: yaml, listing, lock, policy, plan, layout, answer, ini or reading}
seconds=${2:-600}
shift $(($# > 1 ? 2 : 1))
build=.build-fuzz
export SWIFT_BACKTRACE=enable=no  # libFuzzer reports crashes itself
export ASAN_OPTIONS=detect_leaks=0  # what a static value of Swift keeps for good looks like a leak
mkdir -p "$build/$name"

case $name in
yaml) target=yaml sources=(Sources/MarkedYAML/*.swift) ;;
listing | lock | policy | plan | layout)
    target=planning
    mapfile -t sources < <(find Sources/RunOutputs Sources/MarkedYAML Sources/UploadPlanning -name '*.swift')
    ;;
answer | ini)
    target=store
    sources=(Sources/RunOutputs/ExactString.swift Sources/UploadS3/Protocol/XML*.swift
        Sources/UploadS3/Client/ListedPage.swift Sources/UploadS3/Credentials/SharedConfiguration.swift
        Sources/UploadS3/Signing/Date+Text.swift)
    ;;
reading)
    target=reading
    sources=(Sources/RunOutputs/ExactString.swift Sources/UploadExecution/Reading/SHA256Sidecar.swift
        Sources/GitHubActions/REST/NextPage.swift)
    ;;
*) echo "error: there is no parser '$name'" >&2 && exit 64 ;;
esac

# One module, so that what is internal is seen: it must not import itself.
program=$build/fuzz-$target
if [[ ! -x $program || -n $(find "${sources[@]}" "scripts/fuzz/$target.swift" -newer "$program") ]]; then
    copies=$build/$target-sources
    rm -rf "$copies"
    for file in "${sources[@]}" "scripts/fuzz/$target.swift"; do
        mkdir -p "$copies/$(dirname "$file")"
        grep -vE '^((public|package) )?import (RunOutputs|MarkedYAML|UploadPlanning)$' "$file" > "$copies/$file"
    done
    # What SwiftPM makes of resources.
    if [[ $target == planning ]]; then
        echo "enum PackageResources {" > "$copies/PackageResources.swift"
        for file in Sources/{RunOutputs,UploadPlanning}/Resources/*; do
            printf 'static let %s: [UInt8] = Array(####"""\n%s\n"""####.utf8)\n' "$(basename "$file" | tr -c 'A-Za-z0-9\n' _)" \
                "$(cat "$file")" >> "$copies/PackageResources.swift"
        done
        echo "}" >> "$copies/PackageResources.swift"
    fi
    find "$copies" -name '*.swift' -print0 | xargs -0 swiftc -swift-version 6 -O -assert-config Debug \
        -whole-module-optimization -sanitize=fuzzer,address -parse-as-library -package-name fuzz \
        -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
        -module-name "Fuzz_$target" -I Sources/CLibYAML -I Sources/CExpat -o "$program" -lyaml -lexpat
fi

vectors=${TEST_VECTORS:-../shared/vectors}/yaml-test-suite.json
if [[ $name == yaml && -f $vectors ]]; then
    python3 - "$vectors" "$build/$name" <<'PYTHON'
import json, pathlib, sys
for case in json.load(open(sys.argv[1]))["cases"]:
    path = pathlib.Path(sys.argv[2], "suite-" + case["id"].replace("/", "-"))
    path.write_bytes(case["yaml"].encode())
PYTHON
fi
seeds=()
case $name in
policy) seeds=(manifests/buckets.yaml) ;;
layout) seeds=(manifests/layout.yaml examples/library/layout.yaml) ;;
plan) seeds=(manifests/p*.yaml Tests/UploadPlanningTests/Fixtures/valid/*.yaml) ;;
lock) seeds=(manifests/*.lock) ;;
listing) seeds=(manifests/*.listing manifests/*/*.txt) ;;
esac
for seed in "${seeds[@]}"; do
    if [[ -f $seed ]]; then cp "$seed" "$build/$name/seed-${seed//\//-}"; fi
done

export FUZZED_PARSER=$name
if [[ $seconds == 0 ]]; then
    exec "$program" "$@"
fi
dictionary=()
if [[ -f scripts/fuzz/$target.dict ]]; then dictionary=("-dict=scripts/fuzz/$target.dict"); fi
exec "$program" "$build/$name" "${dictionary[@]}" -artifact_prefix="$build/$name-" \
    -max_total_time="$seconds" -max_len="${FUZZ_LENGTH:-4096}" -timeout=20 -print_final_stats=1 "$@"
