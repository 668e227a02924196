#!/usr/bin/env bash
# Plans and publishes a sample build tree: demo.sh TOOL BUILD OUTPUT
set -euo pipefail
tool=$1 build=$2 output=$3

run() {
    printf '\n\033[1m$ %s\033[0m\n' "therock-upload $*"
    "$tool" "$@"
}

# The demo shows an ordinary run, whatever job it runs in.
unset GITHUB_RUN_ID GITHUB_REPOSITORY GITHUB_EVENT_NAME GITHUB_EVENT_PATH GITHUB_STEP_SUMMARY GITHUB_OUTPUT \
    RELEASE_TYPE IS_PR_FROM_FORK
settings=(--run-id 26595281971 --set artifact_group=gfx94X-dcgpu --set "build_dir=$build")

export GITHUB_STEP_SUMMARY="$PWD/$output-summary.md"
: >"$GITHUB_STEP_SUMMARY"

run plan manifests/post-build.yaml --explain "${settings[@]}"
run apply manifests/post-build.yaml --output-dir "$output" "${settings[@]}" --report "$output.json"
mv "$output.json" "$output/report.json"
mv "$GITHUB_STEP_SUMMARY" "$output/summary.md"

printf '\n\033[1m$ find %s -type f\033[0m\n' "$output"
find "$output" -type f | LC_ALL=C sort

run_prefix=$output/26595281971-linux
printf '\n\033[1m$ tar -tzf %s/logs/gfx94X-dcgpu/ninja_logs.tar.gz\033[0m\n' "$run_prefix"
tar -tzf "$run_prefix/logs/gfx94X-dcgpu/ninja_logs.tar.gz"
printf '\n\033[1mThe summary of the job (%s/summary.md):\033[0m\n' "$output"
cat "$output/summary.md"
printf 'Pages to open in a browser:\n  %s\n  %s\n' "$run_prefix/index-gfx94X-dcgpu.html" \
    "$run_prefix/logs/gfx94X-dcgpu/index.html"
