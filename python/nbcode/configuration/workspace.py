"""Where a notebook's project is: its root, its store, its configuration."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from nbcode.configuration._files import find_upward, folder_of, read_text
from nbcode.configuration.keys import FILE_NAME
from nbcode.configuration.reading import read_config
from nbcode.configuration.values import Config
from nbcode.primitives import NbcodeError, errors_of


def cache_home() -> Path:
    """Where what can be made again is kept for all projects of a user: compiled kernels, environments made from locks.

    ``$XDG_CACHE_HOME/nbcode``, else ``~/.cache/nbcode``; a folder of the current one where there is no home to write to.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(named) if named.startswith("/") else Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises
    there = next((p for p in (home, *home.parents) if p.is_dir()), None)
    writable = home.is_absolute() and there is not None and os.access(there, os.W_OK)
    return (home if writable else Path.cwd() / ".nbcode" / "cache") / "nbcode"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A project: ``root`` and ``store`` are absolute; the store need not exist yet. ``cache`` is the user's, for all projects."""

    root: Path
    store: Path
    config: Config
    cache: Path = field(default_factory=cache_home)

    @property
    def columns(self) -> Path:
        """Where computed feature columns are kept, by content."""
        return self.cache / "columns"


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
