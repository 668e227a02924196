"""What CI scripts do: boto3's download_file in ten threads, then tar. Arguments: endpoint, bucket, prefix, directory."""

import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

endpoint, bucket, prefix, directory = sys.argv[1:]
client = boto3.client("s3", endpoint_url=endpoint, config=Config(max_pool_connections=100))
pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
keys = [entry["Key"] for page in pages for entry in page["Contents"] if entry["Key"].endswith(".tar.zst")]


def fetch(key):
    archive = pathlib.Path(directory) / key.rsplit("/", 1)[1]
    client.download_file(bucket, key, str(archive))
    target = archive.with_name(archive.name.split(".")[0])
    target.mkdir()
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", target], check=True)
    archive.unlink()


pathlib.Path(directory).mkdir(parents=True)
with ThreadPoolExecutor(10) as pool:
    list(pool.map(fetch, keys))
