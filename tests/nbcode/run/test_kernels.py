"""Compiled kernels are unpickled by runs: who may make them, and which are taken."""

from __future__ import annotations

import os
import time
from pathlib import Path
from venv import EnvBuilder

import pytest

from nbcode.run.kernels import compiled_kernels, kernels_of_live
from nbcode.run.numba_names import numba_folder, place_beside, place_kernels
from nbcode.sandbox import ISOLATION_LEVELS, IsolationLevel, probe

WARM_UP = """
import os
def seen():
    try:
        return open({outside!r}).read()
    except OSError:
        return "nothing"
def warm_up(tell):
    tell("one kernel")
    for folder in {written!r}:
        place = os.path.join(os.environ["NUMBA_CACHE_DIR"], folder)
        os.makedirs(place)
        with open(os.path.join(place, "moving.mean-1.py311.nbi"), "w") as out:
            out.write(seen())
"""


class Compiling:
    """An environment whose research framework compiles by writing down whether it saw a file outside."""

    def __init__(self, home: Path) -> None:
        self.cache = home / "cache"
        EnvBuilder(symlinks=True).create(home / "venv")
        self.python = home / "venv" / "bin" / "python"
        (self.site,) = (home / "venv" / "lib").glob("python*/site-packages")
        self.ran = home / "ran"
        outside = home / "outside"
        outside.write_text("secret")
        self.kernels = self.site / "alpha_bench" / "kernels"
        self.kernels.mkdir(parents=True)
        for file in ("__init__.py", "kernels/__init__.py"):
            (self.site / "alpha_bench" / file).write_text("")
        code = WARM_UP.format(outside=str(outside), written=[numba_folder(self.kernels), "elsewhere_1"])
        (self.site / "alpha_bench" / "describe.py").write_text(code)
        (self.site / "zz.pth").write_text(f"import os; open({str(self.ran)!r}, 'w').close()\n")
        (self.site / "numba-1.0.dist-info").mkdir()
        (self.site / "numba-1.0.dist-info" / "RECORD").write_text("numba/__init__.py,sha256=x,1\n")
        self.told: list[str] = []

    def compiled(self, level: IsolationLevel, *levels: IsolationLevel) -> Path:
        found = compiled_kernels(
            self.python, self.cache, level, self.told.append, levels=levels or ISOLATION_LEVELS
        )
        assert found is not None
        return found

    def content(self, kept: Path) -> str:
        (kernel,) = kept.rglob("*.nbi")
        assert kernel.relative_to(kept) == Path("alpha_bench/kernels/moving.mean-1.py311.nbi")
        return kernel.read_text()


@pytest.fixture
def compiling(tmp_path: Path) -> Compiling:
    return Compiling(tmp_path)


def require(level: IsolationLevel) -> None:
    if not probe(level).available:
        pytest.skip(f"{level} does not hold on this machine")


def test_kernels_are_compiled_behind_the_wall_and_no_pth_runs_outside(compiling: Compiling) -> None:
    require(IsolationLevel.NAMESPACES)
    assert compiling.content(compiling.compiled(IsolationLevel.NAMESPACES)) == "nothing"
    assert not compiling.ran.exists()


def test_a_run_without_a_wall_takes_what_was_compiled_behind_one(compiling: Compiling) -> None:
    require(IsolationLevel.NAMESPACES)
    assert compiling.content(compiling.compiled(IsolationLevel.PROCESS)) == "nothing"
    assert not compiling.ran.exists()


def test_what_was_compiled_without_a_wall_comes_into_no_run_that_has_one(compiling: Compiling) -> None:
    require(IsolationLevel.NAMESPACES)
    weak = compiling.compiled(IsolationLevel.PROCESS, IsolationLevel.PROCESS)
    assert compiling.content(weak) == "secret"  # the control: there it sees the file
    assert compiling.ran.exists()
    strong = compiling.compiled(IsolationLevel.NAMESPACES)
    assert strong != weak
    assert compiling.content(strong) == "nothing"


@pytest.mark.parametrize("level", [r for r in ISOLATION_LEVELS if r is not IsolationLevel.ENVIRONMENT])
def test_they_are_compiled_once(compiling: Compiling, level: IsolationLevel) -> None:
    require(level)
    assert compiling.compiled(level) == compiling.compiled(level)
    assert compiling.told == ["one kernel"]


def test_their_name_follows_all_that_compiled_them(compiling: Compiling) -> None:
    first = compiling.compiled(IsolationLevel.PROCESS)
    (compiling.site / "numba-1.0.dist-info" / "RECORD").write_text("numba/__init__.py,sha256=y,1\n")
    second = compiling.compiled(IsolationLevel.PROCESS)
    (compiling.kernels / "__init__.py").write_text("x = 1\n")
    third = compiling.compiled(IsolationLevel.PROCESS)
    (compiling.site / "unrelated-1.0.dist-info").mkdir()
    assert len({first, second, third}) == 3
    assert compiling.compiled(IsolationLevel.PROCESS) == third


def edited(kept: Path) -> None:
    (kernel,) = kept.rglob("*.nbi")
    kernel.chmod(0o644)
    kernel.write_text("another program")


def added(kept: Path) -> None:
    (kept / "alpha_bench" / "kernels" / "other.nbi").write_text("another program")


@pytest.mark.parametrize("change", [edited, added], ids=lambda c: c.__name__)
def test_a_changed_cache_is_never_used_and_made_anew(compiling: Compiling, change: object) -> None:
    kept = compiling.compiled(IsolationLevel.PROCESS)
    before = compiling.content(kept)
    change(kept)  # type: ignore[operator]
    assert compiling.content(compiling.compiled(IsolationLevel.PROCESS)) == before
    assert compiling.told == ["one kernel"] * 2


def test_nothing_that_was_compiled_elsewhere_is_taken(compiling: Compiling) -> None:
    """Beside the sources lie kernels of live sessions, in which anything may have been patched."""
    beside = compiling.kernels / "__pycache__"
    beside.mkdir()
    (beside / "other.nbi").write_text("from a live kernel")
    assert [p.name for p in compiling.compiled(IsolationLevel.PROCESS).rglob("*.nbi")] == [
        "moving.mean-1.py311.nbi"
    ]


def test_compiling_ends_when_that_is_asked_for_and_leaves_nothing(compiling: Compiling) -> None:
    (compiling.site / "alpha_bench" / "describe.py").write_text(
        "import time\ndef warm_up(tell):\n    tell('one kernel')\n    while True:\n        time.sleep(1)\n"
    )
    found = compiled_kernels(
        compiling.python,
        compiling.cache,
        IsolationLevel.PROCESS,
        compiling.told.append,
        stop=lambda: compiling.told == ["one kernel"],
    )
    assert (found, list(compiling.cache.iterdir())) == (None, [])


def test_a_failure_is_no_error_and_leaves_nothing(compiling: Compiling) -> None:
    (compiling.site / "alpha_bench" / "describe.py").write_text("raise SystemExit(3)")
    assert compiled_kernels(compiling.python, compiling.cache, IsolationLevel.PROCESS, lambda _: None) is None
    assert list(compiling.cache.iterdir()) == []


def test_only_those_used_last_are_kept(compiling: Compiling) -> None:
    kept = [compiling.cache / f"old-{number}" for number in range(20)]
    for number, folder in enumerate(kept):
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - number * 3600,) * 2)
    compiling.compiled(IsolationLevel.PROCESS)
    assert [p.exists() for p in kept] == [True] * 12 + [False] * 8


def test_a_run_finds_them_under_the_name_of_where_its_own_sources_are(
    compiling: Compiling, tmp_path: Path
) -> None:
    kept = compiling.compiled(IsolationLevel.PROCESS)
    place_kernels(kept, tmp_path / "numba", Path("/other"))
    (found,) = (tmp_path / "numba").rglob("*.nbi")
    assert found.parent.name == numba_folder(Path("/other/alpha_bench/kernels"))
    place_beside(kept, compiling.site)
    assert (compiling.kernels / "__pycache__" / found.name).read_bytes() == found.read_bytes()


def test_a_live_kernel_begins_with_what_was_compiled_for_runs_and_gives_nothing_back(
    compiling: Compiling,
) -> None:
    assert kernels_of_live(compiling.cache, compiling.python) is None
    kept = compiling.compiled("process", "process")
    live = kernels_of_live(compiling.cache, compiling.python)
    assert live is not None
    name = "moving.mean-1.py311.nbi"
    assert (live / numba_folder(compiling.kernels) / name).read_text()
    (live / numba_folder(compiling.kernels) / name).write_text("of a live kernel")
    assert kernels_of_live(compiling.cache, compiling.python) == live  # its own are kept
    assert compiling.compiled("process", "process") == kept
    assert "of a live kernel" not in "".join(p.read_text() for p in kept.rglob("*.nbi"))


def test_a_live_kernel_takes_no_kernels_that_were_changed(compiling: Compiling) -> None:
    edited(compiling.compiled("process", "process"))
    assert kernels_of_live(compiling.cache, compiling.python) is None


def test_the_names_are_numbas_own(tmp_path: Path) -> None:
    from numba.core.caching import UserProvidedCacheLocator

    source = tmp_path / "module.py"
    source.write_text("")
    named = UserProvidedCacheLocator.get_suitable_cache_subpath(str(source))
    assert named == numba_folder(tmp_path)
