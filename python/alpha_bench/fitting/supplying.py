"""From what a caller holds to what a model reads: the recipe of the data that the model was fitted on, done to other rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from alpha_bench.errors import AlphaBenchError, DataError, nearest, some
from alpha_bench.fitting.needs import Needs
from alpha_bench.panel import Recipe, Supply

if TYPE_CHECKING:
    from alpha_bench.panel import HandedOver, Panel, ReferenceData, ReferenceTable


def columns_to_read(needs: Needs, recipe: Recipe) -> set[str]:
    """What may be of use of the columns that a caller holds."""
    chain = recipe.supplied({*needs.fields, *needs.groups}, ())
    raw = {recipe.date, recipe.symbol, *(old for old, _ in recipe.renames)}
    return {*needs.columns, *raw, *chain.formulas, *chain.missing, *chain.reference}


@dataclass(frozen=True, kw_only=True)
class Supplied:
    """Columns by name, called as in the panel of the fit, and where each field that the model reads comes from.

    Attributes:
        source: how messages call what holds them.
        names: columns, and levels of the index.
        needs: what the model reads.
        recipe: how the panel of the fit was made.
        given: the reference that the caller gave.
    """

    source: str
    names: frozenset[str]
    needs: Needs
    recipe: Recipe
    given: ReferenceTable | None

    @cached_property
    def supply(self) -> Supply:
        """Where the fields come from."""
        found = self.recipe.supplied(self.read, self.names)
        if self.given is None:
            return found
        there = {*self.given.numbers, *self.given.texts}
        return replace(
            found,
            reference=(found.reference | found.missing) & there,
            missing=(found.reference | found.missing) - there,
        )

    @property
    def read(self) -> tuple[str, ...]:
        """The fields and groups that the model reads."""
        return tuple(sorted((*self.needs.fields, *self.needs.groups)))

    @property
    def is_complete(self) -> bool:
        """Whether everything that the model reads is there or can be made."""
        return not self.supply.missing and (self.given is not None or not self.supply.reference)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that the rows themselves hold."""
        return tuple(g for g in self.needs.groups if g in self.supply.columns)

    @property
    def constants(self) -> tuple[str, ...]:
        """Columns of the rows that the panel of the fit had from its reference, as numbers that are constant over time."""
        known = dict(self.recipe.reference or ())
        return tuple(sorted(n for n in self.supply.columns if known.get(n) == "number"))

    @property
    def reference(self) -> ReferenceTable | None:
        """Of the reference that was given what is read."""
        wanted, given = self.supply.reference, self.given
        if given is None or not wanted:
            return None
        return replace(
            given,
            numbers={n: v for n, v in given.numbers.items() if n in wanted},
            texts={n: v for n, v in given.texts.items() if n in wanted},
        )

    def lacking(self, *, keyed: bool) -> DataError:
        """R69 where only a reference is missing, else R36 with the columns that are missing, and those that may be meant."""
        if not self.supply.missing and keyed:
            return self._no_reference()
        here = {*self.names}
        missing = [
            c for c in (*(() if keyed else ("date", "symbol")), *sorted(self._missing)) if c not in here
        ]
        of_reference = dict(self.recipe.reference or ()) if self.given is not None else {}
        if missing and set(missing) <= of_reference.keys():
            fix = f"add {', '.join(missing)} to the reference"
            return lacks("the reference", missing, self._in_reference, fix, self._formulas)
        texts = [c for c in missing if c in self.needs.groups]
        fix = f"add {', '.join(missing)}" + (f"; {', '.join(texts)} as texts" if texts else "")
        return lacks(self.source, missing, here - {*self.needs.columns}, fix, self._formulas)

    def refuse_both(self) -> None:
        """Raise AlphaBenchError R69 where a column of numbers is there and in the reference."""
        both = sorted(self.supply.columns & (set() if self.given is None else self.given.numbers.keys()))
        if both:
            raise DataError(
                "R69",
                f"{', '.join(both)} {'is' if len(both) == 1 else 'are'} in the data and in the reference",
                fix="leave the column out of one of them",
                columns=both,
            )

    @property
    def _in_reference(self) -> set[str]:
        """The columns of the reference that the model's data did not have."""
        given = self.given
        there = set() if given is None else {*given.numbers, *given.texts}
        return there - dict(self.recipe.reference or ()).keys()

    @property
    def _missing(self) -> frozenset[str]:
        return self.supply.missing if self.given is not None else self.supply.missing | self.supply.reference

    @property
    def _formulas(self) -> str:
        """Of the formulas those that want what is missing, as a part of a sentence."""
        from alpha_bench.panel import names_in

        wanting = [str(one) for one in self.supply.derive if names_in(one.name, one.formula) & self._missing]
        return f"; {some(wanting)} needs it" if wanting else ""

    def _no_reference(self) -> DataError:
        wanted = sorted(self.supply.reference)
        return DataError(
            "R69",
            f"the data lacks {', '.join(wanted)}, which the model had from a reference table{self._formulas}",
            fix="give one, predict(..., reference=path_or_frame): one row a symbol; or put the columns beside the prices",
            missing=wanted,
        )


@dataclass(frozen=True, kw_only=True)
class SuppliedRows(Supplied):
    """What a caller holds in memory: ``held`` is a frame, or wide frames. ``called``: what the caller calls a name of the panel, where that
    is another."""

    held: HandedOver
    called: Mapping[str, str]

    def of_wide(self, frames: Mapping[str, Any]) -> Panel:
        """The panel of wide frames, some sessions of those that are held. Raises AlphaBenchError as ``Panel.of``."""
        from alpha_bench.panel import Panel

        return Panel.from_fields(frames, reference=self.reference, derive=self.supply.formulas)


def supplied(held: HandedOver, needs: Needs, recipe: Recipe, reference: ReferenceData | None) -> SuppliedRows:
    """``held`` with the names that the recipe gives, and the reference as it is read.

    Raises:
        AlphaBenchError: R70 where a column is there by two names; R69 where the reference cannot be used.
    """
    held, new = _named(held, recipe)
    index = () if held.frame is None else map(str, held.frame.index.names)
    found = SuppliedRows(
        held=held,
        called={name: old for old, name in new.items()},
        source="the frame" if held.wide is None else "the mapping",
        names=frozenset((*held.names, *index)),
        needs=needs,
        recipe=recipe,
        given=None if reference is None else reference_for(reference, recipe),
    )
    found.refuse_both()
    return found


def lacks(source: str, missing: list[str], here: set[str], fix: str, formulas: str = "") -> DataError:
    """R36 with the columns that are missing, and those that may be meant."""
    close = {c: nearest(c, here) for c in missing}
    meant = {found: c for c, found in close.items() if found}
    return DataError(
        "R36",
        f"{source} lacks {', '.join(missing)}{formulas}",
        fix=(f"rename {meant}; or " if meant else "") + fix,
        missing=missing,
    )


@contextmanager
def words_of_the_caller(called: Mapping[str, str]) -> Iterator[None]:
    """What is refused here names columns as the caller does: ``called`` has theirs by those of the panel."""
    try:
        yield
    except AlphaBenchError as error:
        if not called:
            raise
        message, fix = (_renamed(text, called) for text in (error.message, error.fix))
        context = {
            key: called.get(one, one) if key == "column" and isinstance(one, str) else one
            for key, one in error.context.items()
        }
        raise type(error)(error.code, message, fix=fix, **context) from error


def _renamed(text: str, called: Mapping[str, str]) -> str:
    """``text`` with each name that it quotes as it is called."""

    def said(found: re.Match[str]) -> str:
        name = called.get(found[2], found[2])
        return f"{found[1]}{name}{found[3]}"

    return re.sub(r"""(column '|level '|frame '|\[")([^'"]+)('|"\])""", said, text)


def _named(held: HandedOver, recipe: Recipe) -> tuple[HandedOver, dict[str, str]]:
    frame: Any = held.frame
    if held.wide is not None:
        new = recipe.names_here(tuple(held.wide))
        wide = {new.get(name, name): one for name, one in held.wide.items()}
        return (replace(held, wide=wide, names=tuple(wide)) if new else held), new
    new = recipe.names_here((*held.names, *(str(n) for n in frame.index.names if n is not None)))
    if new:
        frame = frame.rename(columns=new)
        frame.index = frame.index.set_names([new.get(n, n) for n in frame.index.names])
    form = "" if recipe.layout is None else recipe.layout.date_format
    if form and "date" in frame.columns:
        from alpha_bench.panel import dates_of_texts

        frame = frame.assign(date=dates_of_texts(frame["date"], form))
    return replace(held, frame=frame, names=tuple(new.get(n, n) for n in held.names)), new


def reference_for(given: ReferenceData, recipe: Recipe) -> ReferenceTable:
    """The reference, whose symbols may be called as in the panel of the fit, or ``symbol``. Raises AlphaBenchError R69."""
    from alpha_bench.panel import reference_of

    problem: AlphaBenchError | None = None
    for symbol in dict.fromkeys((recipe.symbol, "symbol")):
        try:
            return reference_of(given, symbol=symbol, layout=recipe.layout)
        except AlphaBenchError as error:
            problem = problem or error
    assert problem is not None, "a name was tried"
    raise DataError(
        "R69", f"the reference cannot be used: {problem.message}", fix=problem.fix, **problem.context
    ) from problem
