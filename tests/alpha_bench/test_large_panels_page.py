"""The page on large panels says what is: its code runs, and its words are the names that there are."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from alpha_bench.column_cache.cached_panel import CacheUse
from alpha_bench.column_cache.keys import BLOCK
from alpha_bench.column_cache.store import DEFAULT_LIMIT_BYTES

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "large-panels.md").read_text("utf-8")


def test_the_numbers_and_names_of_the_page_are_those_of_the_code() -> None:
    assert f"blocks of {BLOCK} sessions" in PAGE
    assert f"{DEFAULT_LIMIT_BYTES >> 30} GiB" in PAGE
    counts = re.search(r"counts what happened: (.*)", PAGE)
    assert counts is not None
    assert set(re.findall(r"`(\w+)`", counts[1])) <= {f.name for f in fields(CacheUse)}
