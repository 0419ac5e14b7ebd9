"""Where a notebook's project is: its root, its store, its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbcode.configuration._files import find_upward, folder_of, read_text
from nbcode.configuration.keys import FILE_NAME
from nbcode.configuration.reading import read_config
from nbcode.configuration.values import Config
from nbcode.primitives import NbcodeError, errors_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A project: ``root`` and ``store`` are absolute; the store need not exist yet."""

    root: Path
    store: Path
    config: Config


def find_root(start: Path) -> Path:
    """The project's root for a notebook or folder: the directory of the nearest nbcode.toml above, else of the nearest
    ``.git``, else the notebook's own folder."""
    folder = folder_of(start)
    return find_upward(folder, FILE_NAME) or find_upward(folder, ".git") or folder


def open_workspace(start: Path) -> Workspace:
    """Return the workspace that holds ``start``, a notebook or a folder that need not exist. Writes nothing.

    Raises:
        NbcodeError: with every problem of nbcode.toml at once.
    """
    root = find_root(start)
    path = root / FILE_NAME
    config = Config()
    if path.exists() or path.is_symlink():
        text, problem = read_text(path)
        if problem is not None:
            raise NbcodeError([problem])
        reading = read_config(text, path)
        if reading.config is None:
            raise NbcodeError(errors_of(reading.diagnostics))
        config = reading.config
    return Workspace(root=root, store=(root / config.store_path).resolve(), config=config)
