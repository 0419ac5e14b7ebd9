"""The page beside a registered model, for whoever has the registry and nothing else: what it needs, how to ask it, where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nbcode.registry._interface import Interface
from nbcode.registry.version import Registration

README = "README.md"
_SHOWN = 6


def readme_of(wanted: Registration, interface: Interface, run_id: str) -> str:
    """Markdown. ``run_id`` names the version's run: its number is not known before it is there."""
    whose = f"Its figures are {wanted.judged}." if wanted.judged else ""
    head = [f"# {wanted.model}", wanted.headline, whose, wanted.description]
    parts = [*head, *_needs(wanted, interface, run_id)]
    return "\n\n".join(part for part in (*parts, *_inputs(wanted), *_origin(wanted)) if part) + "\n"


def _needs(wanted: Registration, interface: Interface, run_id: str) -> Iterator[str]:
    yield "## Predict"
    if interface.columns:
        columns = ", ".join(f"`{name}` ({kind})" for name, kind in interface.columns.items())
        yield (
            f"It reads a long table of {columns}, or what else holds a panel, with {interface.sessions} sessions for a prediction"
            f" of the last one{' and every name of it' if interface.cross_section else ''}."
        )
    if interface.functions:
        names = ", ".join(f"`{name}`" for name in interface.functions)
        yield (
            f"Its features call functions of the notebook: {names}. They are code, and no part of the model: have them in a module, as `promoted.py` defines them,"
            " and import it before `predict` is called."
        )
    asked = (
        'model.predict(prices, params={"as_of": "YYYY-MM-DD"})  # that day; without params every row'
        if interface.columns
        else "model.predict(rows)  # of features, as the cells computed them that are below"
    )
    yield (
        "```python\nimport mlflow\n"
        f'model = mlflow.pyfunc.load_model("runs:/{run_id}/model")  # this version\n'
        f"# the candidate, whichever version that is: models:/{wanted.model}@candidate\n{asked}\n```"
    )
    if any((wanted.artifact / "model").glob("code*.py")):
        yield (
            f"It holds code of the notebook, which nobody runs unasked: read `{wanted.artifact_digest.hex}/model/code*.py`, then give"
            ' `load_model(..., model_config={"trust": "sha256:..."})`. The message of a load without it names the digest.'
        )
    if wanted.requirements:
        yield (
            "Of a registry in a file (`sqlite:///...`) the block needs `pip install mlflow`; of a server, what `requirements.txt` names is enough. "
            "Without MLflow's client, from this folder: `pip install -r requirements.txt`, then in Python "
            f'`nbcode_runtime.load("{wanted.artifact_digest.hex}")`.'
        )
    if interface.files:
        yield (
            "Over HTTP: `mlflow models serve -m FOLDER`, and a POST of `serving_input_example.json` (made-up rows) to `/invocations`;"
            " rows of your own go under `inputs`, as a list of records or as columns."
        )


def _inputs(wanted: Registration) -> Iterator[str]:
    inputs: list[dict[str, Any]] = json.loads(wanted.spec).get("inputs", []) if wanted.spec else []
    if not inputs:
        return
    yield "## Data"
    lines = ["| input | up to | columns | digest |", "|---|---|---|---|"]
    for one in inputs:
        name = one["name"] if one["role"] == "input" else f"{one['name']} ({one['role']})"
        columns = ", ".join(
            f"{column['name']} {column['dtype'].partition('<')[0]}" for column in one["schema"]
        )
        lines.append(f"| {name} | {one['as_of'] or ''} | {columns.replace('|', '')} | `{one['digest']}` |")
    yield "\n".join(lines)


def _origin(wanted: Registration) -> Iterator[str]:
    yield "## Where it comes from"
    files = [name for name, _ in wanted.sources]
    modules = [one["path"] for one in json.loads(wanted.spec).get("modules", [])] if wanted.spec else []
    what = "what was promoted, without the exploratory cells."
    if modules:
        shown = ", ".join(f"`{path}`" for path in modules[:_SHOWN])
        what += f" The modules that it imports, {shown}, are in `spec.json`."
    lines = [f"- `{name}`: {what}" for name in files]
    if wanted.spec:
        lines.append("- `spec.json`: the build spec, which says everything that the run depended on.")
    lines.append(f"- `{wanted.artifact_digest.hex}/`: the artifact; its name is the digest of its manifest.")
    yield "\n".join(lines)
    if wanted.snapshot:
        yield (
            f"The whole `{wanted.notebook}` is commit `{wanted.snapshot}` under `refs/nbcode/{wanted.model}/`: in the project's git repository, or, where the"
            " project is in none, in `.nbcode/snapshots.git` on the machine of the promote. In a repository those refs travel when they are asked for:"
        )
        yield (
            "```\ngit push origin 'refs/nbcode/*'                    # where it was promoted\n"
            "git fetch origin 'refs/nbcode/*:refs/nbcode/*'     # in your clone\n"
            f"git ls-tree -r {wanted.snapshot}\n```"
        )
