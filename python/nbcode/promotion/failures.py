"""Between the diagnostics of a failed promotion and what the journal keeps of them."""

from __future__ import annotations

from nbcode.primitives import Diagnostic, errors_of
from nbcode.promotion.state import Failure


def failure_of(found: tuple[Diagnostic, ...]) -> Failure:
    """The reason that the journal keeps: the first error, and everything that was found."""
    first = next(iter(errors_of(found)), found[0])
    return Failure(code=first.code, message=first.message, diagnostics=tuple(d.to_json() for d in found))


def diagnostics_of(failure: Failure) -> tuple[Diagnostic, ...]:
    """The inverse: ``diagnostics_of(failure_of(found)) == found``. Raises ValueError where the journal holds something else."""
    return tuple(Diagnostic.from_json(d) for d in failure.diagnostics)
