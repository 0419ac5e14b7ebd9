"""What runs on macOS: nothing Linux-only is imported or needed outside the sandbox's windows."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "python").rglob("*.py"))
SANDBOX = ROOT / "python" / "nbcode" / "run" / "sandbox"
LINUX_MODULES = {"ossaudiodev", "spwd"}
LINUX_NAMES = {
    "os": {
        "O_PATH", "O_TMPFILE", "copy_file_range", "eventfd", "getrandom", "memfd_create", "pidfd_open", "posix_fadvise",
        "sched_getaffinity", "sched_setaffinity", "setns", "splice", "unshare",
    },
    "resource": {"prlimit"},
    "select": {"epoll"},
    "signal": {"SIGPOLL", "SIGPWR", "SIGRTMAX", "SIGRTMIN", "pidfd_send_signal", "sigtimedwait", "sigwaitinfo"},
    "socket": {"AF_NETLINK", "AF_PACKET", "AF_VSOCK", "SO_PEERCRED"},
    "time": {"CLOCK_BOOTTIME"},
}  # fmt: skip


def linux_only(tree: ast.AST) -> Iterator[str]:
    """Names that only Linux has, wherever they stand; and the C library opened where the module is loaded."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in LINUX_MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                f"{node.module}.{a.name}"
                for a in node.names
                if a.name in LINUX_NAMES.get(node.module or "", ())
            )
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in LINUX_NAMES.get(node.value.id, ())
        ):
            yield f"{node.value.id}.{node.attr}"
    yield from (f"ctypes.{name}" for name in c_libraries(tree))


def c_libraries(tree: ast.AST) -> Iterator[str]:
    """``ctypes.CDLL`` and its like outside functions: done by an import."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Attribute) and node.attr in {"CDLL", "PyDLL", "pythonapi"}:
            yield node.attr
        yield from c_libraries(node)


def test_nothing_outside_the_sandbox_needs_linux() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in SOURCES
        if not path.is_relative_to(SANDBOX)
        if (names := sorted(linux_only(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import os\nn = os.sched_getaffinity(0)",
        "from signal import SIGRTMIN",
        "import spwd",
        "import ctypes\nlibc = ctypes.CDLL(None)",
        "import ctypes\nclass A:\n    libc = ctypes.CDLL(None)",
    ],
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    assert list(linux_only(ast.parse(source)))


def test_every_module_but_the_sandboxs_windows_is_imported_on_macos() -> None:
    windows = {path for path in SOURCES if path.is_relative_to(SANDBOX) and path.name.startswith("_")}
    # What a process is started from is no module to import.
    starts = {path for path in SOURCES if path.name in {"__main__.py", "_start.py"}}
    kept = [p for p in SOURCES if p not in windows - {SANDBOX / "__init__.py"} and p not in starts]
    names = [module_name(path) for path in kept]
    told = subprocess.run(
        [sys.executable, "-c", AS_ON_MACOS, *names],
        capture_output=True,
        text=True,
        check=False,
        timeout=ENOUGH_S,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.split() == [str(len(names))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT / "python").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Third parties are loaded before: they look at the platform for their own reasons, and are built for this one.
AS_ON_MACOS = """
import importlib, os, resource, select, signal, sys
import alembic, IPython, ipykernel.kernelapp, mlflow.pyfunc, nbclient, nbformat, numba, numpy, pandas, papermill
import pyarrow.parquet, rich.live, sklearn, skops.io, sqlalchemy, typer
sys.platform = "darwin"
for module, names in {
    os: ("sched_getaffinity", "memfd_create", "pidfd_open", "O_PATH", "unshare", "setns"),
    select: ("epoll",), resource: ("prlimit",), signal: ("SIGRTMIN", "SIGRTMAX", "pidfd_send_signal"),
}.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(len(sys.argv) - 1)
"""
