#!/usr/bin/env bash
# Fails if a target imports one that it must not know, or if the pure targets could do input or output.
set -euo pipefail
cd "$(dirname "$0")/.."

# In data-flow order: a target imports only from those before it.
order=(CProcess LocalFiles CLibYAML MarkedYAML RunOutputs UploadPlanning RunLifetime UploadExecution HTTPConnections UploadS3 GitHubActions CBuildRecord Commands therock-upload)
failed=0

forbid() { # forbid TARGET MODULE
    [[ -d Sources/$1 ]] || return 0
    if grep -rnE "^[[:alpha:]@ ]*import ((struct|class|enum|func|protocol|var|let|typealias) )?$2\b" "Sources/$1" \
        --include='*.swift'; then
        echo "error: $1 must not import $2" >&2
        failed=1
    fi
}

for i in "${!order[@]}"; do
    for later in "${order[@]:i+1}"; do forbid "${order[i]}" "${later//-/_}"; done
done
# Only the targets that speak to a service know HTTP, and these two do not know each other.
forbid GitHubActions UploadS3
for module in MarkedYAML RunOutputs UploadPlanning RunLifetime UploadExecution; do forbid HTTPConnections "$module"; done
for target in UploadExecution RunLifetime UploadPlanning RunOutputs MarkedYAML; do
    for module in NIOCore NIOPosix NIOHTTP1; do forbid "$target" "$module"; done
done
# The dry run is safe because these cannot touch a disk or a network.
for target in MarkedYAML RunOutputs UploadPlanning RunLifetime; do
    for module in Foundation FoundationEssentials Glibc Dispatch System SystemPackage CProcess LocalFiles; do forbid "$target" "$module"; done
done
# Only LocalFiles knows the platform: everything else asks it, and so can be built for another one.
for target in "${order[@]}"; do [[ $target == LocalFiles ]] || forbid "$target" Glibc; done
# All of Foundation triples the size of the binary.
for target in "${order[@]}"; do
    if [[ -d Sources/$target ]] && grep -rnE '^[[:alpha:]@ ]*import Foundation(XML|Networking)?$' "Sources/$target" --include='*.swift'; then
        echo "error: $target must import FoundationEssentials, not Foundation" >&2
        failed=1
    fi
done
exit $failed
