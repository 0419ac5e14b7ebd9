"""The figures that a kernel showed, kept with the definition that they are of, and compared with those of the clean run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alpha_bench.describe import AlphaBenchError, definition_digest, known_figures
from nbcode.kernel.history import Differs
from nbcode.primitives import Diagnostic, Digest, Json, Place, Severity
from nbcode.results import kind_of, plain_figures

_SAME = 1e-9
_FEW = 3
_MANY = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The figures of a report as a kernel had them, and the digest of the definition that was judged (None: plain Python)."""

    figures: Mapping[str, Json]
    definition: Digest | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspects:
    """Where a difference may be from that no tagged cell explains: the untagged ``cells`` that ran since the first tagged one, and the
    names of which not all was looked at (``in_part``)."""

    cells: tuple[str, ...]
    in_part: tuple[str, ...]

    def cause(self, *, other: bool) -> str:
        """In words. ``other``: the kernel judged another definition than the clean run."""
        judged = "the kernel judged another definition; " if other else ""
        said = f"{judged}every tagged cell ran here as it is saved: something that no cell names differs"
        unseen = (
            f" (of {_some([f'`{n}`' for n in self.in_part])} not all was looked at)" if self.in_part else ""
        )
        if not self.cells:
            return f"{said}, such as a clock, a seed or a file{unseen}"
        verb = "is not tagged and ran since" if len(self.cells) == 1 else "are not tagged and ran since"
        return f"{said}; {_some(self.cells)} {verb}, else a clock, a seed or a file{unseen}"


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
    shown: Shown,
    clean: Mapping[str, Json],
    definition: str | None,
    first: Differs | None,
    suspects: Suspects,
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
        cause=_cause(first)
        or suspects.cause(other=shown.definition is not None and shown.definition != definition),
        fixes=(f"what is registered is the clean run's; {_again(first)} to see the same",),
        place=None if first is None else Place(cell=first.cell.index, tag=first.cell.tag),
    )


def runs_differ(first: Differs) -> Diagnostic:
    """NBC-A32, a warning, before the clean run: it will be of other values than this kernel has."""
    return Diagnostic(
        code="NBC-A32",
        severity=Severity.WARNING,
        message="what this kernel shows is not what a clean run gives",
        cause=_cause(first),
        fixes=(_again(first),),
        place=Place(cell=first.cell.index, tag=first.cell.tag),
    )


def _cause(first: Differs | None) -> str:
    return (
        ""
        if first is None
        else f"the first cell that differs is {first.cell.index} [{first.cell.tag}]: {first.why}"
    )


def _again(first: Differs | None) -> str:
    if first is None:
        return "restart the kernel and run the tagged cells"
    return f"run the tagged cells again from cell {first.start.index} [{first.start.tag}]"


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


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY} more" if len(names) > _MANY else "")


def _text(value: Json) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_text(v) for v in value[:_FEW]) + (", ..." if len(value) > _FEW else "") + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
