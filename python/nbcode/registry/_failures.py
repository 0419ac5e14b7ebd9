"""What MLflow and what is below it say, as what the user must see: by cause, since each has another way out.

The one door for their words: no password, no token comes through it.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping

from nbcode.primitives import Diagnostic, masked

RESUME = ", then `nbcode resume`"
"""What a promote that waits is ended by."""
NOTHING = "nothing"
"""What a fix begins with that comforts whoever promoted."""
_CREDENTIALS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
_SHORTEST = 4
"""A password shorter than this is a part of too many words to be looked for."""
_SIGNED_OUT = re.compile(r"error code 401|UNAUTHENTICATED|\b401 (Client Error|Unauthorized)")
_NO_RIGHT = re.compile(r"error code 403|PERMISSION_DENIED|\b403 (Client Error|Forbidden)|Permission denied")
_NO_MLFLOW = re.compile(
    r"not in a valid JSON format|error code (404|405|3\d\d)|ENDPOINT_NOT_FOUND|\b(404|405) Client Error"
)
_UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|TLS CA certificate bundle")
_AWAY = re.compile(
    r"Max retries exceeded|timeout exception|too many 5\d\d|error code (429|5\d\d)|Connection (refused|reset|aborted)"
    r"|Remote end closed|\b5\d\d Server Error|TEMPORARILY_UNAVAILABLE"
)


def first_line(error: Exception, environment: Mapping[str, str] = os.environ) -> str:
    """The first line of what ``error`` says, without the credentials that ``environment`` holds."""
    lines = str(error).splitlines()
    text = masked(lines[0]) if lines else type(error).__name__
    values = [environment[name] for name in _CREDENTIALS if len(environment.get(name, "")) >= _SHORTEST]
    user = environment.get("MLFLOW_TRACKING_USERNAME", "")
    for value in values:
        basic = base64.b64encode(f"{user}:{value}".encode()).decode()
        text = text.replace(basic, "***").replace(value, "***")
    return text


def explained(uri: str, error: Exception, wait_s: float) -> Diagnostic:
    """The diagnostic of ``error``, which the registry at ``uri`` gave."""
    text = str(error)
    if "database is locked" in text:
        return locked(uri, wait_s, "another process, such as MLflow's server, writes to it")
    if "database schema" in text or "Can't locate revision" in text:
        return Diagnostic(
            code="NBC-I03",
            message="the registry's schema is not that of the installed MLflow",
            cause=first_line(error),
            fixes=(
                f"take a copy of the database, then `mlflow db upgrade {uri}`",
                "install the MLflow that made it",
            ),
        )
    if uri.startswith(("http://", "https://")):
        if _UNTRUSTED.search(text):
            return untrusted(uri, first_line(error))
        for pattern, code, _, _ in _BY_CAUSE:
            if pattern.search(text):
                return refused(uri, code, first_line(error))
    return Diagnostic(
        code="NBC-I16",
        message=f"the registry at {uri} failed",
        cause=first_line(error),
        fixes=(f"check `[registry] uri` in nbcode.toml, the free space and the permissions{RESUME}",),
    )


def locked(uri: str, wait_s: float, cause: str) -> Diagnostic:
    """NBC-I01."""
    return Diagnostic(
        code="NBC-I01",
        message=f"the registry at {uri} is locked for more than {wait_s:g} s",
        cause=cause,
        fixes=("`nbcode resume` when the other process has finished",),
    )


def refused(uri: str, code: str, why: str) -> Diagnostic:
    """``code`` (NBC-I25 to I28) with the words that go with it."""
    what, fix = next((what, fix) for _, known, what, fix in _BY_CAUSE if known == code)
    return Diagnostic(code=code, message=f"the registry at {uri} {what}", cause=why, fixes=(fix,))


def untrusted(uri: str, why: str) -> Diagnostic:
    """NBC-I36."""
    return Diagnostic(
        code="NBC-I36",
        message=f"the certificate of the registry at {uri} is not trusted",
        cause=why,
        fixes=(
            "set MLFLOW_TRACKING_SERVER_CERT_PATH to the file (PEM) of the authority that signed it, then try again",
            "ask who runs the server which authority that is, and for which names its certificate was made",
        ),
    )


def silent(uri: str, patience_s: float) -> Diagnostic:
    """NBC-I28 of a server that was asked and said nothing."""
    return Diagnostic(
        code="NBC-I28",
        message=f"the registry at {uri} does not answer",
        cause=f"it said nothing for {patience_s:g} s",
        fixes=("ask again when it is quicker",),
    )


_BY_CAUSE = (
    (
        _SIGNED_OUT,
        "NBC-I25",
        "does not know these credentials",
        f"set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN{RESUME}",
    ),
    (
        _NO_RIGHT,
        "NBC-I26",
        "knows you and refuses",
        f"ask for the right to edit the model{RESUME}",
    ),
    (
        _AWAY,
        "NBC-I28",
        "does not answer",
        f"{NOTHING} is lost: `nbcode resume` when it is back",
    ),
    (
        _NO_MLFLOW,
        "NBC-I27",
        "does not answer as MLflow does",
        f"correct `[registry] uri` in nbcode.toml, or MLFLOW_TRACKING_URI where that names it{RESUME}",
    ),
)
