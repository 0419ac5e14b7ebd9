"""What a kernel has to say of itself: stale cells, figures that are not those of a clean run, data and names of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path

from nbcode.cells import effect_of
from nbcode.kernel.figures import Shown, Suspects, figures_differ, runs_differ, shown_figures
from nbcode.kernel.files import Files
from nbcode.kernel.history import History, saved_notebook
from nbcode.kernel.live import LiveSession, Signature, signature
from nbcode.kernel.location import saved_meta
from nbcode.kernel.values import Values
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Json, Severity

_RESULTS = frozenset({"m", "report"})


class Watch:
    """Follows the cells of one kernel; ``namespace`` is where they run, ``without`` the pins of a clean run that it has not."""

    def __init__(
        self,
        live: LiveSession,
        namespace: MutableMapping[str, object],
        without: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._without = without
        self._live = live
        self._namespace = namespace
        self._files = Files(live.root)
        self._history = History(self._files)
        self._values = Values(namespace)
        self._named: Path | None = None
        self._known: tuple[Path, Signature] | None = None
        self._told: set[str] = set()
        self._shown: Shown | None = None
        self.reported: Mapping[str, Json] | None = None
        """The figures of plain Python that the last cell left."""
        self._saved_meta: Meta | None = None

    @property
    def _meta(self) -> Meta | None:
        """[meta] of the saved file, which is what counts; where that has none, of this kernel."""
        return self._saved_meta or self._live.meta

    @property
    def shown(self) -> Shown | None:
        """The figures that this kernel shows: those of `report` as it was last made, or of the names that [meta] gives.

        An expression of [meta] that is more than a name is not evaluated: here it is only the text of a file.
        """
        meta = self._meta
        if meta is None or (meta.report is None and not meta.figures):
            return self._shown
        if meta.report is not None:
            return shown_figures(self._namespace.get(meta.report.text)) if meta.report.is_name else None
        named = {name: self._namespace[e.text] for name, e in meta.figures if e.text in self._namespace}
        return shown_figures(named)

    @property
    def _notebook(self) -> Path | None:
        """The file that this kernel is compared with."""
        return self._named or self._live.notebook

    def compare_with(self, path: Path) -> bool:
        """From now on compare this kernel with ``path``, if that is its notebook: the file that the front end said, the same cells under
        another name, or, where that file is not known or there no more, one of which half of the cells ran here."""
        known = self._live.notebook
        lost = known is None or not known.is_file()
        if known is None or known.resolve() != path.resolve():
            notebook = saved_notebook(path)
            if notebook is None or not self._history.ran_cells_of(notebook, all_of_them=not lost):
                return False
        self._named = path
        if lost:
            self._live.notebook = path
        return True

    def not_compared(self, path: Path) -> tuple[Diagnostic, ...]:
        """NBC-A30, a note, where something ran here that is not compared with ``path``."""
        if self._history.is_empty:
            return ()
        known = self._live.notebook
        kernel = f"this kernel is of {known.name}" if known is not None else "it does not know its notebook"
        return (
            Diagnostic(
                code="NBC-A30",
                severity=Severity.NOTE,
                message=f"what ran in this kernel is not compared with {path.name}",
                cause=f"{kernel}, and other cells ran in it",
                fixes=(f"run the cells of {path.name} here",),
            ),
        )

    def data_changed(self) -> None:
        """The platform's data is another from now on."""
        self._history.data_changed()

    def before_cell(self, source: str) -> tuple[Diagnostic, ...]:
        """A cell is about to run, and what it opens is followed. Returns the stale cells whose values it reads, to be said above what it shows."""
        effect = effect_of(source)
        names = self._history.stale_names() if effect is not None else {}
        read = sorted(effect.reads & names.keys()) if effect is not None else ()
        self._files.begin()
        return tuple(self._history.stale_findings({names[n].ran.key: names[n] for n in read}.values()))

    def after_cell(
        self, source: str, number: int, cell_id: str | None, *, failed: bool
    ) -> tuple[Diagnostic, ...]:
        """A cell ran. Returns what is to be said below its output."""
        self._follow_the_file()
        seen = self._values.look_again(self._history.names, self._history.tagged_names)
        meta = self._meta
        declared = [path for _, path in meta.inputs] if meta is not None else []
        ran = self._history.ran(source, number, cell_id, failed=failed, seen=seen, declared=declared)
        self._values.keep(self._history.names, self._history.tagged_names)
        found = (*self._of_ones_own(), *(() if ran is None else self._read_whole(ran.files)))
        if ran is not None and "report" in ran.effect.leaves:
            self._shown = shown_figures(self._namespace.get("report")) or self._shown
        left = ran is not None and self._reports in ran.effect.leaves
        shown = self.shown if left else None
        self.reported = shown.figures if shown is not None and shown.definition is None else None
        return found

    @property
    def _reports(self) -> str:
        """The name with which the figures are complete: of several, the last that [meta] lists."""
        meta = self._meta
        if meta is None or (meta.report is None and not meta.figures):
            return "report"
        return meta.report.text if meta.report is not None else meta.figures[-1][1].text

    def _of_ones_own(self) -> Iterator[Diagnostic]:
        """What the cell changed of the platform itself, said once."""
        if not self._live.bound and "data" not in self._told:
            self._told.add("data")
            self._history.data_changed()
            yield _other_data()
        for name, by, reader in self._history.shadowed(
            [n for n in self._live.rebound if n not in self._told]
        ):
            self._told.add(name)
            yield _shadowed(name, by, reader)

    def _read_whole(self, files: Iterable[Path]) -> Iterator[Diagnostic]:
        """Declared inputs that the cell opened itself, said once each: here a path leads to all rows, in a clean run to those of as_of."""
        meta = self._meta
        if meta is None or meta.as_of is None:
            return
        names = {Path(path.partition("#")[0]).name for _, path in meta.inputs}
        for path in files:
            if path.name in names and str(path) not in self._told:
                self._told.add(str(path))
                yield _whole(self._files.shown(path), meta.as_of)

    def before_promote(self) -> tuple[Diagnostic, ...]:
        """What stands between the kernel and the saved notebook: for ``check`` and ``promote``."""
        self._follow_the_file()
        found: list[Diagnostic] = []
        if self._notebook is not None:
            found += self._history.unsaved(self._notebook)
        found += self._history.stale_findings(self._history.stale())
        if not self._live.bound:
            found.append(_other_data())
        first = self._history.differs(self._results())
        if first is not None and not found:
            found.append(runs_differ(first))
        return tuple(found)

    def after_promote(
        self, shown: Shown | None, clean: Mapping[str, Json], definition: str | None
    ) -> tuple[Diagnostic, ...]:
        """What the clean run gave otherwise than ``shown``, with the first cell that differs."""
        if shown is None:
            return ()
        first = self._history.differs(self._results(), showed=True)
        tagged = self._history.tagged_names
        suspects = Suspects(
            cells=self._history.suspects,
            in_part=tuple(n for n in self._values.in_part if n in tagged),
            drew=self._history.drew,
            held=self._history.held,
            without=self._without,
        )
        found = figures_differ(shown, clean, definition, first, suspects)
        return () if found is None else (found,)

    def _results(self) -> frozenset[str]:
        """The names that a clean run ends with."""
        meta = self._meta
        return _RESULTS.union(*(e.names for _, e in meta.expressions)) if meta is not None else _RESULTS

    def _follow_the_file(self) -> None:
        path = self._notebook
        now = None if path is None else signature(path)
        if path is not None and now is not None and (path, now) != self._known:
            self._known = (path, now)
            self._history.saved(saved_notebook(path))
            self._saved_meta = saved_meta(path)


def _whole(path: str, as_of: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H39",
        severity=Severity.WARNING,
        message=f"{path} was read whole: rows after as_of {as_of} are in it",
        cause=f"a cell opened it by its path; a clean run finds the rows of {as_of} and before there",
        fixes=(
            'read it as inputs["NAME"], which is cut here too',
            "`nbcode run` gives the figures of the clean run",
        ),
    )


def _other_data() -> Diagnostic:
    return Diagnostic(
        code="NBC-A33",
        severity=Severity.WARNING,
        message="figures are of other data from now on than a clean run reads",
        cause="a cell bound a panel of its own: alpha_bench.use(panel)",
        fixes=("%reload_ext nbcode, then run the cells again", "name the data in nbcode.toml: [data.mine]"),
    )


def _shadowed(name: str, by: str, reader: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A34",
        severity=Severity.NOTE,
        message=f"`{name}` is the platform's in a clean run, and your own here",
        cause=f"{by}, which is not tagged, gave it another meaning, and {reader} reads it",
        fixes=("tag that cell", "take another name there, then %reload_ext nbcode"),
    )
