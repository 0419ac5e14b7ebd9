"""The figures that a kernel showed, kept with the definition that they are of, and compared with those of the clean run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence

from alpha_bench.describe import AlphaBenchError, definition_digest, known_figures
from nbcode.kernel.history import Differs
from nbcode.primitives import Diagnostic, Digest, Json, Place, Severity, dataclass
from nbcode.results import kind_of, plain_figures
from nbcode.sandbox import LAST_BITS, WHY_LAST_BITS

_SAME = 1e-9
_ANEW = "restart the kernel and run the tagged cells"
_DIGITS = 4
_EXACT = 17
_FEW = 3
_MANY = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The figures of a report as a kernel had them, and the digest of the definition that was judged (None: plain Python)."""

    figures: Mapping[str, Json]
    definition: Digest | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspects:
    """Where a difference may be from that no tagged cell explains: the untagged ``cells`` that ran since the first tagged one, what
    others ``drew`` from a shared generator of random numbers, state that was ``held`` where no name shows it, with the first cell that ran on
    it, the names of which not all was looked at (``in_part``), and the pins of
    a clean run that this kernel is ``without``, by name and value."""

    cells: tuple[str, ...]
    in_part: tuple[str, ...]
    drew: tuple[str, ...] = ()
    held: tuple[tuple[str, Place], ...] = ()
    without: tuple[tuple[str, str], ...] = ()

    def again(self, *, small: bool) -> str:
        """What to do to see the clean run's figures here."""
        if self.drew or not (small and self.without):
            return _ANEW
        pins = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.without)
        return f"start it by {pins} jupyter lab and run the tagged cells"

    def place(self, *, small: bool) -> Place | None:
        """The cell that the cause names first."""
        return None if self.drew or small or not self.held else self.held[0][1]

    def cause(self, *, other: bool, small: bool) -> str:
        """In words. ``other``: the kernel judged another definition than the clean run; ``small``: only last bits differ, and what they
        grow to."""
        judged = "the kernel judged another definition; " if other else ""
        if self.drew:
            return f"{judged}{'; '.join(self.drew[:_FEW])}: a clean run draws other numbers"
        if small and not other:
            return (
                f"every tagged cell ran here as it is saved, and the figures agree to 1e-6: {WHY_LAST_BITS}"
            )
        said = f"{judged}every tagged cell ran here as it is saved: something that no cell names differs"
        if self.held:
            return f"{judged}{'; '.join(said for said, _ in self.held[:_FEW])}"
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
    other = shown.definition is not None and shown.definition != definition
    small = all(_is_small(here, there) for _, here, there in different)
    told = "; ".join("{} {}, the clean run gives {}".format(*_told_apart(*one)) for one in different[:_FEW])
    more = f" and {len(different) - _FEW} more" if len(different) > _FEW else ""
    return Diagnostic(
        code="NBC-A32",
        severity=Severity.WARNING,
        message=f"the notebook showed {told}{more}",
        cause=_cause(first) or suspects.cause(other=other, small=small),
        fixes=(
            f"what is registered is the clean run's; {_again(first) or suspects.again(small=small)} to see the same",
        ),
        place=suspects.place(small=small)
        if first is None
        else Place(cell=first.cell.index, tag=first.cell.tag),
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
        return ""
    if first.restart:
        return _ANEW
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


def _told_apart(name: str, here: Json, there: Json) -> tuple[str, str, str]:
    """The name of the first part that differs, and both its values, with as many digits as they need to differ, and one more."""
    if isinstance(here, Mapping) and isinstance(there, Mapping) and here.keys() == there.keys():
        key = next(k for k, v in here.items() if not _same(v, there[k]))
        return _told_apart(f"{name}.{key}", here[key], there[key])
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        at = next(n for n, v in enumerate(here) if not _same(v, there[n]))
        return _told_apart(f"{name}[{at}]", here[at], there[at])
    if not (_number(here) and _number(there)):
        return name, _text(here), _text(there)
    one, other = float(str(here)), float(str(there))
    differ = (n for n in range(_DIGITS, _EXACT) if f"{one:.{n}g}" != f"{other:.{n}g}")
    digits = next(differ, _EXACT)
    if digits == _DIGITS:
        return name, f"{one:.{digits}g}", f"{other:.{digits}g}"
    digits = min(digits + 1, _EXACT)
    return name, f"{one:#.{digits}g}", f"{other:#.{digits}g}"  # zeros at the end are digits here


def _text(value: Json) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value[:_FEW])) + (", ..." if len(value) > _FEW else "") + "]"
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else str(value)


def _is_small(here: Json, there: Json) -> bool:
    """Whether two values differ by no more than last bits grow to."""
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        return here.keys() == there.keys() and all(_is_small(v, there[k]) for k, v in here.items())
    if isinstance(here, list) and isinstance(there, list):
        return len(here) == len(there) and all(map(_is_small, here, there))
    if not (_number(here) and _number(there)):
        return here == there
    return _same(here, there) or math.isclose(float(str(here)), float(str(there)), rel_tol=LAST_BITS)
