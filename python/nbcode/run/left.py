"""What the cells' process left, read by the executor when it is gone. Cells could write there too: anything but what nbcode itself writes is
one finding, and no error of the run's own."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nbcode.primitives import (
    Diagnostic,
    Digest,
    Json,
    LookAhead,
    NbcodeError,
    Place,
    dataclass,
    foreign_json,
    from_plain,
)

DRAFT = "draft.json"
REPORT = "report.json"
FAILURE = "failure.json"
_NOT_THERE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO)
"""Of the errors of the system those that a cell brings about; a full disk is none of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """The kernel's last word, of :class:`nbcode.results.ResultDraft`, and as :class:`nbcode.run.judged.Word` the libraries and the columns.
    ``look`` is what the look at a definition came to that cells built with data in hand, None where there was none to make."""

    definition_digest: Digest | None
    figures: Mapping[str, Json]
    diagnostics: tuple[Diagnostic, ...]
    libraries: tuple[str, ...]
    columns: Mapping[str, int] | None
    look: LookAhead | None = None
    look_findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    kind: str
    definition_digest: Digest | None
    figures: Mapping[str, Json]
    files: tuple[str, ...]
    diagnostics: tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Failure:
    diagnostics: tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    ahead: LookAhead
    diagnostics: tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Document:
    draft: _Draft
    libraries: tuple[str, ...]
    columns: Mapping[str, int] | None
    look: _Look | None = None


def last_word(scratch: Path) -> Left:
    """What is in ``draft.json``. Raises ``NbcodeError`` (NBC-H01) for anything that the kernel does not write."""
    with as_finding(DRAFT):
        said = from_plain(_Document, foreign_json(scratch / DRAFT), DRAFT)
        return Left(
            definition_digest=said.draft.definition_digest,
            figures=said.draft.figures,
            diagnostics=_read(said.draft.diagnostics),
            libraries=said.libraries,
            columns=said.columns,
            look=None if said.look is None else said.look.ahead,
            look_findings=_read(() if said.look is None else said.look.diagnostics),
        )


def _read(diagnostics: Iterable[object]) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic.from_json(one) for one in diagnostics)


def stated_figures(handover: Path) -> Mapping[str, Json]:
    """The figures of the ``report.json`` in ``handover``. Raises ``NbcodeError`` (NBC-H01) where it is no report."""
    with as_finding(REPORT):
        report = foreign_json(handover / REPORT)
        figures = report.get("figures") if isinstance(report, dict) else None
        if not isinstance(figures, dict):
            raise ValueError("it has no figures by name")  # noqa: TRY004
        return figures


def told_failure(scratch: Path) -> tuple[Diagnostic, ...]:
    """Why the kernel says that it failed, at least one. Raises ``NbcodeError`` (NBC-H01) for anything that it does not write."""
    with as_finding(FAILURE):
        said = from_plain(_Failure, foreign_json(scratch / FAILURE), FAILURE)
        if not said.diagnostics:
            raise ValueError("it gives no reason")
        return _read(said.diagnostics)


@contextmanager
def as_finding(name: str) -> Iterator[None]:
    """What cannot be read or shown of the file ``name`` of the cells' process becomes NBC-H01."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        raise NbcodeError([_not_its_own(name, error)]) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise NbcodeError([_not_its_own(name, error)]) from error


def _not_its_own(name: str, error: Exception) -> Diagnostic:
    said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return Diagnostic(
        code="NBC-H01",
        message=f"`{name}` of the run is not what nbcode writes there",
        cause=f"{said[:300]}; a cell has written to the run's own files",
        fixes=("take out what writes to the run's own files: cells give figures by `report`",),
        place=Place(tag="eval"),
    )
