"""What `m` and `report` are: ours, or the cells' own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Literal

from alpha_bench.describe import AlphaBenchError, describe
from nbcode.primitives import Diagnostic, Json, Place, digest_json

DefinitionRole = Literal["model", "evaluation"]


def kind_of(value: object) -> DefinitionRole | None:
    """Whether ``value`` is a model definition, an evaluation of one, or neither."""
    plain = plain_of(value)
    if plain is None or "evaluation" not in plain:
        return None
    return "model" if plain["evaluation"] is None else "evaluation"


def plain_of(value: object) -> dict[str, Json] | None:
    """The plain data of a definition, None for anything that is none: what a class of the cells tells of itself is not believed."""
    kind = type(getattr(value, "definition", value))
    home = sys.modules.get(kind.__module__)
    if (
        kind.__module__.partition(".")[0] != "alpha_bench"
        or getattr(home, kind.__qualname__, None) is not kind
    ):
        return None
    try:
        return describe(value)  # type: ignore[return-value]
    except AlphaBenchError:
        return None


def model_mismatch(m: object, report: object) -> Diagnostic | None:
    """NBC-D15 where ``report`` evaluates another model than ``m``: the candidate would be judged by another's figures."""
    model, evaluated = plain_of(m), plain_of(report)
    if model is None or evaluated is None:
        return None
    if digest_json({**model, "evaluation": None}) == digest_json({**evaluated, "evaluation": None}):
        return None
    return Diagnostic(
        code="NBC-D15",
        message="`report` evaluates another model than `m`",
        cause="the candidate is `m`, and its figures must be its own",
        fixes=("report = walk_forward(m)",),
        place=Place(tag="eval"),
    )


def name_of(namespace: Mapping[str, object], kind: DefinitionRole) -> str | None:
    """The last name in the cells that holds a model or report of ours, where it is not called `m` or `report`."""
    names = [n for n, value in namespace.items() if not n.startswith("_") and kind_of(value) == kind]
    return names[-1] if names else None


def missing_report(otherwise: str | None = None) -> Diagnostic:
    """NBC-H08 for a model that nothing evaluates; ``otherwise`` is the name that the evaluation has instead."""
    if otherwise is not None:
        return Diagnostic(
            code="NBC-H08",
            message=f"`report` is missing: the evaluation is called `{otherwise}`",
            cause="the figures of a candidate are those that [meta] names, by default `report`",
            fixes=(f"write # report: {otherwise} in [meta]",),
            place=Place(tag="eval"),
        )
    return Diagnostic(
        code="NBC-H08",
        message="`report` is missing",
        cause="a candidate is recorded with figures",
        fixes=('report = walk_forward(m, folds=12, embargo="5d") in an [eval] cell',),
        place=Place(tag="eval"),
    )
