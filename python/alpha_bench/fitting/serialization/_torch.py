"""The window to torch: a module's structure as data, its tensors as safetensors. Nothing of it is unpickled.

A module is rebuilt without its constructor: its class (of ``torch.nn``, or the notebook's own), its plain attributes, its tensors by
name, and the modules inside it. It predicts rows of numbers as float32, in evaluation mode, without gradients.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from alpha_bench.errors import MissingLibraryError, SavedModelError
from alpha_bench.fitting.serialization.own_code import definition
from alpha_bench.fitting.serialization.plain_values import plain, value_of

_LIBRARY = "torch.nn.modules."
_REGISTERED = ("_parameters", "_buffers", "_modules")
_MOST_MODULES = 10_000
_DTYPES = frozenset({"bool", "float32", "float64", "int32", "int64"})


class TorchPredictor:
    """A module that predicts rows as other estimators do: (rows,) where it gives one value a row, else (rows, values)."""

    def __init__(self, module: Any) -> None:
        self.module = module.eval()

    def predict(self, X: Any) -> Any:
        """``X`` is a frame or rows of numbers; the module is given them as float32."""
        import torch

        rows = np.asarray(X, dtype=np.float32)
        with torch.no_grad():
            found = np.array(self.module(_tensor(rows, torch)).tolist(), dtype=np.float32)
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found


def is_module(kind: type) -> bool:
    """Whether ``kind`` is a class of modules, without importing torch."""
    return any(f"{b.__module__}.{b.__name__}" == "torch.nn.modules.module.Module" for b in kind.__mro__)


def write(value: Any, writer: Any) -> dict[str, object]:
    """Its node; the tensors go to a file. Raises AlphaBenchError R35 for a module that holds more than data."""
    tensors: dict[str, Any] = {}
    node = {"form": "torch", "structure": _structure(value, writer, "", tensors)}
    return node | {"file": writer.add(".safetensors", _encoded(tensors))}


def read(node: Mapping[str, Any], reader: Any, own: Any) -> TorchPredictor:
    """The module, ready to predict; ``own`` gives the notebook's classes by name. Raises ValueError, KeyError, TypeError."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingLibraryError(
            "R60", "torch is not installed", fix="pip install 'alpha-bench[torch]'"
        ) from error
    return TorchPredictor(
        _rebuilt(node["structure"], _decoded(reader.file(node["file"]), torch), own, torch, [0])
    )


def _structure(module: Any, writer: Any, path: str, tensors: dict[str, Any]) -> dict[str, Any]:
    kind = type(module)
    own = writer.name_of(kind)
    if own is None and not kind.__module__.startswith(_LIBRARY):
        raise SavedModelError(
            "R35",
            f"{kind.__module__}.{kind.__qualname__} is no module of torch.nn, nor a class of the notebook",
            fix="define the module by class in a tagged cell, out of modules of torch.nn",
        )
    if own is not None:
        writer.defined.add(own)
    state = vars(module)
    return {
        "class": own or f"{kind.__module__}.{kind.__qualname__}",
        "own": own is not None,
        "attributes": _attributes(state, kind.__name__),
        "tensors": {
            group: {name: _kept(value, f"{path}{name}", tensors) for name, value in state[group].items()}
            for group in ("_parameters", "_buffers")
        },
        "modules": [
            [name, None if child is None else _structure(child, writer, f"{path}{name}.", tensors)]
            for name, child in state["_modules"].items()
        ],
    }


def _attributes(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = {}
    for key, value in state.items():
        if key in _REGISTERED or key.endswith("_hooks") or (key.startswith("_") and not value):
            continue
        try:
            found[key] = {"tuple": plain(value)} if isinstance(value, tuple) else {"value": plain(value)}
        except TypeError as error:
            raise SavedModelError(
                "R35",
                f"`{key}` of {name} is no data: {error}",
                fix="keep modules, tensors, numbers and text as attributes of the module",
            ) from error
    return found


def _kept(value: Any, path: str, tensors: dict[str, Any]) -> str | None:
    if value is None:
        return None
    tensors[path] = value.detach().cpu()
    return path


def _rebuilt(
    node: Mapping[str, Any], tensors: Mapping[str, Any], own: Any, torch: Any, count: list[int]
) -> Any:
    count[0] += 1
    if count[0] > _MOST_MODULES:
        raise ValueError("modules without end")
    kind = definition(own(), str(node["class"])) if node["own"] else _class_of(str(node["class"]), torch)
    if not is_module(kind):
        raise ValueError(f"{node['class']} is no module")
    made = kind.__new__(kind)
    torch.nn.Module.__init__(made)
    for key, value in node["attributes"].items():
        made.__dict__[key] = tuple(value_of(value["tuple"])) if "tuple" in value else value_of(value["value"])
    for name, path in node["tensors"]["_parameters"].items():
        parameter = None if path is None else torch.nn.Parameter(tensors[path], requires_grad=False)
        made.register_parameter(name, parameter)
    for name, path in node["tensors"]["_buffers"].items():
        made.register_buffer(name, None if path is None else tensors[path])
    made._modules = OrderedDict(  # noqa: SLF001  # add_module refuses names that a Sequential of the library has
        (str(name), None if child is None else _rebuilt(child, tensors, own, torch, count))
        for name, child in node["modules"]
    )
    return made


def _class_of(path: str, torch: Any) -> Any:
    """A public class of ``torch.nn``, by its full name."""
    module, _, name = path.rpartition(".")
    found = getattr(torch.nn, name, None)
    if not path.startswith(_LIBRARY) or found is None or found.__module__ != module:
        raise ValueError(f"{path} is no public class of torch.nn")
    return found


def _encoded(tensors: Mapping[str, Any]) -> bytes:
    from safetensors.numpy import save

    arrays = {}
    for name, tensor in tensors.items():
        dtype = str(tensor.dtype).removeprefix("torch.")
        if dtype not in _DTYPES:
            raise SavedModelError("R35", f"{name} is a tensor of {dtype}", fix="keep float32 tensors")
        arrays[name] = np.array(tensor.reshape(-1).tolist(), dtype=dtype).reshape(tuple(tensor.shape))
    return bytes(save(arrays))


def _decoded(data: bytes, torch: Any) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except SafetensorError as error:
        raise ValueError(f"the tensors cannot be read: {error}") from error
    return {name: _tensor(array, torch) for name, array in arrays.items()}


def _tensor(array: Any, torch: Any) -> Any:
    if not array.size:
        return torch.zeros(array.shape, dtype=getattr(torch, str(array.dtype)))
    flat = torch.frombuffer(bytearray(array.tobytes()), dtype=getattr(torch, str(array.dtype)))
    return flat.reshape(array.shape)
