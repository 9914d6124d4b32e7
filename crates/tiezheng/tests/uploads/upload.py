"""Uploads files with tuspy, one thread for each, as told by the JSON on the command line.

{endpoint, files, headers, chunk, checksum, tamper}. Prints a list: {"url", "status", "offset"} for each file, `status`
that of the refusal, if one came, and `offset` what HEAD says afterwards. `tamper`: the first chunk is sent with a
checksum that is not its own.
"""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tusclient import client
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader import Uploader

told = json.loads(sys.argv[1])


class Wrong:
    def __init__(self, chunk):
        self.chunk = chunk

    def digest(self):
        return hashlib.new(told["checksum"], self.chunk + b"?").digest()


class Checked(Uploader):
    """tuspy itself knows sha1 only."""

    @property
    def checksum_algorithm_name(self):
        return told["checksum"]

    @property
    def checksum_algorithm(self):
        return Wrong if told.get("tamper") else lambda chunk: hashlib.new(told["checksum"], chunk)


def upload(path):
    kind = Uploader if told.get("checksum") in (None, "sha1") and not told.get("tamper") else Checked
    uploader = kind(
        path,
        client=client.TusClient(told["endpoint"], headers=told["headers"]),
        chunk_size=told["chunk"],
        metadata={"filename": path.rsplit("/", 1)[-1]},
        upload_checksum=bool(told.get("checksum")),
    )
    status = None
    try:
        uploader.upload()
    except TusCommunicationError as error:
        status = error.status_code
    return {"url": uploader.url, "status": status, "offset": uploader.get_offset()}


with ThreadPoolExecutor(len(told["files"])) as pool:
    print(json.dumps(list(pool.map(upload, told["files"]))))
