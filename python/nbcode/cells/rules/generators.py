"""The generators of random numbers that a whole process shares: which calls draw from them, which seed them, and where cells that are
not promoted do so before promoted ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from nbcode.cells.context import dotted_name
from nbcode.cells.rules.calls import has_double_star, keyword, literal
from nbcode.cells.source_facts import SourceFacts, aliases_of
from nbcode.primitives import dataclass

NUMPY, PYTHON = "numpy.random", "random"
SEEDED_BY_ARGUMENT = frozenset(
    {"random.Random", "numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.SeedSequence",
     "numpy.random.PCG64", "numpy.random.MT19937", "numpy.random.Philox"}
)  # fmt: skip
NOT_A_DRAW = frozenset(
    {"seed", "setstate", "getstate", "set_state", "get_state", "Generator", "BitGenerator", "SystemRandom"}
)
_SEEDS = {
    "numpy.random.seed": NUMPY,
    "numpy.random.set_state": NUMPY,
    "random.seed": PYTHON,
    "random.setstate": PYTHON,
}
_DRAWS_IN_A_FIT = frozenset(
    """
    RandomForestRegressor RandomForestClassifier ExtraTreesRegressor ExtraTreesClassifier GradientBoostingRegressor
    GradientBoostingClassifier HistGradientBoostingRegressor HistGradientBoostingClassifier MLPRegressor MLPClassifier
    SGDRegressor SGDClassifier DecisionTreeRegressor DecisionTreeClassifier ExtraTreeRegressor BaggingRegressor
    BaggingClassifier AdaBoostRegressor AdaBoostClassifier KMeans MiniBatchKMeans IsolationForest RANSACRegressor
    RandomizedSearchCV ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RandomForestQuantileRegressor FastICA
    GaussianMixture TSNE RBFSampler Nystroem QuantileTransformer BayesianGaussianMixture RandomTreesEmbedding
    """.split()
)
_SHUFFLES = frozenset({"KFold", "StratifiedKFold"})
_MAY_TOUCH = re.compile(
    r"random|sample|rvs|train_test_split|Fold|" + "|".join(sorted(_DRAWS_IN_A_FIT)), re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A call that draws from a shared generator, or seeds it, also by a function of the cells."""

    generator: str
    seeds: bool
    call: ast.Call


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenDraw:
    """A cell that is not promoted, by its number, draws from or seeds a generator before cell ``reader``, which is promoted, draws from it.
    ``seeded``: something above seeds it, so that a kernel gives the same each time."""

    cell: int
    use: Use
    reader: int
    read: Use
    seeded: bool


def draws_unseeded(call: ast.Call, name: str) -> bool:
    """Whether the estimator or splitter ``name`` of a library is made without a ``random_state`` that it draws by."""
    state = keyword(call, "random_state")
    given = state is not None and not (isinstance(state, ast.Constant) and state.value is None)
    if given or has_double_star(call):
        return False
    if name in _SHUFFLES:
        return literal(keyword(call, "shuffle")) is True
    if name == "train_test_split":
        return literal(keyword(call, "shuffle")) is not False
    return name in _DRAWS_IN_A_FIT


def samples_rows(call: ast.Call) -> bool:
    """``frame.sample(frac=1)``, ``norm.rvs(size=3)``: drawing by pandas or scipy, without random_state."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in {"sample", "rvs"}:
        return False
    if keyword(call, "random_state") is not None or has_double_star(call):
        return False
    return any(keyword(call, name) is not None for name in ("frac", "n", "size"))


def hidden_draws(cells: Sequence[tuple[bool, SourceFacts]]) -> Iterator[HiddenDraw]:
    """``cells`` in the order in which they run, each with whether it is promoted."""
    if not any(not promoted and _MAY_TOUCH.search(facts.source) for promoted, facts in cells):
        return
    uses = _uses([facts for _, facts in cells])
    waiting: dict[str, dict[int, Use]] = {NUMPY: {}, PYTHON: {}}
    seeded: set[str] = set()
    for number, ((promoted, _), found) in enumerate(zip(cells, uses, strict=True)):
        for use in found:
            here = waiting[use.generator]
            if use.seeds:
                seeded.add(use.generator)
                here.clear()
            if not promoted:
                here.setdefault(number, use)
            elif not use.seeds:
                for cell, hidden in here.items():
                    yield HiddenDraw(
                        cell=cell, use=hidden, reader=number, read=use, seeded=use.generator in seeded
                    )
                here.clear()


def draws_left_behind(cells: Sequence[tuple[bool, str]]) -> list[HiddenDraw]:
    """:func:`hidden_draws` of sources."""
    return list(hidden_draws([(promoted, SourceFacts(text, thorough=False)) for promoted, text in cells]))


def _uses(cells: Sequence[SourceFacts]) -> list[list[Use]]:
    """What each cell does to the generators when it runs, in the order of its text."""
    aliases = aliases_of(cells)
    by_function: dict[str, list[Use]] = {}
    outside: list[list[tuple[ast.Call, list[Use]]]] = []
    inside: dict[str, list[ast.Call]] = {}
    for facts in cells:
        spans = [] if facts.tree is None else [n for n in facts.tree.body if isinstance(n, ast.FunctionDef)]
        outside.append([])
        for call in facts.all_of(ast.Call):
            used = _use(call, dotted_name(call.func, aliases))
            name = next((f.name for f in spans if _in(call, f)), None)
            if name is None:
                outside[-1].append((call, used))
            else:
                by_function.setdefault(name, []).extend(used)
                inside.setdefault(name, []).append(call)
    changed = True
    while changed:
        changed = False
        for name, calls in inside.items():
            known = by_function[name]
            more = [use for call in calls for use in by_function.get(_called(call), ()) if use not in known]
            if more:
                by_function[name], changed = [*known, *dict.fromkeys(more)], True
    return [
        [
            use
            for call, used in calls
            for use in (
                *used,
                *(_at(call, one) for one in by_function.get(_called(call), ())),
            )
        ]
        for calls in outside
    ]


def _in(call: ast.Call, function: ast.FunctionDef) -> bool:
    return function.body[0].lineno <= call.lineno <= (function.end_lineno or 0)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _at(call: ast.Call, use: Use) -> Use:
    return Use(generator=use.generator, seeds=use.seeds, call=call)


def _use(call: ast.Call, dotted: str) -> list[Use]:
    if dotted in _SEEDS:
        given = bool(call.args or call.keywords)
        return [Use(generator=_SEEDS[dotted], seeds=True, call=call)] if given else []
    last = dotted.rpartition(".")[2]
    generator = ""
    if dotted not in SEEDED_BY_ARGUMENT and last not in NOT_A_DRAW:
        if dotted.startswith("numpy.random.") and dotted.count(".") == 2:
            generator = NUMPY
        elif dotted.startswith("random.") and dotted.count(".") == 1:
            generator = PYTHON
        elif samples_rows(call) or (dotted.startswith("sklearn.") and draws_unseeded(call, last)):
            generator = NUMPY
    return [Use(generator=generator, seeds=False, call=call)] if generator else []
