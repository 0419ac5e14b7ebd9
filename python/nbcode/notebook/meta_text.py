"""A ``[meta]`` block as text, from values: what :func:`nbcode.notebook.read_meta` reads back as the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from nbcode.notebook.meta_lines import read_meta_lines

MetaValues = Mapping[str, str | Sequence[tuple[str, str]]]


def meta_lines_of(values: MetaValues) -> tuple[str, ...]:
    """The comment lines of a block: a text as ``# key: value``, pairs as a mapping below their key.

    Raises:
        ValueError: a value cannot be written on one line.
    """
    lines: list[str] = []
    for key, value in values.items():
        if isinstance(value, str):
            lines.append(f"# {key}: {written(value)}")
        elif value:
            lines.append(f"# {key}:")
            lines += [f"#   {name}: {written(inner)}" for name, inner in value]
    return tuple(lines)


def written(value: str) -> str:
    """``value`` as it stands behind a key: as it is where that is read as the same text, else quoted."""
    for form in (value, "'" + value.replace("'", "''") + "'", json.dumps(value, ensure_ascii=False)):
        reading = read_meta_lines(f"# probe: {form}")
        entry = reading.entries.get("probe")
        if not reading.problems and entry is not None and entry.value == value:
            return form
    raise ValueError(f"{value[:40]!r} cannot be written on one line of [meta]")
