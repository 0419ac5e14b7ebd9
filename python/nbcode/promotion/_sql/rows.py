"""Between the values of the journal and the rows of its tables."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from nbcode.primitives import Digest
from nbcode.promotion.journal import Transition
from nbcode.promotion.state import Failure, Promotion, State


def row_of(p: Promotion) -> dict[str, object]:
    """The row of ``promotions``."""
    failure = p.failure
    return {
        "key": p.key,
        "model": p.model,
        "spec_digest": p.spec_digest,
        "definition_digest": p.definition_digest,
        "platform": p.platform,
        "notebook": p.notebook,
        "who": p.who,
        "begun_at": p.begun_at,
        "updated_at": p.updated_at,
        "state": str(p.state),
        "attempt": p.attempt,
        "snapshot": p.snapshot,
        "run_id": p.run_id,
        "isolation_asked": p.isolation_asked,
        "isolation": p.isolation,
        "artifact_digest": p.artifact_digest,
        "verified_at": p.verified_at,
        "version": p.version,
        "superseded": p.superseded,
        "seconds": json.dumps(p.seconds),
        "failure": json.dumps([failure.code, failure.message, failure.diagnostics]) if failure else None,
        "project": p.project,
        "notebook_digest": p.notebook_digest,
        "account": p.account,
        "adopt": p.adopt,
        "refit_of": p.refit_of,
        "line": p.line,
        "runs_on": p.runs_on,
        "runs_in": p.runs_in,
        "seal": p.seal,
        "sequence": p.sequence,
    }


def promotion_of(row: sa.Row[tuple[object, ...]]) -> Promotion:
    """The inverse: ``promotion_of(row_of(p)) == p``."""
    found: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    failure = found.pop("failure")
    artifact = found.pop("artifact_digest")
    notebook = found.pop("notebook_digest")
    return Promotion(
        key=Digest(found.pop("key")),
        spec_digest=Digest(found.pop("spec_digest")),
        definition_digest=Digest(found.pop("definition_digest")),
        artifact_digest=Digest(artifact) if artifact else None,
        notebook_digest=Digest(notebook) if notebook else None,
        state=State(found.pop("state")),
        seconds=tuple((name, seconds) for name, seconds in json.loads(found.pop("seconds"))),
        failure=_failure(json.loads(failure)) if failure else None,
        **found,
    )


def line_of(before: str, after: Promotion, sequence: int) -> dict[str, object]:
    """The row of ``transitions`` for a promotion that came from ``before`` to where it stands."""
    return {
        "sequence": sequence,
        "key": after.key,
        "attempt": after.attempt,
        "before": str(before),
        "after": str(after.state),
        "at": after.updated_at,
        "who": after.who,
        "version": None if after.superseded else after.version,
        "code": after.failure.code if after.failure else None,
    }


def transition_of(row: sa.Row[tuple[object, ...]]) -> Transition:
    """A row of ``transitions`` as the ledger shows it."""
    found: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    found.pop("sequence")
    return Transition(key=Digest(found.pop("key")), **found)


def _failure(found: list[Any]) -> Failure:
    code, message, diagnostics = found
    return Failure(code=code, message=message, diagnostics=tuple(diagnostics))
