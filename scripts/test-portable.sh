#!/usr/bin/env bash
# Tries the tool as it is shipped under the C library of Debian 11, against a real store, over HTTP and HTTPS.
#
#   test-portable.sh           links what `make build` compiled as a release is linked: takes seconds
#   test-portable.sh BINARY    tries a binary that is there, for example that of `make release`
#
# Needs the servers of scripts/with-test-servers, and starts them if they are not running.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${TEST_S3_RCLONE:-}" ] || exec scripts/with-test-servers "$0" "$@"

binary=${1:-}
if [ -z "$binary" ]; then
    scripts/release/link .build-tested/release .build-tested/portable
    binary=.build-tested/portable/therock-upload
    scripts/release/check-binary --tested "$binary"
else
    scripts/release/check-binary "$binary"
fi
binary=$(realpath "$binary")
system=$(scripts/debian-11)
scratch=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$scratch"' EXIT

tool() { "$system/ld-linux" --library-path "$system" "$binary" "$@"; }
run() { # run DESCRIPTION COMMAND…: what it prints is shown if it fails
    if ! "${@:2}" > "$scratch/log" 2>&1; then
        echo "error: $1 under $system fails:" >&2
        cat "$scratch/log" >&2
        exit 1
    fi
}

# Nothing of the job that this may be part of, and nothing of this machine's configuration.
for variable in $(compgen -e | grep -E '^(GITHUB_|AWS_|THEROCK_|ARTIFACT_GROUP$|BUILD_DIR$|RELEASE_TYPE$|.*_proxy$|.*_PROXY$)'); do
    unset "$variable"
done
export HOME=$scratch AWS_EC2_METADATA_DISABLED=true
export AWS_ACCESS_KEY_ID=$TEST_S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY=$TEST_S3_SECRET_KEY

run "version" tool version --format json
grep -q '"target": "[a-z0-9_]*-linux-gnu.2.28"' "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
scripts/make-sample-build.sh "$scratch/build"

round() { # round ENDPOINT: publishes, compares and reads back
    local to=(--endpoint-url "$1" --bucket portable --run-id 26595281971) name
    run "apply" tool apply manifests/post-build.yaml "${to[@]}" --report "$scratch/report.json" \
        --set artifact_group=gfx94X-dcgpu --set "build_dir=$scratch/build"
    run "verify" tool verify --report "$scratch/report.json" --endpoint-url "$1"
    run "fetch" tool fetch "${to[@]}" --output-dir "$scratch/fetched"
    for name in base_lib_generic core-hip_run_generic; do
        diff -r <(tar -xJOf "$scratch/build/artifacts/$name.tar.xz") "$scratch/fetched/$name/$name/lib/lib$name.so"
    done
    rm -rf "$scratch/fetched" "$scratch/report.json"
    echo "portable: apply, verify and fetch work with $1"
}
make_bucket() { # make_bucket DIRECTORY: buckets of rclone's server are directories
    mkdir -p "$1/portable"
}

servers=${TEST_SERVERS_DIR:-.build-servers}
make_bucket "$servers/rclone"
round "$TEST_S3_RCLONE"

# The same behind TLS, with a certificate that only AWS_CA_BUNDLE makes good.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$scratch/key.pem" -out "$scratch/certificate.pem" 2> "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
make_bucket "$scratch/store"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$servers/venv/bin/rclone" serve s3 --auth-key "$AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY" --addr "127.0.0.1:$port" \
    --cert "$scratch/certificate.pem" --key "$scratch/key.pem" --config /dev/null "$scratch/store" > "$scratch/server" 2>&1 &
server=$!
for _ in $(seq 100); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then break; fi
    sleep 0.1
done
if tool apply manifests/post-build.yaml --endpoint-url "https://localhost:$port" --bucket portable --run-id 26595281971 \
    --set artifact_group=gfx94X-dcgpu --set "build_dir=$scratch/build" > "$scratch/log" 2>&1; then
    echo "error: a certificate that nobody vouches for is accepted" >&2
    exit 1
fi
AWS_CA_BUNDLE=$scratch/certificate.pem round "https://localhost:$port"

# A machine without certificates, as minimal images are: hidden by empty file systems, which only a namespace can have.
bare() { # bare COMMAND…
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount bash -c 'for directory in /etc/ssl /etc/pki; do
        if [ -d "$directory" ]; then mount -t tmpfs none "$directory" || exit 125; fi
    done
    exec "$@"' bash "$@"
}
if ! bare true 2> "$scratch/log"; then
    echo "portable: not tried without certificates: $(head -1 "$scratch/log")"
    exit 0
fi
upload() { # upload: one that is refused before anything is sent
    bare "$system/ld-linux" --library-path "$system" "$binary" apply manifests/post-build.yaml \
        --endpoint-url "https://localhost:$port" --bucket portable --run-id 26595281972 \
        --set artifact_group=gfx94X-dcgpu --set "build_dir=$scratch/build"
}
if upload > "$scratch/log" 2>&1; then
    echo "error: a server is trusted without certificates" >&2
    exit 1
fi
grep -q 'install the package `ca-certificates`' "$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
AWS_CA_BUNDLE=$scratch/certificate.pem run "apply without the system's certificates" upload
echo "portable: without certificates the message says which package to install"
