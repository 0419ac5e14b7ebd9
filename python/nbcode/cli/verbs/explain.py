"""`nbcode explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcode.cli.output import Output
from nbcode.cli.render.explanation import render_codes, render_explanation
from nbcode.commands.explain import explain
from nbcode.diagnostics import all_codes

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import CodesOutput


def run(code: str | None, *, output: Output) -> int:
    """Show the page of a code, or every code with its title."""
    if code is None:
        listed = [explain(one) for one in all_codes()]
        output.text(render_codes(listed, output.style))
        value: CodesOutput = {"codes": [{"code": one.code, "title": one.title} for one in listed]}
        output.value(value)
        return 0
    page = explain(code)
    output.text(render_explanation(page, output.style))
    output.value(page.to_json())
    return 0
