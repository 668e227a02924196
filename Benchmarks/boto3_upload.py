"""The peer that most CI scripts are: boto3's upload_file in ten threads. Arguments: endpoint, directory, bucket, prefix."""

import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

endpoint, directory, bucket, prefix = sys.argv[1:]
root = pathlib.Path(directory)
client = boto3.client("s3", endpoint_url=endpoint, verify=False, config=Config(max_pool_connections=10))
files = [path for path in root.rglob("*") if path.is_file()]
with ThreadPoolExecutor(10) as pool:
    list(pool.map(lambda path: client.upload_file(str(path), bucket, prefix + str(path.relative_to(root))), files))
