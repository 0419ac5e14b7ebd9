"""Sections A to D of the bad inputs, row by row: what is given, and the code that must be seen.

A row is (number, code, maker). A maker returns bytes and the name they are read under. Rows that need a run, an editor or a
registry are listed in ELSEWHERE with the place of their test.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

META = "# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: my-team"
FEATURES = "ret_20 = features.ret(window=20)"
MODEL = "m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)"
EVAL = "report = walk_forward(m)"


def code_cell(source: object, tag: str | None = None, **extra: object) -> dict[str, object]:
    metadata: dict[str, object] = {"tags": [tag]} if tag else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": extra.pop("id", None) or f"c{abs(hash(str(source) + str(tag))) % 10**8}",
        "metadata": extra.pop("metadata", metadata),
        "outputs": [],
        "source": source,
        **extra,
    }


def good_cells() -> list[dict[str, object]]:
    return [
        code_cell(META, "meta", id="c-meta"),
        code_cell(FEATURES, "features", id="c-features"),
        code_cell(MODEL, "model", id="c-model"),
        code_cell(EVAL, "eval", id="c-eval"),
    ]


def ipynb(cells: object = None, **top: object) -> bytes:
    document = {
        "cells": good_cells() if cells is None else cells,
        "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
        **top,
    }
    return json.dumps(document, indent=1).encode()


def percent(
    *,
    meta: str = META,
    features: str = FEATURES,
    model: str = MODEL,
    evaluation: str = EVAL,
    before: str = "",
) -> bytes:
    return (
        f"{before}# %% [meta]\n{meta}\n# %% [features]\n{features}\n# %% [model]\n{model}\n# %% [eval]\n{evaluation}\n"
    ).encode("utf-8", "surrogatepass")


def meta_line(line: str) -> bytes:
    return percent(meta=f"{META}\n# {line}")


def with_id(value: str) -> bytes:
    return percent(meta=META.replace("xsmom_v3", value))


@dataclass(frozen=True)
class Row:
    number: int
    code: str
    data: Callable[[], bytes]
    name: str = "notebook.py"
    cell: int | None = None
    line: int | None = None
    says: str = ""
    options: dict[str, object] = field(default_factory=dict)


def nb(number: int, code: str, data: Callable[[], bytes], **more: object) -> Row:
    return Row(number, code, data, name="notebook.ipynb", **more)  # type: ignore[arg-type]


def py(number: int, code: str, data: Callable[[], bytes], **more: object) -> Row:
    return Row(number, code, data, **more)  # type: ignore[arg-type]


def _twice() -> bytes:
    return ipynb().replace(
        b'"execution_count": null,\n   "id": "c-model"', b'"source": "x = 1",\n   "id": "c-model"'
    )


SECTION_A = (
    nb(1, "A01", lambda: b""),
    nb(1, "A01", lambda: b" \n\n"),
    nb(2, "A02", lambda: ipynb()[:200], says="byte"),
    nb(2, "A02", lambda: b"not a notebook", says="byte 0"),
    nb(3, "A03", lambda: b"\xef\xbb\xbf" + ipynb()),
    nb(4, "A04", lambda: ipynb().decode().encode("utf-16")),
    nb(4, "A04", lambda: ipynb([code_cell("x = 'é'")]).replace(b"\\u00e9", b"\xe9"), says="byte"),
    *(nb(5, "A05", lambda data=data: data) for data in (b"[]", b"3", b"null", b'"x"')),
    nb(6, "A06", lambda: b'{"cells": null, "nbformat": 4, "nbformat_minor": 5}'),
    nb(6, "A06", lambda: b'{"nbformat": 4, "nbformat_minor": 5}'),
    nb(7, "A07", lambda: ipynb(nbformat=3), says="nbformat 3"),
    nb(7, "A07", lambda: b'{"worksheets": [], "nbformat": 3, "nbformat_minor": 0}'),
    nb(8, "A08", lambda: ipynb(nbformat=5), says="5"),
    nb(8, "A08", lambda: ipynb(nbformat="4")),
    nb(8, "A08", lambda: ipynb(nbformat_minor=99)),
    nb(9, "A09", _twice, cell=3, says="'source' twice in cell 3"),
    nb(10, "A10", lambda: ipynb().replace(b'"nbformat_minor": 5', b'"nbformat_minor": 5, "x": NaN')),
    nb(10, "A10", lambda: ipynb().replace(b'"nbformat_minor": 5', b'"nbformat_minor": 5, "x": -Infinity')),
    nb(
        11,
        "A11",
        lambda: ipynb().replace(b'"nbformat_minor": 5', b'"nbformat_minor": 5, "x": ' + b"7" * 5000),
        says="5000",
    ),
    nb(
        12,
        "A12",
        lambda: ipynb().replace(
            b'"nbformat_minor": 5', b'"nbformat_minor": 5, "x": ' + b"[" * 70 + b"]" * 70
        ),
    ),
    nb(12, "A12", lambda: b"[" * 200_000),
    nb(
        13,
        "A13",
        lambda: ipynb([*good_cells()[:3], code_cell("x = '?'", "eval")]).replace(b"'?'", b"'\\ud800'"),
        cell=4,
    ),
    nb(14, "A14", lambda: ipynb([code_cell("x = 1\0", "features")]), cell=1),
    py(14, "A14", lambda: percent(features="x = 1\0"), cell=2),
    nb(15, "A15", lambda: ipynb([code_cell("a = 1", id="same"), code_cell("b = 1", id="same")]), cell=2),
    nb(15, "A15", lambda: ipynb([{k: v for k, v in cell.items() if k != "id"} for cell in good_cells()])),
    nb(16, "A16", lambda: ipynb([code_cell(3)]), cell=1),
    nb(16, "A16", lambda: ipynb([code_cell(["a", 3])]), cell=1),
    nb(16, "A16", lambda: ipynb([7]), cell=1),
    nb(17, "A17", lambda: ipynb([code_cell("x", cell_type="heading")]), cell=1),
    nb(18, "A18", lambda: ipynb([code_cell("x = 1", metadata={"tags": "features"})]), cell=1),
    nb(19, "A19", lambda: ipynb(metadata={"x": "y" * 5000}), options={"file_size_bytes": 4000}),
    nb(
        19,
        "A19",
        lambda: ipynb(metadata={"x": "y" * 5000}),
        options={"comfortable_size_bytes": 4000},
        says="outputs are",
    ),
    nb(20, "A20", lambda: ipynb([code_cell("1", id=f"c{n}") for n in range(2001)]), says="2001 cells"),
    nb(20, "A20", lambda: ipynb([code_cell("#" * 1_000_001)])),
    *(
        nb(21, "A21", lambda magic=magic: magic + b"\0" * 40, says=name)
        for magic, name in (
            (b"\x1f\x8b\x08", "gzip"),
            (b"PK\x03\x04", "zip"),
            (b"SQLite format 3\0", "SQLite"),
        )
    ),
    nb(26, "A26", lambda: b"{\n<<<<<<< HEAD\n=======\n>>>>>>> other\n}", line=2),
    py(
        26,
        "A26",
        lambda: percent(features="<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> other"),
        cell=2,
        line=2,
    ),
    nb(27, "A27", lambda: ipynb(metadata={"kernelspec": {"name": "ir", "language": "R"}}), says="R"),
    nb(
        28,
        "A28",
        lambda: ipynb(
            [
                *good_cells(),
                {
                    "cell_type": "markdown",
                    "id": "x",
                    "metadata": {},
                    "source": "",
                    "attachments": {"../x": {}},
                },
            ]
        ),
        cell=5,
    ),
)

SECTION_B = (
    py(29, "B01", lambda: b"# %%\nx = 1\n", says="no tagged cell"),
    py(30, "B02", f"# %% [meta]\n{META}\n# %% [features]\n{FEATURES}\n".encode),
    py(31, "B03", lambda: percent(model=f"{MODEL}\n# %% [model]\n{MODEL}"), cell=4),
    py(31, "B03", lambda: percent(meta=f"{META}\n# %% [meta]\n{META}"), cell=2),
    py(32, "B04", lambda: percent().replace(b"[model]", b"[modle]"), cell=3, says="did you mean [model]"),
    nb(32, "B04", lambda: ipynb([code_cell(MODEL, "modle")]), cell=1, says="did you mean [model]"),
    py(33, "B05", lambda: percent().replace(b"[model]", b"[Model]"), cell=3),
    py(
        34,
        "B06",
        lambda: percent().replace(b"[model]", "[m\u043edel]".encode()),
        cell=3,
        says="U+043E looks like 'o'",
    ),
    py(35, "B07", lambda: percent().replace(b"# %% [model]", b"# %%[model]"), says="add a space"),
    py(35, "B07", lambda: percent().replace(b"# %% [model]", b"#%%[model]")),
    nb(35, "B07", lambda: ipynb([code_cell("# %%[model]\nx = 1")]), cell=1),
    nb(
        36,
        "B08",
        lambda: ipynb(
            [{"cell_type": "markdown", "id": "x", "metadata": {"tags": ["model"]}, "source": "text"}]
        ),
        cell=1,
    ),
    nb(
        36,
        "B08",
        lambda: ipynb([{"cell_type": "raw", "id": "x", "metadata": {"title": "[model]"}, "source": "text"}]),
        cell=1,
    ),
    py(38, "B09", lambda: percent().replace(b"[model]", b'[model] {"a":'), cell=3, says="cannot be read"),
    py(38, "B09", lambda: percent().replace(b"[model]", b'tags=["mod'), cell=3),
    nb(39, "B10", lambda: ipynb([code_cell(f"# %% [model]\n{MODEL}", "eval")]), cell=1, says="disagree"),
    nb(39, "B10", lambda: ipynb([code_cell(MODEL, metadata={"tags": ["eval"], "title": "[model]"})]), cell=1),
    nb(40, "B11", lambda: ipynb([code_cell(MODEL, metadata={"tags": ["eval", "model"]})]), cell=1),
    py(
        41,
        "B12",
        f"# %% [meta]\n{META}\n# %% [eval]\nx = 1\n# %% [features]\n{FEATURES}\n# %% [model]\n{MODEL}\n".encode,
        cell=2,
    ),
    py(42, "B13", lambda: percent(features="# nothing yet", model="m = Ridge()"), cell=2),
    py(43, "B14", lambda: percent().replace(b"[model]", "[mod\u200bel]".encode()), cell=3, says="U+200B"),
    nb(43, "B14", lambda: ipynb([code_cell(MODEL, "model\u200b")]), cell=1),
    py(0, "B15", f"# %% [features]\n{FEATURES}\n# %% [model]\n{MODEL}\n".encode),
    nb(
        0,
        "B16",
        lambda: ipynb([code_cell("import numpy as np", "imports"), code_cell(MODEL, "step:train")]),
        cell=2,
    ),
    nb(
        35,
        "B07",
        lambda: ipynb([code_cell(f"# about\n# %% [model]\n{MODEL}")]),
        cell=1,
        line=2,
        says="not the first line",
    ),
    nb(
        40,
        "B11",
        lambda: ipynb([code_cell(f"# %% [features]\n{FEATURES}\n# %% [model]\n{MODEL}")]),
        cell=1,
        line=3,
    ),
)

SECTION_C = (
    py(44, "C01", lambda: meta_line("description: &a x"), cell=1, line=6, says="line 6"),
    py(45, "C01", lambda: meta_line("description: *a")),
    py(46, "C02", lambda: meta_line("description: !!python/object:os.system x"), line=6),
    py(46, "C02", lambda: meta_line("description: !x y")),
    py(47, "C03", lambda: meta_line("owner: other"), line=6, says="twice"),
    py(48, "C04", lambda: meta_line("<<: {a: b}"), line=6),
    *(
        py(49, "C05", lambda value=value: meta_line(f"description: {value}"), line=6, says="quote|ambiguous")
        for value in ("NO", "on", "010", "12:30:45", "1_000", "0x1F", "y", "1e3")
    ),
    py(50, "C06", lambda: meta_line("description: 2024-01-31"), line=6),
    *(
        py(51, "C07", lambda value=value: meta_line(f"description: {value}"))
        for value in (".nan", ".inf", "-.INF")
    ),
    py(52, "C08", lambda: meta_line("description: 9007199254740992")),
    *(
        py(53, "C09", lambda line=line: meta_line(line), line=6)
        for line in (
            "description: !!binary aGk=",
            "description: !!set {a}",
            "? a",
            "1: x",
            "true: x",
            "[a]: x",
            "é: x",
        )
    ),
    *(
        py(54, "C10", lambda line=line: meta_line(line), line=6)
        for line in ("---", "...", "--- x", "%YAML 1.2")
    ),
    py(54, "C11", lambda: meta_line("description:\tx"), line=6),
    py(55, "C12", lambda: meta_line("ownr: x"), line=6, says="did you mean `owner`"),
    *(
        py(
            56,
            "C13",
            lambda line=line: percent(meta=META.replace("# owner: my-team", f"# {line}")),
            says="expected|list",
        )
        for line in ("owner: 3", "owner: [a]", "owner: {a: b}", "owner: true", "owner:", "owner: 1.5")
    ),
    py(56, "C13", lambda: percent(meta=META.replace("10d", "10"))),
    py(56, "C13", lambda: percent(meta=META.replace("10d", "10D"))),
    py(56, "C13", lambda: percent(meta=META.replace("10d", "2w"))),
    py(56, "C13", lambda: percent(meta=META.replace("kind: model", "kind: factor"))),
    py(56, "C13", lambda: meta_line("inputs: data.csv")),
    py(56, "C13", lambda: meta_line('gates: {rank_ic: "good"}')),
    py(56, "C13", lambda: meta_line("inputs:\n#   - a")),
    *(
        py(57, "C14", lambda value=value: with_id(value), line=2)
        for value in (
            "prod\u202eabc",
            "a/b",
            "..",
            "a" * 300,
            "abc.",
            "latest",
            "v1",
            "candidate",
            "production",
            "Abc",
            "é",
            '"a\\nb"',
        )
    ),
    py(57, "C14", lambda: percent(meta=META.replace("my-team", "te\u200bam"))),
    py(58, "C15", lambda: with_id("cafe\u0301"), line=2),
    py(59, "C16", lambda: meta_line("description: AKIA" + "ABCDEFGHIJKLMNOP"), line=6, says=r"AKIA\*"),
    py(59, "C16", lambda: meta_line("data: ghp_" + "a1" * 18), line=6),
    py(59, "C16", lambda: meta_line('description: "-----BEGIN RSA PRIVATE KEY-----"')),
    py(59, "C16", lambda: meta_line("data: postgresql://me:hunter22@host/db")),
    py(
        59,
        "C16",
        lambda: percent(features='ret_20 = features.ret(20)\nkey = "AKIA' + 'ABCDEFGHIJKLMNOP"'),
        cell=2,
        line=3,
    ),
    py(60, "C17", lambda: percent(meta=META.replace("my-team", '"{{inputs.x}}"')), line=5),
    py(60, "C17", lambda: percent(meta=META.replace("my-team", "a@b.c {{x}}")), line=5),
    py(0, "C18", lambda: percent(meta="# id: abc\n# kind: model"), says="`horizon`, `owner`"),
    py(0, "C19", lambda: meta_line("just words"), line=6),
    py(0, "C19", lambda: meta_line("description: a: b")),
    py(0, "C19", lambda: percent(meta=META + "\nx = 1"), line=6),
    py(0, "C19", lambda: percent(meta=META.replace("owner: my", "owner:my"))),
    py(0, "C19", lambda: meta_line("description: >= 0.01")),
    py(0, "C19", lambda: meta_line('description: "open')),
)


def cell_code(code: str) -> Callable[[], bytes]:
    return lambda: percent(features=f"{FEATURES}\n{code}")


def d(number: int, code: str, source: str, **more: object) -> Row:
    return py(number, code, cell_code(source), **{"cell": 2, "line": 3, **more})  # type: ignore[arg-type]


SECTION_D = (
    d(61, "D01", "x = (1", says="syntax error"),
    d(61, "D01", "return 3"),
    d(61, "D01", "for"),
    *(
        d(62, "D02", source)
        for source in (
            "%run other.ipynb",
            "!ls",
            "files = !ls",
            "names: list[str] = !ls",
            "x = %timeit -o 1",
            "pip uninstall lightgbm",
            "%%bash\nls",
            "%%R\nx <- 1",
            "%%mypy_of_mine\nno python at all",
        )
    ),
    d(62, "D02", "get_ipython().system('ls')"),
    d(63, "D03", "import asyncio; x = asyncio.run(print())"),
    py(
        64,
        "D04",
        lambda: percent(before="# %%\ndf = 1\n", features=f"{FEATURES}\ny = df"),
        cell=3,
        line=3,
        says="cell 1, which is not tagged",
    ),
    d(65, "D05", "y = df_clean", says="df_clean"),
    d(65, "D05", "y = featurs.ret(3)", says="did you mean `features`"),
    d(65, "D05", "y = _12"),
    *(d(66, "D06", source) for source in ("exit()", "quit()", "raise SystemExit(0)")),
    *(
        d(66, "D06", f"import os, sys, signal\n{source}", line=4)
        for source in ("sys.exit()", "os._exit(1)", "os.kill(os.getpid(), 9)", "signal.raise_signal(9)")
    ),
    d(66, "D06", "from sys import exit as leave\nleave()", line=4),
    d(67, "D07", "from no_such_module_ import *\nx = rank(data.close)"),
    d(68, "D08", "import talib", options={"locked": frozenset({"numpy"})}, says="talib"),
    d(69, "D09", "from . import f"),
    d(70, "D10", "from sklearn.ensemble import RandomForestRegressor\nrf = RandomForestRegressor()", line=4),
    d(
        70,
        "D10",
        "from sklearn.ensemble import RandomForestRegressor as R\nrf = R(random_state=1, n_jobs=-1)",
        line=4,
    ),
    d(70, "D10", "from sklearn.model_selection import KFold\nk = KFold(shuffle=True)", line=4),
    *(
        d(71, "D11", source, line=4)
        for source in (
            "import time\nt = time.time()",
            "import uuid\nt = uuid.uuid4()",
            "import random\nt = random.random()",
            "import numpy as np\nt = np.random.randn(3)",
            "import numpy as np\nt = np.random.default_rng()",
            "import numpy as np\nt = np.random.default_rng(None)",
            "from datetime import datetime\nt = datetime.now()",
            "import datetime as dt\nt = dt.date.today()",
            "import pandas as pd\nt = pd.Timestamp('now')",
            "import secrets\nt = secrets.token_hex()",
            "from numpy.random import rand\nt = rand(3)",
            "import pandas as pd\nt = pd.DataFrame({'a': [1]}).sample(frac=1)",
        )
    ),
    *(
        d(72, "D12", source, line=4)
        for source in (
            "import pandas as pd\nt = pd.read_csv('/home/me/x.csv')",
            "import pandas as pd\nt = pd.read_csv('~/x.csv')",
            "import pandas as pd\nt = pd.read_csv('x.csv')",
            "import pandas as pd\nt = pd.read_csv('http://x.org/x.csv')",
            "from pathlib import Path\nt = Path('/home/me/x.csv')",
            "import requests\nt = requests.get('http://x.org')",
            "import numpy as np\nt = np.load('x.npy')",
            "import yfinance as yf\nt = yf.download('SPY')",
        )
    ),
    d(72, "D12", "t = open('x.txt', 'w')", says="left behind"),
    d(72, "D12", "url = 'http://example.org/x.csv'"),
    d(73, "D13", "x = 1  # \u202e"),
    d(73, "D13", "x = '\u2066'", says="U\\+2066"),
    d(74, "D14", "\ufb01t = 1", says="`fit`"),
    d(74, "D14", "v\u043el = 1", says="Cyrillic"),
    *(
        py(
            75,
            "D15",
            lambda source=source: percent(model=source, evaluation="report = {'ic': 1.0}"),
            cell=3,
            line=2,
        )
        for source in ("m = Ridge", "m = None", "m = lambda x: x", "def m(x): return x")
    ),
    py(
        76,
        "D16",
        lambda: percent(
            model="from sklearn.base import RegressorMixin\n\ndef build():\n    class Mine(RegressorMixin): ...\n    return Mine()\n\nm = build()"
        ),
        cell=3,
        line=5,
    ),
    d(78, "D18", "pass", cell=2, line=2),
    d(79, "D19", "x = " + "(" * 10_000 + ")" * 10_000, line=None),
    d(79, "D19", "x = " + "-" * 10_000 + "1", line=None),
    d(79, "D19", "x = a" + ".b" * 20_000, line=None),
    d(79, "D19", "x = " + "1+" * 20_000 + "1", line=None),
    py(
        0,
        "D20",
        lambda: percent(model="m = Ridge().fit(X=[ret_20, fwd_ret_10d], y=fwd_ret_10d)"),
        cell=3,
        line=2,
    ),
    py(0, "D21", lambda: percent(model="m = Ridge().fit(X=[ret_20], y=fwd_ret_5d)"), cell=3, line=2),
    d(0, "D22", "y = later\nlater = 3"),
    d(62, "D02", "import os\nos.system('ls')", line=4),
    d(62, "D02", "import subprocess as sp\nsp.run(['ls'])", line=4),
    d(71, "D11", "x = input('window? ')"),
    d(72, "D12", "import os\nx = os.environ['HOME']", line=4),
    d(72, "D12", "from os import getenv\nx = getenv('HOME')", line=4),
    d(62, "D02", "from multiprocessing import Pool\npool = Pool(2)", line=4),
    d(0, "D23", "x = features.ret(5)\nfeatures = 3", line=4),
    d(0, "D28", "exec('x = 1')"),
    py(
        0,
        "D24",
        lambda: percent(features=f"{FEATURES}\nxs = []", model=f"xs.append(1)\n{MODEL}"),
        cell=3,
        line=2,
    ),
    d(0, "D25", "del ret_20\ny = ret_20", line=4),
    py(0, "D26", lambda: percent(features=f"{FEATURES}\n# %%\nret_20 = ret_20 * 2"), cell=3, line=2),
    d(0, "D27", 'y = inputs["macro"]'),
)
SECTION_D = tuple(
    row
    if row.number != 78
    else py(78, "D18", lambda: percent(features=f"# -*- coding: utf-7 -*-\n{FEATURES}"), cell=2, line=2)
    for row in SECTION_D
)

ELSEWHERE = {
    22: "a link: test_reading_files.py",
    23: "devices, FIFOs and directories: test_reading_files.py",
    24: "changed while read: test_reading_files.py",
    25: "unsaved changes: test_unsaved.py of the kernel",
    37: "a marker inside a string: test_percent.py",
    77: "fitted on undeclared data: needs a run",
}
