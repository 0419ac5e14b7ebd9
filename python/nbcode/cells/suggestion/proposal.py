"""For an untagged notebook: which cells a promote needs, their tags and ``[meta]``, with the reason for each. Executes nothing."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from nbcode.cells.analysis import facts_of
from nbcode.cells.facts import CellFacts
from nbcode.cells.flow import BUILTINS, is_provided
from nbcode.cells.paths import Paths
from nbcode.cells.source_facts import aliases_of
from nbcode.cells.suggestion.declared import inputs_of, variable_remarks
from nbcode.cells.suggestion.figures import FigureCandidate, figure_candidates
from nbcode.cells.suggestion.held import Holdings
from nbcode.cells.suggestion.horizon import Horizon, horizon_of
from nbcode.cells.suggestion.models import ModelCandidate, model_candidates
from nbcode.cells.suggestion.nearest import Nearest, nearest_to_a_result
from nbcode.cells.suggestion.signals import SignalCandidate, holds_positions, only_a_step, signal_candidates
from nbcode.cells.suggestion.slicing import Slice, SlicedCell, cells_for_slicing, slice_back
from nbcode.cells.suggestion.statements import closed, own_expressions, sources_of, statements_of
from nbcode.cells.suggestion.words import figure_name
from nbcode.cells.trees import walk
from nbcode.notebook import Notebook, StoredOutput
from nbcode.notebook.expressions import ExpressionError, parse_expression
from nbcode.primitives import dataclass

_MOST_FIGURES = 6
_SHOWN_METRIC = 8
"""The rank of a metric that is printed or ends a cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the user chose: an expression for the model or for the signal (the signal goes first), (name, expression) for each figure, the name empty for one without a name of
    its own; None and empty: the likeliest."""

    model: str | None = None
    figures: tuple[tuple[str, str], ...] = ()
    signal: str | None = None


def named_figure(text: str) -> tuple[str, str]:
    """(name, expression) of ``NAME=EXPRESSION``; of an expression alone, which gets a name of its own, the name is empty."""
    name, sign, expression = text.partition("=")
    if sign and name.strip().isidentifier() and not expression.startswith("="):
        return name.strip(), expression.strip()
    return "", text.strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestedCell:
    """A code cell: the tag that it should bear (None: it stays behind), and why. ``had`` is the tag that it bears already."""

    index: int
    first_line: str
    lines: int
    tag: str | None
    why: str
    had: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A proposal for one notebook. ``model`` (or ``signal``, for research without a model) and ``figures`` are those chosen of
    ``models`` and ``candidates``; ``tags`` are the cells to tag. ``unknown`` are names of the choice that no cell gives;
    ``signals`` names of scores or positions that a shown figure is made from. ``nearest`` is what comes near to a result where there is
    none."""

    cells: tuple[SuggestedCell, ...]
    models: tuple[ModelCandidate, ...]
    candidates: tuple[FigureCandidate, ...]
    model: str | None
    signal: str | None
    figures: tuple[FigureCandidate, ...]
    horizon: Horizon
    inputs: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    has_meta: bool = False
    signals: tuple[str, ...] = ()
    nearest: tuple[Nearest, ...] = ()

    @property
    def report(self) -> str | None:
        """The expression that holds all figures; None where each has its own."""
        return self.figures[0].text if len(self.figures) == 1 and self.figures[0].whole else None

    @property
    def tags(self) -> dict[int, str]:
        """The tag to add, by the index of the cell."""
        return {cell.index: cell.tag for cell in self.cells if cell.tag is not None and cell.had is None}


def suggest(
    notebook: Notebook, outputs: Mapping[int, StoredOutput], choice: Choice | None = None
) -> Suggestion:
    """The proposal for ``notebook``. ``outputs`` are what its cells printed and gave, as stored. Never raises."""
    choice = choice or Choice()
    code = [cell for cell in notebook.cells if cell.kind == "code" and cell.tag != "meta"]
    facts = facts_of(code, notebook.path)
    aliases = aliases_of(one.source for one in facts)
    paths = Paths(facts, aliases)
    sliced = cells_for_slicing(facts, paths, aliases)
    return _Maker(
        notebook=notebook, facts=facts, sliced=sliced, paths=paths, outputs=outputs, choice=choice
    ).suggestion()


class _Maker:
    """One proposal in the making."""

    def __init__(
        self,
        *,
        notebook: Notebook,
        facts: Sequence[CellFacts],
        sliced: Sequence[SlicedCell],
        paths: Paths,
        outputs: Mapping[int, StoredOutput],
        choice: Choice,
    ) -> None:
        self._notebook, self._facts, self._sliced, self._outputs = notebook, facts, sliced, outputs
        self._paths = paths
        self._is_detached = False
        self._models = model_candidates(facts, paths)
        self._candidates = figure_candidates(facts, paths, outputs)
        self._given = {name for cell in sliced for name in cell.use.may_give}
        self._last = {
            name: cell.index for cell in sliced for name in cell.use.may_give | set(cell.use.changes)
        }
        self._choice = choice
        self._imported = frozenset(one.local for cell in facts for one in cell.imports)
        modules = {
            one.local: f"{one.module}.{one.name}" if one.name else one.module
            for cell in facts
            for one in cell.imports
        }
        self._holdings = Holdings(facts, paths)
        self._signals = signal_candidates(sliced, paths, modules, self._holdings)
        self._judged = self._judged_signals()

    def suggestion(self) -> Suggestion:
        model, signal = self._result()
        result = model or signal
        forced = {one.cell.index: f"tagged [{one.tag}] already" for one in self._facts if one.tag}
        core_roots = self._roots([result] if result else [])
        core = slice_back(self._sliced, core_roots, forced)
        figures = self._figures(core_roots, forced)
        roots = self._roots([*([result] if result else []), *(one.text for one in figures)])
        whole = slice_back(self._sliced, roots, forced)
        whole = self._with_showing(whole, roots, forced, figures)
        kept = [cell for cell in self._sliced if cell.index in whole.kept]
        inputs, remarks = inputs_of(kept)
        return Suggestion(
            cells=tuple(self._cell(one, core, whole, figures, result) for one in self._facts),
            models=self._models,
            candidates=self._candidates,
            model=model,
            signal=signal,
            figures=figures,
            horizon=horizon_of([cell.facts for cell in kept], _names_in(signal) if signal else ()),
            inputs=inputs,
            remarks=(
                *remarks,
                *variable_remarks([cell.facts for cell in kept], self._paths),
                *self._remarks(whole),
            ),
            unknown=tuple(sorted(self._unknown(result, figures))),
            has_meta=any(cell.tag == "meta" for cell in self._notebook.cells),
            signals=tuple(one.expression for one in self._judged),
            nearest=() if result else nearest_to_a_result(self._facts, self._holdings),
        )

    def _result(self) -> tuple[str | None, str | None]:
        """The model or the signal: what the user says, else what is fitted last, unless that is a step to positions which are judged."""
        choice = self._choice
        if choice.signal is not None:
            return None, choice.signal
        if choice.model is not None:
            named = choice.model in {one.name for one in self._models}
            if not named and holds_positions(choice.model, self._sliced, self._paths):
                return None, choice.model
            return choice.model, None
        fitted = [one for one in self._models if not one.prepares]
        if fitted and not (self._judged and all(only_a_step(one, self._facts) for one in fitted)):
            return fitted[0].expression, None
        likeliest = [*self._judged, *(() if fitted else self._signals)]
        likeliest.sort(key=lambda one: not one.is_called)
        return None, likeliest[0].expression if likeliest else None

    def _judged_signals(self) -> tuple[SignalCandidate, ...]:
        """Signals that a shown metric depends on."""
        sources = sources_of(self._facts)
        read = [closed(one.names, sources) for one in self._candidates if one.rank >= _SHOWN_METRIC]
        fits = any(not one.prepares for one in self._models)
        return tuple(
            one
            for one in self._signals
            if (one.is_called or not fits) and any(one.name in names for names in read)
        )

    def _figures(
        self, roots: Mapping[int, list[str]], forced: Mapping[int, str]
    ) -> tuple[FigureCandidate, ...]:
        """Those chosen; else the likeliest, and further metrics that no further cell is needed for."""
        if self._choice.figures:
            chosen = tuple(self._chosen(name, text) for name, text in self._choice.figures)
            return chosen if len(chosen) == 1 else tuple(replace(one, whole=False) for one in chosen)
        usable = [
            one for one in self._candidates if (one.rank > 4 or one.stored) and self._holds_at_the_end(one)
        ]
        if not usable:
            return ()
        first, *others = self._of_the_result(usable, roots)
        if first.whole:
            return (first,)
        found = [first]
        kept = slice_back(self._sliced, _joined(roots, self._roots([first.text])), forced).kept
        for one in others:
            if (
                one.in_loop
                or one.rank < _SHOWN_METRIC
                or len(found) == _MOST_FIGURES
                or {one.name, one.text} & {f.text for f in found}
            ):
                continue
            if slice_back(self._sliced, self._roots([one.text]), forced).kept.keys() <= kept.keys():
                found.append(replace(one, whole=False))
        return tuple(found)

    def _of_the_result(
        self, usable: Sequence[FigureCandidate], roots: Mapping[int, list[str]]
    ) -> Sequence[FigureCandidate]:
        """Those that depend on the model or the signal, and not on another model instead; all where none does."""
        names = {name for given in roots.values() for name in given}
        made = {cell.index for cell in self._sliced if names & (cell.use.may_give | set(cell.use.changes))}
        sources = sources_of(self._facts)
        models = {one.name for one in self._models if not one.prepares}
        own = names | (models & closed(names, sources))
        found = []
        for one in usable:
            held = models & closed(one.names, sources)
            kept = slice_back(self._sliced, self._roots([one.text]), {}).kept
            if kept.keys() & made and (not held or held & own):
                found.append(one)
        self._is_detached = not found
        return found or usable

    def _chosen(self, name: str, text: str) -> FigureCandidate:
        known = next((one for one in self._candidates if text in {one.text, one.name}), None)
        if known is not None:
            return replace(known, name=name or known.name, in_loop=False, whole=known.whole and not name)
        return FigureCandidate(
            name=name or figure_name("", text),
            text=text,
            names=_names_in(text),
            cell=0,
            rank=0,
            how="as you say",
        )

    def _holds_at_the_end(self, one: FigureCandidate) -> bool:
        """Whether the names of a figure are still the same when all cells have run."""
        return all(self._last.get(name, 0) <= one.cell for name in one.names)

    def _roots(self, expressions: Sequence[str]) -> dict[int, list[str]]:
        """Where the names of expressions are wanted: below the last cell that binds or changes them."""
        found: dict[int, list[str]] = {}
        for text in expressions:
            for name in _names_in(text):
                if name in self._last:
                    found.setdefault(self._last[name], []).append(name)
        return found

    def _with_showing(
        self,
        whole: Slice,
        roots: Mapping[int, list[str]],
        forced: Mapping[int, str],
        figures: Sequence[FigureCandidate],
    ) -> Slice:
        """Keep the cells that show the figures where that brings no further cell with it."""
        for one in figures:
            if one.cell in whole.kept or not one.cell:
                continue
            wider = slice_back(self._sliced, roots, {**forced, one.cell: f"shows {one.name}"})
            if wider.kept.keys() == whole.kept.keys() | {one.cell}:
                whole, forced = wider, {**forced, one.cell: f"shows {one.name}"}
        return whole

    def _cell(
        self,
        facts: CellFacts,
        core: Slice,
        whole: Slice,
        figures: Sequence[FigureCandidate],
        result: str | None,
    ) -> SuggestedCell:
        index = facts.cell.index
        lines = [line for line in facts.lines if line.strip() and not line.lstrip().startswith("# %%")]
        kept = whole.kept.get(index)
        reasons = list(kept or ())
        reasons += [
            f"shows {one.name}"
            for one in figures
            if kept and one.cell == index and f"shows {one.name}" not in reasons
        ]
        return SuggestedCell(
            index=index,
            first_line=lines[0] if lines else "",
            lines=len(lines),
            tag=facts.tag or (self._tag(facts, core, figures, result) if kept else None),
            why="; ".join(reasons) if kept else self._left(facts),
            had=facts.tag or None,
        )

    def _tag(
        self, facts: CellFacts, core: Slice, figures: Sequence[FigureCandidate], result: str | None
    ) -> str:
        in_core = facts.cell.index in core.kept
        if _only_prepares(facts, self._imported) and not any(one.cell == facts.cell.index for one in figures):
            return "setup"
        holds = self._holding(result)
        fits = any(one.cell == facts.cell.index and not one.prepares for one in self._models)
        if in_core and (fits or any(self._last.get(name) == facts.cell.index for name in holds)):
            return "model"
        first_model = min((self._last.get(name, 0) for name in holds), default=0)
        return "features" if in_core or facts.cell.index < first_model else "eval"

    def _holding(self, result: str | None) -> set[str]:
        """The names that hold the result: of ``pd.Series(betas, index=prices.index)`` the array, not the frame that has its dates."""
        names = set(_names_in(result)) if result else set()
        made = next((one.name for one in self._signals if one.expression == result), None)
        return names if made is None else {made}

    def _left(self, facts: CellFacts) -> str:
        if facts.tree is None:
            return "cannot be read as Python"
        fitted = [one.name for one in self._models if one.cell == facts.cell.index and not one.prepares]
        if fitted:
            return f"fits {', '.join(fitted)}, which the result does not need"
        sliced = next(cell for cell in self._sliced if cell.index == facts.cell.index)
        if sliced.writes:
            return f"writes {', '.join(sorted(sliced.writes))}, which nothing kept reads"
        given = sorted(sliced.use.may_give - self._imported)
        given = [name for name in given if not name.startswith("_")]
        if given:
            return (
                f"gives {', '.join(given[:4])}{', ...' if len(given) > 4 else ''}, which nothing kept reads"
            )
        if sliced.use.changes:
            return f"changes {', '.join(sorted(sliced.use.changes)[:4])}, which nothing kept reads afterwards"
        if all(isinstance(one, ast.Import | ast.ImportFrom) for one in facts.tree.body):
            return "imports what nothing kept uses" if facts.tree.body else "holds no code"
        return "only shows"

    def _remarks(self, whole: Slice) -> list[str]:
        found = [
            f"cell {one.cell.index} cannot be read as Python, and was not looked at"
            for one in self._facts
            if one.tree is None
        ]
        counts = [
            (self._outputs[one.cell.index].execution_count, one.cell.index)
            for one in self._facts
            if one.cell.index in self._outputs
        ]
        ran = [(count, index) for count, index in counts if count is not None]
        for (before, above), (count, index) in pairwise(ran):
            if count < before:
                found.append(
                    f"cell {above} last ran after cell {index}: the stored figures may not be those of the cells in their order"
                )
                break
        if self._is_detached:
            found.append("no figure that is shown depends on what is proposed as the result")
        stars = [cell.index for cell in self._sliced if cell.has_star and cell.index not in whole.kept]
        unknown = sorted(name for name in whole.open_names if not is_provided(name))
        if unknown:
            also = f"; cell {stars[0]} imports *" if stars else ""
            found.append(f"no cell gives {', '.join(unknown[:6])}{also}")
        return found

    def _unknown(self, result: str | None, figures: Sequence[FigureCandidate]) -> set[str]:
        found: set[str] = set()
        for text in [*([result] if result else []), *(one.text for one in figures)]:
            try:
                found |= {
                    name
                    for name in parse_expression(text, 1).names
                    if name not in self._given and not is_provided(name)
                }
            except ExpressionError:
                found.add(text)
        return found


def _names_in(text: str) -> tuple[str, ...]:
    """The names that an expression reads; none where it is none."""
    try:
        return parse_expression(text, 1).names
    except ExpressionError:
        return ()


def _joined(left: Mapping[int, list[str]], right: Mapping[int, list[str]]) -> dict[int, list[str]]:
    return {index: [*left.get(index, ()), *right.get(index, ())] for index in {*left, *right}}


def _only_prepares(facts: CellFacts, imported: Collection[str]) -> bool:
    """Whether a cell only imports, defines, and sets constants and options: it reads no data, and nothing that other cells computed."""
    found: list[bool] = []
    for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ()):
        if isinstance(
            statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef
        ):
            continue
        found += [
            _is_setting(value, imported)
            for value in own_expressions(statement)
            if not isinstance(statement, ast.If | ast.Try)
        ]
    return all(found) and not any(
        isinstance(node, ast.Attribute) and node.attr.startswith(("read_", "fit", "to_"))
        for node in _outside_definitions(facts)
    )


def _outside_definitions(facts: CellFacts) -> list[ast.AST]:
    return [
        node
        for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ())
        for given in own_expressions(statement)
        for node in walk(given)
    ]


def _is_setting(value: ast.expr, imported: Collection[str]) -> bool:
    """Whether an expression is made of literals, of what was imported, of Python's own functions but `open`, and of constants in
    capitals, such as ``Path("..") / "data"``."""
    for node in walk(value):
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and not (
                node.id in imported
                or (node.id in BUILTINS and node.id not in {"open", "display"})
                or node.id.isupper()
                or node.id.endswith(("_path", "_dir", "_folder"))
            )
        ):
            return False
    return True
