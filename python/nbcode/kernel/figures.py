"""The figures that a kernel showed, kept with the definition that they are of, and compared with those of the clean run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alpha_bench.describe import AlphaBenchError, definition_digest, known_figures
from nbcode.kernel.history import Differs
from nbcode.primitives import Diagnostic, Digest, Json, Place, Severity
from nbcode.results import kind_of, plain_figures

_SAME = 1e-9
_FEW = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The figures of a report as a kernel had them, and the digest of the definition that was judged (None: plain Python)."""

    figures: Mapping[str, Json]
    definition: Digest | None = None


def shown_figures(report: object) -> Shown | None:
    """What ``report`` shows now; None where it holds no figures. Nothing is computed for it."""
    if kind_of(report) == "evaluation":
        try:
            figures, _ = plain_figures(known_figures(report) or None)
            return Shown(figures=figures, definition=Digest(definition_digest(report))) if figures else None
        except AlphaBenchError:
            return None
    try:
        figures, _ = plain_figures(report)
    except Exception:  # a `to_dict` of somebody else's object
        return None
    return Shown(figures=figures) if figures else None


def differing(shown: Mapping[str, Json], clean: Mapping[str, Json]) -> tuple[tuple[str, Json, Json], ...]:
    """The figures that both have and that differ: name, the kernel's, the clean run's."""
    return tuple((n, v, clean[n]) for n, v in shown.items() if n in clean and not _same(v, clean[n]))


def figures_differ(
    shown: Shown, clean: Mapping[str, Json], definition: str | None, first: Differs | None
) -> Diagnostic | None:
    """NBC-A32, a warning, where the clean run gave other figures than the notebook showed."""
    different = differing(shown.figures, clean)
    if not different:
        return None
    told = "; ".join(
        f"{name} {_text(here)}, the clean run gives {_text(there)}" for name, here, there in different[:_FEW]
    )
    more = f" and {len(different) - _FEW} more" if len(different) > _FEW else ""
    return Diagnostic(
        code="NBC-A32",
        severity=Severity.WARNING,
        message=f"the notebook showed {told}{more}",
        cause=_cause(first, other=shown.definition is not None and shown.definition != definition),
        fixes=("what is registered is the clean run's; run the cells again from that one to see the same",),
        place=None if first is None else Place(cell=first.cell.index, tag=first.cell.tag),
    )


def runs_differ(first: Differs) -> Diagnostic:
    """NBC-A32, a warning, before the clean run: it will be of other values than this kernel has."""
    return Diagnostic(
        code="NBC-A32",
        severity=Severity.WARNING,
        message="what this kernel shows is not what a clean run gives",
        cause=_cause(first, other=False),
        fixes=("run the tagged cells again from that one",),
        place=Place(cell=first.cell.index, tag=first.cell.tag),
    )


def _cause(first: Differs | None, *, other: bool) -> str:
    if first is not None:
        return f"the first cell that differs is {first.cell.index} [{first.cell.tag}]: {first.why}"
    if other:
        return "the kernel judged another definition; every tagged cell ran here as it is saved, so a name was changed in some other way"
    return "every tagged cell ran here as it is saved: something that no cell names differs, such as a clock, a seed or a file"


def _same(one: Json, other: Json) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(v, other[k]) for k, v in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if _number(one) and _number(other):
        return math.isclose(float(str(one)), float(str(other)), rel_tol=_SAME, abs_tol=1e-12)
    return one == other


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Json) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_text(v) for v in value[:_FEW]) + (", ..." if len(value) > _FEW else "") + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
