"""Whether what is judged may have known the future: what the language itself answers for, and what it cannot."""

from __future__ import annotations

from alpha_bench.definitions import BroughtFactor, FactorDefinition
from alpha_bench.evaluation import OF_ALL_TIME, Outcome
from alpha_bench.expressions import walk
from alpha_bench.operators import CUSTOM

NONE_FOUND, FOUND, NOT_LOOKED_AT = "none found", "found", "not looked at"


def look_ahead(report: Outcome) -> dict[str, str]:
    """``verdict`` and ``because``: what was found, or was not looked at; empty where everything was and nothing is."""
    plan = report.definition
    if report.known_later:
        return {"verdict": FOUND, "because": " ".join(report.known_later).removesuffix(".")}
    if isinstance(plan, FactorDefinition) and isinstance(plan.factor, BroughtFactor):
        because = "the factor came as values, and what they were made of is not known"
        return {"verdict": NOT_LOOKED_AT, "because": because}
    standing = [warning.partition(",")[0] for warning in report.warnings if OF_ALL_TIME in warning]
    because = f"but not all was looked at: {', '.join(dict.fromkeys(standing))} stands still for all sessions"
    return {"verdict": NONE_FOUND, "because": because if standing else ""}


def verdict_sentence(report: Outcome) -> str:
    """``Look-ahead: none found.``"""
    found = look_ahead(report)
    joined = {NOT_LOOKED_AT: ", because ", FOUND: ": "}.get(found["verdict"], ", ")
    return f"Look-ahead: {found['verdict']}{joined if found['because'] else ''}{found['because']}."


def ground(report: Outcome) -> str:
    """What the verdict rests on, and where it ends."""
    if look_ahead(report)["verdict"] == NOT_LOOKED_AT:
        return "Values that are brought are taken as known at the close of their session: nobody has looked at what they were made of."
    custom = sum(node.op == CUSTOM for node in walk(report.definition.expressions))
    ran = (
        ""
        if not custom
        else f" {custom} custom feature{'s were' if custom > 1 else ' was'} run again on shortened data."
    )
    return f"The features are written in a language that cannot look ahead; a column of the data is taken as known at the close of its session.{ran}"
