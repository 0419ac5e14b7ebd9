"""A small mutation harness: a module with one mistake in it, and the test that has to notice.

A list of mutants is a file with ``MUTANTS``, and ``PRELOAD``, the third parties that its tests use. As a program
(``python -m mutation.harness LIST [NAME ...]``) this loads them once and forks a child for each mutant, which imports the
module with its source changed on the way and runs the named test: nothing is copied and nothing is written. It prints one JSON
object: mutant -> ``passes`` when it survived, or what the test raised; and for the unchanged source, the same for each test.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One mistake.

    Attributes:
        name: what is wrong.
        module: the module whose source is changed.
        old: a regular expression that has to match once.
        new: what is written instead.
        proof: ``file::test`` below ``tests``, as pytest names it: with ``[...]`` where one case is meant.
        arguments: what the test is called with. A test that takes more than that, fixtures, is left to pytest.
        jit: whether kernels are compiled while the proof runs.
        killed_by: the type of error that tells of the mistake, where it is no failed assertion.
    """

    name: str
    module: str
    old: str
    new: str
    proof: str
    arguments: tuple[object, ...] = ()
    jit: bool = True
    killed_by: str = ""


NOTICED = ("AssertionError", "Failed", "DefinitionError", "LookAheadError", "DataError", "FitError")
"""What tells that a test failed by what it says, and not by a slip of the mutant's own."""


def noticed(mutant: Mutant, told: str) -> bool:
    """Whether ``told`` is how the proof is to fail."""
    return told.partition(":")[0] in ({mutant.killed_by} if mutant.killed_by else NOTICED)


def mutants_of(listed: Path) -> tuple[Mutant, ...]:
    """Those of a list."""
    found: tuple[Mutant, ...] = _loaded(listed).MUTANTS
    return found


@cache
def outcome(listed: Path) -> dict[str, dict[str, str]]:
    """Every mutant of a list tried, in a process of its own: ``unchanged`` by proof, ``mutants`` by name."""
    done = subprocess.run(
        [sys.executable, "-m", "mutation.harness", str(listed)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return told


def changed(source: str, mutant: Mutant) -> str:
    """``source`` with the mistake in it. Raises LookupError unless the pattern matches exactly once."""
    mistaken, count = re.subn(mutant.old, mutant.new, source)
    if count != 1:
        raise LookupError(f"{mutant.old!r} matches {count} times in {mutant.module}")
    return mistaken


def tried_alone(mutant: Mutant, *, mistaken: bool) -> str:
    """In a child: ``passes``, or what the proof raised."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        try:
            told = _tried(mutant, mistaken=mistaken)
        except LookupError as error:
            told = f"does not apply: {error}"
        except BaseException as error:
            told = f"could not be tried: {type(error).__name__}: {error}"
        os.write(write, told.encode("utf-8", "backslashreplace")[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        told = answer.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    return told or "could not be tried: the child died"


class _Changed(SourceFileLoader):
    """Loads one module with its source changed; what is compiled keeps its file and lines."""

    mutant: Mutant

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        path = self.get_filename(fullname)
        return compile(changed(Path(path).read_text(encoding="utf-8"), self.mutant), path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        spec = PathFinder.find_spec(fullname, path)  # type: ignore[arg-type]
        if spec is None or spec.origin is None:
            raise LookupError(f"there is no module {fullname}")
        spec.loader = _Changed(fullname, spec.origin)
        spec.loader.mutant = self.mutant
        return spec


class _EventBuffer:
    """What pytest's reports say of one test."""

    def __init__(self) -> None:
        self.told = "could not be tried: no such test"

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is None:
            self.told = "passes" if call.when == "call" else self.told
        elif call.when == "call":
            self.told = _said(call.excinfo.value)
        elif call.when == "setup":
            self.told = f"could not be set up: {_said(call.excinfo.value)}"


def _tried(mutant: Mutant, *, mistaken: bool) -> str:
    warnings.simplefilter("ignore")
    if not mutant.jit:
        import numba

        numba.config.DISABLE_JIT = True
    if mistaken:
        sys.meta_path.insert(0, _Finder(mutant))
        importlib.import_module(mutant.module)
    file, _, name = mutant.proof.partition("::")
    module = _loaded(TESTS / file)
    test = getattr(module, name.partition("[")[0])
    if "[" in name or len(inspect.signature(test).parameters) > len(mutant.arguments):
        heard = _EventBuffer()
        options = ["-q", "-x", "-p", "no:xdist", "--assert=plain"]
        pytest.main([*options, f"{TESTS / file}::{name}"], plugins=[heard])
        return heard.told
    # An argument that names a value of the test's module is that value.
    given = [getattr(module, a) if isinstance(a, str) and a.isupper() else a for a in mutant.arguments]
    try:
        test(*given)
    except BaseException as error:
        return _said(error)
    return "passes"


def _said(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):  # hypothesis found more than one way
        error = error.exceptions[0]
    return f"{type(error).__name__}: {str(error)[:300]}"


def _loaded(path: Path) -> ModuleType:
    name = f"mutation_of_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main(listed: Path, names: list[str]) -> None:
    """Try the mutants ``names`` of a list, or all."""
    for third_party in _loaded(listed).PRELOAD:
        importlib.import_module(third_party)
    wanted = [m for m in mutants_of(listed) if not names or m.name in names]
    unchanged: dict[str, str] = {}
    for mutant in wanted:
        key = f"{mutant.proof}{list(mutant.arguments)}"
        if key not in unchanged:
            unchanged[key] = tried_alone(mutant, mistaken=False)
    tried = {m.name: tried_alone(m, mistaken=True) for m in wanted}
    print(json.dumps({"unchanged": unchanged, "mutants": tried}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
