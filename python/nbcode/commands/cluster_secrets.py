"""What `nbcode doctor --on argo` finds in the Secrets of the namespace, where the user may read them: whether they say what this project says. No value is told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from nbcode.commands.cluster_ports import APPLY, ClusterPorts, ill, well
from nbcode.commands.health import Finding, Level
from nbcode.deployment import Cluster, in_namespace

_STORE, _CONTROLLER = "nbcode-store", "nbcode-controller"
_SECRETS = {
    _STORE: ("NBCODE_STORE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    _CONTROLLER: ("NBCODE_JOURNAL_URI", "MLFLOW_TRACKING_URI"),
    "nbcode-executor.service-account-token": ("token",),
}
"""The keys without which each is of no use."""


def secret_findings(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    """Each Secret: there, with what it needs, and of the same store, journal and registry."""
    for name, keys in _SECRETS.items():
        answer = cluster.get(in_namespace(ports.argo.namespace, "secrets", name))
        if answer.forbidden:
            unseen.append(f"the Secret {name}")
            continue
        held = {key: _decoded(value) for key, value in (answer.body.get("data") or {}).items()}
        lacking = [key for key in keys if not held.get(key)]
        if not answer.fine or lacking:
            text = f"{name} has no {', '.join(lacking)}" if answer.fine else f"no Secret {name}"
            yield ill("secrets", text, _fix(name, ports))
            continue
        others = [*_others(name, held, ports)]
        yield from others
        if not others:
            yield well("secrets", f"{name} is there")


def _others(name: str, held: Mapping[str, str], ports: ClusterPorts) -> Iterator[Finding]:
    """Where a Secret names something else than this project."""
    if name == _STORE:
        if ports.store and held["NBCODE_STORE"].rstrip("/") != ports.store.rstrip("/"):
            text = f"{name} names {held['NBCODE_STORE']}, and this project {ports.store}"
            yield ill("secrets", text, "make them one: [argo] store in nbcode.toml, or NBCODE_STORE of the Secret")  # fmt: skip
        elif refused := ports.refused_keys(held):
            yield ill("secrets", f"the keys of {name} are refused by the store: {refused}", _fix(name, ports))
        elif apart := _apart(held.get("AWS_ENDPOINT_URL", ""), ports.endpoint):
            yield _elsewhere(name, "AWS_ENDPOINT_URL", apart, ports)
    if name == _CONTROLLER:
        for key, mine in (("NBCODE_JOURNAL_URI", ports.journal), ("MLFLOW_TRACKING_URI", ports.registry)):
            if apart := _apart(held[key], mine):
                yield _elsewhere(name, key, apart, ports)


def _elsewhere(name: str, key: str, apart: tuple[str, str, bool], ports: ClusterPorts) -> Finding:
    theirs, mine, one_server = apart
    text = f"{key} of {name} names {theirs}, and here {mine} is named"
    if one_server:
        text += ": every promote would wait for a controller that looks elsewhere"
        return ill("secrets", text, _fix(name, ports))
    return ill(
        "secrets",
        f"{text}: right only where that is one server by two addresses",
        _fix(name, ports),
        Level.WARN,
    )


def _apart(theirs: str, mine: str) -> tuple[str, str, bool] | None:
    """Server and database of two addresses that differ, and whether the server is the same; None where they are one, or none is named here. Who signs in says nothing."""
    if not mine:
        return None
    one, other = (urlsplit(address.strip().rstrip("/")) for address in (theirs, mine))
    shown = [f"{(parts.netloc.rpartition('@')[2])}{parts.path}" for parts in (one, other)]
    if shown[0] == shown[1]:
        return None
    return shown[0] or "Amazon's", shown[1], one.netloc.rpartition("@")[2] == other.netloc.rpartition("@")[2]


def _fix(name: str, ports: ClusterPorts) -> str:
    if name.endswith("-token"):
        return f"an administrator types `{ports.deploy('service-accounts')}`"
    file = f"{name.removeprefix('nbcode-')}.env"
    keys = ", ".join(f"{key}=..." for key in _SECRETS[name])
    made = f"kubectl create secret generic {name} --namespace {ports.argo.namespace} --from-env-file={file} --dry-run=client --output yaml"
    return f"write {keys} and what else the handbook names to {file}, then `{made} | {APPLY}`"


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
