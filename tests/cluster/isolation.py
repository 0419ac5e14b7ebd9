"""Namespaces of the cluster's own: network, mounts and processes. When the first process in them ends, all of it is gone.

Nothing that runs in there can reach beyond this machine: there is one link, to the host, and no route further.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cluster.layout import CGROUP, HERE, HOST_ADDRESS, LINK, NODE_ADDRESS, SERVICE_RANGE, ClusterError, Layout
from cluster.processes import Processes, begun_at
from cluster.steps import wait

KINDS = ("mnt", "net", "pid")
_CGROUPS = Path("/sys/fs/cgroup")
_SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
            "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")  # fmt: skip
"""What a kubelet sets for the whole machine."""


class Isolation:
    """The namespaces of one cluster, by its first process."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._outside = Processes(layout.root / "isolation")

    def begin(self) -> None:
        """New namespaces, the link to them, and the control group that all pods are in."""
        _write(self.layout.folder("isolation") / "sysctls", "".join(f"{n} {_sysctl(n)}\n" for n in _SYSCTLS))
        ready = self.layout.root / "isolation" / "ready"
        flags = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
        first = [sys.executable, *map(str, (HERE / "first_process.py", self.layout.root, ready))]
        self._outside.start("namespaces", ["unshare", *flags, *first])
        self._outside.wait("namespaces", ready.exists)
        pid = self.first_process()
        _write(
            self.layout.root / "isolation" / "identities", "".join(f"{k} {identity(pid, k)}\n" for k in KINDS)
        )
        for command in (
            f"ip link add {LINK} type veth peer name eth0 netns {pid}",
            f"ip address add {HOST_ADDRESS}/30 dev {LINK}",
            f"ip link set {LINK} up",
        ):
            _run(command.split())
        for command in (
            "ip link set lo up",
            f"ip address add {NODE_ADDRESS}/30 dev eth0",
            "ip link set eth0 up",
            f"ip route add {SERVICE_RANGE} dev eth0",
        ):
            self.run(command.split())
        for folder in _control_groups():
            _make_control_group(folder)

    def first_process(self) -> int:
        outer = self._outside.pid("namespaces")
        children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        if not children:
            raise ClusterError("the namespaces have no process", fix="make cluster-down cluster-up")
        return int(children[0])

    def alive(self) -> bool:
        return self._outside.alive("namespaces")

    @property
    def processes(self) -> Processes:
        """Servers inside."""
        return Processes(self.layout.processes, self._entering())

    def run(self, command: Sequence[str | Path]) -> str:
        """One command inside, to its end; what it printed."""
        return _run([*self._entering(), *command])

    def end(self) -> None:
        """Kills what is left inside, and gives back what belongs to the whole machine."""
        if self.alive():
            os.kill(self.first_process(), signal.SIGKILL)
            wait("the end of the namespaces", lambda: not self.alive())
        wait("the end of every process inside", lambda: not self.inside())
        wait("the end of the link", lambda: not Path("/sys/class/net", LINK).exists())
        for folder in _control_groups():
            _remove_control_group(folder)
        sysctls = self.layout.root / "isolation" / "sysctls"
        for line in sysctls.read_text().splitlines() if sysctls.exists() else ():
            name, value = line.split()
            _write(Path("/proc/sys", name), value)

    def inside(self) -> list[int]:
        """Every process that is in one of the namespaces."""
        recorded = self.layout.root / "isolation" / "identities"
        if not recorded.exists():
            return []
        of_it = dict(line.split() for line in recorded.read_text().splitlines())
        pids = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal()]
        return [p for p in pids if any(identity(p, kind) == of_it[kind] for kind in KINDS)]

    def _entering(self) -> list[str]:
        return ["nsenter", f"--target={self.first_process()}", *(f"--{k}" for k in ("mount", "net", "pid"))]


def identity(pid: int, kind: str) -> str | None:
    """Of the namespace that a process is in."""
    try:
        return str(Path(f"/proc/{pid}/ns/{kind}").readlink()) if begun_at(pid) is not None else None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def _control_groups() -> list[Path]:
    """The cluster's own in every hierarchy: one of version 2, or one of each controller of version 1."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS / CGROUP]
    return [h / CGROUP for h in _CGROUPS.iterdir() if not h.is_symlink() and (h / "cgroup.procs").exists()]


def _make_control_group(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (folder / name).exists() and not (folder / name).read_text().strip():
            _write(folder / name, (folder.parent / name).read_text().strip())


def _remove_control_group(folder: Path) -> None:
    below = [Path(path) for path, _, _ in os.walk(folder, topdown=False)]
    until_s = time.monotonic() + 30
    for group in below:
        while group.exists():
            try:
                group.rmdir()
            except OSError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.05)


def _sysctl(name: str) -> str:
    return Path("/proc/sys", name).read_text().strip()


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def _run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(
            f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}",
            fix="make cluster-down, then try again as root; sudo make cluster-system installs what is used",
        )
    return done.stdout
