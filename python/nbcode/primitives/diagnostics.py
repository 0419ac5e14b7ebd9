"""A diagnostic: what is wrong, where, why, and the ways out. The same value feeds CLI, JupyterLab and VS Code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nbcode.primitives.canonical import Json
from nbcode.primitives.codec import from_plain, to_plain
from nbcode.primitives.fixes import Fix
from nbcode.primitives.severity import Severity
from nbcode.primitives.values import dataclass

if TYPE_CHECKING:
    from nbcode.primitives.wire import WireDiagnostic, WireRelated
from nbcode.primitives.foreign_text import encodable
from nbcode.primitives.masking import masked


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where. ``cell`` counts from 1 in the document; ``line`` from 1 in the cell (in the file when ``cell`` is None);
    columns count characters from 1; the end is exclusive."""

    path: str | None = None
    cell: int | None = None
    tag: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    file_line: int | None = None

    def __post_init__(self) -> None:
        """A path may hold bytes that are no text."""
        if self.path is not None:
            object.__setattr__(self, "path", encodable(self.path))

    def __str__(self) -> str:
        """``cell 9 [model] · line 2``, or the file and line where there is no cell."""
        parts = []
        if self.cell is not None:
            parts.append(f"cell {self.cell}" + (f" [{self.tag}]" if self.tag else ""))
        elif self.path:
            parts.append(self.path)
        if self.line is not None:
            parts.append(f"line {self.line}")
        return " · ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """Another place that explains the first one, such as where a name really came from."""

    message: str
    place: Place

    def __post_init__(self) -> None:
        """See :class:`Diagnostic`."""
        object.__setattr__(self, "message", encodable(self.message))


@dataclass(frozen=True, kw_only=True, slots=True, init=False)
class Diagnostic:
    """One finding. ``message`` is the what, ``cause`` the why, ``fixes`` the ways out, best first.

    Its texts quote what is foreign (exceptions, file names, notebooks): whatever they are given, they are :func:`encodable`.
    """

    code: str
    message: str
    cause: str = ""
    fixes: tuple[Fix, ...] = ()
    severity: Severity = Severity.ERROR
    place: Place | None = None
    related: tuple[Related, ...] = ()

    def __init__(
        self,
        *,
        code: str,
        message: str,
        cause: str = "",
        fixes: Iterable[Fix | str] = (),
        severity: Severity = Severity.ERROR,
        place: Place | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:
        """A way out that is a text is one that no program can go. No password leaves in a finding, whoever's words it quotes."""
        fill = object.__setattr__
        fill(self, "code", code)
        fill(self, "message", masked(encodable(message)))
        fill(self, "cause", masked(encodable(cause)))
        fill(self, "fixes", tuple(Fix(title=masked(fix)) if isinstance(fix, str) else fix for fix in fixes))
        fill(self, "severity", severity)
        fill(self, "place", place)
        fill(self, "related", related)

    @property
    def fix_titles(self) -> tuple[str, ...]:
        """The titles of the fixes."""
        return tuple(fix.title for fix in self.fixes)

    def to_json(self) -> dict[str, Json]:
        """The wire form, see :class:`nbcode.primitives.wire.WireDiagnostic`."""
        wire = to_plain(_to_wire(self))
        assert isinstance(wire, dict)
        return wire

    @classmethod
    def from_json(cls, plain: object) -> Diagnostic:
        """Back from :meth:`to_json`, also from what earlier versions wrote, without ``actions`` and places of the related.

        Law: ``Diagnostic.from_json(d.to_json()) == d``, where an empty place is None.

        Raises:
            ValueError: naming the field, for anything else.
        """
        return _from_wire(plain)

    def __str__(self) -> str:
        """``NBC-D04 undeclared name `x` at cell 9 [model] · line 2. Why. Fix: one action.``"""
        where = f" at {self.place}" if self.place and str(self.place) else ""
        why = f" {self.cause.rstrip('.')}." if self.cause else ""
        fix = f" Fix: {'  |  '.join(self.fix_titles)}." if self.fixes else ""
        return f"{self.code} {self.message}{where}.{why}{fix}"


_PLACE_FIELDS = tuple(f.name for f in fields(Place))
_NOWHERE: Mapping[str, None] = dict.fromkeys(_PLACE_FIELDS)


def _to_wire(diagnostic: Diagnostic) -> WireDiagnostic:
    from nbcode.primitives.wire import WireAction, WireDiagnostic, WireRelated  # not needed to print text

    return WireDiagnostic(
        code=diagnostic.code,
        severity=diagnostic.severity,
        message=diagnostic.message,
        cause=diagnostic.cause,
        fixes=diagnostic.fix_titles,
        actions=tuple(
            WireAction(fix=n, title=fix.title, edits=fix.edits, metadata=fix.metadata)
            for n, fix in enumerate(diagnostic.fixes)
            if fix.mechanical
        ),
        related=tuple(WireRelated(message=r.message, **_fields_of(r.place)) for r in diagnostic.related),
        **_fields_of(diagnostic.place),
    )


def _fields_of(place: Place | None) -> dict[str, Any]:
    return dict(_NOWHERE) if place is None else {name: getattr(place, name) for name in _PLACE_FIELDS}


def _place_of(wire: WireDiagnostic | WireRelated) -> Place | None:
    place = Place(**{name: getattr(wire, name) for name in _PLACE_FIELDS})
    return None if place == Place() else place


def _from_wire(plain: object) -> Diagnostic:
    from nbcode.primitives.wire import WireDiagnostic

    if isinstance(plain, Mapping):
        plain = {"actions": [], **plain}
        if isinstance(plain.get("related"), list):
            plain["related"] = [
                {**_NOWHERE, **one} if isinstance(one, Mapping) else one for one in plain["related"]
            ]
    wire = from_plain(WireDiagnostic, plain, "diagnostic")
    if any(action.fix >= len(wire.fixes) or action.fix < 0 for action in wire.actions):
        raise ValueError("diagnostic.actions: an action of no fix")
    actions = {action.fix: action for action in wire.actions}
    return Diagnostic(
        code=wire.code,
        message=wire.message,
        cause=wire.cause,
        fixes=tuple(
            Fix(title=title, edits=actions[n].edits, metadata=actions[n].metadata) if n in actions else title
            for n, title in enumerate(wire.fixes)
        ),
        severity=wire.severity,
        place=_place_of(wire),
        related=tuple(Related(message=r.message, place=_place_of(r) or Place()) for r in wire.related),
    )


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that stop a promote, in their order."""
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word that a reader most likely meant, or None when nothing is near: the same as in ``alpha_bench``'s messages."""
    from alpha_bench.describe import nearest as found  # when something is misspelt, and not before

    return found(word, words)
