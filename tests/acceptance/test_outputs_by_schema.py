"""What ``--json`` of every command really prints, by the JSON Schema of that command; no key is printed that the schema does not name."""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from acceptance.project import ROOT, nbcode, trusted
from fakes.postgres import Cluster, programs, running
from nbcode.cli.application import application
from nbcode.cli.output import OUTPUT_VERSION
from nbcode.commands import health, init, promote, trust
from nbcode.commands.output_schemas import output_schemas
from nbcode.promotion.failpoints import VARIABLE

SCHEMAS = output_schemas(OUTPUT_VERSION)
Plain = dict[str, Any]


def strict(schema: Any) -> Any:
    """The same schema, no object with other keys than it names: what is published lets later keys pass, what is printed now has none."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made["additionalProperties"] = False
    return made


VALIDATORS = {verb: jsonschema.Draft202012Validator(strict(schema)) for verb, schema in SCHEMAS.items()}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[int, Plain]]:
    """Exit code and object of each call, in a project where something was promoted, something stands in the way, and something waits."""
    folder = tmp_path_factory.mktemp("project")
    found: dict[tuple[str, ...], tuple[int, Plain]] = {}

    def call(*arguments: str, **environment: str) -> None:
        ended = nbcode(folder, *arguments, "--json", environment=environment)
        if ended.out:
            found[arguments] = ended.code, ended.json

    call("init", "--no-kernel")
    call("init", "--example")
    call("status")
    call("models")
    example = (folder / "xsmom_v3.ipynb").read_text()
    (folder / "bad.ipynb").write_text(example.replace("ret_20, ret_60, turn]", "ret_20, ret_60, trun]"))
    (folder / "other.ipynb").write_text(example.replace("xsmom_v3", "other"))
    gate = 'team-mid-frequency-equities\\n", "# gates: {rank_ic: \\">= 0.9\\"}'
    gated = example.replace("xsmom_v3", "gated").replace("team-mid-frequency-equities", gate)
    (folder / "gated.ipynb").write_text(gated)
    (folder / "untagged.py").write_text(UNTAGGED)
    (folder / "raises.ipynb").write_text(
        example.replace("xsmom_v3", "raises").replace('"report = ', '"1 / 0\\n", "report = ')
    )
    for arguments in CALLS:
        call(*arguments)
    (folder / "third.ipynb").write_text(example.replace("xsmom_v3", "third"))
    nbcode(folder, "promote", "third.ipynb", environment={VARIABLE: "submit.journaled"})
    call("cancel", "third")
    nbcode(folder, "promote", "other.ipynb", environment={VARIABLE: "begin.journaled"})
    call("status", "--project", ".")
    call("resume", "--project", ".")
    call("trust", "--yes", "--project", ".")
    snapshot_of_a_query(folder)
    call("data", "snapshot", "us")
    if (binaries := programs()) is not None:
        with running(binaries) as server:
            call("controller", "--once", "--project", ".", **on_servers(server))
    (folder / "nbcode.toml").write_text('[store]\npath = "/nowhere/store"\n')
    call("trust")
    call("trust", "--yes")
    call("trust", "--list")
    call("doctor", "--project", ".")
    call("trust", "--revoke")
    return found


def snapshot_of_a_query(folder: Path) -> None:
    """A dataset that is the answer to a query, and trusted."""
    with contextlib.closing(sqlite3.connect(folder / "warehouse.db")) as database, database:
        database.execute("create table prices (date text, symbol text, close real)")
        database.execute("insert into prices values ('2024-01-02', 'A', 1.0)")
    (folder / "nbcode.toml").write_text(QUERY)
    trusted(folder)


def on_servers(server: Cluster) -> dict[str, str]:
    """What a controller is told; nothing waits in its journal, so that it asks none of the other servers."""
    return {
        "NBCODE_JOURNAL_URI": server.new_database(),
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "NBCODE_STORE": "s3://research/nbcode",
    }


QUERY = """\
[data.us]
prices = "us.parquet"
query = "select date, symbol, close from prices"
connection = "sqlite:///warehouse.db"
"""
UNTAGGED = """\
# %%
import pandas as pd
from sklearn.linear_model import Ridge
# %%
prices = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.5]})
# %%
model = Ridge().fit(prices[["x"]], prices["y"].shift(-1).fillna(0.0))
# %%
score = model.score(prices[["x"]], prices["y"])
print(score)
"""
CALLS: tuple[tuple[str, ...], ...] = (
    ("check", "xsmom_v3.ipynb"),
    ("check", "."),
    ("check", "gone.ipynb"),
    ("check",),
    ("suggest", "untagged.py"),
    ("suggest", "untagged.py", "--run"),
    ("suggest", "gone.ipynb"),
    ("build", "xsmom_v3.ipynb"),
    ("build", "bad.ipynb"),
    ("run", "xsmom_v3.ipynb"),
    ("run", "raises.ipynb"),
    ("promote", "xsmom_v3.ipynb"),
    ("promote", "xsmom_v3.ipynb", "--result", "again.json"),
    ("promote", "bad.ipynb"),
    ("promote", "raises.ipynb"),
    ("promote",),
    ("refit", "xsmom_v3", "--as-of", "2023-10-26"),
    ("refit", "xsmom_v3", "--as-of", "2023-10-25"),
    ("refit", "xsmom_v3", "--as-of", "2031-01-01"),
    ("refit", "nothing", "--as-of", "2023-10-25"),
    ("refit", "xsmom_v3"),
    ("status",),
    ("promote", "gated.ipynb"),
    ("retry", "gated"),
    ("retry", "nothing"),
    ("resume",),
    ("logs",),
    ("logs", "nothing"),
    ("cancel", "nothing"),
    ("controller", "--once"),
    ("models",),
    ("models", "--local"),
    ("adoption",),
    ("adoption", "--since", "never"),
    ("audit", "--since", "2026-01-01"),
    ("audit", "--since", "never"),
    ("show", "xsmom_v3"),
    ("show", "xsmom_v3", "--verify"),
    ("show", "nothing"),
    ("export", "xsmom_v3", "1", "-o", "one.tar"),
    ("export", "xsmom_v3", "9"),
    ("rebuild", "xsmom_v3", "1", "--check"),
    ("rebuild", "xsmom_v3", "9"),
    ("import", "one.tar"),
    ("import", "none.tar"),
    ("store", "du"),
    ("store", "nothing"),
    ("gc",),
    ("gc", "--keep", "candidates,0d"),
    ("gc", "--keep", "90"),
    ("show", "xsmom_v3", "--local"),
    ("score", "xsmom_v3"),
    ("score", "nothing"),
    ("report", "xsmom_v3"),
    ("report", "nothing"),
    ("explain",),
    ("explain", "D04"),
    ("explain", "Z99"),
    ("deploy", "--image=a:1", "--controller-image=b:1", "--store=s3://bucket/prefix"),
    ("deploy",),
    ("data", "snapshot", "nothing"),
    ("doctor",),
    ("init", "--example", "nothing"),
)


def errors(verb: str, value: object) -> list[str]:
    return [f"{one.json_path}: {one.message[:300]}" for one in VALIDATORS[verb].iter_errors(value)]


def test_every_command_prints_what_its_schema_says(printed) -> None:
    wrong = {call: found for call, (_, value) in printed.items() if (found := errors(call[0], value))}
    assert wrong == {}
    assert {call[0] for call in printed} == set(SCHEMAS)


def test_every_command_has_a_schema() -> None:
    assert {
        command.name or command.callback.__name__
        for command in application.registered_commands
        if command.callback
    } == set(SCHEMAS)


def test_every_form_of_an_output_was_printed(printed) -> None:
    """Else a form that nothing prints any more would stay in the schemas."""
    seen: dict[str, set[str]] = {}
    for (verb, *_), (_, value) in printed.items():
        for form in SCHEMAS[verb]["anyOf"]:
            alone = strict({**SCHEMAS[verb], "anyOf": [form]})
            if jsonschema.Draft202012Validator(alone).is_valid(value):
                seen.setdefault(verb, set()).add(form["$ref"].rpartition("/")[2])
    forms = {verb: {form["$ref"].rpartition("/")[2] for form in s["anyOf"]} for verb, s in SCHEMAS.items()}
    never = {f"{verb} {form}" for verb, names in forms.items() for form in names - seen.get(verb, set())}
    # Nothing that a test can do to a whole project stops these.
    allowed = {f"{verb} StoppedOutput" for verb in ("doctor", "models", "status", "resume", "trust")}
    assert never <= allowed | ({"controller ControllerOutput"} if programs() is None else set())


def test_an_exit_code_of_failure_is_in_the_object(printed) -> None:
    stopped = [(code, value) for code, value in printed.values() if "exit_code" in value]
    assert len(stopped) > 5
    assert all(value["exit_code"] == code for code, value in stopped)


def test_the_file_of_a_result_is_what_is_printed(printed) -> None:
    value = printed["promote", "xsmom_v3.ipynb", "--result", "again.json"][1]
    assert value["status"] == "exists"
    assert value["schema_version"] == OUTPUT_VERSION


def changed(value: Any) -> Iterator[tuple[str, Any]]:
    """The object with one of its keys gone, another there, or of another type."""
    for key in value:
        yield f"without {key}", {k: v for k, v in value.items() if k != key}
        other = copy.deepcopy(value)
        other[key] = {"of": "another type"} if not isinstance(value[key], dict) else "a text"
        if key not in {"metrics", "inputs", "folds"}:
            yield f"{key} of another type", other
    yield "with a key that nobody knows", {**value, "unheard_of": 1}


def test_control_an_object_that_differs_in_one_key_is_refused(printed) -> None:
    for call in (("check", "."), ("promote", "xsmom_v3.ipynb"), ("doctor",), ("show", "xsmom_v3"), ("logs",)):
        value = printed[call][1]
        passed = [what for what, other in changed(value) if not errors(call[0], other)]
        assert passed == [], call


def test_the_words_of_a_schema_are_those_of_the_program() -> None:
    def words(verb: str, kind: str, field: str) -> set[str]:
        return set(SCHEMAS[verb]["$defs"][kind]["properties"][field]["enum"])

    assert words("promote", "PromoteOutput", "status") == {str(one) for one in promote.Status}
    assert words("doctor", "HealthFinding", "level") == {str(one) for one in health.Level}
    assert words("init", "MadeItem", "state") == {str(one) for one in init.State}
    assert words("trust", "TrustOutput", "status") == {str(one) for one in trust.TrustOutcome}


def test_the_files_in_the_repository_are_these_schemas() -> None:
    files = {
        path.name.partition(".")[0]: json.loads(path.read_text())
        for path in (ROOT / "schema" / "output").iterdir()
    }
    assert files == SCHEMAS
    for schema in files.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_control_a_schema_that_is_behind_is_told(tmp_path: Path) -> None:
    import subprocess
    import sys

    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    check = [sys.executable, str(tmp_path / "scripts" / "generate_schemas.py"), "--check"]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0
    (tmp_path / "schema" / "output" / "logs.schema.json").unlink()
    behind = subprocess.run(check, check=False, capture_output=True, text=True)
    assert behind.returncode == 1
    assert "output/logs.schema.json" in behind.stderr
