"""The first process in the cluster's namespaces: private mounts, then it takes in whoever has no parent any more.

Arguments: the cluster's folder, and the file to write when the mounts are there. Standard library alone.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def make_private(root: Path) -> None:
    """What kubelet, containerd and CNI write, wherever they are told to, is written below ``root`` or to memory."""
    mount("--bind", str(root), "/mnt")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for folder in ("/run/lock", "/run/netns", "/run/above", "/run/work"):
        Path(folder).mkdir()
    layers = "lowerdir=/var/lib,upperdir=/run/above,workdir=/run/work"
    mount("-t", "overlay", "-o", layers, "overlay", "/var/lib")
    mount("--bind", "/mnt", str(root))
    mount("-t", "tmpfs", "tmpfs", "/mnt")
    (root / "var-log").mkdir(exist_ok=True)
    mount("--bind", str(root / "var-log"), "/var/log")
    # Volumes that the kubelet mounts are seen in pods; only now, or what is mounted above would be seen twice.
    mount("--make-rshared", "/")


def take_in_orphans() -> None:
    while True:
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            continue


if __name__ == "__main__":
    make_private(Path(sys.argv[1]))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    Path(sys.argv[2]).touch()
    take_in_orphans()
