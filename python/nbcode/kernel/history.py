"""What ran in a kernel: which cells are stale, and which a clean run would do otherwise.

A cell is stale when what it read from a cell above it has another origin now; and a kernel differs from a clean run at the first tagged
cell whose origin is not that of running the saved tagged cells once, from top to bottom. Cells are often tagged after they ran: what ran
is kept as it was, and its tag is that of the file as it is saved now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nbcode.cells import CellEffect, draws_left_behind, effect_of
from nbcode.kernel.files import Files, Read
from nbcode.kernel.held import Held, held_state
from nbcode.kernel.origins import MARKER, NO_FILES, Ran, World, code_of
from nbcode.kernel.values import NOTHING, Seen
from nbcode.notebook import Cell, Notebook, parse_notebook, read_notebook
from nbcode.primitives import Diagnostic, Digest, Place, Severity, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """A cell whose values are of before. ``name`` is what it read and what became another, ``by`` who made that so; with
    ``through``, ``by`` is a stale cell that left it. ``file`` is one that it read and that is another now."""

    ran: Ran
    name: str
    by: Ran | None
    through: bool = False
    file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Differs:
    """The first tagged cell of the saved notebook that this kernel ran on other values than a clean run will. ``start`` is the cell
    above it, or itself, from which the tagged cells give the same when they are run again; with ``restart`` they do so in a new kernel
    alone: an import does not undo what was done to a module, and nothing makes a name of the platform again."""

    cell: Cell
    why: str
    start: Cell
    restart: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """A run of a cell as it was noted, with the ``tag`` that it had then."""

    number: int
    cell_id: str | None
    tag: str | None
    code: str
    effect: CellEffect
    files: Read
    seen: Seen
    data: int
    failed: bool


class History:
    """The cells that ran in this kernel."""

    def __init__(self, files: Files | None = None) -> None:
        self._files = files
        self._notebook: Notebook | None = None
        self._tags: dict[str, str | None] = {}
        self._by_code: dict[Digest, str] = {}
        self._places: dict[str, int] = {}
        self._data = 1
        self._runs: list[_Run] = []
        self._settled: list[str | None] = []
        self._begin()

    def _begin(self) -> None:
        self._read: dict[Digest, Read] = {}
        self._world = World()
        self._last: dict[str, Ran] = {}
        self._first: dict[str, int] = {}
        self._writers: dict[str, dict[str, Ran]] = {}
        self._drawn: dict[Digest, frozenset[str]] = {}
        self._code: dict[str, str] = {}
        self._rans: list[Ran] = []

    def saved(self, notebook: Notebook | None) -> None:
        """The notebook as it is saved now. A kernel learns only the id of a cell that runs: its tag and its place are from here, also
        those of a cell that was tagged after it ran."""
        self._notebook = notebook
        cells = [c for c in (notebook.cells if notebook is not None else ()) if c.kind == "code"]
        self._tags = {cell.id: cell.tag for cell in cells if cell.id is not None}
        self._places |= {cell.id: cell.index for cell in cells if cell.id is not None}
        tagged = ((cell.tag, effect_of(code_of(cell.source))) for cell in cells if cell.tag)
        self._by_code = {effect.digest: tag for tag, effect in tagged if effect is not None and tag}
        tags = [self._tag_now(run) for run in self._runs]
        if tags != self._settled:
            self._settled = tags
            self._begin()
            for run, tag in zip(self._runs, tags, strict=True):
                self._settle(run, tag)

    def _tag_now(self, run: _Run) -> str | None:
        """The tag of what ran, by the cell's id in the saved file, else by its code; where the file gives none, that which it had."""
        if run.cell_id in self._tags:
            return self._tags[run.cell_id] or run.tag
        return self._by_code.get(run.effect.digest, run.tag)

    def data_changed(self) -> None:
        """The platform's data is another from now on."""
        self._data += 1

    def ran(
        self,
        source: str,
        number: int,
        cell_id: str | None = None,
        *,
        failed: bool = False,
        seen: Seen = NOTHING,
        declared: Iterable[str] = (),
    ) -> Ran | None:
        """A cell ran, and was ``seen`` to change names; ``declared`` are the paths of [meta]. None for [meta], and for what is no Python."""
        tag, code = self._tag_of(source, cell_id)
        effect = effect_of(code) if tag != "meta" else None
        if effect is None:
            return None
        run = _Run(
            number=number,
            cell_id=cell_id,
            tag=tag,
            code=code,
            effect=effect,
            files=self._files.end(effect.imports, effect.texts, declared)
            if self._files is not None
            else NO_FILES,
            seen=seen,
            data=self._data,
            failed=failed,
        )
        self._runs.append(run)
        self._settled.append(self._tag_now(run))
        return self._settle(run, self._settled[-1])

    def _settle(self, run: _Run, tag: str | None) -> Ran | None:
        """What a run did as a cell of this tag."""
        if tag == "meta":
            return None
        effect = self._with_besides(run.effect, tag, run.seen)
        key = run.cell_id or f"{tag}:{'.'.join(sorted(run.effect.leaves)) or effect.digest}"
        self._read[effect.digest] = run.files
        ran = self._world.run(key, run.number, tag, effect, data=run.data, files=run.files, failed=run.failed)
        self._rans.append(ran)
        self._last[key], self._code[key] = ran, run.code
        self._first.setdefault(key, run.number)
        for name in effect.leaves:
            self._writers.setdefault(name, {})[key] = ran
        return ran

    @property
    def is_empty(self) -> bool:
        """Whether nothing ran here but what IPython alone reads."""
        return all(run.effect.is_empty for run in self._runs)

    def ran_cells_of(self, notebook: Notebook, *, all_of_them: bool) -> bool:
        """Whether the tagged cells of ``notebook`` (where none is, its cells) ran here: half of them at least, by id or by code; with
        ``all_of_them`` each, by code."""
        ids = {run.cell_id for run in self._runs} - {None}
        codes = {run.effect.digest for run in self._runs}
        cells = [c for c in notebook.cells if c.kind == "code" and c.tag != "meta"]
        tagged = [c for c in cells if c.tag] or cells
        effects = [(c.id, e) for c in tagged if (e := effect_of(code_of(c.source))) and not e.is_empty]
        known = sum(e.digest in codes or (cell_id in ids and not all_of_them) for cell_id, e in effects)
        return known == len(effects) > 0 if all_of_them else 2 * known >= len(effects) > 0

    @property
    def names(self) -> frozenset[str]:
        """The names that hold what a cell left: any of them may be tagged later."""
        return frozenset(self._world.made)

    @property
    def tagged_names(self) -> frozenset[str]:
        """The names that hold what a tagged cell left."""
        return frozenset(name for name, made in self._world.made.items() if made.tag)

    def _with_besides(self, effect: CellEffect, tag: str | None, seen: Seen) -> CellEffect:
        """``effect`` with what was seen of it that its code does not say. A tagged cell does the same in a clean run: only what it drew
        from a generator counts, which another run of it finds further on."""
        besides = (seen.changed | effect.fits & seen.opaque) - effect.leaves
        if tag is None:
            effect = self._as_here(effect)
            return replace(effect, leaves=effect.leaves - self._libraries_set(effect) | besides)
        self._drawn[effect.digest] = self._drawn.get(effect.digest, frozenset()) | besides & seen.random
        return self._as_here(effect)

    def _libraries_set(self, effect: CellEffect) -> set[str]:
        """The libraries of which a cell sets an option: a suspect where figures differ, for most options are of how things are shown."""
        roots = {one.root for one in effect.settings if one.deep} & effect.reads
        by = {name: made for name in roots if (made := self._world.made.get(name)) is not None}
        modules = {name: made.effect.roots[name] for name, made in by.items() if name in made.effect.roots}
        return {n for n, m in modules.items() if self._files is None or not self._files.has_module(m)}

    def _as_here(self, effect: CellEffect) -> CellEffect:
        """``effect`` with what a cell of this code draws, and with the project's modules as files that may be others."""
        drawn = self._drawn.get(effect.digest, frozenset()) - effect.leaves
        own = {n for n, r in effect.roots.items() if self._files is not None and self._files.has_module(r)}
        return replace(
            effect,
            reads=effect.reads | drawn,
            leaves=effect.leaves | drawn,
            fixed={name: digest for name, digest in effect.fixed.items() if name not in own},
        )

    def stale(self) -> tuple[Stale, ...]:
        """Every tagged cell whose last run read what the next cell above makes otherwise now, or what a stale cell made; in the order
        of the notebook."""
        found: dict[str, Stale] = {}
        made = self._world.made
        ran = [r for r in self._last.values() if r.tag and any(made.get(n) is r for n in r.effect.leaves)]
        while True:
            more = [s for r in ran if r.key not in found and (s := self._stale(r, found)) is not None]
            if not more:
                return tuple(sorted(found.values(), key=lambda s: (self._place(s.ran) or 0, s.ran.number)))
            found |= {s.ran.key: s for s in more}

    def _stale(self, ran: Ran, found: Mapping[str, Stale]) -> Stale | None:
        if ran.data not in {0, self._data}:
            return Stale(ran=ran, name="", by=None)
        for path, digest in ran.files.items():
            if self._now(path) != digest:
                return Stale(ran=ran, name="", by=None, file=path)
        for name, seen in ran.saw.items():
            # What an untagged cell makes is in no clean run: where it was read, the kernel differs from that.
            writers = [w for w in self._writers.get(name, {}).values() if w.tag and self._above(w, ran)]
            next_above = next((w for w in writers if not any(self._above(w, o) for o in writers)), None)
            if next_above is not None and next_above.number > ran.number and next_above.left(name) != seen:
                return Stale(ran=ran, name=name, by=next_above)
            by = next(
                (w for w in writers if w.origin == seen and w.left(name) == seen and w.key in found), None
            )
            if by is not None:
                return Stale(ran=ran, name=name, by=by, through=True)
        return None

    def _now(self, path: Path) -> int | None:
        return self._files.now(path) if self._files is not None else None

    def _above(self, one: Ran, other: Ran) -> bool:
        """Whether one cell stands above another in the notebook; where that is not known, whether it ran first at first."""
        if one.key == other.key:
            return False
        places = self._places if {one.key, other.key} <= self._places.keys() else self._first
        return places[one.key] < places[other.key]

    def _expected(self) -> Iterator[tuple[Cell, Ran]]:
        """The saved tagged cells, as a clean run runs them."""
        clean = World()
        for number, cell in enumerate(self._notebook.cells if self._notebook is not None else (), 1):
            if cell.tag in {None, "meta"} or cell.kind != "code":
                continue
            effect = effect_of(code_of(cell.source))
            if effect is not None:
                effect = self._as_here(effect)
                files = {path: self._now(path) for path in self._read.get(effect.digest, ())}
                yield (
                    cell,
                    clean.run(str(number), number, cell.tag, effect, data=self._data, files=files),
                )

    def shadowed(self, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Of the platform's ``names`` those that an untagged cell gave another meaning, and of which a tagged cell of the saved notebook
        reads the platform's in a clean run: the name, and what both cells are called."""
        for name in names:
            by = self._world.made.get(name)
            if by is not None and not by.tag:
                for cell, ran in self._expected():
                    if ran.saw.get(name, name) is None:
                        yield name, by.shown, f"cell {cell.index} [{cell.tag}]"
                        break

    def stale_names(self) -> dict[str, Stale]:
        """What stale cells left behind, by name."""
        return {
            name: one
            for one in self.stale()
            for name in one.ran.effect.leaves
            if self._world.made.get(name) is one.ran
        }

    def differs(self, results: frozenset[str], *, showed: bool = False) -> Differs | None:
        """The first tagged cell of the saved notebook that did not run here as it will in a clean run; None where none differs,
        or where nothing of it ran here, unless what ran ``showed`` its figures. ``results`` are the names that a clean run ends with,
        such as ``m`` and ``report``."""
        here = [r for r in self._last.values() if r.tag]
        clean = [*self._expected()] if here or (showed and self._last) else []
        for at, (cell, expected) in enumerate(clean):
            found = self._otherwise(expected, here, results)
            if found is not None:
                why, name = found
                ran = [r for _, r in clean]
                maker = next((r for r in ran[at::-1] if name in r.effect.leaves - r.effect.reads), None)
                restart = bool(name) and (maker is None or name in maker.effect.roots)
                return Differs(cell=cell, why=why, start=clean[_start(ran, at, name)][0], restart=restart)
        return None

    def _otherwise(
        self, expected: Ran, here: Sequence[Ran], results: frozenset[str]
    ) -> tuple[str, str] | None:
        """Why a cell is another here than the clean run's ``expected``, and which name is (empty: none that is known)."""
        same = [r for r in here if r.effect.digest == expected.effect.digest]
        if not same:
            return "it did not run here as it is saved", ""
        last = max(same, key=lambda r: r.number)
        if last.origin == expected.origin:
            left = [n for n in sorted(last.effect.leaves & results) if self._world.origin(n) != last.left(n)]
            changed = next((n for n in left if not self._world.made[n].tag), None)
            return None if changed is None else (self._changed_by(changed), changed)
        if last.failed:
            return "it failed here", ""
        for path, digest in last.files.items():
            if self._files is not None and expected.files.get(path, digest) != digest:
                return f"`{self._files.shown(path)}` changed after it was read", ""
        for name, seen in expected.saw.items():
            made = self._world.made.get(name)
            if last.saw.get(name, seen) != seen and made is not None:
                other = f"it read another `{name}` than there is in a clean run"
                return other if made.tag else self._changed_by(name), name
        same_values = last.saw == expected.saw
        return "it ran on other data" if same_values else "it read other values than in a clean run", ""

    def _changed_by(self, name: str) -> str:
        made = self._world.made[name]
        return f"`{name}` was changed by In[{made.number}], which is not tagged"

    def _tag_of(self, source: str, cell_id: str | None) -> tuple[str | None, str]:
        """The tag of a cell that ran, by its marker or by what is saved of it, and its code."""
        if source.startswith(MARKER):
            read = parse_notebook(source.encode("utf-8", "replace"), "cell.py").notebook
            for cell in read.cells if read is not None else ():
                return cell.tag, code_of(cell.source)
        return self._tags.get(cell_id or ""), source

    @property
    def suspects(self) -> tuple[str, ...]:
        """The untagged cells that ran since the first tagged one, without those of which IPython alone reads every line."""
        first = min((n for key, n in self._first.items() if self._last[key].tag), default=None)
        ran = sorted((r for r in self._last.values() if not r.tag), key=lambda r: r.number)
        return tuple(r.shown for r in ran if first is not None and r.number > first and not r.effect.is_empty)

    @property
    def drew(self) -> tuple[str, ...]:
        """Of each untagged cell that moved a shared generator of random numbers before a tagged one drew from it, what it did."""
        ran = sorted(self._last.values(), key=lambda r: r.number)
        return tuple(
            f"{ran[one.cell].shown}, which is not tagged, {'seeded' if one.use.seeds else 'drew from'}"
            f" `{one.use.generator}` before {self._called(ran[one.reader])} drew from it"
            for one in draws_left_behind([(r.tag is not None, self._code[r.key]) for r in ran])
        )

    @property
    def held(self) -> tuple[tuple[str, Place], ...]:
        """State that no name shows and that tagged cells ran on, in words, with the cell; in the order of the notebook."""
        found = [*held_state(self._rans)]
        found.sort(key=lambda held: (self._place(held.reader) or 0, held.reader.number))
        return tuple(
            (self._held(one), Place(cell=self._place(one.reader), tag=one.reader.tag)) for one in found
        )

    def _held(self, one: Held) -> str:
        reader = self._called(one.reader)
        if one.by is None:
            return f"{reader} called `{one.what}`, which keeps its results, of before `{one.name}` changed"
        did = f"{'called' if one.called else 'set'} `{one.what}`"
        return f"{one.by.shown}, which is not tagged, {did}, and {reader} uses `{one.name}`"

    def _place(self, ran: Ran) -> int | None:
        """The number of a cell in the saved notebook, by its id or as the only one of its tag and code; None where it is not known."""
        if ran.key in self._places:
            return self._places[ran.key]
        same = [
            cell.index
            for cell in (self._notebook.cells if self._notebook is not None and ran.tag else ())
            if cell.tag == ran.tag
            and (e := effect_of(code_of(cell.source)))
            and e.digest == ran.effect.digest
        ]
        return same[0] if len(same) == 1 else None

    def _called(self, ran: Ran) -> str:
        place = self._place(ran)
        return ran.shown if place is None or not ran.tag else f"cell {place} {ran.shown}"

    def stale_findings(self, stale: Iterable[Stale]) -> Iterator[Diagnostic]:
        """NBC-A31, a warning, for each stale cell."""
        for one in stale:
            message, cause, again = self._told(one)
            yield Diagnostic(
                code="NBC-A31",
                severity=Severity.WARNING,
                message=f"{one.ran.shown} {message}",
                cause=f"{cause}: what it left is of before",
                fixes=(again,),
                place=Place(cell=self._place(one.ran), tag=one.ran.tag),
            )

    def _told(self, one: Stale) -> tuple[str, str, str]:
        """What a stale cell did, why that is of before, and what to do."""
        again = f"run {self._called(one.ran)} again, and what comes after it"
        if one.file is not None and self._files is not None:
            file, module = self._files.shown(one.file), self._files.module_of(one.file)
            if module is None:
                return f"read `{file}`, which changed since", "a clean run reads it as it is now", again
            reload = f"restart the kernel or importlib.reload({module}), then {again}"
            return f"imported `{file}`, which changed since", "a clean run imports it as it is now", reload
        if one.by is None:
            return "ran before the data changed", "the data are others since", again
        by = self._called(one.by)
        if one.through:
            cause = f"{by}, which left it, ran before what it reads changed"
            return (
                f"is made of `{one.name}`, which is stale",
                cause,
                f"run {by} again, then {self._called(one.ran)}",
            )
        return f"ran before `{one.name}`, which it reads, changed", f"{by} ran after it", again

    def unsaved(self, path: Path) -> tuple[Diagnostic, ...]:
        """NBC-A25, a warning, for each tag whose last run code is in no cell of that tag in the file."""
        if self._notebook is None:
            return ()
        saved = {
            (c.tag, e.digest) for c in self._notebook.cells if c.tag and (e := effect_of(code_of(c.source)))
        }
        last = {r.tag: r for r in sorted(self._last.values(), key=lambda r: r.number) if r.tag}
        missing = [ran for tag, ran in last.items() if (tag, ran.effect.digest) not in saved]
        return tuple(found for ran in missing if (found := self._unsaved(ran, path)) is not None)

    def _unsaved(self, ran: Ran, path: Path) -> Diagnostic | None:
        """NBC-A25 of a cell that is not in the file as it ran; None where it lost its tag and nothing that it left is there any more."""
        message = f"the {ran.shown} cell that ran last is not in the saved file"
        cause = "the open document is newer than the file, or the cell was changed after it ran; the file is what counts"
        fixes = ["save, then promote", "run the changed cell again"]
        place = Place(path=path.name, tag=ran.tag)
        untagged = [
            c
            for c in (self._notebook.cells if self._notebook is not None else ())
            if c.kind == "code"
            and c.tag is None
            and (e := effect_of(code_of(c.source)))
            and e.digest == ran.effect.digest
        ]
        if untagged:
            if not any(self._world.made.get(name) is ran for name in ran.effect.leaves):
                return None
            cell = untagged[0]
            place = Place(path=path.name, cell=cell.index)
            message = f"cell {cell.index} ran as {ran.shown}, and has no tag in the saved file"
            cause = "a clean run leaves it out; what it left is in this kernel still"
            fixes = [f"tag cell {cell.index} {ran.shown} again"]
            clean = [*self._expected()]
            makers = [n for n, (_, r) in enumerate(clean) if r.effect.leaves & ran.effect.leaves]
            if makers:
                start = clean[_start([r for _, r in clean], makers[0], "")][0]
                fixes.append(f"run the tagged cells again from cell {start.index} [{start.tag}]")
        return Diagnostic(
            code="NBC-A25",
            severity=Severity.WARNING,
            message=message,
            cause=cause,
            fixes=tuple(fixes),
            place=place,
        )


def saved_notebook(path: Path | None) -> Notebook | None:
    """The notebook as it is saved; None where it cannot be read."""
    return None if path is None else read_notebook(path).notebook


def _start(clean: Sequence[Ran], at: int, name: str) -> int:
    """From which of the cells of a clean run all is the same when they are run again: that which makes ``name``, which is other in the
    ``at``-th, or one above it that makes what a cell below changes in place."""

    def maker(name: str, below: int) -> int:
        makers = (n for n in range(below, -1, -1) if name in clean[n].effect.leaves - clean[n].effect.reads)
        return next(makers, below)

    start = maker(name, at)
    while True:
        again = [
            (n, name)
            for n in range(start, len(clean))
            for name in clean[n].effect.leaves & clean[n].effect.reads
        ]
        above = min((maker(name, n) for n, name in again), default=start)
        if above >= start:
            return start
        start = above
