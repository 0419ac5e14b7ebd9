"""Window to the network: whether anything answers at a registry's address. No credentials are sent, and MLflow is not loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from nbcode.primitives import Diagnostic, dataclass
from nbcode.registry._failures import NOTHING, RESUME
from nbcode.registry.port import RegistryError

PATIENCE_S = 5.0
_GATEWAY = frozenset({502, 503, 504})
"""What stands before a server says so when there is none behind it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """``status`` of the answer, None without one; ``why`` is then the reason. ``why`` is empty where the reason is unknown."""

    status: int | None = None
    why: str = ""


def heard_at(uri: str, *, patience_s: float = PATIENCE_S) -> Heard | None:
    """What MLflow's ``/health`` says at ``uri``; None for a file or a database, which nobody serves."""
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"}:
        return None
    import ssl
    import urllib.error
    import urllib.request

    host = parts.netloc.rpartition("@")[2]
    address = urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/health", "", ""))
    try:
        with urllib.request.urlopen(address, timeout=patience_s) as answer:  # noqa: S310 - http and https, see above
            return Heard(status=answer.status)
    except urllib.error.HTTPError as error:
        return Heard(status=error.code)
    except urllib.error.URLError as error:
        # MLflow may know certificates that we do not.
        return Heard() if isinstance(error.reason, ssl.SSLError) else Heard(why=str(error.reason))
    except (OSError, ValueError) as error:
        return Heard(why=str(error))


def knock(uri: str, named_by: str) -> None:
    """Raise ``RegistryError`` (NBC-I28) when nothing answers at ``uri``, which ``named_by`` names."""
    heard = heard_at(uri)
    if heard is None or (not heard.why and heard.status not in _GATEWAY):
        return
    raise RegistryError(
        Diagnostic(
            code="NBC-I28",
            message=f"the registry at {uri} does not answer",
            cause=heard.why or f"it answers {heard.status}",
            fixes=(f"{NOTHING} was begun: promote again when it is back", f"correct {named_by}"),
        )
    )


@contextlib.contextmanager
def reading(uri: str | None, named_by: str, instead: str) -> Iterator[None]:
    """Around what only reads a registry, at ``uri`` where a server has it, which is knocked at first. What is raised in here says what there is to do
    for whoever only looks: no promote waits to be resumed, and ``instead`` is another way.
    """
    try:
        if uri is not None:
            knock(uri, named_by)
        yield
    except RegistryError as error:
        told = error.diagnostics[0]
        kept = [fix.partition(RESUME)[0] for fix in told.fix_titles if not fix.startswith(NOTHING)]
        raise RegistryError(
            Diagnostic(code=told.code, message=told.message, cause=told.cause, fixes=(*kept, instead))
        ) from error
