"""How a model definition shows itself in a notebook: a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alpha_bench.runtime import Html, card, code, grid, quiet


def definition_card(*, features: Sequence[tuple[str, str, str]], facts: Mapping[str, str]) -> Html:
    """A row a feature (name, formula, look-back) and further facts. Where no feature has a name of its own (an empty one), there
    is no column for it."""
    named = any(name for name, _, _ in features)
    heads = ("feature", "formula", "look-back") if named else ("formula", "look-back")
    rows = [
        (name, code(formula), lookback) if named else (code(formula), lookback)
        for name, formula, lookback in features
    ]
    below = [(quiet(key), code(value)) for key, value in facts.items()]
    return card("Model definition", grid(heads, [*rows, *below]), beside="a plan: nothing is computed yet")
