"""The same definition from its other forms: Python objects of alpha_bench, and YAML."""

from __future__ import annotations

from typing import cast

from nbcode.definition.values import Definition, DescribeResult
from nbcode.primitives import Diagnostic, Digest, Json, Place


def definition_from_python(obj: object) -> DescribeResult:
    """What a model definition or an evaluation of alpha_bench is, as plain data with its digest."""
    from alpha_bench.describe import AlphaBenchError, definition_digest, describe

    try:
        plain = cast("dict[str, Json]", describe(obj))
        return DescribeResult(
            definition=Definition(kind="declarative", plain=plain, digest=Digest(definition_digest(plain)))
        )
    except AlphaBenchError as error:
        return DescribeResult(definition=None, diagnostics=(_told(error),))


def definition_from_yaml(text: str) -> DescribeResult:
    """What a YAML document defines; an error has its line and column in the document."""
    from alpha_bench.describe import AlphaBenchError, build_yaml

    try:
        return definition_from_python(build_yaml(text))
    except AlphaBenchError as error:
        return DescribeResult(definition=None, diagnostics=(_told(error),))


def _told(error: Exception) -> Diagnostic:
    context = getattr(error, "context", {})
    line, column = context.get("line"), context.get("column")
    return Diagnostic(
        code=f"NBC-{getattr(error, 'code', 'R34')}",
        message=str(getattr(error, "message", error)),
        fixes=(str(getattr(error, "fix", "")),),
        place=Place(
            line=line if isinstance(line, int) else None, column=column if isinstance(column, int) else None
        ),
    )
