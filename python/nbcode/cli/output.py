"""Where a command writes: its result to standard output, its progress and its errors to standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbcode.cli.terminal import Style, style_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """``as_json``: standard output gets exactly one JSON object and nothing else."""

    as_json: bool = False
    style: Style = field(default_factory=lambda: style_of(sys.stdout))
    error_style: Style = field(default_factory=lambda: style_of(sys.stderr))

    def text(self, text: str) -> None:
        """A result for a reader; silent when the result is JSON."""
        if not self.as_json:
            sys.stdout.write(text.rstrip("\n") + "\n")

    def value(self, value: Mapping[str, object]) -> None:
        """The result as JSON; silent when the result is text."""
        if self.as_json:
            indent = 2 if sys.stdout.isatty() else None
            sys.stdout.write(
                json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent) + "\n"
            )

    def note(self, text: str) -> None:
        """Something beside the result, such as an error: to standard error."""
        sys.stderr.write(text.rstrip("\n") + "\n")


def finite(value: object) -> object:
    """``value`` with NaN and infinities as null: JSON has none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [finite(v) for v in value]
    return value
