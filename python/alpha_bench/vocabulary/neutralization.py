"""The operands of a neutralization: one exposure or several, groups, weights; and what may stand for a group."""

from __future__ import annotations

from collections.abc import Iterable

from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import Expr
from alpha_bench.operators import Kind


def groups_of(groups: object, where: str) -> Expr:
    """A classifier, or a factor whose equal values are a group, such as ``cs.quantile(x, 5)``.

    Raises:
        AlphaBenchError: R45 for anything else, a constant included: it would put all assets into one group.
    """
    if isinstance(groups, Expr) and groups.op != "const":
        return groups
    shown = f"data.{groups}" if isinstance(groups, str) and groups.isidentifier() else "data.sector"
    raise DefinitionError(
        "R45",
        f"{where} needs a group for each asset, got {groups!r}",
        fix=f"write {shown}, or bins of a factor: cs.quantile(features.adv(20), 5)",
    )


def exposures_of(exposures: object, where: str) -> list[object]:
    """One expression, or several in a list. Raises AlphaBenchError R46 when a group or a constant is among them."""
    given = (
        [exposures] if isinstance(exposures, Expr) or not isinstance(exposures, Iterable) else [*exposures]
    )
    for exposure in given:
        if not isinstance(exposure, Expr) or exposure.op == "const" or exposure.kind is Kind.CLASSIFIER:
            group = isinstance(exposure, Expr) and exposure.kind is Kind.CLASSIFIER
            what = "a group" if group else "a constant: the intercept is there already"
            raise DefinitionError(
                "R46",
                f"{where}: exposure {exposure!r} is {what}",
                fix="exposures are factors, such as features.size(); groups go into groups=",
            )
    return given


def counted(
    name: str, exposures: object, groups: object | None, weights: object | None
) -> tuple[list[object], dict[str, int]]:
    """The operands after ``x`` that are given, in order, and how many there are of each.

    Raises:
        AlphaBenchError: R45, R46 for groups and exposures that cannot be.
    """
    taken = exposures_of(exposures, name)
    grouped = [] if groups is None else [groups_of(groups, name)]
    weighted = [] if weights is None else [weights]
    counts = {"exposures": len(taken), "groups": len(grouped), "weights": len(weighted)}
    return [*taken, *grouped, *weighted], counts
