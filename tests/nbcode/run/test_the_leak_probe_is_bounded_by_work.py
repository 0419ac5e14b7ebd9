"""The leak probe at the end of a plain Python run: bounded by the work of the cells, never by how busy the machine was."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.plans import inside_plan
from nbcode.namespace import DataSource
from nbcode.primitives import Severity
from nbcode.run import _leak_probe

Look = Callable[..., tuple[Any, ...]]


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, ...]]:
    """What the epilogue says after cells that took ``wall_s`` and computed for ``cpu_s``, where looking is ``look``."""

    def after(wall_s: float, cpu_s: float, look: Look, time_s: float = 1800) -> tuple[Any, ...]:
        monkeypatch.setattr(_leak_probe, "probe_leaks", look)
        spent = _leak_probe.Spent(since_s=time.monotonic() - wall_s, cpu_s=cpu_s)
        return _leak_probe.probe(inside_plan(tmp_path, time_s=time_s), None, DataSource(), spent, tmp_path)  # type: ignore[arg-type]

    return after


def endless(*_: Any) -> tuple[Any, ...]:
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


def test_cells_that_waited_are_looked_at(looked: Callable[..., tuple[Any, ...]]) -> None:
    assert looked(600, 1, lambda *_: ("seen",)) == ("seen",)


@pytest.mark.parametrize(
    ("wall_s", "cpu_s", "look", "time_s"),
    [
        (70, 70, lambda *_: (), 1800.0),
        (1700, 1, lambda *_: (), 1800.0),
        (0, 0, endless, 0.5),
        (0, 0, lambda *_: 1 / 0, 1800.0),
    ],
    ids=["much computed", "no time left", "a look without end", "a look that fails"],
)
def test_a_look_that_is_not_made_is_a_warning_with_its_cause(
    wall_s: float, cpu_s: float, look: Look, time_s: float, looked: Callable[..., tuple[Any, ...]]
) -> None:
    (found,) = looked(wall_s, cpu_s, look, time_s)
    assert (found.code, found.severity) == ("NBC-E23", Severity.WARNING)
    assert "not looked at" in found.message
    assert found.cause
    assert len(found.fixes) == (1 if "ZeroDivisionError" in found.cause else 2), (
        "more time helps where it was short"
    )
