"""The door of alpha_bench: definitions as plain data and back, their digest, sessions, evaluation, fitted models.

Importing this module imports neither numpy nor anything else that is large; each function loads what it needs.

Plain data of a definition, every field always written::

    {"schema_version": 2,
     "features": [<expression>, ...],            {"op", "args", "params"} | {"field": name} | {"const": number}
     "label": <expression>,
     "universe": <condition> | null, "weights": <expression> | null,
     "preprocess": [{"step": "winsorize", "params": {"limit": 0.01}}, ...],
     "estimator": {"estimator": <import path>, "params": {...}},
     "search": {"method": "grid" | "random", "space": {<parameter>: [...] | {"low", "high", "scale"}}, "n", "seed", "folds",
                "embargo_sessions", "score"} | null,
     "evaluation": {"splitter": "walk_forward", "folds": 12, "embargo_sessions": 5,
                    "window": "expanding" | {"rolling": sessions}, "trials": 1} | null}

Laws: ``build(describe(x)) == x``, and ``definition_digest(x) == definition_digest(describe(x))``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench import runtime
from alpha_bench.errors import AlphaBenchError as AlphaBenchError
from alpha_bench.errors import DataError as DataError
from alpha_bench.errors import DefinitionError
from alpha_bench.errors import PredictionWarning as PredictionWarning
from alpha_bench.errors import SavedModelError as SavedModelError
from alpha_bench.errors import ValuesNeeded as ValuesNeeded
from alpha_bench.errors import nearest as nearest
from alpha_bench.names import CUSTOM_OP
from alpha_bench.names import PLATFORM_NAMES as PLATFORM_NAMES
from alpha_bench.names import is_label_name as is_label_name
from alpha_bench.runtime import digest_of
from alpha_bench.session import Session as Session

if TYPE_CHECKING:
    from alpha_bench.column_cache import CachedPanel
    from alpha_bench.definitions import Evaluable, EvaluationDefinition, ModelDefinition
    from alpha_bench.definitions import YamlNode as YamlNode
    from alpha_bench.definitions import YamlPlace as YamlPlace
    from alpha_bench.definitions import YamlReading as YamlReading
    from alpha_bench.evaluation import FoldSizes as FoldSizes
    from alpha_bench.evaluation import KeptFolds as KeptFolds
    from alpha_bench.evaluation import Share as Share
    from alpha_bench.evaluation import first_tested as first_tested
    from alpha_bench.evaluation import fit_share as fit_share
    from alpha_bench.evaluation import fold_sizes as fold_sizes
    from alpha_bench.expressions import Expr as Expr
    from alpha_bench.expressions import MethodCall as MethodCall
    from alpha_bench.expressions import ValueSource as ValueSource
    from alpha_bench.fitting import CodeSource, FittedModel, SavedModel, Signal
    from alpha_bench.fitting import OwnCode as OwnCode
    from alpha_bench.panel import Panel as Panel
    from alpha_bench.panel import column_kinds as column_kinds
    from alpha_bench.panel import columns_of_file as columns_of_file
    from alpha_bench.panel import columns_read as columns_read
    from alpha_bench.panel import fields_read as fields_read
    from alpha_bench.panel import write_sample as write_sample
    from alpha_bench.reporting import Report
    from alpha_bench.runtime import BLUE as BLUE
    from alpha_bench.runtime import ORANGE as ORANGE
    from alpha_bench.runtime import RED as RED
    from alpha_bench.runtime import Child as Child
    from alpha_bench.runtime import Floats as Floats
    from alpha_bench.runtime import ForeignFileError as ForeignFileError
    from alpha_bench.runtime import Html as Html
    from alpha_bench.runtime import atomic_file as atomic_file
    from alpha_bench.runtime import canonical as canonical
    from alpha_bench.runtime import canonical_code as canonical_code
    from alpha_bench.runtime import card as card
    from alpha_bench.runtime import code as code
    from alpha_bench.runtime import create_atomic as create_atomic
    from alpha_bench.runtime import document as document
    from alpha_bench.runtime import element as element
    from alpha_bench.runtime import footed as footed
    from alpha_bench.runtime import grid as grid
    from alpha_bench.runtime import headed as headed
    from alpha_bench.runtime import is_standard_output as is_standard_output
    from alpha_bench.runtime import joined as joined
    from alpha_bench.runtime import left_beside as left_beside
    from alpha_bench.runtime import place_directory as place_directory
    from alpha_bench.runtime import prepare_named as prepare_named
    from alpha_bench.runtime import quiet as quiet
    from alpha_bench.runtime import svg as svg
    from alpha_bench.runtime import sync_directory as sync_directory
    from alpha_bench.runtime import sync_tree as sync_tree
    from alpha_bench.runtime import with_look as with_look
    from alpha_bench.runtime import write_atomic as write_atomic
    from alpha_bench.runtime import write_named as write_named
    from alpha_bench.runtime import yaml_scalar as yaml_scalar
    from alpha_bench.session import Asked as Asked
    from alpha_bench.session import Look as Look


_OF_FOLDS = frozenset({"FoldSizes", "KeptFolds", "Share", "first_tested", "fit_share", "fold_sizes"})
_OF_PANELS = frozenset("column_kinds columns_of_file columns_read fields_read write_sample".split())


def __getattr__(name: str) -> object:
    """What of the runtime, of folds and of panels is handed on, loaded when it is asked for; which names that are stands above, for type checkers."""
    if name in _OF_FOLDS or name in _OF_PANELS:
        room = import_module("alpha_bench.evaluation" if name in _OF_FOLDS else "alpha_bench.panel")
        return getattr(room, name)
    if name in dir(runtime):
        return getattr(runtime, name)
    raise AttributeError(f"module 'alpha_bench.describe' has no attribute {name!r}")


def describe(obj: object) -> dict[str, object]:
    """Plain JSON data of an expression, an estimator, a model definition, or what ``walk_forward`` gives.

    Raises:
        AlphaBenchError: R34 for anything else.
    """
    defined: Any = getattr(obj, "definition", obj)
    if not hasattr(type(defined), "to_plain"):
        raise DefinitionError(
            "R34",
            f"a {type(obj).__name__} is not a definition",
            fix="m is what Ridge().fit(X=[...], y=...) gives, report is what walk_forward(m) gives",
        )
    plain: dict[str, object] = defined.to_plain()
    return plain


def build(plain: object, *, with_code: bool = True) -> EvaluationDefinition | ModelDefinition:
    """The definition that ``plain`` describes; see :func:`alpha_bench.definitions.codec.build`. Without its code
    (``with_code=False``) it is evaluated on :func:`with_columns`.

    Raises:
        AlphaBenchError: R48 for a custom feature (``@feature``) that is not defined in this process.
    """
    from alpha_bench.custom import check_defined
    from alpha_bench.definitions import build as build_definition

    definition = build_definition(plain)
    if with_code:
        check_defined(definition.expressions)
    return definition


def study_signal(signal: Any, panel: ValueSource | Any, *, horizon: int) -> Report:
    """The report of scores or positions by (date, symbol), judged as a factor by the return of ``horizon`` sessions; see
    :func:`alpha_bench.session.factor_studies.study`. ``panel`` is one, or a pandas frame of prices, see
    :func:`alpha_bench.panel.aligned_factor.price_panel`.

    Raises:
        AlphaBenchError: they have no session with three assets in common, or the data are none that a panel is made of.
    """
    from alpha_bench.panel import price_panel
    from alpha_bench.session import study
    from alpha_bench.vocabulary import fwd_ret

    source = panel if hasattr(panel, "compute") else price_panel(panel)
    return study(signal, y=fwd_ret(horizon), panel=source)


def own_columns(definition: Evaluable | ModelDefinition) -> tuple[Expr, ...]:
    """The custom features (``@feature``) that are computed for ``definition``, in the order in which it reads them: each node once."""
    from alpha_bench.expressions import walk

    made: Any = getattr(definition, "definition", definition)
    model: ModelDefinition = getattr(made, "model", made)
    return tuple(e for e in walk((*model.confined, *model.expressions)) if e.op == CUSTOM_OP)


def with_columns(panel: ValueSource, columns: Mapping[Expr, Floats]) -> ValueSource:
    """``panel`` on which the values of some expressions are given; see :class:`alpha_bench.engine.given_columns.GivenColumns`."""
    from alpha_bench.engine import GivenColumns

    return GivenColumns(panel, columns)


def is_data_alone(plain: object) -> bool:
    """Whether a definition, given as plain data, is made of the built-in language alone, without a custom feature (``@feature``):
    then whoever has that data can compute it."""
    if isinstance(plain, Mapping):
        return plain.get("op") != CUSTOM_OP and all(map(is_data_alone, plain.values()))
    return not isinstance(plain, list | tuple) or all(map(is_data_alone, plain))


def definition_digest(obj: object) -> str:
    """``sha256:<hex>`` over the RFC 8785 bytes of a definition's plain data, however it was written."""
    if isinstance(obj, Mapping):
        from alpha_bench.definitions import build as build_definition

        return digest_of(describe(build_definition(obj)))  # a digest needs no function to be defined
    return digest_of(describe(obj))


def build_yaml(text: str) -> EvaluationDefinition | ModelDefinition:
    """The definition that a YAML document writes. Raises AlphaBenchError (R37) with line and column."""
    from alpha_bench.definitions import definition_from_yaml

    return definition_from_yaml(text)


def read_yaml_model(text: str) -> YamlReading:
    """The definition that a YAML document writes, or everything that is wrong with it, with line and column."""
    from alpha_bench.definitions import read_yaml

    return read_yaml(text)


def yaml_node(text: str) -> YamlNode:
    """A YAML document as plain nodes that know where they stand: the one reader of models and of ``[meta]``.

    Raises AlphaBenchError R37; see :func:`alpha_bench.definitions.yaml._parser.read_document`.
    """
    from alpha_bench.definitions import read_document

    return read_document(text)


def evaluate(
    definition: Evaluable,
    panel: ValueSource,
    *,
    memory_limit: int | str | None = None,
    looked_at: int = 1,
    kept: KeptFolds | None = None,
) -> Report:
    """Walk-forward and figures; see :func:`alpha_bench.evaluation.evaluator.evaluate`.

    ``memory_limit`` (bytes, or ``"500MB"``) bounds the memory of computed columns, see :mod:`alpha_bench.engine.memory_limit`; by default ``ALPHA_BENCH_MEMORY``, else none.
    """
    from alpha_bench.engine import limited
    from alpha_bench.session import evaluate as evaluate_definition

    with limited(memory_limit):
        return evaluate_definition(definition, panel, looked_at=looked_at, kept=kept)


def fit_final(definition: Evaluable | ModelDefinition, panel: ValueSource) -> FittedModel:
    """The model fitted on every row whose label is known; see :func:`alpha_bench.fitting.fitted_model.fit_final`."""
    from alpha_bench.fitting import fit_final as fit

    return fit(definition, panel)


def load_fitted(directory: Path, trust: str | None = None) -> FittedModel | SavedModel | Signal:
    """The model that :meth:`FittedModel.save` or :func:`save_estimator` wrote, or the signal that a notebook left; see
    :func:`alpha_bench.fitting.fitted_model.load_fitted`.

    ``trust``: the digest of the notebook's code that such a model needs, from somebody who has read it. Raises AlphaBenchError R65 without it.
    """
    signal = load_signal(directory)
    if signal is not None:
        return signal
    from alpha_bench.fitting import has_estimator, load_estimator
    from alpha_bench.fitting import load_fitted as load

    return load_estimator(directory, trust) if has_estimator(directory) else load(directory)


def load_signal(directory: Path) -> Signal | None:
    """The signal that is kept in ``directory``; None where a model is. Raises SavedModelError R35 where it cannot be read."""
    from alpha_bench.fitting import has_signal
    from alpha_bench.fitting import load_signal as load

    return load(directory) if has_signal(directory) else None


def as_signal(value: object) -> Any:
    """Scores or positions as one pandas Series by date, or by date and symbol. Raises ``ValueError`` for anything else."""
    from alpha_bench.fitting import as_signal as made

    return made(value)


def signal_files() -> tuple[str, str]:
    """The names of the two files that a signal is kept in: of which levels it is, and its values."""
    from alpha_bench.fitting import SIGNAL_FILES

    return SIGNAL_FILES


def save_estimator(model: object, directory: Path, code: CodeSource | None = None) -> None:
    """Keep a model that was fitted elsewhere; see :func:`alpha_bench.fitting.serialization.external_estimator.save_estimator`."""
    from alpha_bench.fitting import save_estimator as save

    save(model, directory, code)


def predicts_rows(model: object) -> bool:
    """Whether what :func:`save_estimator` would keep of ``model`` predicts."""
    from alpha_bench.fitting import predicts_rows as predicts

    return predicts(model)


def search_settings() -> frozenset[str]:
    """Attributes of a scikit-learn search that :func:`save_estimator` leaves behind where they are no data."""
    from alpha_bench.fitting import SEARCH_SETTINGS

    return SEARCH_SETTINGS


def own_code(
    text: str, values: Mapping[str, object], modules: Iterable[tuple[str, str, bool]] = ()
) -> OwnCode:
    """Code of a notebook that a model needs; see :class:`alpha_bench.fitting.serialization.own_code.OwnCode`. ``modules`` of its
    project are their dotted names, their texts, and whether they are packages."""
    from alpha_bench.fitting import OwnCode as Made
    from alpha_bench.fitting import OwnModule

    kept = tuple(OwnModule(name=name, text=source, package=package) for name, source, package in modules)
    return Made(text=text, values=values, modules=kept)


def own_name(name: str) -> str:
    """How a reader knows what a notebook's code calls ``name``: ``alpha_bench.fitting.serialization.own_code.shown``."""
    from alpha_bench.fitting import shown

    return shown(name)


def preload() -> None:
    """Import everything that an evaluation needs, for a caller who knows that one is coming."""
    from alpha_bench.session import import_everything

    import_everything()


def read_panel(
    prices: Path,
    reference: Path | None,
    derive: Mapping[str, str],
    *,
    date: str = "date",
    symbol: str = "symbol",
    layout: Mapping[str, Any] | None = None,
    wanted: Collection[str] | None = None,
) -> Panel:
    """A panel from files, long unless ``layout`` (the attributes of
    :class:`alpha_bench.panel.interchange.tables.FileLayout` by name) says otherwise; see :func:`alpha_bench.panel.panel.read_panel`."""
    from alpha_bench.panel import FileLayout
    from alpha_bench.panel import read_panel as read

    how = None if layout is None else FileLayout(**layout)
    return read(prices, reference, derive, date=date, symbol=symbol, layout=how, wanted=wanted)


def panel_for(
    model: FittedModel, prices: Path, reference: Path | None, declared: Mapping[str, Any] | None = None
) -> Panel:
    """The panel that ``model`` reads, from files; see :func:`alpha_bench.fitting.files.panel_of_files`."""
    from alpha_bench.fitting import panel_of_files

    return panel_of_files(model.needs, model.recipe, prices, reference, declared)


def sessions_between(exchange: str, after: str, until: str) -> tuple[str, ...]:
    """The sessions of an exchange after one day, up to another; see :func:`alpha_bench.panel.calendar.sessions_between`."""
    from alpha_bench.panel import sessions_between as between

    return between(exchange, after, until)


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernels once, into ``NUMBA_CACHE_DIR`` or beside their source; see :func:`alpha_bench.session.warm_up.warm_up`."""
    from alpha_bench.session import compile_everything

    compile_everything(progress)


def known_figures(report: Any) -> dict[str, Any]:
    """The figures of what ``walk_forward`` gave that are computed already; none where nothing was."""
    made = getattr(report, "_report", report)
    return {} if made is None else dict(made.figures.known)


def hear_looks(listener: Callable[[Look], None] | None) -> None:
    """``listener`` hears of every evaluation that is computed; see :mod:`alpha_bench.session.looks`."""
    from alpha_bench.session import hear_looks as hear

    hear(listener)


def answering(
    reports: Sequence[Report], asked: Callable[[Asked], None] | None = None
) -> AbstractContextManager[None]:
    """Evaluations are answered by ``reports``, in their order; see :func:`alpha_bench.session.looks.answering`."""
    from alpha_bench.session import answering as answering_by

    return answering_by(reports, asked)


def variant_of(plain: Mapping[str, object]) -> tuple[str, str, int, int]:
    """Of the plain data of an evaluation: which variant it is, its label as it is written, how many trials it declares, and how many
    candidates its search has. See :attr:`alpha_bench.definitions.model.EvaluationDefinition.variant`.

    Raises:
        AlphaBenchError: it describes no evaluation.
    """
    from alpha_bench.definitions import variant_of as found

    return found(plain)


def limits_of_belief(horizon: int, sessions: int | None = None) -> dict[str, float]:
    """Beyond what a forecast of returns over ``horizon`` sessions is too good to be believed: ``ic`` and ``sharpe`` (in size), ``r_squared``; see
    :mod:`alpha_bench.metrics.plausibility`. ``sessions`` is the length of the record, where it is known."""
    from alpha_bench.metrics import ic_limit, r_squared_limit, sharpe_limit

    return {
        "ic": ic_limit(horizon),
        "sharpe": sharpe_limit(horizon, sessions),
        "r_squared": r_squared_limit(horizon),
    }


def deflated_sharpe(evidence: Mapping[str, Any], trials: int) -> float | None:
    """The deflated Sharpe ratio at another number of ``trials``, from ``portfolio.evidence`` of a report; None where it cannot be formed."""
    from alpha_bench.metrics import deflated

    known: dict[str, Any] = {name: evidence.get(name) for name in ("n", "ratio", "skewness", "kurtosis")}
    if not all(isinstance(value, int | float) for value in known.values()):
        return None
    found: float = deflated(**known, trials=trials)
    return found if found == found else None  # noqa: PLR0124 - NaN is no figure


def listen(listener: Callable[[str, int, int], None] | None) -> None:
    """``listener`` hears of the progress of a long computation; see :mod:`alpha_bench.runtime.progress`."""
    from alpha_bench.runtime import listen as listen_to

    listen_to(listener)


def kernel_name(compiled: str) -> str:
    """The operator that a compiled function ``module.function`` belongs to, such as ``ts.median``; else its own name."""
    from alpha_bench.kernels import operator_of

    return operator_of(compiled)


def habit_of(kind: str, name: str) -> str | None:
    """How what other libraries call ``name`` of ``kind`` (of :data:`alpha_bench.names.ATTRIBUTES`, ``data``, or ``a word`` for a bare name) is written here; None
    where nothing is known of it."""
    from alpha_bench.expressions import OF_KINDS, native_name

    return native_name(name) if kind == "a word" else OF_KINDS.get(kind, {}).get(name)


def written_for(x: str, calls: Sequence[MethodCall]) -> tuple[str, int] | None:
    """What calls of pandas' methods on ``x`` are written as; see :func:`alpha_bench.expressions.pandas_calls.written_for`."""
    from alpha_bench.expressions import written_for as found

    return found(x, calls)


def method_call(name: str, args: Sequence[str], keywords: Mapping[str, str]) -> MethodCall:
    """``.name(*args, **keywords)`` for :func:`written_for`, the arguments as they are written."""
    from alpha_bench.expressions import MethodCall

    return MethodCall(name=name, args=tuple(args), keywords=keywords)


def halflife_of(parameter: str, value: object) -> float | None:
    """The half-life of an exponential mean by another of its parameters; see :func:`alpha_bench.expressions.halflives.halflife_of`."""
    from alpha_bench.expressions import halflife_of as found

    return found(parameter, value)


def parameter_meant(name: str, names: Iterable[str]) -> str | None:
    """Which parameter of ``names`` another library calls ``name``; see :func:`alpha_bench.expressions.calls.parameter_meant`."""
    from alpha_bench.expressions import parameter_meant as found

    return found(name, names)


def formulas_in_order(formulas: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """``formulas`` of derived fields in the order in which they are computed. Raises AlphaBenchError R10 for those that cannot be."""
    from alpha_bench.panel import formulas_in_order as found

    return found(formulas, {*columns})


def written_here(name: str) -> str | None:
    """What an undefined bare name is called here; see :func:`alpha_bench.expressions.habits.written_here`."""
    from alpha_bench.expressions import written_here as found

    return found(name)


def cache_columns(panel: Panel, directory: Path, *, read_only: bool = False) -> CachedPanel:
    """``panel`` with its computed columns kept in ``directory``; with ``read_only`` everything is computed, and compared with what
    is held there. See :class:`alpha_bench.column_cache.cached_panel.CachedPanel`."""
    from alpha_bench.column_cache import open_cache

    return open_cache(panel, directory, mode="compare" if read_only else "reuse")
