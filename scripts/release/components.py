#!/usr/bin/env python3
"""What is linked into the program: for its own record, and for what the licences ask.

    components.py record OBJECTS              prints the C source of the record that `therock-upload version` shows
    components.py notices OBJECTS MAP OUTPUT  writes OUTPUT/THIRD-PARTY-NOTICES.txt and OUTPUT/components.json

OBJECTS names the objects of a release build, one quoted path to a line, and MAP is the linker's map. Fails if anything in
the program has no licence that is known here: a new dependency needs its texts, and a system library an entry below.
"""
import collections
import datetime
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESOLVED = ROOT / "Package.resolved"

# SPDX expressions of the Debian packages whose archives are linked, and what each is called upstream.
SYSTEM_LICENCES = {
    "libarchive-dev": ("libarchive", "BSD-2-Clause AND BSD-3-Clause"),
    "libbz2-dev": ("bzip2", "bzip2-1.0.6"),
    "libdeflate-dev": ("libdeflate", "MIT"),
    "libexpat1-dev": ("expat", "MIT"),
    "libgcc-*-dev": ("gcc-runtime", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "liblz4-dev": ("lz4", "BSD-2-Clause"),
    "liblzma-dev": ("xz-utils", "LicenseRef-xz-public-domain"),
    "libstdc++-*-dev": ("libstdc++", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libyaml-dev": ("libyaml", "MIT"),
    "libzstd-dev": ("zstd", "BSD-3-Clause"),
    "zlib1g-dev": ("zlib", "Zlib"),
}
APACHE_WITH_EXCEPTION = "Apache-2.0 WITH Swift-exception"


class Refusal(Exception):
    """Why the program may not be shipped."""


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def toolchain():
    """The first line of `swift --version`, and the version in it."""
    line = output_of("swiftc", "--version").splitlines()[0]
    return line, re.search(r"Swift version (\S+)", line).group(1)


def object_paths(list_file):
    return [pathlib.Path(line.strip('"')) for line in pathlib.Path(list_file).read_text().splitlines()]


def module_sources(directory):
    """The sources of a module, from what SwiftPM and clang left beside its objects."""
    if (directory / "sources").exists():
        lines = (directory / "sources").read_text().splitlines()
        return [pathlib.Path(line.strip("'\"").replace("\\ ", " ")) for line in lines if line]
    makes = [re.search(r"dependencies:(?:\s|\\\n)+((?:\\ |[^\s\\])+)", file.read_text()) for file in sorted(directory.rglob("*.d"))]
    return [pathlib.Path(found.group(1).replace("\\ ", " ")) for found in makes if found]


def checkout(source):
    """The directory of the package that a source belongs to: SwiftPM's `checkouts/NAME`; None for a source of ours."""
    parts = source.relative_to(ROOT).parts if source.is_relative_to(ROOT) else ()
    return ROOT.joinpath(*parts[:3]) if parts[1:2] == ("checkouts",) else None


def linked_modules(objects):
    """{name of a package or None for this one: {module: its sources}}"""
    modules = collections.defaultdict(dict)
    for name in sorted({next(part for part in path.parts if part.endswith(".build") and part != ".build") for path in objects}):
        directory = next(path for path in objects if name in path.parts)
        directory = directory.parents[len(directory.parts) - directory.parts.index(name) - 2]
        sources = module_sources(directory)
        if not sources:
            raise Refusal(f"cannot tell which package {name} comes from")
        inside = [folder.name for folder in map(checkout, sources) if folder]
        if not inside and not all(source.is_relative_to(ROOT) for source in sources):
            raise Refusal(f"{name} is neither ours nor of a package: {sources[0]}")
        modules[inside[0] if inside else None][name.removesuffix(".build")] = sources
    return modules


def pins():
    """{name of a package: (version, address)}"""
    return {pin["identity"]: (pin["state"]["version"], pin["location"]) for pin in json.loads(RESOLVED.read_text())["pins"]}


def record(objects):
    """The lines that build_record.h describes, as a definition in C."""
    lines = []
    try:
        commit = output_of("git", "rev-parse", "HEAD").strip()
        dirty = "-dirty" if output_of("git", "status", "--porcelain").strip() else ""
        seconds = int(output_of("git", "log", "-1", "--format=%ct"))
        date = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines += [f"commit {commit}{dirty}", f"date {date}"]
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"warning: the commit is not recorded: {getattr(error, 'stderr', None) or error}", file=sys.stderr)
    lines += [f"toolchain {toolchain()[0]}", f"target {output_of('uname', '-m').strip()}-linux-gnu.2.28"]
    versions = pins()
    lines += [f"package {name} {versions[name][0]}" for name in sorted(linked_modules(objects).keys() - {None})]
    text = "".join(f"    {json.dumps(line + chr(10))}\n" for line in lines)
    return f"const char *therock_upload_build_record(void);\nconst char *therock_upload_build_record(void) {{\n    return\n{text}    ;\n}}\n"


def spdx(name, text):
    """The SPDX expression of a licence that a Swift package comes with."""
    if "Apache License" in text and "Version 2.0" in text:
        return APACHE_WITH_EXCEPTION if "Runtime Library Exception" in text else "Apache-2.0"
    if "Permission is hereby granted, free of charge" in text:
        return "MIT"
    raise Refusal(f"the licence of {name} is none of those known to {pathlib.Path(__file__).name}")


def headers(sources):
    """What the sources of C modules say about their licences: copyright lines by the text they are above."""
    texts = collections.defaultdict(set)
    for source in sources:
        if source.suffix == ".swift":
            continue
        start = source.read_text(errors="replace").lstrip()
        found = re.match(r"(?:/\*.*?\*/\s*|//[^\n]*\n\s*)+", start, re.DOTALL)
        comment = re.sub(r"(?m)^[ \t]*(?:/\*+|\*+/|//+|\*)[ \t]?|\*+/[ \t]*$|=====.*$", "", found.group(0) if found else "")
        if not re.search(r"(?i)copyright|licen[cs]e|public domain", comment):
            continue
        lines = [line.rstrip() for line in comment.strip().splitlines()]
        holders = [line.strip() for line in lines if re.match(r"(?i)\s*(?:portions )?copyright\b|\s*all rights reserved", line)]
        text = "\n".join(line for line in lines if line.strip() not in holders).strip()
        texts[re.sub(r"\n{3,}", "\n\n", text)].update(holders)
    return ["\n".join(sorted(holders) + ["", text]).strip() for text, holders in sorted(texts.items())]


def vendored(package, modules):
    """What a package keeps a copy of: BoringSSL, of which the packages say the revision beside its sources."""
    folders = {folder for sources in modules.values() for source in sources for folder in source.parents}
    found = []
    for file in sorted(folder / "hash.txt" for folder in folders if folder.is_relative_to(package)):
        if not file.exists():
            continue
        said = re.search(r"derived from (\w+) cloned from (\S+) at revision ([0-9a-f]{40})", file.read_text())
        if said is None:
            raise Refusal(f"{file} does not say of what it is a copy")
        what, address, revision = said.groups()
        found.append({
            "name": what, "version": revision, "licence": "Apache-2.0", "address": address, "module": file.parent.name,
            "purl": f"pkg:generic/{what.lower()}@{revision}?vcs_url={urllib.parse.quote(f'git+{address}@{revision}', safe='')}",
        })
    return found


def package_component(name, modules):
    """A Swift package: its texts lie at its top and beside the modules that are linked."""
    version, address = pins()[name]
    package = next(filter(None, (checkout(source) for sources in modules.values() for source in sources)))
    places = [package] + sorted({source.parent for sources in modules.values() for source in sources})
    files = sorted({file for place in places for file in place.iterdir() if re.match(r"(?i)(licen[cs]e|notice|copying)(\.|$)", file.name)})
    licence = next((file for file in files if file.parent == package and not file.name.lower().startswith("notice")), None)
    if licence is None:
        raise Refusal(f"{name} comes without a licence")
    texts = [file.read_text() for file in files]
    texts += headers(sorted(source for sources in modules.values() for source in sources))
    address = address.removesuffix(".git")
    return {
        "name": name, "version": version, "licence": spdx(name, licence.read_text()), "address": address,
        "purl": f"pkg:swift/{address.removeprefix('https://')}@{version}", "modules": sorted(modules), "texts": texts,
        "vendored": vendored(package, modules),
    }


def system_component(archive):
    """A library of Debian, by the archive that was linked."""
    found = subprocess.run(["dpkg", "-S", archive], capture_output=True, text=True)
    if found.returncode != 0:
        raise Refusal(f"no package of Debian holds {archive}")
    package = found.stdout.split(":")[0]
    known = [entry for entry in SYSTEM_LICENCES if pathlib.PurePath(package).match(entry)]
    if not known:
        raise Refusal(f"{package} is linked, and its licence has no entry in {pathlib.Path(__file__).name}")
    name, licence = SYSTEM_LICENCES[known[0]]
    version = output_of("dpkg-query", "-W", "-f", "${Version}", package)
    copyright_file = pathlib.Path("/usr/share/doc", package, "copyright")
    if not copyright_file.exists():
        raise Refusal(f"{copyright_file} is not there")
    return {
        "name": name, "version": version, "licence": licence, "address": f"https://packages.debian.org/{package}",
        "purl": f"pkg:deb/debian/{package}@{version}?arch={output_of('dpkg', '--print-architecture').strip()}",
        "texts": [copyright_file.read_text(errors="replace")],
    }


def toolchain_component(directory):
    """Swift's standard library, Foundation and Dispatch, which the toolchain holds."""
    return {
        "name": "swift-runtime", "version": toolchain()[1], "licence": APACHE_WITH_EXCEPTION,
        "address": "https://github.com/swiftlang/swift", "purl": f"pkg:github/swiftlang/swift@swift-{toolchain()[1]}-RELEASE",
        "texts": [(directory / "share/swift/LICENSE.txt").read_text()],
    }


def stubs_component(directory):
    """The few lines of glibc that start a program, which may be linked with anything."""
    return {
        "name": "glibc-startup", "version": "2.28", "licence": "LGPL-2.1-or-later",
        "address": "https://sourceware.org/glibc/", "purl": "pkg:generic/glibc@2.28",
        "texts": [(directory / "LICENSES").read_text()],
    }


def components(objects, map_file):
    """Everything in the program that is not ours, by the linker's map: what was dropped is not in it."""
    kept = set(re.findall(r"(?m)^\s*[0-9a-f]+\s+[0-9a-f]+\s+[1-9a-f][0-9a-f]*\s+\d+ {9}(\S.*?):\(", pathlib.Path(map_file).read_text()))
    ours = {"<internal>", "portable/shim.o", "portable/record.o"} | {str(path) for path in objects}
    modules = linked_modules(objects)
    found = {}
    for name in sorted(modules.keys() - {None}):
        found[name] = package_component(name, modules[name])
    for file in sorted(kept - ours):
        archive = re.sub(r"\([^()]*\)$", "", file)
        path = pathlib.Path(archive).resolve()
        if "swift_static" in path.parts:
            key, make = "swift", lambda: toolchain_component(path.parents[len(path.parts) - path.parts.index("swift_static")])
        elif ".build-glibc" in path.parts:
            key, make = "glibc", lambda: stubs_component(path.parent)
        else:
            key, make = str(path), lambda: system_component(key)
        if key not in found:
            found[key] = make()
    # Two archives may come from one package.
    return sorted({each["purl"]: each for each in found.values()}.values(), key=lambda each: each["name"])


def notices(components):
    """One text with what the licences ask for; a text that several have is written once."""
    rule, parts, seen = "=" * 100, [], {}
    parts.append("therock-upload holds the following software of others. Each is followed by its licence and its notices.\n")
    parts += [f"  {each['name']} {each['version']}: {each['licence']}  {each['address']}" for each in components]
    for each in components:
        parts.append(f"\n{rule}\n{each['name']} {each['version']}\n{each['address']}\n{rule}\n")
        for text in each["texts"]:
            text = text.strip()
            if text in seen:
                parts.append(f"(The text is that of {seen[text]}, above.)\n")
            else:
                seen[text] = each["name"]
                parts.append(text + "\n")
    return "\n".join(parts)


def main(arguments):
    if arguments[:1] == ["record"] and len(arguments) == 2:
        print(record(object_paths(arguments[1])), end="")
    elif arguments[:1] == ["notices"] and len(arguments) == 4:
        found = components(object_paths(arguments[1]), arguments[2])
        output = pathlib.Path(arguments[3])
        (output / "THIRD-PARTY-NOTICES.txt").write_text(notices(found))
        listed = [{key: value for key, value in each.items() if key != "texts"} for each in found]
        (output / "components.json").write_text(json.dumps(listed, indent=2) + "\n")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refusal as refusal:
        sys.exit(f"error: {refusal}")
