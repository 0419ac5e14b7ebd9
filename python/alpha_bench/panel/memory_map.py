"""A panel on disk whose fields are read by mapping: one file a field, looked at in place, larger than memory if need be.

The directory has ``panel.json`` (calendar, assets, names of groups, which file holds which field) and a file a field, in numpy's
own format, named by the digest of its values. ``panel.json`` is written last and renamed into place, so whoever opens the directory
finds the panel that was there before or the new one, never a mixture. A field that is constant over time is one session on disk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from alpha_bench.errors import AlphaBenchError, CacheError
from alpha_bench.panel.digest import values_digest
from alpha_bench.runtime import Floats, atomic_file, write_atomic

_INDEX = "panel.json"
_FORMAT = 1


def write_mapped(
    directory: Path, about: Mapping[str, Any], arrays: Mapping[str, Mapping[str, Floats]]
) -> None:
    """Write ``arrays`` ({"fields": {name: (T, N)}, "groups": ...}) and what is known ``about`` them.

    Raises:
        AlphaBenchError: R53 when the directory cannot be written.
    """
    index: dict[str, Any] = {"format": _FORMAT, **about}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for kind, named in arrays.items():
            index[kind] = {name: _write_field(directory, values) for name, values in named.items()}
        write_atomic(directory / _INDEX, json.dumps(index, indent=1, sort_keys=True).encode(), durable=True)
        used = {entry["file"] for kind in arrays for entry in index[kind].values()}
        for path in directory.glob("*.npy"):
            if path.name not in used:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise CacheError(
            "R53",
            f"{directory} cannot be written: {error.strerror}",
            fix="make room, or name another directory",
        ) from error


def _write_field(directory: Path, values: Floats) -> dict[str, object]:
    digest = values_digest(values)
    constant = bool(values.strides[0] == 0) and values.size > 0
    name = f"{digest.removeprefix('sha256:')[:40]}{'-constant' if constant else ''}.npy"
    if not (directory / name).exists():
        with atomic_file(directory / name, durable=True) as file:
            np.save(file, values[:1] if constant else values)
    return {"file": name, "digest": digest, "constant": constant}


def read_mapped(directory: Path, *, verify: bool) -> tuple[dict[str, Any], dict[str, dict[str, Floats]]]:
    """What :func:`write_mapped` wrote: what was known about the arrays, and read-only (T, N) maps of them.

    Raises:
        AlphaBenchError: R51 when it is not there, not whole, or, with ``verify``, a field's values are not what was written.
    """
    try:
        index = json.loads((directory / _INDEX).read_text("utf-8"))
        shape = (len(index["dates"]), len(index["assets"]))
        _check_format(index["format"])
        arrays = {
            kind: {name: _map_field(directory, entry, shape) for name, entry in index[kind].items()}
            for kind in ("fields", "groups")
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, str(error)) from error
    for kind, named in arrays.items() if verify else ():
        for name, values in named.items():
            if values_digest(values) != index[kind][name]["digest"]:
                raise _damaged(directory, f"the values of {name} are not what was written")
    return index, arrays


def _check_format(number: object) -> None:
    if number != _FORMAT:
        raise ValueError(f"its format is {number}, {_FORMAT} is read here")


def _map_field(directory: Path, entry: Mapping[str, Any], shape: tuple[int, int]) -> Floats:
    name = str(entry["file"])
    if Path(name).name != name:
        raise ValueError(f"{name} is not a file of the directory")
    mode: Literal["r"] | None = "r" if shape[0] and shape[1] else None  # nothing cannot be mapped
    held = np.load(directory / name, mmap_mode=mode, allow_pickle=False)
    wanted = (1, shape[1]) if entry["constant"] else shape
    if held.shape != wanted or held.dtype != np.float64:
        raise ValueError(f"{name} holds {held.dtype} {held.shape}, expected float64 {wanted}")
    plain = held.view(np.ndarray)
    return np.broadcast_to(plain, shape) if entry["constant"] else plain


def _damaged(directory: Path, what: str) -> AlphaBenchError:
    return CacheError(
        "R51",
        f"no whole panel is mapped in {directory}: {what}",
        fix="write it again: panel.save_mapped(directory)",
    )
