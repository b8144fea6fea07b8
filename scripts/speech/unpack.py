"""Takes the data files of files.json out of wheels, of which nothing is installed or run, and out of the installed library.

Usage: python unpack.py WHEELS TARGET
"""

import glob
import hashlib
import json
import os
import sys
import sysconfig
import zipfile

wheels, target = sys.argv[1:]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "files.json"), encoding="utf-8") as file:
    entries = json.load(file)


def open_source(source):
    package, member = source.split(":")
    if package == "installed":
        return open(os.path.join(sysconfig.get_path("purelib"), member), "rb")
    (wheel,) = glob.glob(os.path.join(wheels, package + "-*.whl"))
    return zipfile.ZipFile(wheel).open(member)


for entry in entries:
    path = os.path.join(target, entry["to"])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    digest = hashlib.sha256()
    with open(path, "wb") as output:
        for source in entry["from"]:
            with open_source(source) as part:
                while chunk := part.read(1 << 20):
                    digest.update(chunk)
                    output.write(chunk)
    if digest.hexdigest() != entry["sha256"]:
        sys.exit(f"{entry['to']} has the digest {digest.hexdigest()}, not {entry['sha256']}")
