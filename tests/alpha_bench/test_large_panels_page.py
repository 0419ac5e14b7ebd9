"""The page on large panels says what is: its code runs, and its words are the names that there are."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import alpha_bench
from alpha_bench import Panel, Ridge, Session, evaluate, features, fwd_ret, walk_forward
from alpha_bench.column_cache.cached_panel import CacheUse
from alpha_bench.column_cache.keys import BLOCK
from alpha_bench.column_cache.store import DEFAULT_LIMIT_BYTES
from fakes.small_panels import panel_of, random_fields

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "large-panels.md").read_text("utf-8")


def test_the_code_of_the_page_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {
        "alpha_bench": alpha_bench,
        "Panel": Panel,
        "Session": Session,
        "evaluate": evaluate,
        "walk_forward": walk_forward,
        "panel": panel_of(random_fields(2, rows=90)),
        "m": Ridge().fit(X=[features.ret(5)], y=fwd_ret(3)),
        "directory": tmp_path,
    }
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, names)
    names["session"].close()  # type: ignore[attr-defined]
    assert "memory at its peak" in capsys.readouterr().out


def test_the_numbers_and_names_of_the_page_are_those_of_the_code() -> None:
    assert f"blocks of {BLOCK} sessions" in PAGE
    assert f"{DEFAULT_LIMIT_BYTES >> 30} GiB" in PAGE
    counts = re.search(r"counts what happened: (.*)", PAGE)
    assert counts is not None
    assert set(re.findall(r"`(\w+)`", counts[1])) <= {f.name for f in fields(CacheUse)}
