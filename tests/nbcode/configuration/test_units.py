"""Texts with units."""

from __future__ import annotations

import pytest

from nbcode.configuration import parse_duration_s, parse_size_bytes


@pytest.mark.parametrize(
    ("text", "seconds"), [("90 s", 90), ("30 min", 1800), ("30min", 1800), ("1.5 h", 5400), (" 2 H ", 7200)]
)
def test_a_duration_is_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"), [("8 GB", 8 * 10**9), ("500MB", 5 * 10**8), ("1.5 GiB", 3 * 2**29), ("4 mib", 2**22)]
)
def test_a_size_is_in_bytes(text: str, size: int) -> None:
    assert parse_size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "8", "GB", "-1 GB", "8 XB", "8 GB GB", "0 GB", "1e3 GB", "8 GB"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        parse_size_bytes(text if text != "8 GB" else "８ GB")
    with pytest.raises(ValueError, match="expected a time"):
        parse_duration_s(text)
