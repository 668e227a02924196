#!/usr/bin/env python3
"""Packs .build/release into dist/: `make dist`.

    therock-upload-VERSION-linux-MACHINE.tar.xz        binary, man pages, completions, plans, schemas
    therock_upload-VERSION-py3-none-manylinux….whl     the same for pip
    therock-upload_VERSION_MACHINE.deb                 the same for apt
    therock-upload-VERSION-linux-MACHINE.debug.xz      debug information
    therock-upload-VERSION-linux-MACHINE.cdx.json      what the binary is made of (CycloneDX)
    SHA256SUMS

The same commit gives the same bytes: times are those of the commit, names are sorted, owners are root.
"""
import base64
import datetime
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import uuid
import zipfile

import manual

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build/release"
DIST = ROOT / "dist"
REPOSITORY = "https://github.com/ROCm/therock-upload"
SUMMARY = "Publish what a build left behind, as a plan says"
MAINTAINERS = "therock-upload maintainers <therock-upload@noreply.github.com>"
WHERE_COMPLETIONS_GO = {
    "bash": "share/bash-completion/completions/therock-upload",
    "zsh": "share/zsh/site-functions/_therock-upload",
    "fish": "share/fish/vendor_completions.d/therock-upload.fish",
}
OWN_LICENCE = "The licence of therock-upload itself has not been chosen yet: ask its owner before you pass it on."


def ask(*arguments):
    return subprocess.run([BUILT / "therock-upload", *arguments], check=True, capture_output=True).stdout


class Release:
    """What the binary says about itself."""

    def __init__(self):
        answer = json.loads(ask("version", "--format", "json"))
        self.version = answer["version"]
        self.commit = answer["commit"]
        if not self.commit:
            sys.exit("error: the binary does not know its commit: make dist wants a Git checkout")
        if self.commit.endswith("-dirty"):
            print(f"warning: the tree holds changes that are in no commit ({self.commit})", file=sys.stderr)
        self.time = datetime.datetime.fromisoformat(answer["date"].replace("Z", "+00:00"))
        self.epoch = int(self.time.timestamp())
        self.machine = platform.machine()
        self.debian = {"x86_64": "amd64", "aarch64": "arm64"}[self.machine]
        self.name = f"therock-upload-{self.version}-linux-{self.machine}"
        self.toolchain = answer["toolchain"]


def tree(release):
    """{path below a prefix: (contents, mode)} of what is installed."""
    files = {"bin/therock-upload": ((BUILT / "therock-upload").read_bytes(), 0o755)}

    def add(path, data):
        files[path] = (data, 0o644)

    for shell, path in WHERE_COMPLETIONS_GO.items():
        add(path, ask("--generate-completion-script", shell))
    pages = manual.pages(BUILT / "therock-upload", release.version, release.time.strftime("%Y-%m-%d"))
    for name, page in pages.items():
        add(f"share/man/man1/{name}.gz", gzip.compress(page.encode(), 9, mtime=0))
    for directory in ("manifests", "schemas"):
        for file in sorted((ROOT / directory).rglob("*")):
            if file.is_file():
                add(f"share/therock-upload/{file.relative_to(ROOT)}", file.read_bytes())
    documents = "share/doc/therock-upload"
    for name in ("README.md", "CHANGELOG.md", "SECURITY.md"):
        add(f"{documents}/{name}", (ROOT / name).read_bytes())
    for file in sorted((ROOT / "docs").glob("*.md")):
        add(f"{documents}/docs/{file.name}", file.read_bytes())
    add(f"{documents}/THIRD-PARTY-NOTICES.txt", (BUILT / "notices/THIRD-PARTY-NOTICES.txt").read_bytes())
    return dict(sorted(files.items()))


def write_archive(release, files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        names = {f"{release.name}/{path}": value for path, value in files.items()}
        folders = {str(parent) for name in names for parent in pathlib.PurePath(name).parents} - {"."}
        for name in sorted(folders | names.keys()):
            member = tarfile.TarInfo(name)
            member.mtime = release.epoch
            if name in names:
                contents, member.mode = names[name]
                member.size = len(contents)
                archive.addfile(member, io.BytesIO(contents))
            else:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(member)
    (DIST / f"{release.name}.tar.xz").write_bytes(lzma.compress(data.getvalue(), preset=9))


def description():
    """The README for PyPI, where links to other files of the repository lead nowhere."""
    text = (ROOT / "README.md").read_text()
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({REPOSITORY}/blob/main/\1)", text)


def write_wheel(release, files):
    """A wheel as https://packaging.python.org/en/latest/specifications/binary-distribution-format/ describes it."""
    tag = f"py3-none-manylinux_2_28_{release.machine}"
    base = f"therock_upload-{release.version}"
    entries = {}
    for path, value in files.items():
        inside = path.removeprefix("bin/") if path.startswith("bin/") else path
        entries[f"{base}.data/{'scripts' if path.startswith('bin/') else 'data'}/{inside}"] = value
    notices = files["share/doc/therock-upload/THIRD-PARTY-NOTICES.txt"]
    entries[f"{base}.dist-info/licenses/THIRD-PARTY-NOTICES.txt"] = notices
    metadata = f"""\
Metadata-Version: 2.4
Name: therock-upload
Version: {release.version}
Summary: {SUMMARY}
Project-URL: Repository, {REPOSITORY}
Project-URL: Changelog, {REPOSITORY}/blob/main/CHANGELOG.md
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: Software Development :: Build Tools
Requires-Python: >=3.8
License-File: THIRD-PARTY-NOTICES.txt
Description-Content-Type: text/markdown

{description()}"""
    wheel = f"Wheel-Version: 1.0\nGenerator: therock-upload\nRoot-Is-Purelib: false\nTag: {tag}\n"
    entries[f"{base}.dist-info/METADATA"] = (metadata.encode(), 0o644)
    entries[f"{base}.dist-info/WHEEL"] = (wheel.encode(), 0o644)
    record = f"{base}.dist-info/RECORD"
    lines = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for path, (data, _) in entries.items()
    ]
    entries[record] = ("".join(lines + [f"{record},,\n"]).encode(), 0o644)
    with zipfile.ZipFile(DIST / f"{base}-{tag}.whl", "w") as archive:
        for path, (data, mode) in entries.items():
            member = zipfile.ZipInfo(path, release.time.timetuple()[:6])
            member.external_attr = (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data, compresslevel=9)


def debian_copyright():
    parts = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/", "Upstream-Name: therock-upload",
        f"Source: {REPOSITORY}", "", "Files: *", "Copyright: the authors of therock-upload",
        "License: not-chosen", f" {OWN_LICENCE}", " .",
        " Software of others that the program holds, and its licences: THIRD-PARTY-NOTICES.txt in this directory.", "",
    ]
    return "\n".join(parts).encode()


def write_deb(release, files):
    stamp = release.time.strftime("%a, %d %b %Y %H:%M:%S +0000")
    changes = (
        f"therock-upload ({release.version}) unstable; urgency=medium\n\n"
        f"  * See CHANGELOG.md.\n\n -- {MAINTAINERS}  {stamp}\n")
    # What lintian recognises in the binary is linked statically on purpose.
    overrides = "therock-upload: embedded-library *\n"
    moved = {}
    for path, value in files.items():
        path = path.replace("share/zsh/site-functions", "share/zsh/vendor-completions")
        moved[f"usr/{path}"] = value
    moved["usr/share/doc/therock-upload/copyright"] = (debian_copyright(), 0o644)
    moved["usr/share/doc/therock-upload/changelog.gz"] = (gzip.compress(changes.encode(), 9, mtime=0), 0o644)
    moved["usr/share/lintian/overrides/therock-upload"] = (overrides.encode(), 0o644)
    size = sum((len(data) + 1023) // 1024 for data, _ in moved.values())
    control = f"""\
Package: therock-upload
Version: {release.version}
Architecture: {release.debian}
Maintainer: {MAINTAINERS}
Installed-Size: {size}
Depends: libc6 (>= 2.28), libgcc-s1 | libgcc1
Recommends: ca-certificates
Section: devel
Priority: optional
Homepage: {REPOSITORY}
Description: {SUMMARY[0].lower() + SUMMARY[1:]}
 A YAML plan says which files of a build go where: to S3 or to a directory.
 The tool shows what it would do, checks it, does it, and reads it back.
"""
    sums = "".join(f"{hashlib.md5(data).hexdigest()}  {path}\n" for path, (data, _) in sorted(moved.items()))
    moved["DEBIAN/control"] = (control.encode(), 0o644)
    moved["DEBIAN/md5sums"] = (sums.encode(), 0o644)
    with tempfile.TemporaryDirectory() as scratch:
        top = pathlib.Path(scratch, "tree")
        for path, (data, mode) in moved.items():
            file = top / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(mode)
        for file in [top, *top.rglob("*")]:
            if file.is_dir():
                file.chmod(0o755)
            os.utime(file, (release.epoch, release.epoch))
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "-z9", "--threads-max=1", "--build", top,
             DIST / f"therock-upload_{release.version}_{release.debian}.deb"],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch)})


def write_components(release):
    """A bill of materials: https://cyclonedx.org/docs/1.6/json/"""
    listed = json.loads((BUILT / "notices/components.json").read_text())
    binary = hashlib.sha256((BUILT / "therock-upload").read_bytes()).hexdigest()
    own = f"pkg:github/ROCm/therock-upload@{release.version}"

    def licence(expression):
        if expression.startswith("LicenseRef-"):
            return [{"license": {"name": expression.removeprefix("LicenseRef-").replace("-", " ")}}]
        return [{"expression": expression}]

    def component(each, reference):
        made = {
            "type": "library", "bom-ref": reference, "name": each["name"], "version": each["version"],
            "licenses": licence(each["licence"]), "purl": each["purl"],
            "externalReferences": [{"type": "website", "url": each["address"]}],
        }
        # Two packages may keep copies of one library, of different revisions.
        copies = [component(copy, f"{reference}#{copy['module']}") for copy in each.get("vendored", [])]
        return {**made, "components": copies} if copies else made

    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{REPOSITORY}/{release.name}/{binary}')}",
        "version": 1,
        "metadata": {
            "timestamp": release.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": own, "name": "therock-upload", "version": release.version,
                "purl": own, "hashes": [{"alg": "SHA-256", "content": binary}],
                "externalReferences": [{"type": "vcs", "url": REPOSITORY}],
                "properties": [
                    {"name": "therock-upload:commit", "value": release.commit},
                    {"name": "therock-upload:toolchain", "value": release.toolchain},
                ],
            },
        },
        "components": [component(each, each["purl"]) for each in listed],
        "dependencies": [{"ref": own, "dependsOn": [each["purl"] for each in listed]}],
    }
    (DIST / f"{release.name}.cdx.json").write_text(json.dumps(document, indent=2) + "\n")


def main():
    release = Release()
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    files = tree(release)
    write_archive(release, files)
    write_wheel(release, files)
    write_deb(release, files)
    write_components(release)
    debug = (BUILT / "therock-upload.debug").read_bytes()
    (DIST / f"{release.name}.debug.xz").write_bytes(lzma.compress(debug, preset=6))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(DIST.iterdir())]
    (DIST / "SHA256SUMS").write_text("".join(sums))
    for file in sorted(DIST.iterdir()):
        print(f"{file.stat().st_size:>10}  dist/{file.name}")


if __name__ == "__main__":
    main()
