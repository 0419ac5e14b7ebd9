"""Symbols that read alike: two names of one asset split its sessions in two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from alpha_bench.errors import DataError
from alpha_bench.panel.validation import Finding, Place

_REAL = re.compile(r"(\d+)\.0+")
"""A whole number, written as a real one: what texts of a column of floats hold."""


def refuse_twins(assets: Sequence[str]) -> None:
    """Raise AlphaBenchError E15 for two symbols that differ in white space or in how letters are encoded alone, or that are one whole
    number, written as one and as a real one."""
    seen: dict[str, str] = {}
    for name in assets:
        plain = " ".join(unicodedata.normalize("NFC", name).split())
        real = _REAL.fullmatch(plain)
        other = seen.setdefault(real[1] if real else plain, name)
        if other != name:
            by_point = real or _REAL.fullmatch(other)
            raise DataError(
                "E15",
                f"symbols {other!r} and {name!r} "
                + (
                    "are one whole number"
                    if by_point
                    else "differ in white space or in how letters are encoded alone"
                )
                + ": one asset as two",
                fix="frame['symbol'] = frame['symbol'].str.removesuffix('.0')"
                if by_point
                else "frame['symbol'] = frame['symbol'].str.strip().str.normalize('NFC')",
            )


def same_but_for_case(assets: Sequence[str]) -> list[Finding]:
    """A finding of the symbols that another one equals but for the case of letters, white space and letters' forms."""
    seen: dict[str, str] = {}
    found = []
    for name in assets:
        plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        other = seen.setdefault(plain, name)
        if other != name:
            found.append(Place(asset=name, note=f"= {other!r}"))
    return [Finding.of("similar_symbol", len(found), places=found)] if found else []
