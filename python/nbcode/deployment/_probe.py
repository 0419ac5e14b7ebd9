"""The window to the object store for whoever tries it: an object of its own is put, read and removed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from nbcode.objects import Refusal, StoreError, open_address, opened
from nbcode.primitives import Diagnostic, NbcodeError
from nbcode.run._object_store import open_store


def refused_keys(uri: str, variables: Mapping[str, str]) -> str:
    """Why the store refuses whoever has the keys of ``variables`` (AWS_*); empty where it does not, or does not answer at the address in them."""
    try:
        bucket, prefix = opened(
            uri, lambda named: open_address(named, variables.get("AWS_ENDPOINT_URL", ""), keys=variables)
        )
        next(iter(bucket.below(f"{prefix}/doctor".lstrip("/"))), None)
    except StoreError as error:
        return error.said if error.kind is Refusal.DENIED else ""
    return ""


def probe_store(uri: str, endpoint: str | None) -> None:
    """Raise ``NbcodeError`` where one of the three is refused. Nothing is left where all are taken."""
    store, told = open_store(uri, endpoint), secrets.token_bytes(16)
    folder = f"doctor/{told.hex()}"
    store.put(f"{folder}/probe", told)
    held = store.get(f"{folder}/probe")
    store.remove(folder)
    if held != told or store.get(f"{folder}/probe") is not None:
        raise NbcodeError(
            [
                Diagnostic(
                    code="NBC-H40",
                    message=f"the object store {uri} does not keep what it takes",
                    cause="an object that was put came back as another, or was still there when it had been removed",
                    fixes=("ask whose store it is; runs cannot travel through it",),
                )
            ]
        )
