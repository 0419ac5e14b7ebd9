"""A real API server with Argo's custom resources, and nothing behind it: it says what it would admit.

No root, no namespaces, no node: etcd and kube-apiserver on loopback, for as long as the process that started them.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import builds
from cluster.argo import STORED, define_custom_resources
from cluster.builds import program
from cluster.certificates import Authority
from cluster.control_plane import ControlPlane, Ports
from cluster.layout import ClusterError, Layout
from cluster.processes import Processes


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """One that runs, by its administrator's ``kubeconfig``."""

    kubeconfig: Path
    plane: ControlPlane

    def kubeconfig_of(self, user: str) -> Path:
        """``user`` signs in by a certificate, and has no rights but those that he is given."""
        path = self.kubeconfig.parent / f"{user}.kubeconfig"
        if not path.exists():
            authority = self.plane.authority
            authority.write_kubeconfig(path, self.plane.server, authority.sign(user))
        return path

    def kubectl(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program("kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments],
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def checked(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """With an exception where it fails."""
        done = self.kubectl(*arguments)
        if done.returncode != 0:
            raise ClusterError(
                f"kubectl {' '.join(arguments)}: {done.stderr.strip()[:2000]}", fix="try it by hand"
            )
        return done

    def refusal(self, told: dict[str, Any]) -> str | None:
        """What the server says against creating an object, unknown and doubled fields included; None where it would."""
        done = self.kubectl(
            "create", "--dry-run=server", "--validate=strict", "--filename=-", given=json.dumps(told)
        )
        return None if done.returncode == 0 else done.stderr.strip()


def not_built() -> str | None:
    """Why there can be none here, and what to type; None where there can."""
    if absent := builds.missing(builds.API):
        return f"not built: {', '.join(absent)}: make cluster-build-api"
    return None if shutil.which("setpriv") else "setpriv is not installed (Debian: util-linux)"


@contextlib.contextmanager
def serving() -> Iterator[ApiServer]:
    """From an empty etcd, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nbcode-api-") as folder:
        layout = Layout(root=Path(folder))
        processes = Processes(layout.processes, ["setpriv", "--pdeathsig=KILL"])
        plane = ControlPlane(
            layout=layout,
            processes=processes,
            authority=Authority(layout.authority),
            address="127.0.0.1",
            ports=Ports(**dict(zip(("etcd", "peers", "api"), _free_ports(3), strict=True))),
        )
        try:
            plane.start_etcd()
            plane.start_api_server()
            made = ApiServer(kubeconfig=layout.kubeconfig, plane=plane)
            define_custom_resources(made.checked, STORED)
            yield made
        finally:
            for name in ("kube-apiserver", "etcd"):
                processes.stop(name)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]
