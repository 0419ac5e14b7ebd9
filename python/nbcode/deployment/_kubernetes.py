"""The window to a cluster for whoever looks at it: paths of its API by lightkube's connection, every refusal an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbcode.deployment.answers import Answer
from nbcode.primitives import Diagnostic, NbcodeError

if TYPE_CHECKING:
    from lightkube.config.kubeconfig import SingleConfig

_PATIENCE_S = 10.0
_NOT_SIGNED_IN = 401


class KubernetesCluster:
    """A `Cluster` by the kubeconfig."""

    def __init__(self, config: SingleConfig) -> None:
        """``config`` is one context of the kubeconfig."""
        from httpx2 import Timeout
        from lightkube.config.client_adapter import Client, ConnectionParams

        self._context = config.context_name
        self._http = Client(config, ConnectionParams(timeout=Timeout(_PATIENCE_S)))

    def get(self, path: str) -> Answer:
        """As the port has it."""
        return self._asked("GET", path)

    def create(self, path: str, told: Mapping[str, Any], *, tried: bool = False) -> Answer:
        """As the port has it. Unknown fields are refused, not dropped."""
        query = "?fieldValidation=Strict" + ("&dryRun=All" if tried else "")
        return self._asked("POST", path + query, told)

    def delete(self, path: str) -> Answer:
        """As the port has it."""
        return self._asked("DELETE", path)

    def close(self) -> None:
        """As the port has it."""
        self._http.close()

    def _asked(self, method: str, path: str, told: Mapping[str, Any] | None = None) -> Answer:
        import httpx2
        from lightkube import ConfigError

        from nbcode.run._kubernetes import not_signed_on, unreachable

        try:
            answer = self._http.request(method, path, json=told)
        except httpx2.HTTPError as error:
            raise NbcodeError([unreachable(f"{type(error).__name__}: {error}", self._context)]) from error
        except ConfigError as error:
            raise NbcodeError([not_signed_on(str(error), self._context)]) from error
        body = _body(answer.text)
        if answer.status_code == _NOT_SIGNED_IN:
            raise NbcodeError([not_signed_on(str(body.get("message", "")), self._context)])
        return Answer(status=answer.status_code, body=body)


def cluster_of(context: str | None) -> KubernetesCluster:
    """The cluster of a context of the kubeconfig, None for the current one. Raises ``NbcodeError`` where there is none."""
    try:
        from nbcode.run._kubernetes import connected

        with connected(context, "default") as client:
            return KubernetesCluster(client.config)
    except ImportError as error:
        raise NbcodeError([_not_installed()]) from error


def _body(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _not_installed() -> Diagnostic:
    return Diagnostic(
        code="NBC-H10",
        message="what speaks to clusters is not installed",
        cause="it is an extra of nbcode",
        fixes=("`pip install 'nbcode[argo]'`",),
    )
