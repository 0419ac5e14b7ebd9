"""Window to bubblewrap: the arguments that make a world in which only what is listed exists."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from nbcode.sandbox.values import Mount

_PLACES = ("/usr/bin", "/bin", "/usr/local/bin")


def program() -> str | None:
    """The ``bwrap`` of the system, never one from the caller's own PATH; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    return shutil.which("bwrap", path=os.pathsep.join(_PLACES))


def arguments(
    *,
    readable: Iterable[Path],
    mounts: Iterable[Mount],
    scratch: Path,
    cwd: Path,
    out: Mount | None,
    environment: Iterable[tuple[str, str]],
    temporary_bytes: int | None,
) -> list[str]:
    """The command line up to and with ``--``. ``scratch`` (under ``/tmp``), in which ``cwd`` is made, and ``out`` are the writable places.

    Every namespace is new (user, mount, PID, network, IPC, UTS, cgroup), the environment is empty but for
    ``environment``, no capability is left, and the tree dies with the caller.
    """
    found = program()
    if found is None:
        raise FileNotFoundError("bubblewrap (bwrap) is not installed")
    line = [found, "--unshare-all", "--clearenv", "--die-with-parent", "--cap-drop", "ALL", "--new-session"]
    line += ["--hostname", "nbcode", "--proc", "/proc", "--dev", "/dev"]
    if temporary_bytes is not None:
        line += ["--size", str(temporary_bytes)]
    line += ["--tmpfs", "/tmp", "--dir", str(scratch), "--dir", str(cwd)]  # noqa: S108
    for path in readable:
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), str(path)]
        else:
            line += ["--ro-bind", str(path), str(path)]
    for mount in mounts:
        line += ["--ro-bind", str(mount.host), str(mount.inside)]
    if out is not None:
        line += ["--bind", str(out.host), str(out.inside)]
    for name, value in environment:
        line += ["--setenv", name, value]
    return [*line, "--"]
