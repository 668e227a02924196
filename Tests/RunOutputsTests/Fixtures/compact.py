#!/usr/bin/env python3
"""Makes locations.json and bucket-selection.json from recordings of TheRock's own scripts.

usage: compact.py RECORDINGS

RECORDINGS holds locations-{A,C}.json and bucket-selection-{A,C}.json, each row what the original Python code answered.
State A is TheRock at 30af4c64a, state C at 89553ce37. No row is left out. What can be computed from the rest of a row
is dropped, after a check that it is what it is computed from:

* locations: prefix, relative path, s3 URI and https URL (not percent-encoded) are plain joins of the root, and of the
  path below its prefix, which is kept. So is the local path below "stage", kept where pathlib normalised it.
* bucket selection: account and name of the role are parts of its ARN, the bucket of the configuration is the chosen
  one. Results stand in a table of their own, because few differ.
"""

import json
import pathlib
import sys


def compact_location(row, roots):
    bucket, prefix, path = row["bucket"], row["prefix"], row["relative_path"]
    assert prefix == f'{row["external_repo"]}{row["run_id"]}-{row["platform"]}'
    assert path == prefix or path.startswith(prefix + "/")
    assert row["s3_uri"] == f"s3://{bucket}/{path}"
    assert row["https_url"] == f"https://{bucket}.s3.amazonaws.com/{path}"
    root = [bucket, row["external_repo"], row["run_id"], row["platform"]]
    if root not in roots:
        roots.append(root)
    compact = [roots.index(root), row["method"], row["args"], path[len(prefix) :]]
    return compact if row["local_path"] == f"stage/{path}" else [*compact, row["local_path"]]


def compact_selection(row, results):
    result, config = row["result"], row.get("config")
    compact = {"env": row["env"]}
    for key in ("github_repository", "release_type_arg", "workflow_run"):
        if row.get(key) is not None:
            compact[key] = row[key]
    if row.get("event") and row["event"]["payload"] is not None:
        compact["payload"] = row["event"]["payload"]
    if "error" in result:
        text = result["error"].partition(", expected one of")[0]  # a set, in arbitrary order
        answer = {"error": f'{result["error_type"]}: {text}'}
    else:
        answer = {"prefix": result["external_repo"], "bucket": result["bucket"]}
        if config:
            arn = config["write_access_iam_role"]
            assert config["name"] == result["bucket"]
            assert not arn or arn == f'arn:aws:iam::{config["iam_account"]}:role/{config["iam_role"]}'
            answer |= {"region": config["region"], "role": arn}
    if answer not in results:
        results.append(answer)
    return {"result": results.index(answer)} | compact


def lookup_rows(lookup):
    """Rows of the factory that may ask GitHub; the recording's stub answers with the run below.

    The row where the stub fails is left out: nothing is selected there.
    """
    answer = {"id": 1, "head_repository": {"full_name": "fork/TheRock"}, "updated_at": "2026-01-01T00:00:00Z"}
    for row in lookup["rows"]:
        if "api_raises" in row:
            continue
        result = row["result"]
        assert result.pop("prefix") == f'{result["external_repo"]}{row["run_id"]}-linux'
        run = row.get("workflow_run") or (answer if row.get("lookup_workflow_run") else None)
        yield row | {"workflow_run": run, "release_type_arg": row.get("release_type")}


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(path, states):
    """One line per row, so that a change shows as one."""
    parts = []
    for state, (head, rows) in states.items():
        lines = ",\n".join(dump(row) for row in rows)
        parts.append(f'"{state}":{{{dump(head)[1:-1]},"rows":[\n{lines}]}}')
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def main(recordings):
    here = pathlib.Path(__file__).parent
    locations, selections = {}, {}
    for state in "AC":
        recorded = json.loads((recordings / f"locations-{state}.json").read_text(encoding="utf-8"))
        roots = []
        rows = [compact_location(row, roots) for row in recorded["rows"]]
        local = recorded["for_local_on_linux"]
        locations[state] = ({"commit": recorded["commit"], "roots": roots, "local": local}, rows)

        recorded = json.loads((recordings / f"bucket-selection-{state}.json").read_text(encoding="utf-8"))
        results = []
        rows = [*recorded["rows"], *lookup_rows(recorded["from_workflow_run_lookup"])]
        rows = [compact_selection(row, results) for row in rows]
        selections[state] = ({"commit": recorded["commit"], "results": results}, rows)
    write(here / "locations.json", locations)
    write(here / "bucket-selection.json", selections)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
