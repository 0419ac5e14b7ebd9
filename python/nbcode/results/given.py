"""What the cells' process hands to the judge as data: a definition that is in no spec, and columns of the notebook's own code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import build, own_columns, with_columns
from nbcode.primitives import Diagnostic, Json, NbcodeError, Place, canonical_json, foreign_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alpha_bench.describe import ValueSource

GIVEN = "given"
"""The folder of the handover that holds it."""
PREDICTIONS = "predictions.npz"
"""In it: what plain Python cells predicted."""
_DEFINITION, _COLUMNS, _LOOKS = "definition.json", "columns.npz", "looks.json"
_LEVELS = 800  # of a definition: an expression nests as deep as it was written
_COLUMNS_DIFFER = "the columns of @feature that the cells left are not those of the model"


def hand_over(
    plain: Mapping[str, Json], panel: Callable[[], ValueSource], directory: Path, *, looked_at: int = 1
) -> None:
    """Write the evaluation's definition, how many variants the cells ``looked_at``, and where it has custom features (``@feature``) their
    values with the dates and names of their rows and columns, into ``directory``.

    Raises:
        AlphaBenchError: a function is not defined here, or does not keep its word (R48, R49).
    """
    import numpy as np

    directory.mkdir(parents=True, exist_ok=True)
    (directory / _DEFINITION).write_bytes(canonical_json(dict(plain)))
    if looked_at > 1:
        (directory / _LOOKS).write_bytes(canonical_json(looked_at))
    wanted = own_columns(build(plain))
    if wanted:
        source = panel()
        values = np.stack(source.compute(wanted))
        np.savez(directory / _COLUMNS, dates=source.dates, symbols=source.assets, values=values)


def given_definition(directory: Path) -> str | None:
    """The definition in ``directory`` as JSON, None where there is none.

    Raises:
        NbcodeError: NBC-H01 for a file that is no JSON object.
    """
    path = directory / _DEFINITION
    if not os.path.lexists(path):
        return None
    try:
        found = foreign_json(path, _LEVELS)
        if isinstance(found, dict):
            return json.dumps(found)
        cause = "it is no object"
    except (OSError, ValueError) as error:
        cause = str(error)
    raise _not_these("the definition that the cells left is none", cause)


def given_looks(directory: Path) -> int:
    """How many variants the cells judged that left ``directory``, at least 1."""
    try:
        found = foreign_json(directory / _LOOKS)
    except (OSError, ValueError):
        return 1
    return max(found, 1) if type(found) is int else 1


def given_columns(
    definition: Any, panel: ValueSource, directory: Path
) -> tuple[ValueSource, tuple[str, ...]]:
    """``panel`` with the columns in ``directory`` that ``definition`` needs, and the names of their functions.

    Raises:
        NbcodeError: NBC-H01 where they are not those of the definition on this panel.
    """
    import numpy as np

    wanted = own_columns(definition)
    if not wanted:
        return panel, ()
    try:
        with (directory / _COLUMNS).open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            dates, symbols, values = kept["dates"], kept["symbols"], kept["values"]
    except Exception as error:  # the file may hold anything
        raise _not_these(_COLUMNS_DIFFER, f"{type(error).__name__}: {error}") from error
    if values.dtype != np.float64 or values.shape != (len(wanted), len(panel.dates), len(panel.assets)):
        raise _not_these(_COLUMNS_DIFFER, f"they are {values.dtype} of shape {values.shape}")
    if not (np.array_equal(dates, panel.dates) and np.array_equal(symbols, panel.assets)):
        raise _not_these(_COLUMNS_DIFFER, "they are of other dates or names than the declared prices")
    names = tuple(dict.fromkeys(str(dict(node.params)["name"]) for node in wanted))
    return with_columns(panel, dict(zip(wanted, values, strict=True))), names


def _not_these(message: str, cause: str) -> NbcodeError:
    problem = Diagnostic(
        code="NBC-H01",
        message=message,
        cause=cause[:300],
        fixes=("leave what belongs to the run alone: cells only define the model",),
        place=Place(tag="eval"),
    )
    return NbcodeError([problem])
