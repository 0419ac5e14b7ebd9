"""Where a command writes: its result to standard output, its progress and its errors to standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from nbcode.cli.streams import refusal
from nbcode.cli.terminal import Style, style_of
from nbcode.primitives import masked

OUTPUT_VERSION = 1
"""Of the objects of ``--json``: raised when a key of any goes, or means something else. New keys do not raise it (docs/reference/outputs.md)."""


class Output:
    """``as_json``: standard output gets exactly one JSON object and nothing else.

    A text may quote a line of a file, or what another program said: no password of an address leaves in one.
    Results are written by `emit`, when the command has come to its end: an interrupt before that leaves nothing half written.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        """Looks at the standard streams for what they can show."""
        self.as_json = as_json
        self.style: Style = style_of(sys.stdout)
        self.error_style: Style = style_of(sys.stderr)
        self._told: list[tuple[TextIO, str]] = []

    def text(self, text: str) -> None:
        """A result for a reader; silent when the result is JSON."""
        if not self.as_json:
            self._told.append((sys.stdout, masked(text.rstrip("\n")) + "\n"))

    def document(self, text: str) -> None:
        """A result in a form of its own (JSON, XML), for a program: its texts are those of findings, which hold no password."""
        self._told.append((sys.stdout, text + "\n"))

    def value(self, value: Mapping[str, object]) -> None:
        """The result as JSON; silent when the result is text."""
        if self.as_json:
            indent = 2 if sys.stdout.isatty() else None
            written = json.dumps(finite(versioned(value)), ensure_ascii=False, allow_nan=False, indent=indent)
            self._told.append((sys.stdout, written + "\n"))

    def note(self, text: str) -> None:
        """Something beside the result, such as an error: to standard error."""
        self._told.append((sys.stderr, masked(text.rstrip("\n")) + "\n"))

    def now(self, text: str) -> bool:
        """Write a line of a result that comes bit by bit; False when nobody takes it any more."""
        sys.stdout.write(masked(text.rstrip("\n")) + "\n")
        sys.stdout.flush()
        return refusal(sys.stdout) is None

    def emit(self) -> None:
        """Write everything that was reported, in its order."""
        for stream, text in self._told:
            stream.write(text)
            stream.flush()
        self._told.clear()


def versioned(value: Mapping[str, object]) -> Mapping[str, object]:
    """``value`` with its ``schema_version`` at the end; the build spec has one of its own."""
    return value if "schema_version" in value else {**value, "schema_version": OUTPUT_VERSION}


def finite(value: object) -> object:
    """``value`` with NaN and infinities as null: JSON has none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [finite(v) for v in value]
    return value
