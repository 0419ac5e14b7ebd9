"""The JSON Schema of what ``--json`` of each command prints, made from the types that the commands are checked against."""

from __future__ import annotations

from typing import Any

from nbcode.commands.outputs import (
    cluster,
    kept,
    looking,
    machine,
    promoting,
    registered,
    scoring,
    stopped,
    team,
)
from nbcode.primitives import Json
from nbcode.primitives.json_schema import DIALECT, printed_schema
from nbcode.primitives.wire_schema import diagnostic_schema
from nbcode.spec import json_schema

_OUTPUTS: dict[str, tuple[Any, ...]] = {
    "adoption": (team.AdoptionOutput,),
    "audit": (team.AuditOutput,),
    "check": (looking.CheckOutput,),
    "data": (machine.DataOutput,),
    "deploy": (cluster.DeployOutput,),
    "doctor": (machine.DoctorOutput,),
    "export": (kept.ExportOutput,),
    "gc": (kept.GcOutput,),
    "explain": (machine.ExplainOutput, machine.CodesOutput),
    "import": (kept.ImportOutput,),
    "init": (machine.InitOutput, machine.ExamplesOutput),
    "controller": (promoting.ControllerOutput,),
    "cancel": (promoting.CancelOutput,),
    "logs": (promoting.LogsOutput,),
    "models": (registered.ModelsOutput,),
    "promote": (promoting.PromoteOutput, promoting.NoCandidate),
    "rebuild": (kept.RebuildOutput,),
    "refit": (promoting.PromoteOutput, promoting.NoCandidate),
    "report": (registered.ReportOutput,),
    "resume": (promoting.ResumeOutput,),
    "retry": (promoting.PromoteOutput, promoting.NoCandidate),
    "run": (promoting.RunOutput,),
    "score": (scoring.ScoreOutput,),
    "show": (registered.ShowOutput,),
    "status": (promoting.StatusOutput,),
    "store": (kept.StoreOutput,),
    "suggest": (looking.SuggestOutput,),
    "trust": (machine.TrustOutput, machine.TrustedOutput),
}


def output_schemas(version: int) -> dict[str, dict[str, Json]]:
    """JSON Schema 2020-12 by command; each takes what the command prints and what it prints when it is stopped. ``version`` is the
    ``schema_version`` of all but `build`, which prints the spec with the spec's own."""
    made = {
        verb: _schema(f"nbcode {verb} --json", kinds, {"schema_version": {"const": version}})
        for verb, kinds in _OUTPUTS.items()
    }
    return dict(sorted({**made, "build": _of_build(version)}.items()))


def _schema(title: str, kinds: tuple[Any, ...], added: dict[str, Json]) -> dict[str, Json]:
    definitions: dict[str, Json] = {}
    ended = () if promoting.NoCandidate in kinds else (stopped.StoppedOutput,)
    forms: list[Json] = []
    for kind in (*kinds, *ended):
        form: dict[str, Any] = printed_schema(kind, definitions)
        form["properties"] |= added
        form["required"] += list(added)
        definitions[kind.__name__] = form
        forms.append({"$ref": f"#/$defs/{kind.__name__}"})
    return {"$schema": DIALECT, "title": title, "anyOf": forms, "$defs": dict(sorted(definitions.items()))}


def _of_build(version: int) -> dict[str, Json]:
    """The spec's own fields, its two digests, and what was found."""
    spec: dict[str, Any] = dict(json_schema())
    made: dict[str, Any] = _schema("nbcode build --json", (), {"schema_version": {"const": version}})
    finding: dict[str, Any] = dict(diagnostic_schema())
    digest = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    findings = {"type": "array", "items": {"$ref": "#/$defs/WireDiagnostic"}}
    beside = {"spec_digest": digest, "definition_digest": digest, "diagnostics": findings}
    built = {
        "description": "``nbcode build``: the build spec, its digests, and what was found.",
        "type": "object",
        "required": [*spec["required"], *beside],
        "properties": {**spec["properties"], **beside},
    }
    definitions = {**spec["$defs"], **finding["$defs"], **made["$defs"], "BuildOutput": built}
    made["anyOf"] = [{"$ref": "#/$defs/BuildOutput"}, *made["anyOf"]]
    return {**made, "$defs": dict(sorted(definitions.items()))}
