#!/usr/bin/env python3
"""Checks statements of `finish` with securesystemslib, and statements that securesystemslib signed with `verify`.

    check-statements.py TOOL      (in an environment that has securesystemslib and cryptography)
"""
import base64
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

tool = os.path.abspath(sys.argv[1])
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def run(*arguments, code=0):
    outcome = subprocess.run([tool, *arguments], capture_output=True, text=True)
    if outcome.returncode != code:
        sys.exit(f"error: {' '.join(arguments)} ended with {outcome.returncode}, not {code}:\n{outcome.stderr}")
    return outcome.stdout


def pem(key, name):
    pathlib.Path(f"{name}.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    pathlib.Path(f"{name}.pub").write_bytes(key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def signed_by(envelope, public):
    """Whether securesystemslib accepts an envelope, whatever its signatures call their key."""
    names = [signature["keyid"] for signature in envelope["signatures"]]
    keys = [SSlibKey.from_crypto(public, keyid=name) for name in names]
    try:
        return len(Envelope.from_dict(copy.deepcopy(envelope)).verify(keys, 1)) == 1
    except Exception:
        return False


def check(kind, key, other):
    pem(key, kind)
    run("finish", "--output-dir", "out", "--run-id", "7", "--statement", "ours.json", "--sign-key", f"{kind}.pem")
    envelope = json.loads(pathlib.Path("ours.json").read_text())
    if not signed_by(envelope, key.public_key()):
        sys.exit(f"error: securesystemslib refuses our envelope ({kind})")
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1" and len(statement["subject"]) == 2, statement
    envelope["payload"] = base64.b64encode(b"{}").decode()
    if signed_by(envelope, key.public_key()):
        sys.exit("error: securesystemslib accepts anything")

    theirs = Envelope(json.dumps(statement).encode(), PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(key))
    pathlib.Path("theirs.json").write_text(json.dumps(theirs.to_dict()))
    arguments = ["verify", "--statement", "theirs.json", "--run-id", "7", "--local-staging-dir", "out", "--key"]
    run(*arguments, f"{kind}.pub")
    pem(other, "other")
    run(*arguments, "other.pub", code=3)


with tempfile.TemporaryDirectory() as directory:
    os.chdir(directory)
    os.mkdir("tree")
    for name in ("a", "b"):
        pathlib.Path(f"tree/{name}.log").write_text(f"log {name}\n")
    pathlib.Path("plan.yaml").write_text(
        "version: 1\nname: p\nuploads:\n  all: {from: tree, to: {log_subdir: {path: x}}}\n")
    run("apply", "plan.yaml", "--output-dir", "out", "--run-id", "7", "--receipt", "job")
    check("ed25519", ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate())
    check("p256", ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1()))
print("statements: securesystemslib accepts ours, and we accept its own, with Ed25519 and P-256")
