"""What ``@feature`` may not ask: the clock, chance, the machine; and constants that other modules of the project computed from data."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import AlphaBenchError, Panel, data, feature

Own = Callable[..., Any]
AROUND = """
import datetime, functools, os, platform, random, secrets, time, uuid
import numpy as np
import pandas as pd
from datetime import date, datetime as moment
from random import random as draw
from time import time as clock
"""


def defined(lines: str, around: str = AROUND) -> Own:
    """A function with ``lines`` as its body, in a cell of its own."""
    text = around + "\ndef tried(close):\n" + "".join(f"    {line}\n" for line in lines.splitlines())
    file = f"<cell {abs(hash(text))} [features]>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), names)
    tried: Own = names["tried"]
    return tried


def made(function: Own) -> Any:
    return feature(inputs=[data.close], window=1)(function)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("return close * moment.now().year", "asks the clock by moment.now"),
        ("return close * datetime.datetime.today().year", "asks the clock by datetime.datetime.today"),
        ("return close * date.today().year", "asks the clock by date.today"),
        ("return close * clock()", "asks the clock by clock"),
        ("import time as t\nreturn close * t.time_ns()", "asks the clock by t.time_ns"),
        ("from time import time as t\nreturn close * t()", "asks the clock by t"),
        ("return close * time.localtime().tm_year", "asks the clock by time.localtime"),
        ("return close * float(time.strftime('%Y'))", "asks the clock by time.strftime"),
        ("return close * pd.Timestamp.utcnow().year", "asks the clock by pd.Timestamp.utcnow"),
        ("return close * pd.Timestamp('now').year", "asks the clock by pd.Timestamp"),
        ("return close * pd.Timestamp(ts_input='today').year", "asks the clock by pd.Timestamp"),
        ("return close * np.datetime64('now').astype(int)", "asks the clock by np.datetime64"),
        ("today = date.today\nreturn close * today().year", "asks the clock by date.today"),
        ("return close * draw()", "draws by draw"),
        ("return close * random.choice([1, 2])", "draws by random.choice"),
        ("return close * sum(map(random.gauss, [0], [1]))", "draws by random.gauss"),
        ("return close * random.Random().random()", "draws by random.Random"),
        ("return close * np.random.rand()", "draws by np.random.rand"),
        ("np.random.seed(1)\nreturn close", "draws by np.random.seed"),
        ("return close * np.random.default_rng(None).random()", "draws by np.random.default_rng"),
        ("from numpy.random import normal as n\nreturn close + n()", "draws by n"),
        ("return close * secrets.randbelow(3)", "by secrets.randbelow"),
        ("return close * uuid.uuid4().int", "by uuid.uuid4"),
        ("return close * os.getpid()", "by os.getpid"),
        ("return close * len(platform.node())", "by platform.node"),
        ("return close * hash('AAPL')", "asks for hash"),
        ("return close * id(close)", "asks for id"),
        ("return close / getattr(pd, 'read_csv')('x')", "reads by getattr(pd, 'read_csv')"),
        ("how = 'read_' + 'csv'\nreturn close / getattr(pd, how)('x')", "is known only when it runs"),
        ("reader = np.load\nreturn close / reader('x')", "reads by np.load"),
        ("from pandas import read_csv as r\nreturn close / r('x')", "reads by r"),
        ("import yfinance as yf\nreturn close", "uses yfinance"),
        ("close.tofile('x')\nreturn close", "writes by close.tofile"),
    ],
)
def test_what_depends_on_more_than_the_inputs_is_refused_at_its_definition(lines: str, told: str) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 @feature tried: it ") as caught:
        made(defined(lines))
    assert told in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize(
    "lines",
    [
        "began = time.perf_counter()\nreturn close + 0 * (time.perf_counter() - began)",
        "return close * time.gmtime(0).tm_year",
        "return close * float(time.strftime('%Y', time.gmtime(0)))",
        "return close * moment.fromisoformat('2020-01-01').year",
        "return close * (date(2020, 1, 1) - date(2019, 1, 1)).days",
        "return close * pd.Timestamp('2020-01-01').year",
        "return close * (np.datetime64('2020-01-01') > np.datetime64('2019-01-01'))",
        "return close * np.random.default_rng(3).random()",
        "return close * np.random.Generator(np.random.PCG64(3)).random()",
        "return close * np.random.RandomState(seed=3).rand()",
        "return close * random.Random(3).random()",
        "return close * uuid.uuid5(uuid.NAMESPACE_DNS, 'x').int / 1e38",
        "hash = 3\nreturn close * hash",
        "how = 'mean'\nreturn close * getattr(close, how)(axis=1, keepdims=True)",
        "return close * getattr(np, 'pi')",
        "today = '2020'\nreturn close * len(today)",
    ],
)
def test_what_gives_the_same_everywhere_is_taken(lines: str) -> None:
    days = pd.bdate_range("2020-01-01", periods=30)
    close = pd.DataFrame(np.linspace(1, 2, 90).reshape(30, 3), index=days, columns=list("ABC"))
    assert np.isfinite(Panel.of({"close": close}).compute((made(defined(lines)),))[0]).all()


@pytest.mark.parametrize(
    ("constant", "told"),
    [
        (
            "SINCE = date.today().toordinal()",
            "what date.today gives, so it is another one tomorrow or elsewhere",
        ),
        ("SINCE = draw()", "what draw gives, so it is another one"),
        ("SINCE = float(os.environ.get('X', 1))", "what os.environ.get reads, so it knows all of the data"),
    ],
)
def test_a_constant_of_the_clock_is_told(constant: str, told: str) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 .* SINCE is computed from") as caught:
        made(defined("return close * SINCE", AROUND + constant))
    assert told in caught.value.message


def test_a_day_that_is_written_is_a_constant_and_counts() -> None:
    one = made(defined("return close * SINCE.year", AROUND + "SINCE = date(2008, 9, 15)"))
    other = made(defined("return close * SINCE.year", AROUND + "SINCE = date(2009, 9, 15)"))
    again = made(defined("return close * SINCE.year", AROUND + "SINCE = date(2008, 9, 15)"))
    assert one is again
    assert one is not other


# -- modules of the project ------------------------------------------------------------------------------------------

LEVELS = """
import pandas as pd
from .{below} import DEEP, share
PRICES = pd.DataFrame({{"close": [1.0, 2.5]}})
MEAN = float(PRICES["close"].mean())
HALF = MEAN / 2
FIXED = 252 ** 0.5
OF_DEEP = DEEP + 1
def scaled(x):
    return x / HALF
def plain(x):
    return x * FIXED
def shared(x):
    return share(x)
class Level:
    mean = MEAN
    fixed = FIXED
"""
BELOW = """
import pandas as pd
TABLE = pd.DataFrame({"close": [1.0]})
DEEP = float(TABLE["close"].max())
TENTH = 0.1
def share(x):
    return x * TENTH
def deep(x):
    return x * DEEP
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Own]:
    """A package of two modules that hold constants, and a feature module in it with ``lines`` as the body."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def of(around: str, lines: str) -> Own:
        folder = tmp_path / "project_of_a_test"
        folder.mkdir(exist_ok=True)
        body = "".join(f"    {line}\n" for line in lines.splitlines())
        texts = {
            "__init__": "",
            "levels": LEVELS.format(below="below"),
            "below": BELOW,
            "own": f"{around}\ndef tried(close):\n{body}",
        }
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        for name in [n for n in sys.modules if n.startswith("project_of_a_test")]:
            monkeypatch.delitem(sys.modules, name)
        importlib.invalidate_caches()
        linecache.clearcache()
        tried: Own = importlib.import_module("project_of_a_test.own").tried
        return tried

    return of


@pytest.mark.parametrize(
    ("around", "lines"),
    [
        ("from . import levels", "return close / levels.MEAN"),
        ("from .levels import MEAN", "return close / MEAN"),
        ("from project_of_a_test.levels import HALF as h", "return close / h"),
        ("import project_of_a_test.levels", "return close / project_of_a_test.levels.HALF"),
        ("from .levels import scaled", "return scaled(close)"),
        ("from . import levels", "return levels.scaled(close)"),
        ("from .levels import OF_DEEP", "return close * OF_DEEP"),
        ("from .levels import DEEP", "return close * DEEP"),
        ("from .levels import Level", "return close * Level.mean"),
        ("from . import levels", "return close * levels.Level().mean"),
        ("from .below import deep", "return deep(close)"),
        ("", "from .levels import MEAN as m\nreturn close / m"),
        ("", "from . import levels as l\nreturn close / l.MEAN"),
        ("", "import project_of_a_test.levels as l\nreturn close / l.MEAN"),
        ("from .levels import MEAN\nTWICE = 2 * MEAN", "return close / TWICE"),
        ("from . import levels\nTWICE = 2 * levels.MEAN", "return close / TWICE"),
        ("from .levels import MEAN\ndef helped(x):\n    return x / MEAN", "return helped(close)"),
        ("from functools import cache\nfrom .levels import MEAN\n@cache\ndef held():\n    return MEAN", "return close / held()"),
    ],
)  # fmt: skip
def test_a_constant_that_another_module_computed_from_data_is_told(
    project: Callable[[str, str], Own], around: str, lines: str
) -> None:
    with pytest.raises(AlphaBenchError, match=r"^R48 .* is computed from "):
        made(project(around, lines))


@pytest.mark.parametrize(
    ("around", "lines"),
    [
        ("from . import levels", "return close / levels.FIXED"),
        ("from .levels import FIXED as f", "return close / f"),
        ("from .levels import plain", "return plain(close)"),
        ("from . import levels", "return levels.shared(close)"),
        ("", "from .below import TENTH\nreturn close * TENTH"),
        ("from functools import cache\n@cache\ndef held():\n    return 3.0", "return close / held()"),
    ],
)
def test_a_constant_that_another_module_writes_is_taken(
    project: Callable[[str, str], Own], around: str, lines: str
) -> None:
    made(project(around, lines))
