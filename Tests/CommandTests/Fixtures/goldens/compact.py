#!/usr/bin/env python3
"""Makes the files beside this script from recordings of TheRock's own upload scripts.

usage: compact.py RECORDINGS

RECORDINGS holds {state}-{script}-{case}-{mode}.json: what a script did with a small tree. State A is TheRock at
30af4c64a, state C at 89553ce37. One file is made for each state and script, with one case to a line; no case is left
out. The recordings of one case with a directory (`local`) and with a bucket (`s3`) become one case where they agree,
which is checked: the objects are those of `local` with the buckets and content types of `s3`.

* tree: a file whose text is "content of PATH\\n" has only "path"; other files have "text", "base64" or "size" and
  "fill", perhaps with "mode"; a symlink has "target", a directory "directory": true.
* objects: "source" is the file of the tree that has the same content; "generated" for what
  the script made, with the names and types of an archive's members and the links of a page.
"""

import base64
import hashlib
import json
import os
import pathlib
import sys

MODES = ("local", "s3", "dryrun")


def content(entry):
    if "content_b64" in entry:
        return base64.b64decode(entry["content_b64"])
    if "fill" in entry:
        fill, size = entry["fill"].encode(), entry["size"]
        return (fill * (size // len(fill) + 1))[:size]
    return entry["content"].encode()


def compact_entry(entry):
    mode = {"mode": entry["mode"]} if "mode" in entry else {}
    if entry["type"] == "symlink":
        return {"target": entry["target"]}
    if entry["type"] == "dir":
        return {"directory": True, **mode}
    if "content_b64" in entry:
        return {"base64": entry["content_b64"], **mode}
    if "fill" in entry:
        return {"size": entry["size"], "fill": entry["fill"], **mode}
    if entry["content"] == f'content of {entry["path"]}\n':
        return mode
    return {"text": entry["content"], **mode}


def compact_detail(detail):
    for order in ("members_sorted", "members_in_order"):
        if order in detail:
            return {"members": {member["name"]: member["type"] for member in detail[order]}}
    return {"links": detail["links"]} if "links" in detail else {}


def common_suffix(path, key):
    return len(os.path.commonprefix([path[::-1], key[::-1]]))


def compact_object(found, files):
    compact = {}
    if found["generated"]:
        compact["generated"] = compact_detail(found.get("detail") or {})
    elif found.get("source") in files:
        assert hashlib.sha256(files[found["source"]]).hexdigest() == found["sha256"]
        compact["source"] = found["source"]
    else:
        # Several files have this content: whichever it was, take the one that is called most like the key.
        same = [path for path, data in files.items() if hashlib.sha256(data).hexdigest() == found["sha256"]]
        compact["source"] = max(same, key=lambda path: (common_suffix(path, found["key"]), path))
    if found["content_type"] is not None:
        compact["content_type"] = found["content_type"]
    if found["bucket"] is not None:
        compact["bucket"] = found["bucket"]
    return compact


def merged(objects, others):
    """Adds what only a recording with a bucket knows."""
    for key, value in others.items():
        mine = objects[key]
        for name in ("content_type", "bucket"):
            mine.setdefault(name, value[name])
        if "generated" not in mine:
            assert {**value, **mine} == {**mine, **value}, key
    return objects


def without_storage(environment):
    return {name: value for name, value in environment.items() if not name.startswith("AWS_") and name != "PYTHONPATH"}


def compact_case(recording):
    files = {entry["path"]: content(entry) for entry in recording["tree"] if entry["type"] == "file"}
    return {
        "case": recording["case"],
        "modes": [recording["mode"]],
        "argv": recording["argv"],
        "env": without_storage(recording["env"]),
        "exit_code": recording["exit_code"],
        "error": recording["error"],
        "summary": recording["step_summary"],
        "output": recording["github_output"],
        "tree": [{"path": entry["path"], **compact_entry(entry)} for entry in recording["tree"]],
        "preexisting": [found["key"] for found in recording.get("preexisting_objects", [])],
        "objects": {found["key"]: compact_object(found, files) for found in recording["objects"]},
    }


def without_directory(argv):
    """The flags without the one that tells a recording with a directory from one with a bucket."""
    kept, skip = [], False
    for argument in argv:
        if skip:
            skip = False
        elif argument == "--output-dir":
            skip = True
        else:
            kept.append(argument)
    return kept


def combined(cases):
    """One case for the recordings that differ only in where the objects went."""
    first, rest = cases[0], cases[1:]
    separate = []
    for other in rest:
        same = all(first[name] == other[name] for name in ("env", "exit_code", "tree"))
        same = same and without_directory(first["argv"]) == without_directory(other["argv"])
        if same and first["objects"].keys() == other["objects"].keys():
            first["objects"] = merged(first["objects"], other["objects"])
            first["modes"] += other["modes"]
            # What a script says about its uploads, it says only of real ones.
            for name in ("summary", "output"):
                if other[name] is not None:
                    first[name] = other[name]
        else:
            separate.append(other)
    return [first, *(combined(separate) if separate else [])]


def main():
    recordings = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    groups = {}
    count = 0
    for path in sorted(recordings.glob("[AC]-*.json")):
        recording = json.loads(path.read_text())
        script = pathlib.Path(recording["script"]).stem
        groups.setdefault((recording["state"], script), {}).setdefault(recording["case"], []).append(recording)
        count += 1
    total = 0
    for (state, script), cases in groups.items():
        rows = []
        for name in sorted(cases):
            ordered = sorted(cases[name], key=lambda recording: MODES.index(recording["mode"]))
            rows += combined([compact_case(recording) for recording in ordered])
        # A list, because names may differ in nothing but their normalisation, which keys of an object may not.
        for row in rows:
            row["objects"] = [{"key": key, **value} for key, value in row["objects"].items()]
        total += len(rows)
        lines = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in rows)
        (here / f"{state}-{script}.json").write_text("[\n" + lines + "\n]\n")
    print(f"{count} recordings, {total} cases")


if __name__ == "__main__":
    main()
