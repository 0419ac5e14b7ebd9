"""Texts with units: ``"8 GB"``, ``"30 min"``."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*")
_SECONDS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600}
_BYTES = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}


def parse_duration_s(text: str) -> float:
    """Seconds of ``"90 s"``, ``"30 min"``, ``"1.5 h"``. Raises ``ValueError`` that says what is expected."""
    amount, scale = _amount(text, _SECONDS, 'a time with its unit: s, min or h, such as "30 min"')
    return amount * scale


def parse_size_bytes(text: str) -> int:
    """Bytes of ``"500 MB"``, ``"8 GB"``, ``"1.5 GiB"``. Raises ``ValueError`` that says what is expected."""
    amount, scale = _amount(text, _BYTES, 'a size with its unit: MB, GB, MiB or GiB, such as "8 GB"')
    return int(amount * scale)


def _amount(text: str, scales: dict[str, int], expected: str) -> tuple[float, int]:
    match = _AMOUNT.fullmatch(text)
    scale = scales.get(match[2].lower()) if match else None
    if match is None or scale is None or float(match[1]) == 0:
        raise ValueError(f"expected {expected}")
    return float(match[1]), scale
