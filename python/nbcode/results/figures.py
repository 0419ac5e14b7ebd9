"""A `report` that the cells computed: figures as a dict of numbers, checked (H08) and made plain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real

from nbcode.primitives import MOST_BYTES, Diagnostic, Json, Place

_LARGEST_INTEGER = 2**53 - 1
_DEPTH = 6


def plain_figures(report: object) -> tuple[dict[str, Json], tuple[Diagnostic, ...]]:
    """The figures of ``report`` as plain JSON, and NBC-H08 for each that is not a finite number.

    A value may be a number, a list or dict of numbers, or anything that turns into one by ``tolist()`` or ``to_dict()``
    (a NumPy array, a pandas Series). None says "not known" and stays.
    """
    if not isinstance(report, Mapping):
        turn = getattr(report, "to_dict", None)
        if not callable(turn):
            return {}, (
                _h08("`report` is " + ("missing" if report is None else f"a {type(report).__name__}")),
            )
        return plain_figures(turn())
    if not report:
        return {}, (_h08("`report` is empty"),)
    problems: list[Diagnostic] = []
    figures = {str(name): _plain(value, str(name), _DEPTH, problems) for name, value in report.items()}
    return figures, tuple(problems)


def too_much(size_bytes: int) -> tuple[Diagnostic, ...]:
    """NBC-H08 for a report that is no list of figures any more, by the size of its document."""
    if size_bytes <= MOST_BYTES // 2:  # the other half is for what is said beside them
        return ()
    return (_h08(f"`report` is {size_bytes >> 20} MiB of figures, and at most {MOST_BYTES >> 21} are kept"),)


def _plain(value: object, path: str, depth: int, problems: list[Diagnostic]) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if depth > 0 and not isinstance(value, str | bytes | Real):
        for turn in ("tolist", "to_dict"):
            if callable(getattr(value, turn, None)):
                return _plain(getattr(value, turn)(), path, depth - 1, problems)
        if isinstance(value, Mapping):
            return {str(k): _plain(v, f"{path}.{k}", depth - 1, problems) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [_plain(v, f"{path}[{i}]", depth - 1, problems) for i, v in enumerate(value)]
    if isinstance(value, Integral):
        number: int | float = int(value)
        if abs(number) <= _LARGEST_INTEGER:
            return number
    elif isinstance(value, Real):
        number = float(value)
        if math.isfinite(number):
            return number
    else:
        problems.append(_h08(f"figure `{path}` is a {type(value).__name__}, not a number"))
        return None
    problems.append(_h08(f"figure `{path}` is {value}"))
    return None


def _h08(message: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H08",
        message=message,
        cause="a candidate is recorded with figures, and a figure is a finite number",
        fixes=('report = {"rank_ic": 0.02, ...} in the [eval] cell, or what `walk_forward` gives',),
        place=Place(tag="eval"),
    )
