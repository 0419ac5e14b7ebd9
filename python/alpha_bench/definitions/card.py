"""How a model definition shows itself in a notebook: a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_CELL = "padding:3px 16px 3px 0;text-align:left;vertical-align:top;background:none"
_HEADS = ("feature", "formula", "look-back")
_QUIET = f"{_CELL};opacity:.65;font-weight:normal"


def definition_card(*, features: Sequence[tuple[str, str, str]], facts: Mapping[str, str]) -> str:
    """An HTML card: a row a feature (name, formula, look-back) and further facts; it fits light and dark themes. Where no
    feature has a name of its own (an empty one), there is no column for it."""
    named = any(name for name, _, _ in features)
    rows = "".join(
        (f'<tr><td style="{_CELL}">{escape(name)}</td>' if named else "<tr>")
        + f'<td style="{_CELL}"><code>{escape(formula)}</code></td><td style="{_CELL}">{escape(lookback)}</td></tr>'
        for name, formula, lookback in features
    )
    below = "".join(
        f'<tr><td style="{_QUIET}">{escape(key)}</td><td style="{_CELL}" colspan="{1 + named}"><code>{escape(value)}</code></td></tr>'
        for key, value in facts.items()
    )
    head = "".join(f'<th style="{_QUIET}">{h}</th>' for h in _HEADS[not named :])
    return (
        '<div style="font:13px/1.5 system-ui,sans-serif;border-left:4px solid #0072b2;padding:4px 0 4px 14px">'
        '<b>Model definition</b> <span style="opacity:.65">a plan: nothing is computed yet</span>'
        f'<table style="border-collapse:collapse;margin:6px 0 0;font-size:13px"><tr>{head}</tr>{rows}{below}</table></div>'
    )
