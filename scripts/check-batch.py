#!/usr/bin/env python3
"""Checks what `--batch` wrote with botocore's model of s3control's CreateJob, and the manifests as they are documented.

    check-batch.py DIR      (in an environment that has botocore)

Prints, as JSON, the request and the objects of each job, read as S3 reads them.
"""
import csv
import hashlib
import json
import pathlib
import sys
import urllib.parse

import botocore.session
import botocore.validate

model = botocore.session.get_session().get_service_model("s3control").operation_model("CreateJob").input_shape
jobs = {}
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    request = json.loads(file.read_text())
    report = botocore.validate.ParamValidator().validate(request, model)
    if report.has_errors():
        sys.exit(f"error: {file.name}: {report.generate_report()}")
    operation, = request["Operation"]
    unknown = set(request["Operation"][operation]) - set(model.members["Operation"].members[operation].members)
    if unknown or set(request) - set(model.members):
        sys.exit(f"error: {file.name}: members that the model does not know: {unknown}")
    for value, shape in (
            (request["Manifest"]["Spec"]["Format"], model.members["Manifest"].members["Spec"].members["Format"]),
            (request["Report"]["Format"], model.members["Report"].members["Format"]),
            (request["Report"]["ReportScope"], model.members["Report"].members["ReportScope"])):
        if value not in shape.enum:
            sys.exit(f"error: {file.name}: {value} is none of {shape.enum}")
    manifest = file.with_suffix(".csv").read_bytes()
    if request["Manifest"]["Location"]["ETag"] != hashlib.md5(manifest).hexdigest():
        sys.exit(f"error: {file.name}: the entity tag is not that of the manifest")
    if not request["Manifest"]["Location"]["ObjectArn"].endswith(f"/{file.stem}.csv"):
        sys.exit(f"error: {file.name}: the manifest has another name")
    rows = list(csv.reader(manifest.decode("ascii").splitlines()))
    if any(len(row) != len(request["Manifest"]["Spec"]["Fields"]) for row in rows):
        sys.exit(f"error: {file.name}: a line has another number of fields than the manifest says")
    jobs[file.stem] = {"request": request, "objects": [[row[0], urllib.parse.unquote(row[1])] for row in rows]}
json.dump(jobs, sys.stdout)
