"""The window to git: its plumbing only, with everything that could run another program switched off.

No hook (``reference-transaction`` is the one that plumbing would run), filter, fsmonitor, signing program, pager,
credential helper, lazy fetch or maintenance. The user's and the machine's configuration are not read, nor is the
environment, so that an alias or ``GIT_DIR`` of a calling hook has no say.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import field
from pathlib import Path

from nbcode.primitives import Diagnostic, NbcodeError, dataclass
from nbcode.snapshot.failures import failure, refusal

_TIMEOUT_S = 120
_OVERRIDES = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.logAllRefUpdates=false",
    "core.fsync=loose-object,reference",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "i18n.commitEncoding=UTF-8",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GitOutput:
    """What a git process left."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Git:
    """Git at one place: found upward from ``folder``, or in ``git_dir`` where that is given."""

    folder: Path
    program: str = "git"
    git_dir: Path | None = None
    trusted: tuple[str, ...] = field(default=())
    """Directories of another owner that the user's own configuration calls safe."""

    def run(self, *arguments: str, data: bytes = b"", extra: dict[str, str] | None = None) -> GitOutput:
        """Run one command, whatever its exit code.

        Raises:
            NbcodeError: F01 when there is no git, F07 when it does not end.
        """
        settings = [f"safe.directory={t}" for t in self.trusted]
        options = [part for setting in (*_OVERRIDES, *settings) for part in ("-c", setting)]
        try:
            done = subprocess.run(
                [self.program, *options, *arguments],
                input=data,
                capture_output=True,
                cwd=self.folder,
                env=self._environment() | (extra or {}),
                timeout=_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise NbcodeError([_missing(self.program)]) from error
        except (subprocess.TimeoutExpired, OSError) as error:
            raise NbcodeError([failure(arguments[0], str(error), str(self.folder))]) from error
        return GitOutput(code=done.returncode, out=done.stdout, err=done.stderr.decode("utf-8", "replace"))

    def check_output(self, *arguments: str, data: bytes = b"", extra: dict[str, str] | None = None) -> bytes:
        """Run one command that has to succeed, and return its output. Raises ``NbcodeError`` of section F."""
        answer = self.run(*arguments, data=data, extra=extra)
        if answer.code != 0:
            raise NbcodeError([failure(arguments[0], answer.err, str(self.git_dir or self.folder))])
        return answer.out

    def line(self, *arguments: str, data: bytes = b"", extra: dict[str, str] | None = None) -> str:
        """The one line that a command prints, such as an object id."""
        return (
            self.check_output(*arguments, data=data, extra=extra)
            .decode("utf-8", "surrogateescape")
            .removesuffix("\n")
        )

    def _environment(self) -> dict[str, str]:
        fixed = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        return fixed if self.git_dir is None else fixed | {"GIT_DIR": str(self.git_dir)}


# Where the user's and the machine's configuration are.
_CONFIGURATION = (
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)


def trusted_directories(program: str) -> tuple[str, ...]:
    """What the user's and the machine's configuration say in ``safe.directory``. Only read, never added to; what a
    repository says of itself does not count."""
    environment = {name: os.environ[name] for name in _CONFIGURATION if name in os.environ}
    found: list[str] = []
    for scope in ("--system", "--global"):
        done = subprocess.run(
            [program, "config", scope, "--includes", "-z", "--get-all", "safe.directory"],
            capture_output=True,
            cwd="/",
            env=environment,
            timeout=_TIMEOUT_S,
            check=False,
        )
        found += [os.fsdecode(entry) for entry in done.stdout.split(b"\0") if entry]
    return tuple(found)


def user_name(program: str = "git") -> str:
    """What the user's own configuration says in ``user.name``; empty where it says nothing. What a repository says does not count."""
    environment = {name: os.environ[name] for name in _CONFIGURATION if name in os.environ}
    try:
        done = subprocess.run(
            [program, "config", "--global", "--includes", "--get", "user.name"],
            capture_output=True,
            cwd="/",
            env=environment,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def _missing(program: str) -> Diagnostic:
    return refusal("F01", "git is not installed", f"there is no program `{program}`", "install git", "")
