#!/usr/bin/env bash
# Makes a build tree as a build of one GPU family leaves it: make-sample-build.sh DIRECTORY
set -euo pipefail
build=${1:?usage: make-sample-build.sh DIRECTORY}
rm -rf "$build"
mkdir -p "$build"/{artifacts,logs/therock-build-prof,base/aux-overlay/build,math-libs/BLAS/rocBLAS/build,core/clr/build}

# Artifact archives with their checksums.
for name in base_lib_generic blas_lib_gfx94X-dcgpu blas_test_gfx94X-dcgpu core-hip_run_generic prim_lib_gfx942:xnack+; do
    archive=$build/artifacts/$name.tar.xz
    mkdir -p "$build/.stage/$name/lib"
    seq -f "symbol %.0f of $name" 1 4000 >"$build/.stage/$name/lib/lib$name.so"
    tar -C "$build/.stage" --sort=name --mtime=@0 --owner=0 --group=0 -cJf "$archive" "$name"
    (cd "$build/artifacts" && sha256sum "$name.tar.xz" >"$name.tar.xz.sha256sum")
done
rm -rf "$build/.stage"
# An archive in a format that somebody forgot to compress: no rule takes it, and the plan says so.
echo "scratch" >"$build/artifacts/notes.txt"

for project in amd-llvm rocBLAS rocPRIM hipBLASLt MIOpen; do
    for step in configure build install; do
        seq -f "[%.0f/900] $step $project: c++ -O3 -fPIC -c src/part.cpp" 1 900 >"$build/logs/${project}_$step.log"
    done
done
: >"$build/logs/empty_install.log"
echo '<!doctype html><title>Resource profile</title><h1>Peak memory: 41 GiB</h1>' >"$build/logs/therock-build-prof/comp-summary.html"
echo '# Resource profile' >"$build/logs/therock-build-prof/comp-summary.md"
ln -s rocBLAS_build.log "$build/logs/latest.log"
for directory in . math-libs/BLAS/rocBLAS/build core/clr/build; do
    printf '# ninja log v6\n0\t1234\t0\tobj/main.o\tabcdef\n' >"$build/$directory/.ninja_log"
done
cat >"$build/base/aux-overlay/build/therock_manifest.json" <<'JSON'
{"the_rock_commit": "30af4c64a8d625914bc6520d460e7a8574bcc279", "submodules": []}
JSON
