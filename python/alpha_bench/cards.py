"""How a model definition shows itself in a notebook: a card."""

from __future__ import annotations

from html import escape

from alpha_bench.models import ModelDefinition

_CELL = "padding:2px 14px 2px 0;text-align:left;vertical-align:top"


def model_card(model: ModelDefinition) -> str:
    """A model definition as an HTML card: features with formula and look-back, label, estimator, digest."""
    from alpha_bench.describe import definition_digest

    rows = "".join(
        f'<tr><td style="{_CELL}">{_label(name, str(feature))}</td>'
        f'<td style="{_CELL}"><code>{escape(str(feature))}</code></td>'
        f'<td style="{_CELL}">{feature.lookback} sessions</td></tr>'
        for name, feature in zip(model.names, model.features, strict=True)
    )
    facts = "".join(
        f'<tr><td style="{_CELL}">{key}</td><td style="{_CELL}" colspan="2"><code>{escape(value)}</code></td></tr>'
        for key, value in (
            ("label", f"{model.label}: known {model.label.lookahead} sessions later"),
            ("estimator", repr(model.estimator)),
            ("digest", definition_digest(model)[:19]),
        )
    )
    head = "".join(f'<th style="{_CELL}">{h}</th>' for h in ("feature", "formula", "look-back"))
    return (
        '<div style="font:13px/1.5 system-ui,sans-serif"><b>Model definition</b> '
        "<span>(a plan: nothing is computed yet)</span>"
        f'<table style="border-collapse:collapse;margin-top:4px"><tr>{head}</tr>{rows}{facts}</table></div>'
    )


def _label(name: str, formula: str) -> str:
    return "" if name == formula else escape(name)
