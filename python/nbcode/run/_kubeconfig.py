"""The window to the kubeconfig: one context of the user's files, as kubectl reads them; in a pod, its own account.

Of several files in KUBECONFIG the first one that says something stands, and paths in a file are relative to its folder
(https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). A program that signs the user on (``exec``) is started as
client.authentication.k8s.io/v1 has it, too.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcode.primitives import Diagnostic, NbcodeError

if TYPE_CHECKING:
    from lightkube.config.kubeconfig import KubeConfig, SingleConfig

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_USUAL = "~/.kube/config"
_EXEC = "client.authentication.k8s.io/"
_OF_CLIENT = f"{_EXEC}v1beta1"
"""The newest form that lightkube starts a program by; what programs print of a token is the same in v1."""
_CONTEXT = "`[argo] context` in nbcode.toml"


def chosen(context: str | None) -> SingleConfig:
    """The ``context`` of the kubeconfig, None for the current one.

    Raises ``NbcodeError``: NBC-H10 where the files cannot be read, or have no such context; NBC-H11 where the program that signs the user on is not there.
    """
    from lightkube import ConfigError
    from lightkube.config.kubeconfig import KubeConfig

    try:
        config = KubeConfig.from_service_account(_ACCOUNT)
    except (ConfigError, KeyError):  # no account, or nothing says where its cluster is
        files = _files()
        config = _merged([_read(path) for path in files], files)
    name = context or config.current_context
    if not name:
        raise _unusable(
            "no context of the kubeconfig is chosen",
            _known(config),
            *_ways(config, "kubectl config use-context {}"),
        )
    if name not in config.contexts:
        raise _unusable(
            f"the kubeconfig has no context {name!r}",
            _known(config),
            *_ways(config, f'write context = "{{}}" as {_CONTEXT}'),
        )
    there = config.contexts[name]
    for kind, known, wanted in (
        ("cluster", config.clusters, there.cluster),
        ("user", config.users, there.user),
    ):
        if wanted and wanted not in known:
            raise _unusable(
                f"the kubeconfig has no {kind} {wanted!r}",
                f"its context {name} names it",
                "`kubectl config view` shows what there is",
            )
    found = config.get(name)
    assert found is not None, "its parts are there"
    _startable(found)
    return found


def _files() -> list[Path]:
    named = [Path(one) for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    there = [path for path in named if path.is_file()]
    usual = Path(os.path.expanduser(_USUAL))  # noqa: PTH111 - never raises
    if there or (not named and usual.is_file()):
        return there or [usual]
    where = ", ".join(map(str, named)) if named else f"{_USUAL}, and KUBECONFIG names none"
    raise _unusable(
        "there is no kubeconfig",
        f"looked for: {where}",
        "set KUBECONFIG to the file that who runs the cluster gave you",
    )


def _read(path: Path) -> KubeConfig:
    from lightkube.config.kubeconfig import KubeConfig

    try:
        return KubeConfig.from_file(path)
    except Exception as error:  # whatever a text that is none makes YAML and msgspec raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise _unusable(
            f"{path} is no kubeconfig",
            f"{type(error).__name__}: {said}"[:300],
            f"`kubectl config view --kubeconfig {path}` says what kubectl makes of it",
        ) from error


def _merged(configs: list[KubeConfig], files: list[Path]) -> KubeConfig:
    from lightkube.config.kubeconfig import KubeConfig

    clusters: dict[str, Any] = {}
    users: dict[str, Any] = {}
    contexts: dict[str, Any] = {}
    for config, path in zip(configs, files, strict=True):
        for cluster in config.clusters.values():
            _absolute(cluster, path, "certificate_auth")
        for user in config.users.values():
            _absolute(user, path, "client_cert", "client_key", "token_file")
            if user.exec is not None:
                _adapt(user.exec, path)
        for all_of, own in ((clusters, config.clusters), (users, config.users), (contexts, config.contexts)):
            all_of.update({name: one for name, one in own.items() if name not in all_of})
    current = next((one.current_context for one in configs if one.current_context), None)
    return KubeConfig(
        clusters=clusters, users=users, contexts=contexts, current_context=current, fname=files[0]
    )


def _absolute(part: Any, file: Path, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if value:
            setattr(part, name, str(file.absolute().parent / value))


def _adapt(program: Any, file: Path) -> None:
    """What kubectl does before it starts a program."""
    from lightkube.config.models import NameValue

    if "/" in program.command:
        program.command = str(file.absolute().parent / program.command)
    if program.apiVersion == f"{_EXEC}v1":
        told = {"apiVersion": program.apiVersion, "kind": "ExecCredential", "spec": {"interactive": False}}
        program.env = [*(program.env or ()), NameValue(name="KUBERNETES_EXEC_INFO", value=json.dumps(told))]
        program.apiVersion = _OF_CLIENT


def _startable(config: SingleConfig) -> None:
    program = config.user.exec if config.user else None
    if program is None or shutil.which(program.command):
        return
    hint = " ".join((program.installHint or "").split())
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-H11",
                message=f"the program that signs you on to the cluster is not installed: {program.command}",
                cause=f"the context {config.context_name} of the kubeconfig asks it for a token",
                fixes=(hint or f"install {program.command}, and have it on the PATH",),
            )
        ]
    )


def _known(config: KubeConfig) -> str:
    return f"it has {', '.join(sorted(config.contexts))}" if config.contexts else "it has none at all"


def _ways(config: KubeConfig, way: str) -> tuple[str, ...]:
    names = sorted(config.contexts)[:3]
    ways = (f"`{way.format(name)}`" if way.startswith("kubectl") else way.format(name) for name in names)
    return tuple(ways) or ("set KUBECONFIG to the file that who runs the cluster gave you",)


def _unusable(message: str, cause: str, *fixes: str) -> NbcodeError:
    return NbcodeError([Diagnostic(code="NBC-H10", message=message, cause=cause, fixes=fixes)])
