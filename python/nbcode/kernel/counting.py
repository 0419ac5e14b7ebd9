"""The live kernel's part of the ledger of trials: each variant that is judged here is counted, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.configuration import Workspace, open_workspace, prepare_store
from nbcode.kernel.live import LiveSession
from nbcode.primitives import Diagnostic, Json, NbcodeError, Severity
from nbcode.trials import (
    CODE,
    Looked,
    Multiplicity,
    Trial,
    TrialLedger,
    looked_at,
    multiplicity,
    not_counted,
    panel_of_cells,
    panel_of_dataset,
    variant_of_figures,
)

if TYPE_CHECKING:
    from alpha_bench.describe import Look, Panel


class Counting:
    """Writes what ``live`` judges into the ledger of its project. Nothing here stops a cell: what cannot be counted is said, once."""

    def __init__(self, live: LiveSession, now: Callable[[], str]) -> None:
        """``now`` gives the instant of a first look."""
        self._live = live
        self._now = now
        self._last: tuple[Look, Looked] | None = None
        self._problem: Diagnostic | None = None
        self._told_problem = False

    def looked(self, look: Look) -> None:
        """An evaluation was computed: of the built-in language, on the project's data or on a panel that a cell bound."""
        found = self._count(look.variant, look.label, self._panel(look))
        if found is not None:
            self._last = (look, found)

    def reported(self, figures: Mapping[str, Json] | None) -> None:
        """A cell left ``figures`` of plain Python: a variant is known by them, since the same ones show nothing new."""
        meta = self._live.meta
        if figures is None or self._last is not None:  # they are of an evaluation that was counted
            return
        self._count(
            variant_of_figures(figures), "" if meta is None else meta.horizon, panel_of_cells(self._notebook)
        )

    def after_cell(self) -> tuple[Diagnostic, ...]:
        """What is to be said below the cell that ran: that more was looked at than its evaluation declares."""
        last, self._last = self._last, None
        if self._problem is not None and not self._told_problem:
            self._told_problem = True
            return (self._problem,)
        if last is None:
            return ()
        look, looked = last
        found = multiplicity(
            looked, declared=look.declared, candidates=look.candidates, evidence=look.evidence()
        )
        return (_undeclared(found, look.call),) if found.undeclared else ()

    @property
    def _notebook(self) -> str:
        notebook = self._live.notebook
        if notebook is None:
            return ""
        root = self._live.root
        inside = notebook.resolve().is_relative_to(root.resolve())
        return (notebook.resolve().relative_to(root.resolve()) if inside else Path(notebook.name)).as_posix()

    def _panel(self, look: Look) -> str:
        if self._live.bound and self._live.dataset is not None:
            return panel_of_dataset(self._live.dataset)
        panel: Panel = look.panel  # type: ignore[assignment]
        return str(panel.digest)

    def _count(self, variant: str, label: str, panel: str) -> Looked | None:
        trial = Trial(
            variant=variant, label=label, panel=panel, first_at=self._now(), notebook=self._notebook
        )
        try:
            ledger = TrialLedger(self._store().store)
            ledger.add(trial)
            return looked_at(ledger.read(), panel, also=trial)
        except (OSError, NbcodeError) as error:
            self._problem = not_counted(error)
            return None

    def _store(self) -> Workspace:
        workspace = open_workspace(self._live.notebook or self._live.folder)
        prepare_store(workspace)
        return workspace


def _undeclared(found: Multiplicity, call: str) -> Diagnostic:
    return Diagnostic(
        code=CODE,
        severity=Severity.NOTE,
        message=str(found.looked),
        cause=found.effect,
        fixes=(f"{call}, trials={found.looked.variants})",),
    )
