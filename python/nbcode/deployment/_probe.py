"""The window to the object store for whoever tries it: an object of its own is put, read and removed."""

from __future__ import annotations

import secrets

from nbcode.primitives import Diagnostic, NbcodeError
from nbcode.run._object_store import open_store


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
