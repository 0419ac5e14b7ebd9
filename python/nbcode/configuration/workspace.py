"""Where a notebook's project is: its root, its store, its configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from nbcode.configuration._files import find_upward, folder_of, read_text
from nbcode.configuration._state import UserState, is_writable, user_scratch
from nbcode.configuration._store import is_foreign, loose, make_store
from nbcode.configuration.keys import FILE_NAME
from nbcode.configuration.reading import read_config
from nbcode.configuration.servers import (
    Server,
    cluster_namespace,
    journal_problem,
    journal_server,
    registry_server,
)
from nbcode.configuration.trust import (
    TrustItem,
    TrustKind,
    foreign_store,
    real_path,
    refusal,
    required_trust,
)
from nbcode.configuration.values import ArgoConfig, Config
from nbcode.primitives import Diagnostic, NbcodeError, dataclass, errors_of


def cache_home() -> Path:
    """Where what can be made again is kept for all projects of a user: compiled kernels, environments made from locks.

    ``$XDG_CACHE_HOME/nbcode``, else ``~/.cache/nbcode``; a temporary folder of the user's own where there is no home to
    write to, and never one of a project: what is kept there is believed by every later run.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(named) if named.startswith("/") else Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises
    return (home / "nbcode") if is_writable(home) else user_scratch("cache")


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A project: ``root`` and ``store`` are absolute; the store need not exist yet. ``cache`` is the user's, for all projects.
    ``registry`` and ``journal`` are the servers in use, None where the store holds its own. ``trust_items`` is what the settings
    ask for beyond the project, ``untrusted`` what of it the user has not trusted."""

    root: Path
    store: Path
    config: Config
    cache: Path = field(default_factory=cache_home)
    registry: Server | None = None
    journal: Server | None = None
    trust_items: tuple[TrustItem, ...] = ()
    untrusted: tuple[TrustItem, ...] = ()

    @property
    def columns(self) -> Path:
        """Where computed feature columns are kept, by content."""
        return self.cache / "columns"

    def refusals(self, *kinds: TrustKind) -> tuple[Diagnostic, ...]:
        """A refusal for each thing of these kinds that is not trusted."""
        return tuple(refusal(item, self.root) for item in self.untrusted if item.kind in kinds)

    def refused_data(self, path: Path) -> tuple[Diagnostic, ...]:
        """The refusal of a dataset's file outside the project, or elsewhere; empty when it is inside, or trusted."""
        uris = (dataset.remote(path) for dataset in self.config.datasets)
        target = next((uri for uri in uris if uri is not None), None) or real_path(path)
        items = [item for item in self.untrusted if item.kind is TrustKind.DATA and item.target == target]
        return tuple(refusal(item, self.root) for item in items)

    def require(self, *kinds: TrustKind) -> None:
        """Raise ``NbcodeError`` with a refusal for each thing of these kinds that is not trusted, and for a store that others can
        write to (NBC-T07) where the store is among them."""
        found = self.refusals(*kinds)
        if TrustKind.STORE in kinds and not self.refusals(TrustKind.STORE):
            found += loose(self.store)
        if found:
            raise NbcodeError(found)


def find_root(start: Path) -> Path:
    """The project's root for a notebook or folder: the directory of the nearest nbcode.toml above, else of the nearest
    ``.git``, else the notebook's own folder."""
    folder = folder_of(start)
    return find_upward(folder, FILE_NAME) or find_upward(folder, ".git") or folder


def repository_root(start: Path) -> Path:
    """The folder that paths of a review count from: the top of the git repository around a notebook or folder, else the project's root."""
    return find_upward(folder_of(start), ".git") or find_root(start)


def open_workspace(start: Path) -> Workspace:
    """Return the workspace that holds ``start``, a notebook or a folder that need not exist. Writes nothing.

    Raises:
        NbcodeError: with every problem of nbcode.toml at once; of what the environment names.
    """
    root = find_root(start)
    path = root / FILE_NAME
    config, lines = Config(), dict[tuple[str, ...], int]()
    if path.exists() or path.is_symlink():
        text, problem = read_text(path)
        if problem is not None:
            raise NbcodeError([problem])
        reading = read_config(text, path)
        if reading.config is None:
            raise NbcodeError(errors_of(reading.diagnostics))
        config, lines = reading.config, dict(reading.lines)
    namespace = cluster_namespace(config.argo.namespace, ArgoConfig().namespace, os.environ)
    config = replace(config, argo=replace(config.argo, namespace=namespace))
    journal = journal_server(config.journal_uri, os.environ)
    problem = journal_problem(journal)
    if problem is not None:
        raise NbcodeError([problem])
    workspace = Workspace(
        root=root,
        store=(root / config.store_path).resolve(),
        config=config,
        registry=registry_server(config.registry_uri, os.environ),
        journal=journal,
    )
    return _with_trust(workspace, lines)


def prepare_store(workspace: Workspace) -> None:
    """Make the store where there is none yet. Raises ``NbcodeError`` when it is not trusted, ``OSError`` when it cannot be
    made."""
    workspace.require(TrustKind.STORE, TrustKind.FOREIGN_STORE)
    make_store(workspace.store, UserState())


def _with_trust(workspace: Workspace, lines: Mapping[tuple[str, ...], int]) -> Workspace:
    config, store = workspace.config, workspace.store
    trust_items = list(required_trust(config, workspace.root, store, lines, os.environ))
    state = UserState()
    outside = any(item.kind is TrustKind.STORE for item in trust_items)
    trusted = state.trusted(workspace.root) if trust_items else frozenset()
    # A store outside the project that is not trusted is not even looked at.
    if not outside or all(item.digest in trusted for item in trust_items if item.kind is TrustKind.STORE):
        foreign = [foreign_store(config, store, lines)] if is_foreign(store, state) else []
    else:
        foreign = []
    untrusted = (*(item for item in trust_items if item.digest not in trusted), *foreign)
    return replace(workspace, trust_items=tuple(trust_items), untrusted=untrusted)
