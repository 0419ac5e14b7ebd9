"""How an expression shows itself in a notebook: its text, its facts, a corner of its values and a small picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

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
) -> str:
    """A card as HTML; with ``values`` (T, N) also the last sessions that have any, of the first assets, and how they are spread.

    The picture shows, for each session, the median over the assets and the bands of the middle 50 % and 80 %; for a ``condition``
    the number of assets for which it holds.
    """
    shown = dict(facts)
    below = ""
    if dates is not None and assets is not None and values is not None:
        known = int((values == values).sum())  # noqa: PLR0124 - NaN is not equal to itself
        shown["coverage"] = f"{known / max(values.size, 1):.1%}"
        below = (
            "<div style='display:flex;gap:1.5em;align-items:center;flex-wrap:wrap'>"
            f"{_corner(dates, assets, values)}{_count(dates, values) if condition else _picture(dates, values)}</div>"
        )
    line = " · ".join(f"{escape(k)} {escape(v)}" for k, v in shown.items())
    return f"<div><code>{escape(text)}</code><div style='opacity:.7;font-size:90%'>{line}</div>{below}</div>"


def _corner(dates: NDArray[np.datetime64], assets: NDArray[np.str_], values: Floats) -> str:
    head = "".join(f"<th>{escape(str(a))}</th>" for a in assets[:_COLUMNS])
    more = "<th>…</th>" if len(assets) > _COLUMNS else ""
    known = [t for t in range(len(values)) if (values[t] == values[t]).any()]
    last = known[-1] + 1 if known else len(values)
    shown = slice(max(0, last - _ROWS), last)
    rows = "".join(
        f"<tr><th>{day}</th>{''.join(f'<td>{_number(float(v))}</td>' for v in row[:_COLUMNS])}"
        f"{'<td>…</td>' if more else ''}</tr>"
        for day, row in zip(dates[shown], values[shown], strict=True)
    )
    size = f"{len(dates)} sessions × {len(assets)} assets"
    return (
        f"<div><table><tr><th></th>{head}{more}</tr>{rows}</table><div style='opacity:.7'>{size}</div></div>"
    )


def _number(value: float) -> str:
    return "" if value != value else f"{value:.6g}"  # noqa: PLR0124 - NaN is not equal to itself


def _count(dates: NDArray[np.datetime64], values: Floats) -> str:
    """How many assets the condition holds for, by session."""
    import numpy as np

    holds = (values == 1.0).sum(axis=1).astype(float)
    if len(holds) < 2:
        return ""
    step = max(1, len(holds) // _WIDTH)
    at = np.arange(len(holds) - 1, -1, -step)[::-1]
    most = float(holds.max()) or 1.0
    x = _MARGIN + (at - at[0]) / (at[-1] - at[0]) * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (most - holds[at]) / most * (_HEIGHT - 2 * _MARGIN)
    floor = _HEIGHT - _MARGIN
    area = _points(np.r_[x, x[-1], x[0]], np.r_[y, floor, floor])
    label = f"assets for which it holds: {holds[0]:.0f} on {dates[0]}, {holds[-1]:.0f} on {dates[-1]}, at most {most:.0f}"
    return _drawing(
        f"<polygon points='{area}' fill='#4c78a8' opacity='.35'/>"
        f"<polyline points='{_points(x, y)}' fill='none' stroke='#4c78a8' stroke-width='1.2'/>",
        label,
    )


def _drawing(inside: str, label: str) -> str:
    return (
        f"<figure style='margin:0'><svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_HEIGHT}' "
        f"viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-label='{label}'>{inside}</svg>"
        f"<figcaption style='opacity:.7;font-size:80%'>{label}</figcaption></figure>"
    )


def _picture(dates: NDArray[np.datetime64], values: Floats) -> str:
    """Bands of the values over time as one small SVG; at most one point a pixel."""
    import numpy as np

    step = max(1, len(values) // _WIDTH)
    at = np.array(
        [t for t in range(len(values) - 1, -1, -step) if np.isfinite(values[t]).any()][::-1], dtype=int
    )
    if len(at) < 2:
        return ""
    bands = np.array([np.percentile(values[t][np.isfinite(values[t])], _BANDS) for t in at])
    low, high = float(bands.min()), float(bands.max())
    x = _MARGIN + (at - at[0]) / (at[-1] - at[0]) * (_WIDTH - 2 * _MARGIN)
    y = _MARGIN + (high - bands) / ((high - low) or 1.0) * (_HEIGHT - 2 * _MARGIN)
    areas = "".join(
        f"<polygon points='{_points(np.r_[x, x[::-1]], np.r_[y[:, a], y[::-1, b]])}' fill='#4c78a8' opacity='.25'/>"
        for a, b in ((0, 4), (1, 3))
    )
    line = f"<polyline points='{_points(x, y[:, 2])}' fill='none' stroke='#4c78a8' stroke-width='1.2'/>"
    label = (
        f"median, middle 50 % and 80 % of assets, {dates[at[0]]} to {dates[at[-1]]}, {low:.3g} to {high:.3g}"
    )
    return _drawing(areas + line, label)


def _points(x: Floats, y: Floats) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
