"""The value that a fresh environment is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbcode.primitives import Diagnostic


@dataclass(frozen=True, kw_only=True, slots=True)
class FreshEnvironment:
    """An environment that holds exactly a lock. ``created`` is False where it was there already."""

    python: Path
    home: Path
    created: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Creation:
    """A fresh environment, or why there is none."""

    environment: FreshEnvironment | None
    diagnostics: tuple[Diagnostic, ...] = ()
