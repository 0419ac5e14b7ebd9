"""What a run leaves on this machine: its events as they come (``events.jsonl``), and in the end how it ended (``run.json``).

Both have one writer. A run is over exactly when ``run.json`` is there, and the events are complete before it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal

from alpha_bench.describe import write_atomic
from nbcode.primitives import Diagnostic, Digest, Json, canonical_json, dataclass, from_plain, to_plain
from nbcode.run.values import RunContent, RunEvent, RunRecord, RunStatus

EVENTS_NAME, LOG_NAME, RECORD_NAME, EXECUTED_NAME = "events.jsonl", "log.txt", "run.json", "executed.ipynb"
SUBMISSION_NAME, FINDINGS_NAME = "submission.json", "findings.json"
RAW_NAME = "raw"


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireRecord:
    """``run.json``. The names of run, model and spec are for people who read the file."""

    run_id: str
    model_id: str
    spec_digest: Digest
    status: RunStatus
    isolation: str
    layers: tuple[str, ...]
    begun_at: str
    seconds: tuple[tuple[str, float], ...]
    peak_bytes: int = field(metadata={"text": True})
    columns: Mapping[str, int]
    diagnostics: tuple[Json, ...]
    lost: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireSubmission:
    schema_version: Literal[1]
    content_digest: Digest
    nonce: str


def read_events(place: Path, since: int = 0) -> tuple[tuple[RunEvent, ...], int]:
    """The events of the run in ``place`` that stand after byte ``since`` of their file, and the byte after the last of them.
    A line that is still being written is not there yet."""
    try:
        with (place / EVENTS_NAME).open("rb") as stream:
            stream.seek(since)
            data = stream.read()
    except FileNotFoundError:
        return (), since
    events, count = events_in(data)
    return events, since + count


def events_in(data: bytes) -> tuple[tuple[RunEvent, ...], int]:
    """The events in lines of such a file, and how many bytes the whole lines have."""
    whole = data[: data.rfind(b"\n") + 1]
    return tuple(from_plain(RunEvent, json.loads(line), "event") for line in whole.splitlines()), len(whole)


def write_record(record: RunRecord, content: RunContent, run_id: str, place: Path) -> None:
    """Write ``place/run.json``: whole or not at all, and last."""
    wire = _WireRecord(
        run_id=run_id,
        model_id=content.model_id,
        spec_digest=content.spec_digest,
        status=record.status,
        isolation=record.isolation,
        layers=record.layers,
        begun_at=record.begun_at,
        seconds=record.seconds,
        peak_bytes=record.peak_bytes,
        columns=dict(record.columns),
        diagnostics=tuple(d.to_json() for d in record.diagnostics),
        lost=record.lost,
    )
    write_atomic(place / RECORD_NAME, canonical_json(to_plain(wire)), durable=True)


def read_record(place: Path) -> RunRecord | None:
    """The record in ``place``; None while there is none, or none that can be read."""
    try:
        wire = from_plain(_WireRecord, json.loads((place / RECORD_NAME).read_bytes()), "the run's record")
        diagnostics = tuple(map(Diagnostic.from_json, wire.diagnostics))
    except (OSError, ValueError, RecursionError):
        return None
    return RunRecord(
        status=wire.status,
        isolation=wire.isolation,
        layers=wire.layers,
        begun_at=wire.begun_at,
        seconds=wire.seconds,
        peak_bytes=wire.peak_bytes,
        columns=tuple(sorted(wire.columns.items())),
        diagnostics=diagnostics,
        lost=wire.lost,
    )


def read_submission(place: Path) -> tuple[Digest, str] | None:
    """The digest of what was submitted in ``place``, and the nonce of its result; None where nothing was."""
    try:
        plain = json.loads((place / SUBMISSION_NAME).read_bytes())
        found = from_plain(_WireSubmission, plain, "the submission")
    except (OSError, ValueError, RecursionError):
        return None
    return found.content_digest, found.nonce


def write_submission(digest: Digest, nonce: str, place: Path) -> None:
    """Write what :func:`read_submission` reads."""
    wire = _WireSubmission(schema_version=1, content_digest=digest, nonce=nonce)
    (place / SUBMISSION_NAME).write_bytes(canonical_json(to_plain(wire)))


def write_findings(place: Path, found: tuple[Diagnostic, ...]) -> None:
    """Keep what a run found in its folder ``place``, for as long as the store has it."""
    listed = [one.to_json() for one in found]
    write_atomic(place / FINDINGS_NAME, canonical_json(listed), durable=True)


def read_findings(place: Path) -> tuple[Diagnostic, ...]:
    """What the run in ``place`` found; nothing where that is not known any more."""
    try:
        return tuple(map(Diagnostic.from_json, json.loads((place / FINDINGS_NAME).read_bytes())))
    except (OSError, ValueError, TypeError, RecursionError):
        record = read_record(place)
        return () if record is None else record.diagnostics
