"""First program inside: sets the limits, confines itself, tries the canaries, then becomes the command.

Started by path with ``-I -S``: only the standard library is here. Speaks one JSON line on standard output, the
hand-shake ``{"sandbox": "ready" | "refused", ...}``, before anything of the command runs.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def _die_with_parent(parent: int) -> None:
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if parent and os.getppid() != parent:
            raise OSError("the parent is gone already")


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            _soft, hard = resource.getrlimit(which)
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # Of processor time the first bound ends a program by a signal of its own, the second by SIGKILL, which says nothing.
            most = hard if which == resource.RLIMIT_CPU else bound
            resource.setrlimit(which, (bound, most))


def _confine(rules: dict[str, list[str]], *, sockets: bool) -> dict[str, object]:
    """By Landlock, and without ``sockets`` by a filter of system calls, too; returns what holds."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path.insert(0, here)
    try:
        import _capabilities  # type: ignore[import-not-found]
        import _landlock  # type: ignore[import-not-found]
        import _seccomp  # type: ignore[import-not-found]
    finally:
        sys.path.remove(here)
    _capabilities.drop_all()
    abi = int(_landlock.restrict(**rules))
    return {"landlock": abi, "seccomp": not sockets and bool(_seccomp.refuse_sockets())}


def _leaks(canary: dict[str, object], *, seccomp: bool) -> list[str]:
    """The canaries that sing: what could be reached and must not be."""
    found = []
    try:
        with open(str(canary["file"]), "rb"):  # noqa: PTH123
            found.append("an undeclared file could be read")
    except OSError:
        pass
    try:
        with socket.socket() as connection:
            connection.settimeout(1)
            connection.connect(("127.0.0.1", int(str(canary["port"]))))
            found.append("a TCP socket could be connected")
    except OSError:
        pass
    if seccomp:
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
            found.append("a UDP socket could be made")
        except OSError:
            pass
    return found


def main() -> None:
    """Enter as the JSON of the only argument says; never returns."""
    config = json.loads(sys.argv[1])
    said: dict[str, object] = {"sandbox": "ready", "landlock": 0, "seccomp": False}
    try:
        _die_with_parent(config["parent"])
        _limit(config["rlimits"])
        if config["landlock"]:
            said |= _confine(config["landlock"], sockets=config["sockets"])
        strangers = sorted(
            set(os.environ) - set(config["environment"]) - {"PWD", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
        )
        leaks = [f"environment variable {strangers[0]} came in"] if strangers else []
        if config["canary"]:
            leaks += _leaks(config["canary"], seccomp=bool(said["seccomp"]))
        os.chdir(config["cwd"])
        if leaks:
            said = {"sandbox": "refused", "reason": "; ".join(leaks)}
    except Exception as error:
        said = {"sandbox": "refused", "reason": str(error)}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    if said["sandbox"] != "ready":
        sys.exit(97)
    os.execve(config["argv"][0], config["argv"], config["environment"])  # noqa: S606


if __name__ == "__main__":
    main()
