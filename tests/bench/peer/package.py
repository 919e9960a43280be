"""Zips the peer as it would be uploaded: its code, and its packages but for those that Lambda's own
Python brings (boto3 and what that stands on, and the runtime's client)."""

import pathlib
import sys
import sysconfig
import zipfile

BROUGHT = {
    "_distutils_hack", "awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "pip",
    "pkg_resources", "s3transfer", "setuptools", "simplejson", "six", "snapshot_restore_py",
    "urllib3",
}  # fmt: skip
BENCH_ONLY = {"phonenumbers", "vaderSentiment"}

packages = pathlib.Path(sysconfig.get_path("purelib"))
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as package:
    for name in ("send.py", "webhook.py"):
        package.write(pathlib.Path(__file__).parent / name, name)
    for file in sorted(packages.rglob("*")):
        inside = file.relative_to(packages)
        left_out = inside.parts[0].split("-")[0] in BROUGHT | BENCH_ONLY
        if file.is_file() and not left_out and file.suffix not in (".pyc", ".pth"):
            package.write(file, inside)
