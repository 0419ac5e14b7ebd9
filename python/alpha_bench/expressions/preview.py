"""How an expression shows itself in a notebook: its text, its facts, a corner of its values and a small picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alpha_bench.runtime import BLUE, Floats, Html, card, code, drawing, element, grid, quiet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS, _COLUMNS = 5, 6
_WIDTH, _HEIGHT, _MARGIN = 320, 90, 4
_BANDS = (10, 25, 50, 75, 90)


def expression_html(
    text: str,
    facts: Mapping[str, str],
    dates: NDArray[np.datetime64] | None = None,
    assets: NDArray[np.str_] | None = None,
    values: Floats | None = None,
    *,
    condition: bool = False,
) -> Html:
    """A card as HTML; with ``values`` (T, N) also the last sessions that have any, of the first assets, and how they are spread.

    The picture shows, for each session, the median over the assets and the bands of the middle 50 % and 80 %; for a ``condition``
    the number of assets for which it holds.
    """
    shown = dict(facts)
    below: Html | None = None
    if dates is not None and assets is not None and values is not None:
        known = int((values == values).sum())  # noqa: PLR0124 - NaN is not equal to itself
        shown["coverage"] = f"{known / max(values.size, 1):.1%}"
        below = element(
            "div",
            _corner(dates, assets, values),
            _count(dates, values) if condition else _picture(dates, values),
            style="display:flex;gap:1.5em;align-items:center;flex-wrap:wrap",
        )
    line = " · ".join(f"{k} {v}" for k, v in shown.items())
    return card(code(text), quiet(line, tag="div"), below)


def _corner(dates: NDArray[np.datetime64], assets: NDArray[np.str_], values: Floats) -> Html:
    more = ["…"] if len(assets) > _COLUMNS else []
    known = [t for t in range(len(values)) if (values[t] == values[t]).any()]
    last = known[-1] + 1 if known else len(values)
    shown = slice(max(0, last - _ROWS), last)
    rows = [
        [quiet(str(day)), *(_number(float(v)) for v in row[:_COLUMNS]), *more]
        for day, row in zip(dates[shown], values[shown], strict=True)
    ]
    size = quiet(f"{len(dates)} sessions × {len(assets)} assets", tag="div")
    return element("div", grid(["", *(str(a) for a in assets[:_COLUMNS]), *more], rows), size)


def _number(value: float) -> str:
    return "" if value != value else f"{value:.6g}"  # noqa: PLR0124 - NaN is not equal to itself


def _count(dates: NDArray[np.datetime64], values: Floats) -> Html | None:
    """How many assets the condition holds for, by session."""
    import numpy as np

    holds = (values == 1.0).sum(axis=1).astype(float)
    if len(holds) < 2:
        return None
    step = max(1, len(holds) // _WIDTH)
    at = np.arange(len(holds) - 1, -1, -step)[::-1]
    most = float(holds.max()) or 1.0
    x = _MARGIN + (at - at[0]) / (at[-1] - at[0]) * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (most - holds[at]) / most * (_HEIGHT - 2 * _MARGIN)
    floor = _HEIGHT - _MARGIN
    area = _points(np.r_[x, x[-1], x[0]], np.r_[y, floor, floor])
    label = f"assets for which it holds: {holds[0]:.0f} on {dates[0]}, {holds[-1]:.0f} on {dates[-1]}, at most {most:.0f}"
    return drawing(_WIDTH, _HEIGHT, label, _area(area, 0.35), _line(_points(x, y)))


def _picture(dates: NDArray[np.datetime64], values: Floats) -> Html | None:
    """Bands of the values over time as one small SVG; at most one point a pixel."""
    import numpy as np

    step = max(1, len(values) // _WIDTH)
    at = np.array(
        [t for t in range(len(values) - 1, -1, -step) if np.isfinite(values[t]).any()][::-1], dtype=int
    )
    if len(at) < 2:
        return None
    bands = np.array([np.percentile(values[t][np.isfinite(values[t])], _BANDS) for t in at])
    low, high = float(bands.min()), float(bands.max())
    x = _MARGIN + (at - at[0]) / (at[-1] - at[0]) * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (high - bands) / ((high - low) or 1.0) * (_HEIGHT - 2 * _MARGIN)
    areas = [_area(_points(np.r_[x, x[::-1]], np.r_[y[:, a], y[::-1, b]]), 0.25) for a, b in ((0, 4), (1, 3))]
    label = (
        f"median, middle 50 % and 80 % of assets, {dates[at[0]]} to {dates[at[-1]]}, {low:.3g} to {high:.3g}"
    )
    return drawing(_WIDTH, _HEIGHT, label, *areas, _line(_points(x, y[:, 2])))


def _area(points: str, opacity: float) -> Html:
    return element("polygon", points=points, fill=BLUE, opacity=opacity)


def _line(points: str) -> Html:
    return element("polyline", points=points, fill="none", stroke=BLUE, stroke_width=1.2)


def _points(x: Floats, y: Floats) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
