"""Values of a custom feature: its function called with read-only arrays, what it gives checked for shape and type.

Law: what is returned depends on the inputs and parameters alone, or an error (R49) says why that cannot be said.
"""

from __future__ import annotations

import linecache
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alpha_bench.errors import AlphaBenchError, DefinitionError, LookAheadError
from alpha_bench.expressions import Expr
from alpha_bench.operators import CustomFeature, Value, function_of
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Calling:
    """A node's function, ready to be called on arrays of any number of sessions and assets."""

    feature: CustomFeature
    params: Mapping[str, Value]

    @property
    def window(self) -> int:
        """Sessions that a value is made of."""
        return int(self.params["window"])

    @property
    def by_window(self) -> bool:
        """Whether the function is given one window at a time."""
        return self.params["per"] == "window"

    def refuse(self, kind: str, what: str, fix: str, **context: object) -> AlphaBenchError:
        """R49 of this function; ``kind`` is for programs."""
        said = f"@feature {self.feature.name} {what}{_place(self.feature, None)}"
        return LookAheadError("R49", said, fix, name=self.feature.name, kind=kind, **context)

    def whole(self, arrays: Sequence[Floats], out: Floats) -> Floats:
        """Values for all sessions into ``out`` (T, N); the first ``window - 1`` are NaN. Raises R49."""
        rows = arrays[0].shape[0]
        out[: self.window - 1] = np.nan
        if rows < self.window:
            return out
        if self.by_window:
            for t in range(self.window - 1, rows):
                out[t] = self.at(arrays, t)
        else:
            out[self.window - 1 :] = self._called(arrays, arrays[0].shape)[self.window - 1 :]
        return out

    def at(self, arrays: Sequence[Floats], t: int) -> Floats:
        """Values (N,) at ``t`` from the ``window`` sessions up to ``t`` alone. Raises R49."""
        windows = [a[t + 1 - self.window : t + 1] for a in arrays]
        shape = windows[0].shape
        return self._called(windows, shape[1:]) if self.by_window else self._called(windows, shape)[-1]

    def _called(self, arrays: Sequence[Floats], shape: tuple[int, ...]) -> Floats:
        given = tuple(_locked(a) for a in arrays)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter(
                    "ignore", RuntimeWarning
                )  # of empty and missing values, which are NaN here
                result = self.feature.run(given, self.params)
        except AlphaBenchError:
            raise
        except Exception as error:
            raise self._raised(error) from error
        return self._read(result, shape)

    def _read(self, result: Any, shape: tuple[int, ...]) -> Floats:
        if isinstance(result, np.ma.MaskedArray) or result is None or isinstance(result, Expr):
            raise self.refuse(
                "type",
                f"returned a {type(result).__name__}",
                "return an array of numbers, NaN where none is known",
            )
        values = np.asarray(result)
        if values.shape != shape:
            wanted = "(N,), one number an asset" if self.by_window else "(T, N), as its inputs are"
            raise self.refuse(
                "shape", f"returned shape {values.shape}, expected {shape}", f"return an array {wanted}"
            )
        if values.dtype.kind not in "biuf":
            raise self.refuse(
                "dtype",
                f"returned {values.dtype} values, expected numbers (float64)",
                "return an array of real numbers",
            )
        return values.astype(np.float64, copy=False)

    def _raised(self, error: Exception) -> AlphaBenchError:
        if isinstance(error, ValueError) and "read-only" in str(error):
            return self.refuse(
                "mutation",
                f"writes into its inputs{_place(self.feature, error)}",
                "write into a copy: x = x.copy()",
            )
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return self.refuse("raised", f"raised {said}{_place(self.feature, error)}", "correct that line")


def calling_of(params: Mapping[str, Value]) -> Calling:
    """How a node with ``params``, which ``@feature`` made, is computed.

    Raises:
        AlphaBenchError: R48 when its function is not defined in this process, takes another number of inputs, or reads
            something that has changed since.
    """
    feature = function_of(params)
    if len(feature.inputs) != params["inputs"]:
        raise DefinitionError(
            "R48",
            f"{feature.name} takes {len(feature.inputs)} inputs, and the expression has {params['inputs']}",
            fix=f"its inputs are {', '.join(feature.inputs)}",
        )
    feature.check_unchanged()
    return Calling(feature=feature, params=params)


def _locked(array: Floats) -> Floats:
    view = array.view()
    view.flags.writeable = False
    return view


def _place(feature: CustomFeature, error: Exception | None) -> str:
    """Where the function is defined; with ``error``, the innermost line of its own file or cell in the traceback."""
    plain: Callable[..., Any] = getattr(feature.function, "py_func", feature.function)
    file = plain.__code__.co_filename
    shown = file if file.startswith("<") else Path(file).name
    if error is None:
        return f" (defined at line {plain.__code__.co_firstlineno} of {shown})"
    found = [
        line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file
    ]
    return f" at line {found[-1]}: {linecache.getline(file, found[-1]).strip()[:80]}" if found else ""
