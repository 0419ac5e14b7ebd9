"""``@feature``: what a researcher's own function is called, what identifies it, and what it may read."""

from __future__ import annotations

import ast
import importlib
import json
import linecache
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from alpha_bench import Ridge, data, feature, features, walk_forward
from alpha_bench.describe import build, build_yaml, definition_digest, describe
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr, expr_from_plain
from alpha_bench.fitting.fitted_model import fit_final, load_fitted
from alpha_bench.runtime import syntax_tree as form_module
from alpha_bench.runtime.canonical_json import canonical
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.small_panels import panel_of, random_fields, same_bits

VECTORS = Path(__file__).parents[1] / "golden" / "own-function-forms.json"
_cells = 0


def define(source: str, **names: object) -> dict[str, Any]:
    """Run ``source`` as a notebook's cell is run: in its own namespace, its text known to tracebacks. Gives the namespace."""
    global _cells
    _cells += 1
    file = f"<cell {_cells} [features]>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "__main__", "np": np, "data": data, "feature": feature, **names}
    exec(compile(source, file, "exec", dont_inherit=True), namespace)
    return namespace


PLAIN = """
@feature(inputs=[data.close, data.volume], window=20)
def ratio(close, volume, *, power=1):
    return close / volume ** power
"""


def own(source: str = PLAIN, **names: object) -> Expr:
    defined: Expr = define(source, **names)["ratio"]
    return defined


def source_of(source: str, **names: object) -> object:
    return dict(own(source, **names).params)["source"]


def test_the_function_is_an_expression_and_a_call_is_another() -> None:
    ratio = own()
    assert str(ratio) == "ratio(close, volume, window=20, power=1)"
    assert ratio() is ratio is ratio(power=1) is ratio(power=1.0) is ratio(window="20d")
    assert str(ratio(power=0.5, window=5)) == "ratio(close, volume, window=5, power=0.5)"
    assert str(ratio(features.ret(3), data.close)) == "ratio(ret(close, window=3), close, window=20, power=1)"
    assert (ratio.lookback, ratio(window=5).lookback, ratio(features.ret(3), data.close).lookback) == (
        19,
        4,
        22,
    )
    assert ratio.lookahead == 0


def test_parameters_reach_the_function_in_the_type_of_their_default() -> None:
    source = """
@feature(inputs=[data.close], window=3)
def ratio(close, *, window, power=2.0, times=1, how="up"):
    given = (type(window).__name__, type(power).__name__, type(times).__name__, how)
    return close * (given == ("int", "float", "int", "down"))
"""
    panel = panel_of(random_fields(1))
    assert np.nansum(panel.compute([own(source)(power=3, how="down")])[0]) > 0
    assert np.nansum(panel.compute([own(source)(power=3, how="up")])[0]) == 0


def test_given_arrays_it_is_the_function() -> None:
    assert own()(np.full((2, 3), 6.0), np.full((2, 3), 3.0), power=2).tolist() == [[6 / 9] * 3] * 2


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("def ratio", "# a comment\ndef ratio"),
        PLAIN.replace(":\n", ':\n    """What it is."""\n'),
        PLAIN.replace("close / volume ** power", "(close\n        / (volume**power))"),
        PLAIN.replace(
            "(close, volume, *, power=1)", "(close: object, volume: np.ndarray, *, power: int = 1) -> object"
        ),
        PLAIN.replace("data.close", 'data["close"]').replace("window=20", 'window="20d"'),
        "\n\n\nx = 1\n" + PLAIN,
    ],
    ids=["comment", "docstring", "layout", "annotations", "the same inputs", "elsewhere"],
)
def test_the_same_code_is_the_same_object(other: str) -> None:
    assert own(other) is own()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("close / volume", "volume / close"),
        ("ratio", "other"),
        ("window=20", "window=21"),
        ("power=1", "power=2"),
        ("power=1", "power=1.0"),
        ("[data.close, data.volume]", "[data.volume, data.close]"),
        ("** power", "** power + 0"),
        ("window=20)", 'window=20, per="window")'),
    ],
)
def test_other_code_inputs_or_parameters_are_another_object(old: str, new: str) -> None:
    there = define(PLAIN.replace(old, new))
    assert there.get("ratio", there.get("other")) is not own()


def test_what_it_reads_from_around_it_is_part_of_it() -> None:
    reading = PLAIN.replace("** power", "** power * SCALE")
    one, two = source_of(reading, SCALE=1.5), source_of(reading, SCALE=2.5)
    assert one != two
    assert source_of(reading, SCALE=np.float64(1.5)) == one
    helper = "def scaled(x):\n    return {}\n" + PLAIN.replace("close /", "scaled(close) /")
    assert source_of(helper.format("x * 2")) != source_of(helper.format("x * 3"))
    assert source_of(helper.format("x * 2")) == source_of(helper.format("(x*2)  # twice"))
    default = "def scaled(x, *, by=SCALE):\n    return x * by\n" + PLAIN.replace("close /", "scaled(close) /")
    assert source_of(default, SCALE=1.5) != source_of(default, SCALE=2.5)
    assert source_of(default, SCALE=1.5) == source_of(default.replace("by=SCALE", "by=1.5"))
    with pytest.raises(AlphaBenchError, match="R48 @feature scaled: a default of it is no constant"):
        source_of(default, SCALE=[1])
    deeper = "def twice(x):\n    return x * {}\n" + helper.format("twice(x)")
    assert source_of(deeper.format(2)) != source_of(deeper.format(3))
    renamed = PLAIN.replace("close /", "m.log(close) /")
    assert source_of(renamed, m=np) != source_of(renamed, m=math)
    source_of(PLAIN.replace("close /", "windows(close, 1, axis=0)[..., 0] /"), windows=sliding_window_view)


def test_an_annotation_inside_is_not_read_from_around() -> None:
    inside = PLAIN.replace(
        "    return", "    def part(x: np.ndarray) -> np.ndarray:\n        return x\n    return"
    )
    bare = inside.replace(": np.ndarray", "").replace(" -> np.ndarray", "")
    assert own(inside) is own(bare) is own("from __future__ import annotations\n" + inside)
    assert own(inside) is not own()


def test_a_constant_that_changed_since_is_told_when_values_are_computed() -> None:
    namespace = define("SCALE = 2.0\n" + PLAIN.replace("** power", "** power * SCALE"))
    panel = panel_of(random_fields(1))
    panel.compute([namespace["ratio"]])
    namespace["SCALE"] = 3.0
    with pytest.raises(AlphaBenchError, match="R48 @feature ratio: SCALE changed since it was defined"):
        panel.compute([namespace["ratio"]])


def test_another_own_function_can_be_called_inside_and_counts() -> None:
    both = (
        PLAIN.replace("ratio", "inner")
        + """
@feature(inputs=[data.close, data.volume], window=20)
def ratio(close, volume):
    return inner(close, volume) * 2
"""
    )
    panel = panel_of(random_fields(1))
    inner, outer = panel.compute([define(both)["inner"], own(both)])
    assert same_bits(outer, inner * 2)
    assert source_of(both) != source_of(both.replace("close / volume", "volume / close"))


class Holder:
    value = 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1, 2], "a list"),
        ({"a": 1}, "a dict"),
        (np.ones(3), "a ndarray"),
        (Holder(), "a Holder"),
        (data.close, "an expression"),
    ],
    ids=["list", "dict", "array", "object", "expression"],
)
def test_what_cannot_be_part_of_its_identity_is_refused_by_name(value: object, shown: str) -> None:
    with pytest.raises(AlphaBenchError, match=f"R48 @feature ratio: it reads SCALE.*{shown}") as caught:
        own(PLAIN.replace("** power", "** power * SCALE"), SCALE=value)
    assert caught.value.context["read"] == "SCALE"


def test_what_is_not_there_or_is_written_is_refused_by_name() -> None:
    with pytest.raises(AlphaBenchError, match="R48 @feature ratio: it reads SCALE, which is not defined yet"):
        own(PLAIN.replace("** power", "** power * SCALE"))
    with pytest.raises(AlphaBenchError, match="R48 @feature ratio: it writes the global COUNT"):
        own(PLAIN.replace("    return", "    global COUNT\n    COUNT = 1\n    return"))


def closing_over(value: object) -> Callable[..., Any]:
    def ratio(close: Any, volume: Any) -> Any:
        return close / volume * value

    return ratio


def test_a_closure_counts_as_what_is_around_it() -> None:
    made = feature(inputs=[data.close, data.volume], window=2)
    assert made(closing_over(1.5)) is made(closing_over(1.5))
    assert made(closing_over(1.5)) is not made(closing_over(2.5))
    with pytest.raises(AlphaBenchError, match="R48 @feature ratio: it reads value from around it, a list"):
        made(closing_over([1]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("(inputs=[data.close, data.volume], window=20)", "", "inputs and window are not said"),
        ("window=20", "windw=20", "did you mean window="),
        (", window=20", "", "R01 feature: window is None"),
        ("window=20", "window=0", "R01 feature: window is 0"),
        ("window=20", "window=-5", "R02 feature: window is -5: it would read the future"),
        ("window=20", "window=20, per='day'", "per is 'day'"),
        ("inputs=[data.close, data.volume]", "inputs=[]", "a list of expressions is needed"),
        ("data.close", "'close'", "R09 feature takes expressions"),
        (
            "[data.close, data.volume]",
            "[data.close]",
            r"takes 2 arrays \(close, volume\), and there are 1 inputs",
        ),
        ("*, power=1", "power=1", "power has a default among the inputs"),
        ("*, power=1", "*, power", "the parameter power has no default"),
        ("*, power=1", "*, source=1", "a parameter cannot be called source"),
        ("*, power=1", "*, window=1", "window has a default of its own"),
        ("*, power=1", "**more", "any number of arguments"),
        ("power=1", "power=None", "R01 ratio: power is None"),
        ("power=1", "power=float('inf')", "R01 ratio: power is inf"),
        ("return", "yield", "it yields"),
        ("def ratio", "def turnover", "a built-in has that name"),
    ],
)
def test_a_definition_that_cannot_be_one_is_refused(old: str, new: str, told: str) -> None:
    with pytest.raises(AlphaBenchError, match=told):
        define(PLAIN.replace(old, new))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda ratio: ratio(pwer=2), "R03 ratio has no parameter 'pwer'.*did you mean power"),
        (lambda ratio: ratio(data.close), "takes 2 inputs, got 1"),
        (lambda ratio: ratio(source="x"), "has no parameter 'source'"),
        (lambda ratio: ratio(power="x"), "R01 ratio: power is 'x'"),
        (lambda ratio: ratio(fwd_ret(5), data.close), "R13 feature of fwd_ret.*which is a label"),
        (lambda _: features.ret(20)(40), r"R09 an expression \(ret\) is not a function"),
        (lambda _: feature(inputs=[data.close], window=2)(lambda x: x), "it is a lambda"),
        (lambda _: feature(inputs=[data.close], window=2)(np.log), "it is a ufunc"),
    ],
)
def test_a_call_that_cannot_be_one_is_refused(call: Callable[[Expr], object], told: str) -> None:
    with pytest.raises(AlphaBenchError, match=told):
        call(own())


def test_a_function_without_source_is_refused() -> None:
    names: dict[str, Any] = {"feature": feature, "data": data, "__name__": "__main__"}
    with pytest.raises(AlphaBenchError, match="R48 @feature ratio: its source cannot be read"):
        exec(compile(PLAIN, "<nowhere>", "exec"), names)


def test_a_cell_that_runs_statement_by_statement_gives_the_same_object_as_one_that_runs_whole() -> None:
    source = "import numpy as np\n" + PLAIN.replace("close /", "np.abs(np.sign(close)) * close /")
    there = define(source)["ratio"]
    names: dict[str, Any] = {"__name__": "__main__", "data": data, "feature": feature}
    for statement in ast.parse(source).body:
        exec(compile(ast.Module([statement], []), f"<cell {_cells} [features]>", "exec"), names)
    assert names["ratio"] is there


def test_a_source_that_is_not_what_runs_is_refused() -> None:
    code = compile(PLAIN, "<changed>", "exec")
    changed = PLAIN.replace("close / volume", "volume / close")
    linecache.cache["<changed>"] = (len(changed), None, changed.splitlines(keepends=True), "<changed>")
    with pytest.raises(AlphaBenchError, match="is not the code that runs"):
        exec(code, {"feature": feature, "data": data, "__name__": "__main__"})


# -- definitions ---------------------------------------------------------------------------------------------------


def model(ratio: Expr) -> Any:
    return Ridge().fit(X=[ratio, features.ret(3)], y=fwd_ret(2))


def test_plain_data_names_the_function_and_carries_no_code() -> None:
    plain = own().to_plain()
    assert plain == {
        "op": "feature",
        "args": [{"field": "close"}, {"field": "volume"}],
        "params": {
            "name": "ratio",
            "source": source_of(PLAIN),
            "per": "panel",
            "inputs": 2,
            "window": 20,
            "power": 1,
        },
    }
    assert expr_from_plain(json.loads(canonical(plain))) is own()
    assert build(describe(model(own()))) == model(own())
    assert definition_digest(model(own())) == definition_digest(describe(model(own())))


ELSEWHERE = """
import json, sys
from alpha_bench.describe import build, definition_digest
from alpha_bench.errors import AlphaBenchError
plain = json.load(sys.stdin)
try:
    build(plain)
except AlphaBenchError as error:
    print(json.dumps([error.code, error.message, definition_digest(plain), "numpy" in sys.modules]))
"""


def test_where_the_function_is_not_defined_build_says_so_and_the_digest_is_the_same() -> None:
    plain = describe(model(own()(power=2.5)))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=canonical(plain), capture_output=True, check=True
    )
    code, message, digest, numpy_was_needed = json.loads(done.stdout)
    assert (code, message) == ("R48", "the function ratio is not defined here")
    assert digest == definition_digest(plain)
    assert not numpy_was_needed


PREDICT = """
import json, sys
from pathlib import Path
import numpy as np, pandas as pd
from alpha_bench.errors import AlphaBenchError
from alpha_bench.fitting.fitted_model import load_fitted
from alpha_bench.panel.panel import Panel
fitted = load_fitted(Path(sys.argv[1]))
columns = json.loads(sys.argv[2])
frame = pd.DataFrame({c: [0.1, 0.2] for c in columns})
dates = np.datetime64("2020-01-01") + np.arange(30)
panel = Panel.from_arrays(dates, ["A"], {"close": np.ones((30, 1)), "volume": np.ones((30, 1))})
try:
    fitted.predict(panel)
except AlphaBenchError as error:
    print(json.dumps([error.code, list(fitted.predict_frame(frame))]))
"""


def test_a_saved_model_predicts_from_columns_without_the_function_and_asks_for_it_with_a_panel(
    tmp_path: Path,
) -> None:
    panel = panel_of(random_fields(1))
    fitted = fit_final(model(own()), panel)
    fitted.save(tmp_path)
    columns = [str(own()), str(features.ret(3))]
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, str(tmp_path), json.dumps(columns)], capture_output=True, check=True
    )
    import pandas as pd

    code, predicted = json.loads(done.stdout)
    assert code == "R48"
    assert predicted == list(fitted.predict_frame(pd.DataFrame({c: [0.1, 0.2] for c in columns})))
    assert all(b"close / volume" not in f.read_bytes() for f in tmp_path.iterdir())
    assert same_bits(load_fitted(tmp_path).predict(panel).to_numpy(), fitted.predict(panel).to_numpy())


def test_it_is_evaluated_like_any_other_feature() -> None:
    panel = panel_of(random_fields(1, rows=200, columns=12))

    def pair(close: Any, volume: Any) -> Any:
        return close / volume

    ours = feature(inputs=[data.close, data.volume], window=1)(pair)
    reports = [
        walk_forward(Ridge().fit(X=[x, features.ret(3)], y=fwd_ret(2)), folds=3, embargo=1).definition
        for x in (ours, data.close / data.volume)
    ]
    from alpha_bench.session.evaluation_report import evaluate

    one, two = (evaluate(r, panel) for r in reports)
    assert one.figures == two.figures


def test_two_own_functions_that_are_written_alike_do_not_go_into_one_model() -> None:
    other = own(PLAIN.replace("close / volume", "volume / close"))
    with pytest.raises(AlphaBenchError, match="R33 X holds two features that are written ratio"):
        Ridge().fit(X=[own(), other], y=fwd_ret(2))
    named = Ridge().fit(X={"before": own(), "after": other}, y=fwd_ret(2))
    assert named.names == ("before", "after")


def test_yaml_cannot_hold_a_function() -> None:
    written = json.dumps(own().to_plain())
    for text in (written, "ratio(close, volume, window=20, power=1)"):
        document = f"features:\n- ret(3)\n- {text}\nlabel: fwd_ret_2d\nmodel: Ridge\n"
        with pytest.raises(
            AlphaBenchError, match=r"line 3, column.*(cannot hold its code|written in Python)"
        ):
            build_yaml(document)


# -- the canonical form over Python versions -----------------------------------------------------------------------

SNIPPETS = (
    "def f(x, *, a=1, b='é'):\n    'doc'\n    y: float = x[::2, None] ** -a\n    del (x, a)\n    return y @ y",
    "def f(x):\n    return f'{x!r:>{10}} a' 'b' f'{1.5:}' + \"c\" 'd'",
    "def f(x):\n    g = lambda y, /, *z, k=2, **w: (yield_ := y) if z else ...\n    return [g(v) for v in x if v is not None]",
    (
        "def f(x):\n    try:\n        import numpy as np\n        with np.errstate(all='ignore'):\n            return 1j * x\n"
        "    except (ValueError, TypeError) as e:\n        raise RuntimeError(b'\\x00') from e\n    finally:\n        pass"
    ),
    "def f(x):\n    match x:\n        case [1, *rest] | {'a': rest}:\n            return rest\n        case _:\n            return 10**400",
)

_OTHER = """
import ast, hashlib, json, runpy, sys, warnings
warnings.simplefilter("ignore")
form = runpy.run_path(sys.argv[1])["code_form"]
print(json.dumps([hashlib.sha256(json.dumps(form(ast.parse(s).body[0])).encode()).hexdigest() for s in json.load(sys.stdin)]))
"""


def other_interpreters() -> list[str]:
    found = (Path.home() / ".pyenv" / "versions").glob("*/bin/python3")
    return [
        str(p) for p in sorted(found) if p.parent.parent.name.startswith(("3.11.", "3.12.", "3.13.", "3.14."))
    ]


MODULE = """
import math
from alpha_bench import data, feature

SCALE = (1.5, 2)

def squared(x):
    return [v * v for v in x if v is not None]

def closing(value):
    @feature(inputs=[data.close], window=3)
    def one(close, *, power=1.0):
        def inner(y):
            return squared(y), {k: math.log(k) for k in close}, lambda z: z * value + SCALE[0]
        assert power, f"{power!r:>{3}}"
        return inner(close)
    return one

@feature(inputs=[data.close, data.volume], window=5)
def two(close, volume, *, window, how="up"):
    class Local:
        size = len(close) + SCALE[1]
    try:
        return sum(math.sqrt(v) for v in squared(close)) if how else Local.size
    except ValueError:
        raise TypeError("no") from None

print([dict(f.params)["source"] for f in (closing(2), two)])
"""


def test_every_python_gives_the_same_digest_with_what_is_read_from_around(tmp_path: Path) -> None:
    import lazy_loader
    import rfc8785

    (tmp_path / "mine.py").write_text(MODULE, encoding="utf-8")
    places = [Path(form_module.__file__).parents[2], tmp_path / "site"]
    (tmp_path / "site").mkdir()
    for library in (lazy_loader, rfc8785):
        (tmp_path / "site" / library.__name__).symlink_to(Path(library.__file__).parent)
    told = {
        interpreter: subprocess.run(
            [interpreter, str(tmp_path / "mine.py")],
            env={"PYTHONPATH": ":".join(map(str, places))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for interpreter in [sys.executable, *other_interpreters()]
    }
    assert len(set(told.values())) == 1
    assert told[sys.executable].count("sha256:") == 2


def test_every_python_gives_the_golden_forms() -> None:
    golden = json.loads(VECTORS.read_text(encoding="utf-8"))
    assert len(set(golden)) == len(SNIPPETS)
    for interpreter in [sys.executable, *other_interpreters()]:
        done = subprocess.run(
            [interpreter, "-I", "-c", _OTHER, form_module.__file__],
            input=json.dumps(SNIPPETS),
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == golden, interpreter


# -- modules of the researcher's own -------------------------------------------------------------------------------

SETTINGS = """
import dataclasses, enum, functools

class Settings:
    SCALE = {0}

@dataclasses.dataclass
class Values:
    scale: int = {0}

@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    scale: int = {0}

    @property
    def twice(self):
        return 2 * deeper()

class Named(enum.IntEnum):
    SCALE = {0}

class Kept:
    seen = []

class Meta(type):
    pass

class Made(metaclass=Meta):
    SCALE = {0}

@functools.lru_cache(None)
def kept():
    return {0}

def deeper():
    return {0}

def scale():
    return deeper()

HELD = Settings()
FROZEN = Frozen()
HOLDS = Frozen([1])
MEMBER = Named.SCALE
SCALE = {0}
"""
IN_A_MODULE = """
import numpy as np
{around}
from alpha_bench import data, feature

@feature(inputs=[data.close, data.volume], window=20)
def ratio(close, volume):
    {inside}
    return close / volume * {read}
"""


@pytest.fixture
def module_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A feature in one module that reads from another, both new at each call."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def of(scale: int, read: str, around: str = "", inside: str = "pass", settings: str = SETTINGS) -> Any:
        for name, text in (
            ("settings_of_a_test", settings.format(scale)),
            ("features_of_a_test", IN_A_MODULE.format(around=around, inside=inside, read=read)),
        ):
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
            monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        linecache.clearcache()
        return dict(importlib.import_module("features_of_a_test").ratio.params)["source"]

    return of


@pytest.mark.parametrize(
    ("around", "inside", "read"),
    [
        ("from settings_of_a_test import scale", "pass", "scale()"),
        ("from settings_of_a_test import SCALE", "pass", "SCALE"),
        ("import settings_of_a_test", "pass", "settings_of_a_test.scale()"),
        ("import settings_of_a_test as own", "pass", "own.SCALE"),
        ("", "from settings_of_a_test import scale as own", "own()"),
        ("", "import settings_of_a_test as own", "own.SCALE"),
        ("from settings_of_a_test import Settings", "pass", "Settings.SCALE"),
        ("from settings_of_a_test import Values", "pass", "Values().scale"),
        ("from settings_of_a_test import Named", "pass", "Named.SCALE"),
        ("from settings_of_a_test import MEMBER", "pass", "MEMBER"),
        ("from settings_of_a_test import Frozen", "pass", "Frozen(3).twice"),
        ("from settings_of_a_test import FROZEN", "pass", "FROZEN.scale"),
        ("from settings_of_a_test import kept", "pass", "kept()"),
        ("import settings_of_a_test as own", "pass", "own.Settings.SCALE"),
        ("import settings_of_a_test as own", "pass", "own.FROZEN.twice"),
    ],
)
def test_what_it_reads_of_a_module_of_ones_own_is_part_of_it(
    module_of_two: Callable[..., Any], around: str, inside: str, read: str
) -> None:
    one = module_of_two(20, read, around, inside)
    assert one != module_of_two(5, read, around, inside)
    assert one == module_of_two(20, read, around, inside, "# what is not read does not count\n" + SETTINGS)


@pytest.mark.parametrize(
    ("around", "read", "told"),
    [
        (
            "from settings_of_a_test import Kept",
            "len(Kept.seen)",
            "it reads Kept.seen, a list that outlives the call",
        ),
        (
            "from settings_of_a_test import Kept",
            "len(Kept().seen)",
            "it reads Kept, a class of your own that keeps seen, a list",
        ),
        (
            "from settings_of_a_test import Made",
            "Made.SCALE",
            "it reads Made, a class of your own made by Meta, a class of your own",
        ),
        (
            "from settings_of_a_test import HOLDS",
            "len(HOLDS.scale)",
            "it reads HOLDS, a class of your own that holds scale, a list",
        ),
        ("from settings_of_a_test import HELD", "HELD.SCALE", "it reads HELD from around it, a Settings"),
        (
            "import settings_of_a_test as own",
            "getattr(own, 'SCALE')",
            "it hands on own, a module of your own",
        ),
        (SETTINGS.format(5), "Kept().seen", "it reads Kept, a class of your own"),
    ],
)
def test_what_of_a_module_of_ones_own_cannot_be_part_of_it_is_refused(
    module_of_two: Callable[..., Any], around: str, read: str, told: str
) -> None:
    with pytest.raises(AlphaBenchError, match=f"R48 @feature ratio: {told}"):
        module_of_two(20, read, around)


@pytest.mark.parametrize("read", ["np.abs(2)", "np.linalg.norm([2.0])", "math.sqrt(4)", "Fraction(1, 2)"])
def test_what_a_library_exports_is_known_by_its_name(module_of_two: Callable[..., Any], read: str) -> None:
    around = "import math\nfrom fractions import Fraction"
    assert module_of_two(20, read, around) == module_of_two(5, read, around)
