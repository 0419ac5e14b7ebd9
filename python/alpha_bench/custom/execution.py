"""How the engine computes a custom feature: its values, once the causality probe has passed on these inputs."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from alpha_bench.custom.calling import calling_of
from alpha_bench.custom.causality import Axes, check, check_fresh
from alpha_bench.operators import Value
from alpha_bench.runtime import Floats


class CustomValues(Protocol):
    """Inputs (T, N) to values (T, N), written into ``out``."""

    def __call__(self, *inputs: Floats, out: Floats, **params: Value) -> Floats: ...


def custom_values_on(panel: object) -> CustomValues:
    """What computes the nodes that ``@feature`` made, on ``panel``.

    Its ``dates`` and ``assets``, where it has them, name the place in a message. What is returned raises AlphaBenchError: R48 when
    a function is not defined in this process, R49 when one fails the causality probe.
    """

    def custom_values(*inputs: Floats, out: Floats, **params: Value) -> Floats:
        calling = calling_of(params)
        rows, columns = out.shape
        dates, assets = getattr(panel, "dates", None), getattr(panel, "assets", None)
        axes = Axes(
            dates=np.arange(rows).astype(str).tolist() if dates is None else dates,
            assets=np.arange(columns).astype(str).tolist() if assets is None else assets,
        )
        check_fresh(calling, inputs, axes)
        values = calling.whole(inputs, np.empty(out.shape))
        check(calling, inputs, values, axes)
        calling.feature.check_unchanged()  # running it may have changed what it reads from around it
        out[:] = values
        return out

    return custom_values
