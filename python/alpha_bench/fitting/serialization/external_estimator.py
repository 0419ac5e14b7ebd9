"""Models that cells fitted themselves, kept as they are: what they are made of, and what their columns are called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization import forms
from alpha_bench.fitting.serialization.ensembles import MeanOfModels, ModelsByKey
from alpha_bench.fitting.serialization.own_code import CODE_FILE, CodeSource, OwnCode, module_of
from alpha_bench.fitting.serialization.own_modules import OwnModule, file_of
from alpha_bench.fitting.serialization.saved_model import (
    METHODS,
    SavedModel,
    answered,
    as_table,
    chosen,
    is_frame,
    rows_of,
)
from alpha_bench.runtime import canonical

if TYPE_CHECKING:
    import types

    import pandas as pd

MODEL_FILE = "model.json"
KIND = "estimator"
_SCHEMA_VERSION = 2
_FILE = re.compile(r"estimator(-[0-9]+)*\.[a-z]+|values(-[0-9]+)*\.[a-z]+")
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExternalEstimator(SavedModel):
    """One fitted object that predicts. ``columns`` are those of the frame it was fitted on, where it was one."""

    estimator: Any
    columns: tuple[str, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that the fitted object has."""
        return tuple(m for m in METHODS if callable(getattr(self.estimator, m, None)))

    @property
    def classes(self) -> Any:
        """The classes of a classifier, in the order of its probabilities; else None."""
        found = getattr(self.estimator, "classes_", None)
        return None if found is None else np.asarray(found)

    def predict(self, X: Any, method: str = "predict") -> Any:
        """As the fitted object's own ``method``: an array (rows,) or (rows, targets)."""
        self._check_method(method)
        rows = rows_of(X, self.columns)
        return answered(lambda: getattr(self.estimator, method)(self._without_names(rows)), self.columns)

    def predict_frame(self, frame: pd.DataFrame, method: str = "predict") -> Any:
        """A prediction for each row of ``frame``, on its index; only the columns of the fit are used."""
        self._check_method(method)
        if not is_frame(frame):
            raise_no_frame(frame)
        given = self._without_names(chosen(frame, self.columns))
        values = answered(lambda: getattr(self.estimator, method)(given), self.columns)
        return as_table(values, frame, None if method in {"predict", "transform"} else self.classes)

    def _without_names(self, rows: Any) -> Any:
        """A fit on arrays knew no names, and scikit-learn warns of every one that it is given then."""
        numbered = hasattr(self.estimator, "n_features_in_") and not self.columns
        plain = numbered and type(self.estimator).__module__.startswith("sklearn.")
        return rows.to_numpy() if plain and is_frame(rows) else rows


def raise_no_frame(given: object) -> None:
    """Raise AlphaBenchError R36."""
    from alpha_bench.errors import DataError

    raise DataError(
        "R36",
        f"predictions are made of a pandas frame, got {type(given).__name__}",
        fix="give pandas.DataFrame(...); arrays and lists of rows go to predict(X)",
    )


def save_estimator(model: Any, directory: Path, code: CodeSource | None = None) -> None:
    """Write ``model.json`` and the files of what ``model`` is made of; equal models give equal bytes.

    ``model`` is a fitted object that predicts, a list of them, or a dict of them; ``code`` knows the source of classes and functions
    of the notebook, without which a model that holds one is not kept.

    Raises:
        AlphaBenchError: R35 when it holds what could not be read back.
    """
    writer = forms.Writer(code=code)
    plain: dict[str, object] = {
        "schema_version": _SCHEMA_VERSION,
        "kind": KIND,
        "model": _node(model, writer, "m", _DEEPEST),
    }
    if writer.defined and code is not None:
        plain["code"] = _written_code(code, writer)
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in writer.files.items():
        (directory / name).write_bytes(data)
    (directory / MODEL_FILE).write_bytes(canonical(plain) + b"\n")


def predicts_rows(model: Any) -> bool:
    """Whether what is kept of ``model`` predicts: all but results of which only the parameters are kept."""
    return all(forms.predicts_rows(member) for member in _members(model))


def _members(model: Any) -> Iterator[Any]:
    if isinstance(model, Mapping | list | tuple):
        for member in model.values() if isinstance(model, Mapping) else model:
            yield from _members(member)
    else:
        yield model


def _written_code(code: CodeSource, writer: forms.Writer) -> dict[str, object]:
    names = sorted(writer.defined)
    own = code.of(names)
    writer.files.update(own.files)
    kept: dict[str, object] = {
        "digest": own.digest,
        "defines": names,
        "values": _written_values(code, own, writer),
    }
    if own.modules:
        kept["modules"] = [{"name": one.name, "package": one.package} for one in own.modules]
    return kept


def _written_values(code: CodeSource, own: OwnCode, writer: forms.Writer) -> forms.Node | None:
    """The constants that the code reads, but for those that are no data and that it sets by itself."""
    values = dict(own.values)
    while values:
        try:
            return forms.write(values, forms.Writer(stem="values", files=writer.files))
        except SavedModelError:
            name, error = forms.first_unkept(values)
            if error is None:
                raise
            if not code.goes_without(name):
                raise SavedModelError(
                    "R35",
                    f"the model's code reads `{name}`, {forms.not_data(values[name])}",
                    fix=f"keep what the code needs of {name} as numbers or arrays, on the object itself",
                    constant=name,
                ) from error
            del values[name]
    return None


def _node(model: Any, writer: forms.Writer, path: str, depth: int) -> dict[str, Any]:
    if isinstance(model, Mapping) and depth:
        keys = list(model)
        return {
            "form": "dict",
            "keys": [_key(k, path) for k in keys],
            "members": [
                _node(model[k], writer.inner(i), f"{path}[{k!r}]", depth - 1) for i, k in enumerate(keys)
            ],
        }
    if isinstance(model, list | tuple) and depth and not hasattr(model, "predict"):
        members = [_node(v, writer.inner(i), f"{path}[{i}]", 0) for i, v in enumerate(model)]
        return {"form": "list", "members": members}
    if not callable(getattr(model, "predict", None)) and not forms.predicts(model):
        raise SavedModelError(
            "R35",
            f"`{path}` is a {type(model).__name__}, which does not predict",
            fix="promote an estimator, a list of estimators, or a dict of them",
        )
    node = forms.write(model, writer)
    return node | {"columns": node.get("columns") or [str(c) for c in _columns_of(model)]}


def _columns_of(model: Any) -> Any:
    try:
        found = getattr(model, "feature_names_in_", ())
    except AttributeError:
        return ()
    return () if found is None else found


def _key(key: object, path: str) -> object:
    if isinstance(key, tuple):
        return [_key(k, path) for k in key]
    key = key.item() if isinstance(key, np.generic) else key
    if isinstance(key, str | int | float):
        return key
    raise SavedModelError(
        "R35",
        f"a key of `{path}` is a {type(key).__name__}",
        fix="use text or numbers as the keys of the models",
    )


def has_estimator(directory: Path) -> bool:
    """Whether :func:`save_estimator` wrote ``directory``."""
    try:
        plain = json.loads((directory / MODEL_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(plain, dict) and plain.get("kind") == KIND


def load_estimator(directory: Path, trust: str | None = None) -> SavedModel:
    """Read what :func:`save_estimator` wrote; nothing in the directory is executed, unless ``trust`` is the digest of the
    notebook's code that the model needs.

    Raises:
        AlphaBenchError: R35 for what is no saved model, R60 where an optional library is not installed, R65 where the model needs code
            of its notebook and ``trust`` does not name it.
    """
    try:
        plain = _upgraded(json.loads((directory / MODEL_FILE).read_bytes()))
        reader = forms.Reader(file=lambda name: _bytes(directory, name))
        if plain.get("code") is not None:
            module = _module(plain["code"], directory, reader, trust)
            reader = forms.Reader(file=reader.file, code=module)
        return _model(plain["model"], reader, _DEEPEST)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, SavedModelError):
            raise
        raise SavedModelError(
            "R35", f"{directory} holds no saved estimator: {error}", fix="promote or save it again"
        ) from error


def _module(
    code: Mapping[str, Any], directory: Path, reader: forms.Reader, trust: str | None
) -> types.ModuleType:
    path = directory / CODE_FILE
    files, modules = {CODE_FILE: path.read_bytes()}, []
    for told in code.get("modules", ()):
        name, package = str(told["name"]), bool(told["package"])
        file = file_of(name, package=package)
        files[file] = (directory / file).read_bytes()
        modules.append(OwnModule(name=name, text=files[file].decode(), package=package))
    values = {} if code["values"] is None else forms.read(code["values"], reader)
    return module_of(files, modules, [str(n) for n in code["defines"]], values, trust=trust, path=path)


def _bytes(directory: Path, name: str) -> bytes:
    if not _FILE.fullmatch(name):
        raise ValueError(f"a saved model has no file {name!r}")
    return (directory / name).read_bytes()


def _model(node: Mapping[str, Any], reader: forms.Reader, depth: int) -> SavedModel:
    if depth < 0:
        raise ValueError("models within models without end")
    if node["form"] == "list":
        members = [_model(m, reader, 0) for m in node["members"]]
        return MeanOfModels(members=tuple(m for m in members if isinstance(m, ExternalEstimator)))
    if node["form"] == "dict":
        keys = [tuple(k) if isinstance(k, list) else k for k in node["keys"]]
        return ModelsByKey(
            members={k: _model(m, reader, depth - 1) for k, m in zip(keys, node["members"], strict=True)}
        )
    return ExternalEstimator(estimator=forms.read(node, reader), columns=tuple(map(str, node["columns"])))


def _upgraded(plain: Any) -> Mapping[str, Any]:
    """The document in today's form. The first schema had one estimator, and wrote less of it."""
    if plain["schema_version"] != 1:
        return plain  # type: ignore[no-any-return]
    node: dict[str, Any] = {"form": "skops", "file": "estimator.skops", "parts": []}
    if "trees" in plain:
        library, _, name = str(plain["trees"]).partition(".")
        suffix = "txt" if library == "lightgbm" else "json"
        node = {"form": library, "class": name, "features": plain["features"], "file": f"estimator.{suffix}"}
    return {"model": node | {"columns": plain["columns"]}}
