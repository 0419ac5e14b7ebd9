"""What a kernel has to say of itself: stale cells, figures that are not those of a clean run, data and names of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

from nbcode.cells import effect_of
from nbcode.kernel.figures import Shown, Suspects, figures_differ, runs_differ, shown_figures
from nbcode.kernel.files import Files
from nbcode.kernel.history import History, saved_notebook
from nbcode.kernel.live import LiveSession, signature
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
        self._known: tuple[int, int] | None = None
        self._told: set[str] = set()
        self._shown: Shown | None = None
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
        found = tuple(self._of_ones_own())
        seen = self._values.look_again(self._history.names)
        meta = self._meta
        declared = [path for _, path in meta.inputs] if meta is not None else []
        ran = self._history.ran(source, number, cell_id, failed=failed, seen=seen, declared=declared)
        self._values.keep(self._history.names)
        if ran is None:
            return found
        if "report" in ran.effect.leaves:
            self._shown = shown_figures(self._namespace.get("report")) or self._shown
        return found

    def _of_ones_own(self) -> Iterator[Diagnostic]:
        """What the cell changed of the platform itself, said once."""
        if not self._live.bound and "data" not in self._told:
            self._told.add("data")
            self._history.data_changed()
            yield _other_data()
        for name in self._live.rebound:
            if name not in self._told:
                self._told.add(name)
                yield _rebound(name)

    def before_promote(self) -> tuple[Diagnostic, ...]:
        """What stands between the kernel and the saved notebook: for ``check`` and ``promote``."""
        self._follow_the_file()
        found: list[Diagnostic] = []
        if self._live.notebook is not None:
            found += self._history.unsaved(self._live.notebook)
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
            without=self._without,
        )
        found = figures_differ(shown, clean, definition, first, suspects)
        return () if found is None else (found,)

    def _results(self) -> frozenset[str]:
        """The names that a clean run ends with."""
        meta = self._meta
        return _RESULTS.union(*(e.names for _, e in meta.expressions)) if meta is not None else _RESULTS

    def _follow_the_file(self) -> None:
        path = self._live.notebook
        now = None if path is None else signature(path)
        if path is not None and now is not None and now != self._known:
            self._known = now
            self._history.saved(saved_notebook(path))
            self._saved_meta = saved_meta(path)


def _other_data() -> Diagnostic:
    return Diagnostic(
        code="NBC-A33",
        severity=Severity.WARNING,
        message="figures are of other data from now on than a clean run reads",
        cause="a cell bound a panel of its own: alpha_bench.use(panel)",
        fixes=("%reload_ext nbcode, then run the cells again", "name the data in nbcode.toml: [data.mine]"),
    )


def _rebound(name: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-A34",
        severity=Severity.WARNING,
        message=f"`{name}` is a name of the platform, and holds something of your own now",
        cause="cells that mean the platform's will fail or find yours",
        fixes=("use another name, then %reload_ext nbcode",),
    )
