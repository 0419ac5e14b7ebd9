"""Reading a saved estimator runs nothing that the file names: every type is looked up in a list of our own first."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from alpha_bench.errors import AlphaBenchError
from alpha_bench.fitting.serialization._skops import from_skops, to_skops

X = np.arange(40.0).reshape(20, 2)
SAVED = to_skops(RandomForestRegressor(n_estimators=2, random_state=0).fit(X, X[:, 0]))


def rewritten(change: Callable[[dict[str, Any]], None], *members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SAVED)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                change(schema)
                data = json.dumps(schema).encode()
            target.writestr(name, data)
        for name, data in members:
            target.writestr(name, data)
    return out.getvalue()


def named(module: str, name: str, loader: str) -> Callable[[dict[str, Any]], None]:
    return lambda schema: schema.update(__module__=module, __class__=name, __loader__=loader)


def deep_inside(schema: dict[str, Any]) -> None:
    schema["content"]["content"]["estimator_"] = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "FunctionNode",
        "__id__": 9999,
        "content": "os.system",
    }


MALICIOUS = {
    "a function of the system": named("os", "system", "FunctionNode"),
    "the system under its real name": named("posix", "system", "FunctionNode"),
    "a program": named("subprocess", "Popen", "ObjectNode"),
    "eval": named("builtins", "eval", "TypeNode"),
    "a call at reading": named("builtins", "eval", "ReduceNode"),
    "a function behind a partial": lambda schema: schema.update(
        __module__="functools",
        __class__="partial",
        __loader__="PartialNode",
        content={"func": {"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}},
    ),
    "a method": named("posixpath", "join", "MethodNode"),
    "an operator": named("operator", "methodcaller", "OperatorFuncNode"),
    "an estimator of another package": named("evil.ensemble", "RandomForestRegressor", "ObjectNode"),
    "a class that ends as an estimator does": named("sklearn.evil.x", "Ridge", "ObjectNode"),
    "deep inside": deep_inside,
}


@pytest.mark.parametrize("name", MALICIOUS)
def test_a_file_that_names_something_foreign_is_refused(name: str) -> None:
    with pytest.raises(AlphaBenchError, match="is not a type that a model may hold") as caught:
        from_skops(rewritten(MALICIOUS[name]))
    assert caught.value.code == "R35"


def test_a_member_that_no_saved_estimator_has_is_refused() -> None:
    with pytest.raises(AlphaBenchError, match="has no member"):
        from_skops(rewritten(lambda _: None, ("../../outside.npy", b"x")))


@pytest.mark.parametrize("data", [b"", b"\x80\x04\x95 a pickle", SAVED[:200]])
def test_what_is_no_saved_estimator_is_refused(data: bytes) -> None:
    with pytest.raises(AlphaBenchError, match="not a saved estimator"):
        from_skops(data)


def test_known_types_put_together_in_an_unknown_way_are_refused() -> None:
    with pytest.raises(AlphaBenchError, match="not a saved estimator: KeyError"):
        from_skops(rewritten(named("functools", "partial", "PartialNode")))


def test_an_array_of_objects_is_not_unpickled() -> None:
    out = io.BytesIO()
    np.save(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(io.BytesIO(SAVED)) as source:
        array = next(n for n in source.namelist() if n.endswith(".npy"))
        members = {n: source.read(n) for n in source.namelist()}
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as target:
        for name, data in members.items():
            target.writestr(name, out.getvalue() if name == array else data)
    with pytest.raises(AlphaBenchError, match="allow_pickle=False"):
        from_skops(again.getvalue())


def test_the_untouched_file_is_read_back() -> None:
    assert from_skops(rewritten(lambda _: None)).predict(X).shape == (20,)
