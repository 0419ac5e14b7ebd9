"""The window of `doctor`: asks the machine, and takes every refusal for an answer."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from nbcode.commands.health import LevelHealth, Space
from nbcode.environment import StoredEnvironment

_DISTRIBUTIONS = ("nbcode", "alpha-bench", "mlflow", "papermill", "numpy", "pandas", "scikit-learn")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph", "afs"}
)
_PATIENCE_S = 5


class ThisMachine:
    """The machine that nbcode runs on."""

    def python(self) -> tuple[str, str]:
        """Version of the interpreter, and its path."""
        return platform.python_version(), sys.executable

    def platform(self) -> str:
        """System and processor."""
        return f"{platform.system()} {platform.release()} {platform.machine()}"

    def distributions(self) -> dict[str, str]:
        """Versions from what is installed; nothing is imported."""
        found = {}
        for name in _DISTRIBUTIONS:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                found[name] = ""
        return found

    def program(self, name: str) -> str:
        """The first line of ``NAME --version``; the one beside this interpreter before that on the path."""
        path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
        if path is None:
            return ""
        try:
            done = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip().split("\n")[0].removeprefix(name).removeprefix(" version").strip()

    def levels(self) -> tuple[LevelHealth, ...]:
        """Each isolation level tried with canaries."""
        from nbcode.sandbox import ISOLATION_LEVELS, probe

        probes = [probe(level) for level in ISOLATION_LEVELS]
        return tuple(
            LevelHealth(name=str(p.level.value), available=p.available, reason=p.reason) for p in probes
        )

    def space(self, directory: Path) -> Space:
        """Tried by making a file that has no name, so that nothing is left whatever happens."""
        there = next((p for p in (directory, *directory.parents) if p.exists()), Path("/"))
        problem = ""
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
        return Space(problem=problem, free_bytes=shutil.disk_usage(there).free, network=_on_network(there))

    def kernels_compiled(self, cache: Path) -> bool:
        """Whether kernels were compiled for clean runs; those beside the sources are a live kernel's."""
        return cache.is_dir() and next(cache.rglob("*.nbi"), None) is not None

    def environments(self, cache: Path) -> tuple[StoredEnvironment, ...]:
        """Hashes every file: some seconds for each."""
        from nbcode.environment import verify_environments

        return verify_environments(cache)

    def registry(self, uri: str) -> str:
        """MLflow's servers answer ``/health``; a file or database is left to the registry's own room."""
        from nbcode.registry._knock import heard_at

        heard = heard_at(uri, patience_s=_PATIENCE_S)
        if heard is None or (heard.status is not None and heard.status < 400):
            return ""
        if heard.untrusted:
            return f"its certificate is not trusted ({heard.untrusted}): set MLFLOW_TRACKING_SERVER_CERT_PATH"
        return f"no answer ({heard.why})" if heard.status is None else f"answers {heard.status}"

    def held_locks(self, directory: Path) -> tuple[str, ...]:
        """Tried without waiting and let go at once; a lock file that nobody holds is not reported."""
        held = []
        for path in sorted(directory.glob("**/*.lock")) if directory.is_dir() else []:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            except OSError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(f"{path.stem} by {_holder(descriptor)}")
            finally:
                os.close(descriptor)
        return tuple(held)

    def jupyter_kernel(self) -> Path | None:
        """The directory of the kernel, when it holds one."""
        if sys.prefix != sys.base_prefix:
            shared = Path(sys.prefix) / "share" / "jupyter"
        else:
            from jupyter_core.paths import jupyter_data_dir

            shared = Path(jupyter_data_dir())
        directory = shared / "kernels" / "nbcode"
        return directory if (directory / "kernel.json").is_file() else None


def _holder(descriptor: int) -> str:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {found['pid']} on {found['host']} since {found['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _on_network(directory: Path) -> bool:
    """The longest mount point above ``directory`` decides; only Linux tells."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    real = directory.resolve()
    above = [(m[1], m[2]) for m in mounts if len(m) > 2 and real.is_relative_to(m[1])]
    return max(above, key=lambda m: len(m[0]), default=("", ""))[1] in _NETWORK_FILE_SYSTEMS
