"""The notebooks that a list of files and folders means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbcode.notebook import models_written

_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_MARKS = {".py": (b"# %% [",), ".yaml": (b"\nmeta:", b"\nfeatures:"), ".yml": (b"\nmeta:", b"\nfeatures:")}
"""What a file holds, on lines of its own, that may be promoted: a percent file, and a model as YAML."""
_READ_BYTES = 1_000_000


def notebooks_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Files as they are given, tagged or not; of folders, every ``.ipynb``, every ``.py`` that bears a tag and every model as YAML or in a module that
    has a meta, in order of name.
    Hidden folders, environments and links to folders are not entered. Each file once."""
    found: dict[Path, None] = {}
    for path in paths:
        for one in _inside(path) if path.is_dir() else (path,):
            found.setdefault(one, None)
    return tuple(found)


def _inside(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _NEVER)
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and _may_be_tagged(path):
                yield path
            elif path.suffix == ".py" and (model := _model_in_module(path)) is not None:
                yield path.with_name(f"{path.name}:{model}")


def _model_in_module(path: Path) -> str | None:
    """The name of the model in a module that has the comment [meta] and no tagged cell; of several the last, which is its evaluation."""
    try:
        text = path.read_bytes()[:_READ_BYTES].decode("utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return None
    if not any(line.strip() == "# [meta]" for line in text.splitlines()):
        return None
    return next(reversed(models_written(text)), None)


def _may_be_tagged(path: Path) -> bool:
    """A quick look. An .ipynb may be tagged by metadata, which only reading it whole can tell."""
    if path.suffix == ".ipynb":
        return True
    marks = _MARKS.get(path.suffix)
    if marks is None:
        return False
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            text = b"\n" + stream.read(_READ_BYTES)
            return all(mark in text for mark in marks)
    except OSError:
        return True
