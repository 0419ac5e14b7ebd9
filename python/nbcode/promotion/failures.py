"""Between the diagnostics of a failed promotion and what the journal keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbcode.primitives import Diagnostic, Place, Related, Severity, errors_of
from nbcode.promotion.state import Failure


def failure_of(found: tuple[Diagnostic, ...]) -> Failure:
    """The reason that the journal keeps: the first error, and everything that was found."""
    first = next(iter(errors_of(found)), found[0])
    return Failure(code=first.code, message=first.message, diagnostics=tuple(d.to_json() for d in found))


def diagnostics_of(failure: Failure) -> tuple[Diagnostic, ...]:
    """The inverse: ``diagnostics_of(failure_of(found)) == found``, up to what their JSON form leaves out."""
    return tuple(_diagnostic(d) for d in failure.diagnostics if isinstance(d, Mapping))


def _diagnostic(found: Mapping[str, Any]) -> Diagnostic:
    place = Place(
        **{
            name: found[name]
            for name in ("path", "cell", "tag", "line", "column", "end_line", "end_column", "file_line")
        }
    )
    return Diagnostic(
        code=found["code"],
        severity=Severity(found["severity"]),
        message=found["message"],
        cause=found["cause"],
        fixes=tuple(found["fixes"]),
        place=None if place == Place() else place,
        related=tuple(
            Related(message=r["message"], place=Place(path=r["path"], cell=r["cell"], line=r["line"]))
            for r in found["related"]
        ),
    )
