"""How the cluster comes up, in order, and how it goes, with nothing left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cluster import argo, builds, object_store, team
from cluster.certificates import Authority
from cluster.cluster import Cluster, running
from cluster.control_plane import ControlPlane, Ports
from cluster.isolation import Isolation
from cluster.layout import API_PORT, CGROUP, LINK, NODE, NODE_ADDRESS, ClusterError, Layout, cache, state
from cluster.node import PAUSE, Node, import_image
from cluster.oci_images import Image, write_archive
from cluster.processes import Processes
from cluster.steps import step, wait
from team_servers.team import Team

PROGRAMS = ("containerd", "ctr", "runc", "iptables", "ip", "nsenter", "unshare", "mount", "gcc")


def up() -> Cluster:
    """The cluster that runs already, if all of it does; else a new one."""
    _refuse_who_is_not_root()
    _refuse_what_is_missing()
    builds.build(builds.WHOLE)
    with _alone():
        found = running()
        if found is not None and _whole(found):
            return found
        _down(state())
        try:
            return _started(state())
        except BaseException:
            print(
                f"cluster: what was started is still there for a look: {state().root}; make cluster-down ends it"
            )
            raise


def down() -> list[str]:
    """Ends it; what is left of it all the same, which should be nothing."""
    _refuse_who_is_not_root()
    with _alone():
        return _down(state())


def team_up(found: Cluster) -> Team:
    """The servers of a team beside a cluster that is up; one caller at a time begins them."""
    with _alone():
        return team.begin(found)


def _started(layout: Layout) -> Cluster:
    layout.root.mkdir(mode=0o755, parents=True)
    isolation = Isolation(layout)
    with step("namespaces and the link to them"):
        isolation.begin()
    processes, authority = isolation.processes, Authority(layout.authority)
    ports = Ports(api=API_PORT)
    plane = ControlPlane(
        layout=layout, processes=processes, authority=authority, address=NODE_ADDRESS, ports=ports
    )
    node = Node(layout=layout, processes=processes, authority=authority, server=plane.server)
    with step("etcd and the API server"):
        plane.start_etcd()
        node.start_containerd()
        plane.start_api_server()
    with step("S3"):
        store = object_store.start(layout, processes)
    made = Cluster(kubeconfig=layout.kubeconfig, s3=store, processes=processes)
    with step("images of the cluster itself"):
        _import_images(layout, processes)
    with step("controllers, kubelet, proxy; node Ready"):
        plane.start_controllers()
        node.start_kubelet()
        node.start_proxy()
        wait("the node", lambda: node_ready(made))
    with step("Argo Workflows"):
        _install_argo(layout, made)
    (layout.root / "up").touch()
    return made


def _import_images(layout: Layout, processes: Processes) -> None:
    images = layout.folder("images")
    pause = images / "pause"
    source = builds.source_of_kubernetes() / "build" / "pause" / "linux" / "pause.c"
    subprocess.run(["gcc", "-Os", "-static", "-DVERSION=1", "-o", pause, source], check=True)
    for image in (Image(name=PAUSE, entrypoint=["/pause"], files={"pause": pause}), *argo.images()):
        archive = write_archive(image, images / "image.tar")
        import_image(processes, archive)
        archive.unlink()


def _install_argo(layout: Layout, made: Cluster) -> None:
    argo.define_custom_resources(made.kubectl)
    made.kubectl("apply", "--server-side", "--kustomize", str(argo.kustomization(layout)))
    made.kubectl("apply", "--server-side", "--filename=-", given=argo.artifact_repository(made.s3))
    made.kubectl("rollout", "status", "--namespace=argo", "deployment/workflow-controller", "--timeout=300s")


def node_ready(made: Cluster) -> bool:
    """Whether the kubelet has said that it takes pods."""
    done = made.kubectl("get", "node", NODE, "--output=json", "--ignore-not-found", check=False)
    if done.returncode != 0 or not done.stdout.strip():
        return False
    conditions = json.loads(done.stdout)["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _whole(found: Cluster) -> bool:
    return all(map(found.processes.alive, found.processes.names())) and node_ready(found)


def _down(layout: Layout) -> list[str]:
    """Nothing is asked to end in order: all of it, pods too, is in namespaces that end with their first process."""
    if not layout.root.exists():
        return leftovers(layout)
    with step("namespaces, control groups and folder go"):
        Isolation(layout).end()
        left = leftovers(layout)
        shutil.rmtree(layout.root)
    return left


def leftovers(layout: Layout) -> list[str]:
    """Processes, mounts, links and control groups of a cluster on this machine, in words."""
    inside = Isolation(layout).inside()
    root = str(layout.root)
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    groups = [path for path in Path("/sys/fs/cgroup").glob(f"**/{CGROUP}") if path.is_dir()]
    return [
        *(f"process {pid}" for pid in sorted({*inside, *_naming(root)})),
        *(f"mount {place}" for place in mounts if place.startswith(root)),
        *(f"link {path.name}" for path in Path("/sys/class/net").glob(f"{LINK}*")),
        *(f"control group {path}" for path in groups),
    ]


def _naming(root: str) -> list[int]:
    """Processes whose command names the cluster's folder, whatever namespace they are in."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if f"{root}/".encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found


def _refuse_who_is_not_root() -> None:
    if os.geteuid() != 0:
        raise ClusterError("namespaces and containers need root", fix="the same as root")


def _refuse_what_is_missing() -> None:
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        raise ClusterError(f"not installed: {', '.join(absent)}", fix="make cluster-system")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lifecycle.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
