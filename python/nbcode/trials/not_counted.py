"""That a look could not be counted, told in the same words wherever somebody looks: pure."""

from __future__ import annotations

from nbcode.primitives import Diagnostic, NbcodeError, Severity

CODE = "NBC-A35"


def not_counted(error: OSError | NbcodeError) -> Diagnostic:
    """The note on an ``error`` of the ledger: it hinders nobody."""
    if isinstance(error, NbcodeError):
        first = error.diagnostics[0]
        cause, fixes = first.message, first.fix_titles
    else:
        cause = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        fixes = ("`nbcode doctor` says what is wrong with the store",)
    return Diagnostic(
        code=CODE,
        severity=Severity.NOTE,
        message="what is judged here is not counted among the trials",
        cause=cause,
        fixes=fixes,
    )
