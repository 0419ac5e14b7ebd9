"""Whether a change in place differs when its cell is run a second time.

``df["x"] = f(df["y"])`` gives the same again; ``df["x"] = df["x"] * 2`` and ``xs.append(1)`` do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.facts import CellFacts
from nbcode.cells.scopes import Event
from nbcode.cells.trees import walk

_SAME_AGAIN = frozenset(
    {".clear()", ".sort()", ".add()", ".discard()", ".fill()", ".setflags()", ".setdefault()"}
)
_IN_PLACE_SAME_AGAIN = frozenset(
    "dropna fillna ffill bfill sort_values sort_index drop_duplicates rename rename_axis clip interpolate".split()
)
_CONVERSIONS = frozenset(
    "to_datetime to_numeric to_timedelta Categorical asarray array float int str list".split()
)
_CONVERTING = frozenset(
    "astype fillna ffill bfill round abs clip lower upper strip normalize sort_values sort_index dropna tolist to_numpy "
    "replace str dt cat floor date to_period drop_duplicates".split()
)
"""Methods and accessors that give what they were given where it went through them before."""
_ACROSS = frozenset({"sum", "mean", "std", "var", "min", "max", "median", "prod", "any", "all", "count"})


def differs_when_repeated(facts: CellFacts, event: Event) -> bool:
    """Whether ``event``, a change in place, changes more when its cell runs again. What cannot be seen does not."""
    how = event.how
    if how in {"item assignment", "attribute assignment"}:
        return any(_reads_itself(target, value) for target, value in _stores(facts, event))
    if how == "inplace=True":
        return not any(
            isinstance(call.func, ast.Attribute) and call.func.attr in _IN_PLACE_SAME_AGAIN
            for call in facts.calls
            if _at(call, event)
        )
    if how == ".update()":
        return any(_mentions(call, event.name) for call in facts.calls if _at(call, event))
    return how not in _SAME_AGAIN


def _at(node: ast.expr, event: Event) -> bool:
    return (node.lineno, node.col_offset) == (event.line, event.offset)


def _mentions(call: ast.Call, name: str) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(n, ast.Name) and n.id == name for value in given for n in walk(value))


def _stores(facts: CellFacts, event: Event) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """The target that the event is about with the value that it is given; None where it is built on what was there."""
    for augmented in facts.all_of(ast.AugAssign):
        if _at(augmented.target, event):
            yield augmented.target, None
    for node in facts.all_of(ast.Assign):
        within = node.lineno <= event.line <= (node.end_lineno or node.lineno)
        for target in node.targets if within else ():
            for inner in walk(target):
                if isinstance(inner, ast.Subscript | ast.Attribute) and _at(inner, event):
                    yield inner, node.value
                    break
    for annotated in facts.all_of(ast.AnnAssign):
        if _at(annotated.target, event) and annotated.value is not None:
            yield annotated.target, annotated.value


def _reads_itself(target: ast.expr, value: ast.expr | None) -> bool:
    if value is None:
        return True
    own = _part(target)
    if _converted(value, own):
        return False
    root = own[0]
    for node in walk(value):
        if isinstance(node, ast.Subscript | ast.Attribute) and _part(node) == own:
            return True
        if isinstance(node, ast.Call) and _across_columns(node, root):
            return True
    return False


def _part(node: ast.expr) -> tuple[str, str]:
    """What is read or written of what: ``df["x"]``, ``df.x`` and ``df.loc[rows, "x"]`` are the same part of ``df``."""
    key = node.attr if isinstance(node, ast.Attribute) else ""
    held: ast.expr = node
    if isinstance(node, ast.Subscript):
        held = node.value
        wanted = node.slice
        if isinstance(held, ast.Attribute) and held.attr in {"loc", "iloc", "at", "iat"}:
            held = held.value
            wanted = wanted.elts[-1] if isinstance(wanted, ast.Tuple) and wanted.elts else wanted
        named = isinstance(wanted, ast.Constant) and isinstance(wanted.value, str)
        key = wanted.value if named else ast.dump(wanted)  # type: ignore[attr-defined]  # a Constant, as was just asked
    elif isinstance(node, ast.Attribute):
        held = node.value
    return ast.dump(held), str(key)


def _converted(value: ast.expr, own: tuple[str, str]) -> bool:
    """``df["date"] = pd.to_datetime(df["date"])``: a value that is brought into its form is in it the next time."""
    node = value
    while True:
        if isinstance(node, ast.Subscript | ast.Attribute) and _part(node) == own:
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _CONVERSIONS and node.args:
                node = node.args[0]
            elif name in _CONVERTING and isinstance(node.func, ast.Attribute):
                node = node.func.value
            else:
                return False
        elif isinstance(node, ast.Attribute) and node.attr in _CONVERTING:
            node = node.value
        else:
            return False


def _across_columns(call: ast.Call, root: str) -> bool:
    """``df.mean(axis=1)``: the next time it takes in what was assigned this time."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _ACROSS):
        return False
    axis = next((keyword.value for keyword in call.keywords if keyword.arg == "axis"), None)
    across = isinstance(axis, ast.Constant) and axis.value in {1, "columns"}
    return across and ast.dump(call.func.value) == root
