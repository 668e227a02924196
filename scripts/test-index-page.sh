#!/usr/bin/env bash
# Checks recorded index pages with what reads them: an HTML parser, a browser and pip.
#
#   scripts/test-index-page.sh [DIRECTORY]
#
# Screenshots go to DIRECTORY (default: .build/index-pages): look at them. A unit test holds the recorded pages to what
# the program writes. Needs Debian's chromium and tidy, and installs them where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
pages=$PWD/Tests/UploadExecutionTests/Fixtures/index-pages
output=${1:-.build/index-pages}
mkdir -p "$output"

scratch=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$scratch"' EXIT

packages=()
for program in chromium tidy; do
    command -v $program >/dev/null || packages+=($program)
done
if [ ${#packages[@]} -gt 0 ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -q
    $sudo apt-get install -y -q "${packages[@]}"
fi

for page in "$pages"/*.html; do
    tidy -quiet -errors "$page" 2>"$scratch/tidy" || { echo "$page:" >&2; cat "$scratch/tidy" >&2; exit 1; }
done
echo "HTML: valid"

for page in "$pages"/*.html; do
    for width in 400 1400; do
        for scheme in light dark; do
            # A headless window is never narrower than 500 pixels, a frame in it can be.
            printf '<!DOCTYPE html><style>*{margin:0;border:0}</style><iframe width="%s" height="900" src="file://%s"></iframe>' \
                "$width" "$page" >"$scratch/frame.html"
            image=$output/$(basename "$page" .html)-$width-$scheme.png
            # 0 asks for dark pages, 1 for light ones.
            chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile" \
                --blink-settings=preferredColorScheme="$([ $scheme = dark ] && echo 0 || echo 1)" \
                --window-size="$((width > 500 ? width : 500)),900" --screenshot="$image" "file://$scratch/frame.html" \
                2>"$scratch/chromium" || { cat "$scratch/chromium" >&2; exit 1; }
        done
    done
done
echo "screenshots: $output"

# Wheels of nothing but metadata, under the names that the page lists.
python3 - "$pages/wheels.html" "$scratch/site/python" <<'PYTHON'
import html.parser, pathlib, shutil, sys, zipfile

class Names(html.parser.HTMLParser):
    names = []
    def handle_data(self, data):
        if data.endswith(".whl"):
            self.names.append(data)

page, site = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
site.mkdir(parents=True)
shutil.copy(page, site / "index.html")
Names().feed(page.read_text())
assert Names.names
for name in Names.names:
    project, version, python, abi, platform = name.removesuffix(".whl").split("-")
    info = f"{project}-{version}.dist-info"
    with zipfile.ZipFile(site / name, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {python}-{abi}-{platform}\n")
        wheel.writestr(f"{info}/RECORD", "")
PYTHON
python3 -u -m http.server --bind 127.0.0.1 --directory "$scratch/site" 0 >"$scratch/port" 2>"$scratch/requests" &
server=$!
until port=$(grep -oP 'port \K\d+' "$scratch/port"); do sleep 0.1; done

python3 -m venv "$scratch/venv"
for wheel in "$scratch"/site/python/*.whl; do
    name=$(basename "$wheel")
    version=${name#*-}
    platform=$([[ $name == *linux_x86_64.whl ]] && echo linux_x86_64 || echo any)
    "$scratch/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-index --only-binary :all: \
        --platform "$platform" --find-links "http://127.0.0.1:$port/python/index.html" --dest "$scratch/downloads" \
        "${name%%-*}==${version%%-*}"
    cmp "$wheel" "$scratch/downloads/$name"
done
grep -q '%2B' "$scratch/requests"
echo "pip: found and downloaded $(ls "$scratch/downloads" | wc -l) wheels"
