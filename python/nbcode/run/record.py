"""What a run leaves on this machine: its events as they come (``events.jsonl``), and in the end how it ended (``run.json``).

Both have one writer. A run is over exactly when ``run.json`` is there, and the events are complete before it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alpha_bench.describe import write_atomic
from nbcode.primitives import Diagnostic, Digest, Json, canonical_json, from_plain
from nbcode.run.values import RunContent, RunEvent, RunRecord, RunStatus

EVENTS_NAME, LOG_NAME, RECORD_NAME, EXECUTED_NAME = "events.jsonl", "log.txt", "run.json", "executed.ipynb"
SUBMISSION_NAME = "submission.json"


def read_events(place: Path, since: int = 0) -> tuple[tuple[RunEvent, ...], int]:
    """The events of the run in ``place`` that stand after byte ``since`` of their file, and the byte after the last of them.
    A line that is still being written is not there yet."""
    try:
        with (place / EVENTS_NAME).open("rb") as stream:
            stream.seek(since)
            data = stream.read()
    except FileNotFoundError:
        return (), since
    whole = data[: data.rfind(b"\n") + 1]
    return tuple(from_plain(RunEvent, json.loads(line), "event") for line in whole.splitlines()), since + len(
        whole
    )


def write_record(record: RunRecord, content: RunContent, run_id: str, place: Path) -> None:
    """Write ``place/run.json``: whole or not at all, and last."""
    data = canonical_json(
        {
            "run_id": run_id,
            "model_id": content.model_id,
            "spec_digest": content.spec_digest,
            **record_to_json(record),
        }
    )
    write_atomic(place / RECORD_NAME, data, durable=True)


def read_record(place: Path) -> RunRecord | None:
    """The record in ``place``; None while there is none, or none that can be read."""
    try:
        return record_from_json(json.loads((place / RECORD_NAME).read_bytes()))
    except (OSError, ValueError):
        return None


def record_to_json(record: RunRecord) -> dict[str, Json]:
    """``record_from_json(record_to_json(r)) == r``."""
    return {
        "status": str(record.status),
        "isolation": record.isolation,
        "layers": list(record.layers),
        "begun_at": record.begun_at,
        "seconds": [[name, taken] for name, taken in record.seconds],
        "peak_bytes": str(record.peak_bytes),
        "columns": dict(record.columns),
        "diagnostics": [d.to_json() for d in record.diagnostics],
        "lost": record.lost,
    }


def record_from_json(data: Mapping[str, Any]) -> RunRecord:
    """Back from :func:`record_to_json`. Raises ``ValueError`` for anything else."""
    try:
        return RunRecord(
            status=RunStatus(data["status"]),
            isolation=str(data["isolation"]),
            layers=tuple(map(str, data["layers"])),
            begun_at=str(data["begun_at"]),
            seconds=tuple((str(name), float(taken)) for name, taken in data["seconds"]),
            peak_bytes=int(data["peak_bytes"]),
            columns=tuple(sorted((str(name), int(count)) for name, count in data["columns"].items())),
            diagnostics=tuple(Diagnostic.from_json(one) for one in data["diagnostics"]),
            lost=bool(data["lost"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the record of a run: {error}") from error


def read_submission(place: Path) -> tuple[Digest, str] | None:
    """The digest of what was submitted in ``place``, and the nonce of its result; None where nothing was."""
    try:
        found = json.loads((place / SUBMISSION_NAME).read_bytes())
        return Digest(found["content_digest"]), str(found["nonce"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_submission(digest: Digest, nonce: str, place: Path) -> None:
    """Write what :func:`read_submission` reads."""
    data: dict[str, Json] = {"schema_version": 1, "content_digest": digest, "nonce": nonce}
    (place / SUBMISSION_NAME).write_bytes(canonical_json(data))
