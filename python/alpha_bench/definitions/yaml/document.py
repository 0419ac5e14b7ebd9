"""The YAML form of a definition: the same definition, and the same digest, as the notebook and Python forms.

::

    meta: {id: momentum}           # for whoever registers the model, who reads it; no part of the definition
    define:                        # names for what is used more than once; they are written out, and are no part of the identity
      liquid: cs.top(features.adv(20), 500)
    features:                      # a list, or a mapping of names to formulas
      - ret(window=20)
      - cs.rank(ret(60))
      - {op: ts.mean, args: [{field: volume}], params: {window: 20}}
    label: labels.excess(fwd_ret_10d)
    universe: liquid               # left out: every asset
    weights: 1 / volatility(20)    # left out: every row counts 1
    preprocess: [winsorize(0.01), standardize]                 # fitted on each fold's training rows
    model: Ridge                   # or Ridge(alpha=2.0), or {estimator: <name or path>, params: {alpha: 2.0}}
    search: {space: {alpha: [0.1, 1, 10]}, folds: 3, score: rank_ic}   # left out: the parameters are as written
    evaluation: {folds: 12, embargo: 5d, window: expanding}    # left out: a model definition only
                                   # or {splitter: purged_kfold, ...}, {splitter: combinatorial_purged_kfold, ...}
    data: {prices: prices.parquet, reference: names.csv}       # for `alpha_bench run`; no part of the definition

Strict: no anchors, tags, or keys twice; an unknown key is refused with the nearest known one. Every error has line and column, and
all of them are found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from alpha_bench.custom import without_custom
from alpha_bench.definitions.model import (
    EvaluationDefinition,
    ModelDefinition,
    check_feature,
    check_label,
    check_weights,
    define_model,
)
from alpha_bench.definitions.named_estimators import Estimator
from alpha_bench.definitions.preprocessing import Step
from alpha_bench.definitions.search_space import Search
from alpha_bench.definitions.universe import check_universe
from alpha_bench.definitions.yaml._parser import (
    Entries,
    Items,
    Scalar,
    YamlNode,
    YamlPlace,
    plain,
    problem,
    read_document,
)
from alpha_bench.definitions.yaml.sections import SEARCH_KEYS, estimator_of, search_of, step_of
from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.expressions import Expr, expr_from_plain
from alpha_bench.model_selection import SPLITTERS, parse_splitter, whole_number
from alpha_bench.vocabulary import parse_expression

_T = TypeVar("_T")

KEYS = (
    "meta", "define", "features", "label", "universe", "weights", "preprocess", "model", "search", "evaluation", "data",
)  # fmt: skip
NEEDED = ("features", "label", "model")
DATA_KEYS = ("prices", "reference", "derive", "date", "symbol")


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSource:
    """Where ``alpha_bench run`` finds its panel; paths as written, relative to the document."""

    prices: str
    reference: str | None = None
    derive: tuple[tuple[str, str], ...] = ()
    date: str = "date"
    symbol: str = "symbol"


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlReading:
    """What a document says. ``definition`` is None where ``problems`` has any; they are in the order of the document. ``reads``: each
    field of the panel that a formula of the model reads, with the formula and its place."""

    definition: EvaluationDefinition | ModelDefinition | None
    data: PanelSource | None
    problems: tuple[AlphaBenchError, ...]
    reads: tuple[tuple[str, str, YamlPlace], ...] = ()


def definition_from_yaml(text: str) -> EvaluationDefinition | ModelDefinition:
    """The definition that a YAML document writes.

    Raises:
        AlphaBenchError: the first problem; ``context["line"]`` and ``context["column"]`` (1-based) say where; R37 for the document
            itself, else the code of the part that is wrong.
    """
    reading = read_yaml(text)
    if reading.definition is None:
        raise reading.problems[0]
    return reading.definition


def read_yaml(text: str) -> YamlReading:
    """Read a document and find everything that is wrong with it; nothing is computed, and nothing in it is executed."""
    reader = _Reader()
    definition, data = None, None
    try:
        definition, data = reader.document(read_document(text))
    except AlphaBenchError as error:
        reader.problems.append(error)
    problems = tuple(sorted(reader.problems, key=_position))
    return YamlReading(
        definition=None if problems else definition, data=data, problems=problems, reads=tuple(reader.reads)
    )


def _position(error: AlphaBenchError) -> tuple[int, int]:
    line, column = error.context.get("line", 1), error.context.get("column", 1)
    return (int(line), int(column)) if isinstance(line, int) and isinstance(column, int) else (1, 1)


class _Reader:
    """Reads each part by itself, so that a mistake in one does not hide those in the others."""

    def __init__(self) -> None:
        self.problems: list[AlphaBenchError] = []
        self.names: dict[str, Expr] = {}
        self.reads: list[tuple[str, str, YamlPlace]] = []

    def document(
        self, node: YamlNode
    ) -> tuple[EvaluationDefinition | ModelDefinition | None, PanelSource | None]:
        top = self._entries(node, KEYS, NEEDED)
        if "meta" in top:
            self._try(top["meta"], lambda n: self._entries(n, None))
        if "define" in top:
            self._define(top["define"])
            self.reads.clear()  # what no formula of the model uses is not computed
        names, features = self._features(top["features"]) if "features" in top else ([], [])
        label = self._part(top, "label", lambda n: check_label(self._expression(n)))
        universe = self._part(top, "universe", lambda n: check_universe(self._expression(n)))
        weights = self._part(top, "weights", lambda n: check_weights(self._expression(n)))
        steps = self._steps(top["preprocess"]) if "preprocess" in top else []
        spec = self._part(top, "model", estimator_of)
        search = None if spec is None else self._part(top, "search", lambda n: self._search(n, spec))
        data = self._part(top, "data", self._data)
        judged = self._part(top, "evaluation", self._evaluation)
        if self.problems or spec is None:
            return None, data
        given: object = dict(zip(names, features, strict=True)) if names else features
        how = {"universe": universe, "weights": weights, "preprocess": steps}
        model = self._part(top, "features", lambda _: define_model(spec, given, label, search=search, **how))
        if model is None or judged is None:
            return model, data
        return judged(model), data

    def _part(self, top: Mapping[str, YamlNode], name: str, make: Callable[[YamlNode], _T]) -> _T | None:
        return self._try(top[name], make) if name in top else None

    def _try(self, node: YamlNode, make: Callable[[YamlNode], _T]) -> _T | None:
        """``make(node)``; an error is kept, with the node's line and column."""
        try:
            return make(node)
        except AlphaBenchError as error:
            self.problems.append(error if "line" in error.context else _located(node, error))
        return None

    def _entries(
        self, node: YamlNode, known: tuple[str, ...] | None, needed: Iterable[str] = ()
    ) -> Mapping[str, YamlNode]:
        """The entries of a mapping; unknown and missing keys are kept as problems. Raises R37 for anything but a mapping."""
        if not isinstance(node, Entries):
            raise problem(
                node.place, "R37", "a mapping is needed here", f"write {known[0] if known else 'name'}: ..."
            )
        meant = set()
        for name, place in node.keys.items():
            if known is not None and name not in known:
                close = nearest(name, known)
                meant.add(close)
                fix = f"did you mean {close!r}?" if close else f"the keys are {', '.join(known)}"
                self.problems.append(problem(place, "R37", f"unknown key {name!r}", fix))
        for name in needed:
            if name not in node.nodes and name not in meant:
                self.problems.append(
                    problem(node.place, "R37", f"{name!r} is missing", fix=f"write {name}: ...")
                )
        return {name: value for name, value in node.nodes.items() if known is None or name in known}

    def _define(self, node: YamlNode) -> None:
        written = self._try(node, lambda n: self._entries(n, None)) or {}
        for name, value in written.items():
            place = node.keys[name] if isinstance(node, Entries) else node.place
            if not name.isidentifier():
                fix = "use letters, digits and _"
                self.problems.append(problem(place, "R37", f"{name!r} cannot be used in a formula", fix))
            made = self._try(value, self._expression)
            if made is None:
                continue
            below = sorted(_fields_of(made) & (written.keys() - self.names.keys() - {name}))
            if below:
                self.problems.append(
                    problem(
                        value.place,
                        "R37",
                        f"{name!r} uses {below[0]!r}, which is defined below it",
                        f"move {below[0]!r} above it; where each uses the other, write one of them out",
                    )
                )
            self.names[name] = made

    def _features(self, node: YamlNode) -> tuple[list[str], list[Expr | None]]:
        if isinstance(node, Entries):
            return list(node.nodes), [self._try(v, self._feature) for v in node.nodes.values()]
        if isinstance(node, Items):
            return [], [self._try(v, self._feature) for v in node.nodes]
        self.problems.append(
            problem(
                node.place, "R37", "features is not a list", fix="write one formula a line, each after '- '"
            )
        )
        return [], []

    def _feature(self, node: YamlNode) -> Expr:
        expression = self._expression(node)
        check_feature(node.text if isinstance(node, Scalar) else str(expression), expression)
        return expression

    def _expression(self, node: YamlNode) -> Expr:
        if isinstance(node, Scalar):
            if node.text.count("(") != node.text.count(")"):
                raise problem(
                    node.place,
                    "R37",
                    f"{node.text!r} is not a formula: a parenthesis is missing",
                    "close it; inside [...] and {...} a comma ends the item, so put the formula in quotes or on a line of its own",
                )
            made = parse_expression(node.text, self.names)
        else:
            made = without_custom(expr_from_plain(plain(node)))
        written = node.text if isinstance(node, Scalar) else str(made)
        self.reads += [(field, written, node.place) for field in sorted(_fields_of(made))]
        return made

    def _steps(self, node: YamlNode) -> list[Step | None]:
        written = node.nodes if isinstance(node, Items) else (node,)
        return [self._try(step, step_of) for step in written]

    def _search(self, node: YamlNode, spec: Estimator) -> Search:
        self._entries(node, SEARCH_KEYS, ("space",))
        return search_of(node, spec)

    def _evaluation(self, node: YamlNode) -> Callable[[ModelDefinition], EvaluationDefinition]:
        written = node.nodes if isinstance(node, Entries) else {}
        name = plain(written["splitter"]) if "splitter" in written else "walk_forward"
        if not isinstance(name, str) or name not in SPLITTERS:
            close = nearest(str(name), SPLITTERS)
            fix = f"did you mean {close}?" if close else f"write one of {', '.join(SPLITTERS)}"
            raise problem(written["splitter"].place, "R37", f"splitter {name!r}", fix)
        entries = self._entries(node, ("splitter", *SPLITTERS[name], "trials"))
        given = {key: plain(value) for key, value in entries.items() if key != "splitter"}
        trials = whole_number(given.pop("trials", 1), "trials", least=1)
        splitter = parse_splitter(name, given)
        return lambda model: EvaluationDefinition(model=model, splitter=splitter, trials=trials)

    def _data(self, node: YamlNode) -> PanelSource:
        if isinstance(node, Scalar):
            return PanelSource(prices=_text(node, "data"))
        entries = self._entries(node, DATA_KEYS, ("prices",))
        derive = self._entries(entries["derive"], None) if "derive" in entries else {}
        written = {k: _text(v, k) for k, v in entries.items() if k != "derive"}
        return PanelSource(
            derive=tuple((k, _text(v, k)) for k, v in derive.items()), **{"prices": "", **written}
        )


def _fields_of(expression: Expr) -> set[str]:
    """The names in it that are none of the vocabulary and of `define` so far."""
    found, left, seen = set(), [expression], set()
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        left += node.args
        if node.op in {"field", "classifier"}:
            found.add(str(dict(node.params)["name"]))
    return found


def _text(node: YamlNode, name: str) -> str:
    if isinstance(node, Scalar) and node.text:
        return node.text
    raise problem(node.place, "R37", f"{name} is not text", "write a path, a name or a formula")


def _located(node: YamlNode, error: AlphaBenchError) -> AlphaBenchError:
    """``error`` with its place: that of the node, moved on by the column inside it where it has one."""
    inside = error.context.get("column", 1)
    offset = (inside if isinstance(inside, int) else 1) - 1
    place = YamlPlace(line=node.place.line, column=node.place.column + offset)
    return problem(place, error.code, error.message, error.fix, **error.context)
