"""Arrays as long Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def long_arrow(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    columns: Mapping[str, NDArray[Any]],
    keep: NDArray[np.bool_],
) -> pa.Table:
    """``date``, ``symbol`` and (T, N) ``columns`` where ``keep``, by date and then symbol. NaN and None are null."""
    from alpha_bench.runtime import arrow_dates, arrow_numbers, arrow_table, arrow_texts

    session, asset = np.nonzero(keep)
    made = {"date": arrow_dates(dates[session]), "symbol": arrow_texts(assets, asset)}
    for name, values in columns.items():
        rows = values[keep]
        if rows.dtype == object:
            words = sorted({w for w in rows.tolist() if w is not None})
            place = {w: n for n, w in enumerate(words)}
            known = rows.astype(bool)  # names are not empty
            codes = np.array([place.get(w, 0) for w in rows.tolist()], dtype=np.int64)
            made[name] = arrow_texts(words, codes, known)
        else:
            made[name] = arrow_numbers(rows, known=~np.isnan(rows))
    return arrow_table(made)
