"""The window to Kubernetes: one namespace of one cluster, by lightkube; what it refuses becomes a typed error."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from nbcode.primitives import Diagnostic, NbcodeError, dataclass
from nbcode.run._kubeconfig import chosen

if TYPE_CHECKING:
    from lightkube import Client

T = TypeVar("T")
_TIMEOUT_S = 15.0
_WATCH_S = 300
_CLOCKS_APART = timedelta(minutes=5)
MANAGED_BY = {"app.kubernetes.io/managed-by": "nbcode"}
"""The label of every Workflow that nbcode submits."""
MISSING = 404
CONFLICT = 409
_PASSING = frozenset({429, 500, 502, 503, 504})
PATIENT_S = 20.0
"""How long whoever has nothing else to do waits for an API server: as long as one takes to be started again."""
_PAUSE_S, _LONGEST_S = 0.5, 4.0
_NOT_BEGUN, _NOT_SIGNED_IN, _FORBIDDEN = 400, 401, 403
_SAID = 2000
_LONGEST = 8 << 20
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_FRACTION = re.compile(r"\.\d+")
_DOCTOR = "`nbcode doctor --on argo` tries each right, and says which is missing"


class KubernetesError(NbcodeError):
    """The cluster refused or did not answer; ``status`` is the HTTP status, 0 where there was no answer. What is ``passing`` says nothing of what was
    asked: an API server that is started again, or has too much to do."""

    def __init__(self, diagnostic: Diagnostic, status: int = 0, *, passing: bool = False) -> None:
        """Take the one diagnostic that the user is to see."""
        super().__init__([diagnostic])
        self.status, self.passing = status, passing


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """For how many ``seconds`` a cluster that does not answer is asked again."""

    seconds: float = 0.0
    pause: Callable[[float], None] = time.sleep
    monotonic_s: Callable[[], float] = time.monotonic


def connected(context: str | None, namespace: str) -> Client:
    """A client of the kubeconfig's ``context`` (None: the current one; in a pod, its own account).

    Raises ``NbcodeError`` as :func:`nbcode.run._kubeconfig.chosen`, and where what it says of certificates is none.
    """
    from httpx2 import Timeout
    from lightkube import Client, ConfigError

    config = chosen(context)
    try:
        return Client(config=config, namespace=namespace, timeout=Timeout(_TIMEOUT_S))
    except (ConfigError, OSError, ValueError) as error:
        raise KubernetesError(_no_certificate(config.context_name, str(error))) from error


@contextmanager
def asking(what: str, namespace: str) -> Iterator[None]:
    """Inside, what the API server refuses is raised as a ``KubernetesError``. ``what`` is the right that is used: "create workflows"."""
    import httpx2
    from lightkube import ApiError, ConfigError

    try:
        yield
    except ConfigError as error:
        raise KubernetesError(not_signed_on(str(error))) from error
    except ApiError as error:
        status = int(error.status.code or 0)
        passing = status in _PASSING
        raise KubernetesError(
            _refused(status, what, namespace, str(error)), status, passing=passing
        ) from error
    except httpx2.HTTPError as error:
        raise KubernetesError(unreachable(f"{type(error).__name__}: {error}"), passing=True) from error


def asked(what: str, namespace: str, ask: Callable[[], T], patience: Patience) -> T:
    """What ``ask`` gives, as inside :func:`asking`; it is asked again while the cluster does not answer, so it has to be the same when done twice."""
    until_s, pause_s = patience.monotonic_s() + patience.seconds, _PAUSE_S
    while True:
        try:
            with asking(what, namespace):
                return ask()
        except KubernetesError as error:
            if not error.passing or patience.monotonic_s() >= until_s:
                raise
        patience.pause(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_S)


def workflows() -> Any:
    """Argo's Workflow as a resource of the client."""
    from lightkube.generic_resource import create_namespaced_resource

    return create_namespaced_resource("argoproj.io", "v1alpha1", "Workflow", "workflows")


def create_workflow(
    client: Client, made: Mapping[str, Any], now: Callable[[], datetime] | None = None
) -> None:
    """Have the cluster make a Workflow, unless its clock is another than ours. Called inside :func:`asking`.

    Raises ``KubernetesError`` (NBC-H18): tokens and signatures hold for minutes, and leases and the journal tell by the clock who was first.
    """
    wanted = workflows().from_dict(dict(made))
    tried = client.create(wanted, dry_run=True)  # nothing is made, and it bears the server's time
    told = str((tried.get("metadata") or {}).get("creationTimestamp") or "")
    here = (now or (lambda: datetime.now(UTC)))()
    if told and abs(datetime.fromisoformat(told) - here) > _CLOCKS_APART:
        raise KubernetesError(_skewed(told, here))
    client.create(wanted)


def youngest_pod(client: Client, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The youngest pod with ``labels``, as the API has it. Called inside :func:`asking`."""
    from lightkube.resources.core_v1 import Pod

    found = [pod.to_dict() for pod in client.list(Pod, namespace=client.namespace, labels=dict(labels))]
    return max(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


def log_lines(
    client: Client, pod: str, since: str = "", container: str = "main"
) -> Generator[tuple[str, bytes]]:
    """The lines that ``container`` of a pod has written, each with its time and its end, from the second of the time ``since`` on; none where it has not begun. They are
    read as they are asked for, and one that is longer than any of a run's is left out.

    Called inside :func:`asking`.
    """
    from httpx2 import Timeout
    from lightkube.config import client_adapter

    asked = {"container": container, "timestamps": "true"}
    if since:
        asked["sinceTime"] = _FRACTION.sub("", since)
    place = f"/api/v1/namespaces/{client.namespace}/pods/{pod}/log"
    connection = client_adapter.ConnectionParams(timeout=Timeout(_TIMEOUT_S))
    with (
        client_adapter.Client(client.config, connection) as http,
        http.stream("GET", place, params=asked) as answer,
    ):
        if answer.status_code in (_NOT_BEGUN, MISSING):
            return
        if answer.is_error:
            said = answer.read()[:_SAID].decode(errors="replace")
            status = int(answer.status_code)
            raise KubernetesError(_refused(status, "get pods/log", str(client.namespace), said), status)
        for line in _whole_lines(answer.iter_bytes()):
            time, _, said_then = line.partition(b" ")
            yield time.decode(errors="replace"), said_then


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What stands between the ends of lines; what has none yet is not told."""
    held, too_long = b"", False
    for block in blocks:
        *whole, held = (held + block).split(b"\n")
        for number, line in enumerate(whole):
            if not (too_long and number == 0):
                yield line + b"\n"
        too_long = (too_long and not whole) or len(held) > _LONGEST
        if too_long:
            held = b""


def changed_workflows(client: Client) -> Iterator[str]:
    """The name of each of nbcode's Workflows that changes from now on, until the server ends the watch. Raises what lightkube raises."""
    listed = client.list(workflows(), namespace=client.namespace, labels=dict(MANAGED_BY))
    for one in listed:  # the version of the list is known when it is read
        yield str((one.get("metadata") or {}).get("name"))
    version = listed.resourceVersion
    for kind, one in client.watch(
        workflows(),
        namespace=client.namespace,
        labels=dict(MANAGED_BY),
        resource_version=version,
        server_timeout=_WATCH_S,
    ):
        if kind != "BOOKMARK":
            yield str((one.get("metadata") or {}).get("name"))


def workflow_called(client: Client, name: str) -> Mapping[str, Any]:
    """The Workflow of that name. Called inside :func:`asking`."""
    found: Mapping[str, Any] = client.get(workflows(), name)
    return found


def load_client() -> None:
    """Load the libraries that the first question takes."""
    import lightkube.generic_resource
    import lightkube.resources.core_v1  # noqa: F401


def end_workflow(client: Client, name: str) -> None:
    """Have Argo end a Workflow and its pods. Called inside :func:`asking`."""
    from lightkube.types import PatchType

    client.patch(workflows(), name, {"spec": {"shutdown": "Terminate"}}, patch_type=PatchType.MERGE)


def _skewed(told: str, here: datetime) -> Diagnostic:
    apart = here - datetime.fromisoformat(told)
    return Diagnostic(
        code="NBC-H18",
        message=f"the clock of this machine and the cluster's are {abs(apart.total_seconds()) / 60:.0f} minutes apart",
        cause=f"here it is {here:%Y-%m-%dT%H:%M:%SZ}, there {told}; nothing was submitted",
        fixes=(
            "set the clock: `timedatectl set-ntp true`",
            "ask who runs the cluster, where this one is right",
        ),
    )


def unreachable(cause: str, context: str | None = None) -> Diagnostic:
    """NBC-H10 of an API server, by what the connection said."""
    words = shlex.join(["kubectl", *(["--context", context] if context else []), "cluster-info"])
    proxy = next((f"{name}={os.environ[name]}" for name in _PROXIES if os.environ.get(name)), "")
    return Diagnostic(
        code="NBC-H10",
        message="the cluster does not answer",
        cause=f"{cause}; it is asked through the proxy {proxy}" if proxy else cause,
        fixes=(
            *(
                ("set NO_PROXY to the address of the API server, where it is to be asked without the proxy",)
                if proxy
                else ()
            ),
            f"`{words}` tries the same connection",
        ),
    )


def not_signed_on(cause: str, context: str | None = None) -> Diagnostic:
    """NBC-H11: the server knows nobody by what it was given, or nothing could be given."""
    words = shlex.join(["kubectl", *(["--context", context] if context else []), "auth", "whoami"])
    return Diagnostic(
        code="NBC-H11",
        message="the cluster does not know who you are",
        cause=cause,
        fixes=(f"sign in to the cluster again: `{words}` says whether it worked",),
    )


def _no_certificate(context: str, cause: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H10",
        message=f"what the kubeconfig says of the certificates of the context {context} cannot be used",
        cause=cause,
        fixes=(f"`kubectl --context {shlex.quote(context)} cluster-info` says what kubectl makes of it",),
    )


def _refused(status: int, what: str, namespace: str, cause: str) -> Diagnostic:
    if status == _NOT_SIGNED_IN:
        return not_signed_on(cause)
    if status == _FORBIDDEN:
        return Diagnostic(
            code="NBC-H12",
            message=f"you may not {what} in the namespace {namespace}",
            cause=cause,
            fixes=(f"ask who runs the cluster for the right to {what} in {namespace}", _DOCTOR),
        )
    return Diagnostic(
        code="NBC-H10",
        message=f"the cluster could not {what} in the namespace {namespace} (status {status})",
        cause=cause,
        fixes=(_DOCTOR,),
    )
