"""The key of kept columns follows the code that makes values, room by room, and no other code."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import grimp
import pytest

import alpha_bench
from alpha_bench.column_cache.keys import code_digest

PACKAGE = Path(alpha_bench.__file__).parent
CHANGED = b"# touched\n"


@cache
def rooms_of_values() -> frozenset[str]:
    """The rooms, and modules at the root, that the engine imports, as the import graph of the whole package says."""
    graph = grimp.build_graph("alpha_bench")
    for room in rooms():
        graph.squash_module(f"alpha_bench.{room}")  # a door leads to all of its room
    found = graph.find_upstream_modules("alpha_bench.engine")
    return frozenset({"engine", *(name.split(".")[1] for name in found if "." in name)})


def rooms() -> list[str]:
    return sorted(
        p.stem
        for p in PACKAGE.iterdir()
        if (p / "__init__.py").is_file() or (p.suffix == ".py" and p.stem[0] != "_")
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("code") / "alpha_bench"
    shutil.copytree(PACKAGE, there, ignore=shutil.ignore_patterns("__pycache__"))
    return there


@pytest.mark.parametrize("room", rooms())
def test_a_changed_byte_is_another_key_where_values_depend_on_the_room_and_the_same_key_elsewhere(
    room: str, copy: Path
) -> None:
    before = code_digest(copy)
    files = sorted((copy / room).rglob("*.py*")) or [copy / f"{room}.py"]
    for file in files:
        there = file.read_bytes()
        file.write_bytes(there + CHANGED)
        assert (code_digest(copy) != before) == (room in rooms_of_values()), file
        file.write_bytes(there)
    assert code_digest(copy) == before


def test_kernels_and_own_functions_make_values_and_reports_do_not() -> None:
    assert {"engine", "kernels", "operators", "expressions", "custom", "runtime"} <= rooms_of_values()
    assert not {"reporting", "evaluation", "metrics", "fitting", "panel", "session"} & rooms_of_values()


def test_a_room_that_the_engine_begins_to_use_counts_from_then_on(copy: Path) -> None:
    figures, plan = copy / "metrics" / "market.py", copy / "engine" / "plan.py"
    there = plan.read_bytes(), figures.read_bytes()
    plan.write_bytes(
        there[0] + b"\n\ndef later():\n    from alpha_bench.metrics.market import Market\n    return Market\n"
    )
    before = code_digest(copy)
    figures.write_bytes(there[1] + CHANGED)
    assert code_digest(copy) != before
    plan.write_bytes(there[0])
    figures.write_bytes(there[1])


def test_a_file_that_is_renamed_added_or_taken_away_is_another_key(copy: Path) -> None:
    before = code_digest(copy)
    added = copy / "kernels" / "another.py"
    added.write_bytes(b"")
    seen = {before, code_digest(copy)}
    added = added.rename(copy / "kernels" / "renamed.py")
    seen.add(code_digest(copy))
    added.unlink()
    assert len(seen) == 3
    assert code_digest(copy) == before
