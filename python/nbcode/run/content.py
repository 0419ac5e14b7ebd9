"""What is to be run as bytes: ``decode_content(encode_content(c)) == c``, and one byte string for one content."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any, TypeVar

from nbcode.primitives import Digest, canonical_json, digest_bytes
from nbcode.run.values import Limits, PlannedCell, PlannedInput, RunContent

_SCHEMA_VERSION = 1
_Value = TypeVar("_Value")


def encode_content(content: RunContent) -> bytes:
    """Canonical JSON (RFC 8785) of ``content``."""
    return canonical_json({"schema_version": _SCHEMA_VERSION, **asdict(content)})


def content_digest(content: RunContent) -> Digest:
    """The identity of what is run, on whatever machine."""
    return digest_bytes(encode_content(content))


def decode_content(data: bytes) -> RunContent:
    """The content in ``data``. Raises ``ValueError`` for anything but the output of :func:`encode_content`."""
    try:
        raw: dict[str, Any] = json.loads(data)
        version = raw.pop("schema_version")
        made = _made(
            RunContent,
            raw
            | {
                "spec_digest": Digest(raw["spec_digest"]),
                "definition_digest": _digest(raw["definition_digest"]),
                "environment_digest": _digest(raw["environment_digest"]),
                "cells": tuple(_made(PlannedCell, cell) for cell in raw["cells"]),
                "label_names": tuple(raw["label_names"]),
                "inputs": tuple(_input(one) for one in raw["inputs"]),
                "pins": tuple((name, value) for name, value in raw["pins"]),
                "limits": _made(Limits, raw["limits"] | {"time_s": float(raw["limits"]["time_s"])}),
            },
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not the content of a run: {error}") from error
    if version != _SCHEMA_VERSION or encode_content(made) != data:
        raise ValueError("not the content of a run: another schema version, or bytes that are not canonical")
    return made


def _input(raw: dict[str, Any]) -> PlannedInput:
    derive = tuple((field, formula) for field, formula in raw["derive"])
    return _made(PlannedInput, raw | {"digest": Digest(raw["digest"]), "derive": derive})


def _digest(text: str | None) -> Digest | None:
    return None if text is None else Digest(text)


def _made(kind: type[_Value], raw: dict[str, Any]) -> _Value:
    expected = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    if set(raw) != expected:
        raise ValueError(f"expected {', '.join(sorted(expected))}, got {', '.join(sorted(raw))}")
    return kind(**raw)
