"""Which parts of wide prices a plan for elsewhere names: those of a definition that is data alone, and all of anything else."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alpha_bench import Ridge, walk_forward
from alpha_bench.describe import describe
from alpha_bench.vocabulary import data, features, fwd_ret
from fakes.object_stores import in_memory
from nbcode.commands.planning import columns_to_read
from nbcode.configuration import TableLayout
from nbcode.inputs import Formula, PinnedInput, Role, identify


def prices(root: Path) -> PinnedInput:
    held: dict[str, Any] = {"date": pa.array([1, 2], pa.date32()), "symbol": ["A", "A"], "close": [1.0, 2.0]}
    held |= {f"x{number:02}": np.arange(2.0) for number in range(57)}
    told = io.BytesIO()
    pq.write_table(pa.table(held), told)
    world = in_memory()
    world.put("a.parquet", told.getvalue())
    source = identify(world.uri, root, keep=False, opening=world.opening).source
    return PinnedInput(
        name="market", role=Role.PRICES, uri=world.uri, path=root, digest=source.digest, size_bytes=1, schema=(), source=source,
    )  # fmt: skip


def built(kind: str = "declarative", *, opens_paths: bool = False) -> Any:
    m = Ridge().fit(X=[features.ret(window=20), data.x05], y=fwd_ret(5))
    plain = describe(walk_forward(m, embargo="5d", folds="3"))
    definition = SimpleNamespace(kind=kind, plain=plain)
    return SimpleNamespace(
        spec=SimpleNamespace(definition=definition), graph=SimpleNamespace(opens_paths=opens_paths)
    )


def test_the_columns_of_a_definition(tmp_path: Path) -> None:
    pinned = prices(tmp_path)
    assert columns_to_read(built(), pinned) == {"date", "symbol", "close", "x05"}
    more = replace(
        pinned,
        derive=(Formula(field="k", formula="x07 / close"),),
        layout=TableLayout(rename=(("x08", "x05"), ("x05", "old"))),
    )
    assert columns_to_read(built(), more) == {"date", "symbol", "close", "x08", "x07"}


@pytest.mark.parametrize("odd", ["python", "opens", "an input", "wide layout", "dates as text", "here alone"])
def test_of_anything_else_all(odd: str, tmp_path: Path) -> None:
    pinned = prices(tmp_path)
    changes: dict[str, Any] = {
        "an input": {"role": Role.INPUT},
        "wide layout": {"layout": TableLayout(field="close")},
        "dates as text": {"layout": TableLayout(date_format="%d.%m.%Y")},
        "here alone": {"source": None},
    }.get(odd, {})
    made = built("python" if odd == "python" else "declarative", opens_paths=odd == "opens")
    assert columns_to_read(made, replace(pinned, **changes)) is None
