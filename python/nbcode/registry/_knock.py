"""Window to the network: whether a registry answers at its address, and to us. MLflow is not loaded.

First its ``/health``, without credentials; then, of MLflow's interface, one search with those that MLflow's client would send. What that
client knows and we do not, such as an authentication of a plug-in, is left to it.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from nbcode.primitives import Diagnostic, dataclass
from nbcode.registry._failures import NOTHING, RESUME, refused, untrusted
from nbcode.registry.port import NO_FILES, RegistryError

if TYPE_CHECKING:
    import ssl

PATIENCE_S = 5.0
_DONE, _SIGNED_OUT = 200, 401
_NOT_HERE = 404
_REFUSED = frozenset({403, 404})
"""What is said to a search where there is none; MLflow with accounts gives nobody the right to a path that it does not know."""
_GATEWAY = frozenset({502, 503, 504})
"""What stands before a server says so when there is none behind it."""
_SEARCH = ("/api/2.0/mlflow/experiments/search", "max_results=1")
_AUTHORITIES = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where MLflow's client finds the authorities that it trusts; the first that is set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """``status`` of the answer, None without one; ``why`` is then the reason. ``why`` is empty where the reason is unknown.
    ``untrusted`` says what is wrong with the server's certificate, ``kind`` of what media type the answer is."""

    status: int | None = None
    kind: str = ""
    why: str = ""
    untrusted: str = ""


def heard_at(
    uri: str,
    *,
    patience_s: float = PATIENCE_S,
    environment: Mapping[str, str] = os.environ,
    signed_in: bool = False,
) -> Heard | None:
    """What MLflow's ``/health`` says at ``uri``, or (``signed_in``) a search with the credentials of ``environment``; None for a file or a
    database, which nobody serves. Of a server behind TLS the certificate is held against the authorities that ``environment`` names to
    MLflow's client."""
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"}:
        return None
    import ssl
    import urllib.error
    import urllib.request

    host = parts.netloc.rpartition("@")[2]
    path, query = _SEARCH if signed_in else ("/health", "")
    address = urlunsplit((parts.scheme, host, parts.path.rstrip("/") + path, query, ""))
    credentials = _credentials(environment) if signed_in else None
    if signed_in and credentials is None:
        return Heard()
    try:
        context = _trusted(environment) if parts.scheme == "https" else None
        request = urllib.request.Request(address, headers=credentials or {})  # noqa: S310 - http and https, see above
        with urllib.request.urlopen(request, timeout=patience_s, context=context) as answer:  # noqa: S310
            return Heard(status=answer.status, kind=answer.headers.get("Content-Type", ""))
    except urllib.error.HTTPError as error:
        return Heard(status=error.code)
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            return Heard(untrusted=error.reason.verify_message)
        # Such as a certificate that the server asks of us: MLflow's client may have one.
        return Heard() if isinstance(error.reason, ssl.SSLError) else Heard(why=str(error.reason))
    except _NoAuthoritiesError as error:
        return Heard(untrusted=str(error))
    except (OSError, ValueError) as error:
        return Heard(why=str(error))


class _NoAuthoritiesError(Exception):
    """The file of authorities cannot be read."""


def _trusted(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Whom MLflow's client would trust."""
    import ssl

    if environment.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}:
        unverified = ssl.create_default_context()
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        return unverified  # as the user said to MLflow
    name = next((one for one in _AUTHORITIES if environment.get(one)), None)
    if name is None:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    place = environment[name]
    try:
        if Path(place).is_dir():
            return ssl.create_default_context(capath=place)
        return ssl.create_default_context(cafile=place)
    except (OSError, ssl.SSLError) as error:
        why = f"{name} names {place}, which cannot be read as certificates: {error}"
        raise _NoAuthoritiesError(why) from error


def _credentials(environment: Mapping[str, str]) -> dict[str, str] | None:
    """The header by which MLflow's client would sign in, from its variables; empty where it has none, None where it may have others."""
    others = (environment.get("MLFLOW_TRACKING_AUTH"), environment.get("MLFLOW_TRACKING_AWS_SIGV4"))
    if any(others):
        return None
    user, password = (environment.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
    token = environment.get("MLFLOW_TRACKING_TOKEN", "")
    if user and password:
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
    if token:
        return {"Authorization": f"Bearer {token}"}
    return None if (Path.home() / ".mlflow" / "credentials").exists() else {}


def knock(uri: str, named_by: str) -> None:
    """Raise ``RegistryError`` when nothing answers at ``uri``, which ``named_by`` names (NBC-I28), with a certificate that is not trusted
    (NBC-I36), when it does not know us (NBC-I25), or is no MLflow (NBC-I27)."""
    heard = heard_at(uri)
    if heard is None:
        return
    if heard.untrusted:
        raise RegistryError(untrusted(uri, heard.untrusted))
    if heard.why or heard.status in _GATEWAY:
        raise RegistryError(_away(uri, named_by, heard))
    asked = heard_at(uri, signed_in=True)
    if asked is not None and asked.status == _SIGNED_OUT:
        raise _nothing_begun(refused(uri, "NBC-I25", f"it answers {asked.status}"))
    if asked is not None and heard.status == _NOT_HERE and asked.status in _REFUSED:
        why = f"its /health answers {heard.status}, a search {asked.status}: an MLflow may be under another path there"
        raise _nothing_begun(refused(uri, "NBC-I27", why))
    if (
        asked is not None
        and asked.status == _DONE
        and asked.kind
        and not asked.kind.startswith("application/json")
    ):
        raise _nothing_begun(refused(uri, "NBC-I27", f"it answers a search with {asked.kind}"))


def _nothing_begun(found: Diagnostic) -> RegistryError:
    """``found`` where nothing was begun, and so nothing waits to be resumed."""
    kept = tuple(fix.partition(RESUME)[0] for fix in found.fix_titles)
    return RegistryError(Diagnostic(code=found.code, message=found.message, cause=found.cause, fixes=kept))


def _away(uri: str, named_by: str, heard: Heard) -> Diagnostic:
    return Diagnostic(
        code="NBC-I28",
        message=f"the registry at {uri} does not answer",
        cause=heard.why or f"it answers {heard.status}",
        fixes=(f"{NOTHING} was begun: promote again when it is back", f"correct {named_by}"),
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
        if told.code == NO_FILES:  # it answered
            raise
        kept = [fix.partition(RESUME)[0] for fix in told.fix_titles if not fix.startswith(NOTHING)]
        raise RegistryError(
            Diagnostic(code=told.code, message=told.message, cause=told.cause, fixes=(*kept, instead))
        ) from error
