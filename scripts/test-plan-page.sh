#!/usr/bin/env bash
# Checks the page of a plan in a browser: screenshots to look at, and how long a hundred thousand objects take.
#
#   scripts/test-plan-page.sh [TOOL] [DIRECTORY]
#
# Screenshots go to DIRECTORY (default: .build/plan-page; those in docs/images were made so). Needs Debian's chromium, and
# installs it where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=${1:-.build-tested/release/therock-upload}
output=${2:-.build/plan-page}
mkdir -p "$output"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
command -v chromium > /dev/null || scripts/install-system-packages.sh chromium
browse() {
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile" "$@" \
        2> "$scratch/chromium" || { cat "$scratch/chromium" >&2; exit 1; }
}

"$tool" plan manifests/post-build.yaml --files-from manifests/listings/post-build.txt --run-id 26595281971 \
    --set artifact_group=gfx94X-dcgpu --format html --out "$scratch/plan.html" 2> /dev/null
for width in 400 1400; do
    for scheme in light dark; do
        # A headless window is never narrower than 500 pixels, a frame in it can be.
        printf '<!DOCTYPE html><style>*{margin:0;border:0}</style><iframe width="%s" height="1300" src="file://%s"></iframe>' \
            "$width" "$scratch/plan.html" > "$scratch/frame.html"
        # 0 asks for dark pages, 1 for light ones.
        browse --blink-settings=preferredColorScheme="$([ $scheme = dark ] && echo 0 || echo 1)" \
            --window-size="$width,1300" --screenshot="$output/plan-page-$scheme-$width.png" "file://$scratch/frame.html"
    done
done
echo "screenshots: $output"

printf 'version: 1\nname: large\nuploads:\n  logs: {from: build, to: root}\n' > "$scratch/large.yaml"
seq 100000 | awk '{ print $1 * 37 % 100000 + 1 "\tbuild/directory-" $1 % 311 "/file-" $1 ".log" }' > "$scratch/large.txt"
"$tool" plan "$scratch/large.yaml" --files-from "$scratch/large.txt" --run-id 1 --format html \
    --out "$scratch/large.html" 2> /dev/null
# Behind the page's own script, so that it sees what that made; a layout is part of each time.
cat >> "$scratch/large.html" <<'HTML'
<script>
{
  const time = work => {
    const start = performance.now();
    work();
    document.body.offsetHeight;
    return Math.round(performance.now() - start) + " ms";
  };
  document.body.offsetHeight;
  const result = {objects: plan.operations.length, load: Math.round(performance.now()) + " ms"};
  const filter = text => { $("filter").value = text; show(); };
  result["filter, one left"] = time(() => filter("file-99999"));
  result["filter, all left"] = time(() => filter("log"));
  result["filter removed"] = time(() => filter(""));
  const box = document.querySelector("#rules input");
  result["rule hidden"] = time(() => box.click());
  result["rule shown"] = time(() => box.click());
  result["directory opened"] = time(() => {
    const details = document.querySelector("#tree details");
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
  });
  result["directory of the map entered"] = time(() => document.querySelector("#map button:enabled").click());
  document.documentElement.replaceChildren(JSON.stringify(result));
}
</script>
HTML
browse --dump-dom "file://$scratch/large.html" | grep -o '{"objects.*}'
