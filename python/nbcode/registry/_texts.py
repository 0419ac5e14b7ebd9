"""What nbcode writes to MLflow as text: tags, descriptions, and why a registration is refused. No MLflow in here."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from nbcode.primitives import Diagnostic
from nbcode.registry.registered import TAG
from nbcode.registry.version import NOTEBOOK, ModelVersion, Registration

TAG_CHARACTERS = 4000


def page_of(run: Any) -> str:
    """The report in MLflow's pages, among training runs: by itself MLflow 3 opens those of language models."""
    return f"#/experiments/{run.experiment_id}/runs/{run.run_id}/artifacts/report.html?workflowType=machine_learning"


def link_of(run: Any) -> str:
    """The link to it, as a version's description ends."""
    return f"[The report]({page_of(run.info)})"


def of_the_model(wanted: Registration) -> str:
    """What the page of the registered model says, from its first version on, and anew when it is adopted."""
    whose = f" It belongs to {wanted.owner}." if wanted.owner else ""
    return (
        f"{wanted.description}\n\nPromoted by nbcode: each version is a clean run of the promoted cells, with declared inputs only."
        f"{whose} The alias `candidate` is at the version that a promote made the candidate last, unless somebody moved it; a version's own description says what it is."
    ).strip()


def tags_of(wanted: Registration, adopted_from: str = "") -> dict[str, str]:
    """The tags of a version and of its run, all that nbcode reads back; ``adopted_from`` is whose the model was."""
    tags = {
        "registered_as": wanted.account,
        "adopted_from": adopted_from,
        "key": wanted.key,
        "spec_digest": wanted.spec_digest,
        "definition_digest": wanted.definition_digest,
        "artifact_digest": wanted.artifact_digest,
        "registered_at": wanted.registered_at,
        "registered_by": wanted.registered_by,
        "isolation": wanted.isolation,
        "look_ahead": wanted.look_ahead,
        "judged": wanted.judged,
        "trials": wanted.trials,
        "findings": "\n".join(wanted.findings)[:TAG_CHARACTERS],
        "owner": wanted.owner,
        "path": wanted.path,
        "line": wanted.line,
        "notebook": wanted.notebook,
        "snapshot": wanted.snapshot,
        "imported_from": wanted.origin,
        "imported_at": wanted.imported_at,
        "imported_by": wanted.imported_by,
    }
    return {TAG + name: str(text) for name, text in (tags | _of_data(wanted)).items() if text}


def _of_data(wanted: Registration) -> dict[str, str]:
    """``data.NAME`` of each input of the spec: its digest, and behind an @ the day that it goes up to. By these versions are found that were
    made of the same bytes."""
    inputs = json.loads(wanted.spec).get("inputs", []) if wanted.spec else []
    return {
        "data."
        + (one["name"] if one["role"] in {"input", "prices"} else f"{one['name']}.{one['role']}"): one[
            "digest"
        ]
        + (f"@{one['as_of']}" if one["as_of"] else "")
        for one in inputs
    }


def shown_by_mlflow(wanted: Registration) -> dict[str, str]:
    """The tags by which MLflow's own pages show user, source and note."""
    note = f"{wanted.note}\n\nReport: `report.html` under Artifacts. Spec `{wanted.spec_digest}`."
    shown = {
        "mlflow.user": wanted.account or wanted.registered_by,
        "mlflow.source.type": "NOTEBOOK" if wanted.path == NOTEBOOK else "LOCAL",
        "mlflow.source.name": wanted.notebook or wanted.model,
        "mlflow.note.content": note.strip(),
    }
    return shown | ({"mlflow.source.git.commit": wanted.snapshot} if wanted.snapshot else {})


def milliseconds(at: str) -> int:
    """Since 1970, of an ISO-8601 text with its offset."""
    return int(datetime.fromisoformat(at).timestamp() * 1000)


def owned_by_another(model: str, mine: str, owner: str) -> Diagnostic:
    """NBC-I24; ``mine`` is the owner that [meta] says, ``owner`` is empty where nbcode knows of none."""
    whose = f"its owner is {owner}" if owner else "it has no owner that nbcode knows: another tool made it"
    return Diagnostic(
        code="NBC-I24",
        message=f"the registered model {model} is somebody else's",
        cause=f"{whose}; [meta] says {mine}. A promote would put a version into it and move its candidate",
        fixes=(
            "choose another `id` in [meta]",
            "`nbcode promote NOTEBOOK --adopt` takes it over, and records it",
        ),
    )


def irreproducible(found: ModelVersion, wanted: Registration) -> Diagnostic:
    """NBC-I05: ``found`` bears the key of ``wanted``."""
    return Diagnostic(
        code="NBC-I05",
        message=f"{wanted.model}: the same spec gave another artifact",
        cause=(
            f"spec {wanted.spec_digest} is version {found.version} with artifact {found.artifact_digest},"
            f" this run made {wanted.artifact_digest}"
        ),
        fixes=("look for what is not seeded or pinned in the tagged cells: `nbcode check`",),
    )
