"""The leak probe at the end of a plain Python run: bounded by the work of the cells, never by how busy the machine was."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alpha_bench.errors import DefinitionError
from fakes.plans import inside_plan
from nbcode import leaks
from nbcode.namespace import DataSource
from nbcode.primitives import Diagnostic, LookAhead, NbcodeError, Severity, Verdict
from nbcode.run import _leak_probe
from nbcode.run.inside import InsideInput

Look = Callable[..., Any]
SEEN = leaks.Look(ahead=LookAhead(verdict=Verdict.NONE_FOUND))


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., leaks.Look]:
    """What the epilogue says after cells that took ``wall_s``, where looking is ``look`` and may compute for ``look_s``."""

    def after(wall_s: float, look_s: float, look: Look, time_s: float = 1800) -> leaks.Look:
        monkeypatch.setattr(_leak_probe, "probe_leaks", look)
        spent = _leak_probe.Spent(
            since_s=time.monotonic() - wall_s, recorder=leaks.Recorder([]), judged=leaks.JudgedBefore()
        )
        plan = replace(inside_plan(tmp_path, time_s=time_s), look_cpu_s=look_s)
        return _leak_probe.probe(plan, None, DataSource(), spent, tmp_path)  # type: ignore[arg-type]

    return after


def endless(*_: Any, **__: Any) -> leaks.Look:
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


def busy(*_: Any, **__: Any) -> leaks.Look:
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


def told(*_: Any, no_look: leaks.Obstacle | None, **__: Any) -> leaks.Look:
    return SEEN if no_look is None else leaks.not_looked_at(no_look)


def test_cells_that_waited_are_looked_at(looked: Callable[..., leaks.Look]) -> None:
    assert looked(600, 60, told) is SEEN


@pytest.mark.parametrize(
    ("spent_s", "look", "time_s", "told"),
    [
        ((0, 0.2), busy, 1800.0, ("has computed for its limit of 0.2 s", "raise `[run] look_limit`")),
        ((1700, 60), told, 1800.0, ("used up the time of the run", "raise `[run] time_limit`")),
        ((0, 60), endless, 0.5, ("would have used up the time", "raise `[run] time_limit`")),
        (
            (0, 60),
            lambda *_, **__: 1 / 0,
            1800.0,
            ("could not be run again on data with another future", "write the features with"),
        ),
    ],
    ids=["much computed", "no time left", "a look without end", "a look that fails"],
)
def test_a_look_that_is_not_made_is_a_warning_with_its_cause_and_what_helps(
    spent_s: tuple[float, float],
    look: Look,
    time_s: float,
    told: tuple[str, str],
    looked: Callable[..., leaks.Look],
) -> None:
    seen = looked(*spent_s, look, time_s)
    because, fix = told
    (found,) = seen.diagnostics
    assert (found.code, found.severity) == ("NBC-E23", Severity.WARNING)
    assert found.message == "look-ahead was not looked at"
    assert seen.ahead.verdict is Verdict.NOT_LOOKED_AT
    assert because in seen.ahead.because
    assert found.cause.startswith(seen.ahead.because)
    assert [title.startswith(fix) for title in found.fix_titles] == [True]


def test_inputs_that_are_too_large_to_write_again_are_told(
    looked: Callable[..., leaks.Look], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "prices.csv").write_text("date,close\n2024-01-02,1.0\n")
    monkeypatch.setattr(_leak_probe, "MOST_BYTES", 8)
    one = InsideInput(
        name="prices",
        role="input",
        path=str(tmp_path / "prices.csv"),
        digest="",
        derive=(),
        place=str(tmp_path / "cwd" / "prices.csv"),
    )
    plan = replace(inside_plan(tmp_path, time_s=1800), inputs=(one,), opens_paths=True)
    monkeypatch.setattr(_leak_probe, "probe_leaks", told)
    spent = _leak_probe.Spent(
        since_s=time.monotonic(), recorder=leaks.Recorder([]), judged=leaks.JudgedBefore()
    )
    seen = _leak_probe.probe(plan, None, DataSource(), spent, tmp_path)  # type: ignore[arg-type]
    assert seen.ahead.verdict is Verdict.NOT_LOOKED_AT
    assert seen.ahead.because == "it writes what cells open once more, at most 0 MiB"


@pytest.mark.parametrize(
    ("error", "cause", "detail"),
    [
        (
            KeyError("_secret_of_the_probe"),
            "the cells could not be run again on data with another future",
            "",
        ),
        (
            DefinitionError("R22", "prices must be above 0", fix="drop them"),
            "the declared data cannot be given another future",
            ": prices must be above 0",
        ),
        (
            NbcodeError([Diagnostic(code="NBC-E03", message="cannot be read")]),
            "the declared data cannot be given another future",
            ": cannot be read",
        ),
    ],
)
def test_an_error_of_the_probe_is_told_as_what_could_not_be_done(
    looked: Callable[..., leaks.Look], error: Exception, cause: str, detail: str
) -> None:
    def broken(*_: Any, **__: Any) -> leaks.Look:
        raise error

    look = looked(0, 60, broken)
    assert look.ahead == LookAhead(verdict=Verdict.NOT_LOOKED_AT, because=cause)
    (told,) = look.diagnostics
    assert told.cause == cause + detail
    assert "features, ts and cs" in told.fix_titles[0]
    assert type(error).__name__ not in str(told)
