"""What a project's settings ask for beyond the project itself, and what is said while the user has not trusted it. Pure.

Settings that come with a repository are a stranger's until `nbcode trust`. Trust is given to one thing at a time: its kind
and its target, such as a server's address or a real path. Another value of the setting is another thing and is asked for
anew; whatever else changes in nbcode.toml is not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from nbcode.configuration.isolation import Isolation
from nbcode.configuration.keys import FILE_NAME
from nbcode.configuration.servers import (
    JOURNAL_VARIABLE,
    NAMED_BY_THE_USER,
    NAMESPACE_VARIABLE,
    STORE_VARIABLE,
)
from nbcode.configuration.sources import is_remote
from nbcode.configuration.values import ArgoConfig, Config
from nbcode.primitives import Diagnostic, Digest, Json, Place, dataclass, digest_json


class TrustKind(StrEnum):
    """The kinds of things that need trust."""

    SERVER = "server"
    JOURNAL = "journal server"
    CLUSTER = "cluster"
    STORE = "store"
    ISOLATION = "isolation"
    DATA = "data"
    FOREIGN_STORE = "foreign store"
    RESUME = "resume"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustItem:
    """One thing: ``setting`` is where it comes from (``registry.uri``), ``value`` as it is written there, ``target`` what it
    means on this machine, ``why`` what could come of it."""

    kind: TrustKind
    setting: str
    value: str
    target: str
    why: str
    place: Place | None = None

    @property
    def digest(self) -> Digest:
        """What trust is kept by: the kind and the target, whatever the setting is called."""
        return digest_json([str(self.kind), self.target])

    def to_json(self) -> dict[str, Json]:
        """One of ``items`` of `trust --json`."""
        place = self.place or Place()
        return {
            "kind": str(self.kind),
            "setting": self.setting,
            "value": self.value,
            "target": self.target,
            "why": self.why,
            "path": place.path,
            "line": place.line,
            "digest": self.digest,
        }


def required_trust(
    config: Config,
    root: Path,
    store: Path,
    lines: Mapping[tuple[str, ...], int],
    environment: Mapping[str, str],
) -> tuple[TrustItem, ...]:
    """Every thing that the settings ask for beyond ``root``, in the order of the file. ``lines`` are those of the keys;
    what ``environment`` names is the user's own word and asks for nothing."""
    found = [
        *_server(config, environment),
        *_journal(config, environment),
        *_cluster(config, environment),
        *_store(config, root, store),
        *_isolation(config),
        *_data(config, root),
    ]
    placed = [(_line(item.setting, lines), item) for item in found]
    return tuple(_placed(item, config, line) for line, item in sorted(placed, key=lambda pair: pair[0] or 0))


def foreign_store(config: Config, store: Path, lines: Mapping[tuple[str, ...], int]) -> TrustItem:
    """The item for a store that is here, but was not made here for this user."""
    item = TrustItem(
        kind=TrustKind.FOREIGN_STORE,
        setting="store.path",
        value=config.store_path,
        target=str(store),
        why="it came with the project, or was moved or copied: its journal, registry and artifacts say what somebody else"
        " wants them to say",
    )
    return _placed(item, config, _line("store.path", lines))


def refusal(item: TrustItem, root: Path) -> Diagnostic:
    """What is said instead of doing what the untrusted ``item`` asks for."""
    code, message = _TOLD[item.kind]
    return Diagnostic(
        code=code,
        message=message.format(value=item.value, target=item.target),
        cause=item.why,
        fixes=(f"`{trust_command(root)}` shows it and asks", *_OTHER_WAYS.get(item.kind, ())),
        place=item.place,
    )


def trust_command(root: Path, here: Path | None = None) -> str:
    """The command that asks for what ``root`` needs, as it is typed in the folder ``here``, by default the current one."""
    inside = (here or Path.cwd()).resolve().is_relative_to(root)
    import shlex

    return "nbcode trust" if inside else f"nbcode trust --project {shlex.quote(str(root))}"


_TOLD = {
    TrustKind.SERVER: ("NBC-T01", "the project names a server that you have not trusted: {value}"),
    TrustKind.JOURNAL: (
        "NBC-T01",
        "the project names a server for its journal that you have not trusted: {value}",
    ),
    TrustKind.CLUSTER: (
        "NBC-T01",
        "the project names a cluster for its runs that you have not trusted: {value}",
    ),
    TrustKind.STORE: ("NBC-T02", "the project's store lies outside the project: {target}"),
    TrustKind.ISOLATION: ("NBC-T03", "the project asks for a weaker sandbox than the default: {value}"),
    TrustKind.DATA: ("NBC-T04", "the project reads data from outside the project: {target}"),
    TrustKind.FOREIGN_STORE: ("NBC-T06", "the store was not made here by your nbcode: {target}"),
    TrustKind.RESUME: ("NBC-T05", "an interrupted promote was begun by somebody else: {value}"),
}
_OTHER_WAYS = {
    TrustKind.ISOLATION: ("`--isolation auto` takes the strongest that holds here",),
    TrustKind.FOREIGN_STORE: ("remove the store, and a new one is made",),
}


def _server(config: Config, environment: Mapping[str, str]) -> list[TrustItem]:
    uri = config.registry_uri
    named = {environment[name].rstrip("/") for name in NAMED_BY_THE_USER if environment.get(name)}
    if uri is None or uri.rstrip("/") in named:
        return []
    return [
        TrustItem(
            kind=TrustKind.SERVER,
            setting="registry.uri",
            value=uri,
            target=uri,
            why="models, reports and the credentials of your environment (MLFLOW_TRACKING_TOKEN and its like) are sent there",
        )
    ]


def _journal(config: Config, environment: Mapping[str, str]) -> list[TrustItem]:
    uri = config.journal_uri
    if uri is None or uri == environment.get(JOURNAL_VARIABLE, "").strip():
        return []
    return [
        TrustItem(
            kind=TrustKind.JOURNAL,
            setting="journal.uri",
            value=uri,
            target=uri,
            why="notebooks, who promoted what, and your password (PGPASSWORD, ~/.pgpass) are sent there",
        )
    ]


def _cluster(config: Config, environment: Mapping[str, str]) -> list[TrustItem]:
    """Whatever of ``[argo]`` the environment does not say itself: where notebooks and data go, and by which of the user's rights."""
    argo, usual = config.argo, ArgoConfig()
    said = {
        "store": argo.store if argo.store != environment.get(STORE_VARIABLE) else None,
        "endpoint": argo.endpoint if argo.endpoint != environment.get("AWS_ENDPOINT_URL") else None,
        "context": argo.context,
        "namespace": argo.namespace
        if argo.namespace not in (usual.namespace, environment.get(NAMESPACE_VARIABLE))
        else None,
        "template": argo.template if argo.template != usual.template else None,
    }
    told = ", ".join(f"{name} {value}" for name, value in said.items() if value)
    if not told:
        return []
    first = next(name for name, value in said.items() if value)
    return [
        TrustItem(
            kind=TrustKind.CLUSTER,
            setting=f"argo.{first}",
            value=told,
            target=told,
            why="notebooks and data are sent there, with the credentials of your environment (AWS_SECRET_ACCESS_KEY and its like) and the rights of your kubeconfig",
        )
    ]


def _store(config: Config, root: Path, store: Path) -> list[TrustItem]:
    if store.is_relative_to(root):
        return []
    return [
        TrustItem(
            kind=TrustKind.STORE,
            setting="store.path",
            value=config.store_path,
            target=str(store),
            why="nbcode writes there, and believes what it finds there",
        )
    ]


def _isolation(config: Config) -> list[TrustItem]:
    asked = config.run.isolation
    if asked in {Isolation.AUTO, Isolation.NAMESPACES}:
        return []
    return [
        TrustItem(
            kind=TrustKind.ISOLATION,
            setting="run.isolation",
            value=str(asked),
            target=str(asked),
            why="less stands between the notebook's cells and this machine than the strongest sandbox that holds here",
        )
    ]


def _data(config: Config, root: Path) -> list[TrustItem]:
    found: dict[Digest, TrustItem] = {}
    for dataset in config.datasets:
        written = (
            ("prices", dataset.prices, dataset.prices_uri),
            ("reference", dataset.reference, dataset.reference_uri),
        )
        for name, path, uri in written:
            if path is None:
                continue
            if uri is not None and is_remote(uri):
                item = _elsewhere(f"data.{dataset.name}.{name}", uri)
                found.setdefault(item.digest, item)
                continue
            if is_inside(path, root):
                continue
            item = TrustItem(
                kind=TrustKind.DATA,
                setting=f"data.{dataset.name}.{name}",
                value=uri or str(path),
                target=real_path(path),
                why="its columns and what is computed from its values go into specs, reports and the registry",
            )
            found.setdefault(item.digest, item)
        if dataset.query is not None:
            item = _asked(dataset.name, dataset.connection, dataset.query)
            found.setdefault(item.digest, item)
    return list(found.values())


def query_target(connection: str, query: str) -> str:
    """What is trusted of a query: where it is asked, and what."""
    return f"{connection} {query}"


def _elsewhere(setting: str, uri: str) -> TrustItem:
    with_what = (
        "your credentials (AWS_*) are used to read it"
        if uri.startswith("s3://")
        else "it is asked for from this machine"
    )
    return TrustItem(
        kind=TrustKind.DATA,
        setting=setting,
        value=uri,
        target=uri,
        why=f"{with_what}; its columns and what is computed from its values go into specs, reports and the registry",
    )


def _asked(name: str, connection: str, query: str) -> TrustItem:
    return TrustItem(
        kind=TrustKind.DATA,
        setting=f"data.{name}.query",
        value=query,
        target=query_target(connection, query),
        why="`nbcode data snapshot` runs it with your rights: it can read what you can",
    )


def real_path(path: Path) -> str:
    """The path with its links followed, as far as it exists; as it is written where it can be no path."""
    try:
        return os.path.realpath(path)
    except ValueError:
        return str(path)


def is_inside(path: Path, root: Path) -> bool:
    """Whether ``path``, its links followed, is below ``root``."""
    return Path(real_path(path)).is_relative_to(root)


def _line(setting: str, lines: Mapping[tuple[str, ...], int]) -> int | None:
    path = tuple(setting.split("."))
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _placed(item: TrustItem, config: Config, line: int | None) -> TrustItem:
    path = str(config.path) if config.path else None
    place = Place(path=path, line=line, file_line=line) if line is not None else None
    return TrustItem(
        kind=item.kind,
        setting=item.setting if line is not None else f"store.path (no {FILE_NAME} sets it)",
        value=item.value,
        target=item.target,
        why=item.why,
        place=place,
    )
