"""Operators within groups (sector, industry). The namespace is here so that its name is taken; it has no operator yet."""

from __future__ import annotations

from typing import NoReturn

from alpha_bench.errors import unknown_name

__all__: list[str] = []


def __getattr__(name: str) -> NoReturn:
    raise unknown_name("group", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
