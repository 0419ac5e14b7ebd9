"""S3 for the cluster: versitygw over a folder, reached by address from pods and from this machine."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cluster.builds import program
from cluster.layout import BUCKET, NODE_ADDRESS, S3_PORT, Layout
from cluster.processes import Processes

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem

REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """An endpoint that speaks S3, and the keys of who owns it."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = BUCKET
    region: str = REGION

    def filesystem(self) -> S3FileSystem:
        """Paths are ``bucket/key``."""
        from pyarrow import fs

        return fs.S3FileSystem(
            access_key=self.access_key,
            secret_key=self.secret_key,
            endpoint_override=self.endpoint.removeprefix("http://"),
            scheme="http",
            region=self.region,
            allow_bucket_creation=True,
        )

    def read(self, key: str) -> bytes:
        """The bytes of an object of the bucket."""
        with self.filesystem().open_input_stream(f"{self.bucket}/{key}", compression=None) as content:
            return bytes(content.read())

    def answers(self) -> bool:
        """Whether it is there."""
        return answers(f"{self.endpoint}/health")

    def variables(self) -> dict[str, str]:
        """What S3 clients read from their environment."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
        }


def start(layout: Layout, processes: Processes) -> ObjectStore:
    """The cluster's: new keys and an empty bucket."""
    made = serve(layout.root, processes, address=NODE_ADDRESS, port=S3_PORT)
    layout.s3_keys.touch(mode=0o600)
    layout.s3_keys.write_text(json.dumps(asdict(made)))
    return made


def serve(folder: Path, processes: Processes, *, address: str, port: int) -> ObjectStore:
    """A new one below ``folder``, with new keys and an empty bucket."""
    made = ObjectStore(
        endpoint=f"http://{address}:{port}",
        access_key="nbcode-test",
        secret_key=secrets.token_urlsafe(24),
    )
    objects, versions = folder / "s3", folder / "s3-versions"
    objects.mkdir()
    versions.mkdir()
    processes.start(
        "versitygw",
        [program("versitygw"), "--port", f"{address}:{port}", "--region", REGION, "--health", "/health",
         "posix", f"--versioning-dir={versions}", objects],
        {"ROOT_ACCESS_KEY": made.access_key, "ROOT_SECRET_KEY": made.secret_key},
    )  # fmt: skip
    processes.wait("versitygw", made.answers)
    made.filesystem().create_dir(made.bucket)
    return made


def known(layout: Layout) -> ObjectStore:
    """The one that has been started."""
    return ObjectStore(**json.loads(layout.s3_keys.read_text()))


def answers(address: str) -> bool:
    """Whether what is asked at ``address`` is there and well."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
