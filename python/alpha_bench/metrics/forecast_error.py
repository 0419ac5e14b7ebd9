"""Out-of-sample R squared: how much smaller the squared errors of the predictions are than those of predicting nothing.

``1 - sum (y - p)^2 / sum y^2`` over all pairs of prediction ``p`` and label ``y``: Gu, Kelly and Xiu (2020), "Empirical asset pricing via machine learning",
Review of Financial Studies 33(5), equation 19. The benchmark is a forecast of 0 and not the historical mean of Campbell and Thompson (2008), which for
single stocks is so noisy that it flatters whatever is beside it. Their best monthly figure is 0.0040 (0.40 %); for daily labels it is far smaller still.

Only predictions in the units of the label have one: a raw factor has none.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.metrics.inference import exact_sum, ratio
from alpha_bench.runtime import Floats, in_pieces, njit

_DATES_A_PIECE = 64


def r_squared_out_of_sample(prediction: Floats, label: Floats) -> float:
    """Of two (D, N) arrays, over the places where both are known; NaN where no label differs from 0."""
    prediction, label = np.ascontiguousarray(prediction), np.ascontiguousarray(label)
    sums = np.zeros((2, len(prediction)))

    def piece(first: int, last: int) -> None:
        _squares(prediction, label, first, last, sums)

    in_pieces(piece, len(prediction), _DATES_A_PIECE, prediction.size)
    return 1 - ratio(exact_sum(sums[0]), exact_sum(sums[1]))


@njit(cache=True, nogil=True)
def _squares(prediction, label, first, last, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for d in range(first, last):
        errors = squares = 0.0
        for i in range(prediction.shape[1]):
            p, y = prediction[d, i], label[d, i]
            if np.isfinite(p) and np.isfinite(y):
                errors += (y - p) * (y - p)
                squares += y * y
        sums[0, d] = errors
        sums[1, d] = squares
