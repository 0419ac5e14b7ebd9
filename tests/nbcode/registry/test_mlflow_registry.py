"""What MLflow itself must be able to do with a version of ours, and what it is kept from doing."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from mlflow.store.entities import PagedList
from sklearn.linear_model import LinearRegression

from alpha_bench.describe import save_estimator
from fakes.clocks import ticking
from fakes.patience import ENOUGH_S
from nbcode.artifact import ArtifactStore, Provenance, verify
from nbcode.primitives import digest_bytes
from nbcode.promotion._lease import FileLeases
from nbcode.registry import Figures, Registration, RegistryError
from nbcode.registry._mlflow import MlflowRegistry, _read_back
from nbcode.registry._reading import read_registered
from nbcode.registry._sqlite_read import read_versions
from nbcode.run.manifest import list_files

PRICES = {
    "name": "sp500",
    "role": "prices",
    "uri": "../prices.parquet",
    "digest": "sha256:" + "ab" * 32,
    "as_of": "2018-02-07",
    "size_bytes": "1000",
    "schema": [
        {"name": "date", "dtype": "date32[day]"},
        {"name": "close", "dtype": "double"},
        {"name": "volume", "dtype": "int64"},
    ],
}
FORK = multiprocessing.get_context("fork")
FRESH = """
import sys, warnings
warnings.simplefilter("ignore")
import pandas as pd, mlflow
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}@candidate")
print([float(p) for p in model.predict(pd.DataFrame({"a": [1.0, 2.0]}))])
"""


def fresh(registry: MlflowRegistry, model: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Load ``model`` by MLflow's own door in a process that never ran a notebook."""
    command = [sys.executable, "-c", FRESH, registry.uri, model]
    return subprocess.run(command, capture_output=True, text=True, cwd=directory, check=False)


def registry_in(directory: Path, **options) -> MlflowRegistry:
    leases = FileLeases(directory / "locks", ticking())
    return MlflowRegistry(directory / "registry", exclusive=leases, **options)


def wanted(directory: Path) -> Registration:
    out = directory / "out"
    (out / "model").mkdir(parents=True, exist_ok=True)
    (out / "pictures").mkdir(exist_ok=True)
    (out / "model" / "weights.json").write_text('{"slope": 2}')
    (out / "pictures" / "ic.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (out / "report.html").write_text("<p>the report</p>")
    spec = digest_bytes(b"spec")
    provenance = Provenance(
        model_id="xsmom",
        spec_digest=spec,
        definition_digest=None,
        environment_digest=None,
        platform_key="linux",
        pins=(),
    )
    stored = ArtifactStore(directory / "artifacts").put(out, list_files(out), provenance)
    return Registration(
        model="xsmom",
        key=digest_bytes(b"key"),
        spec_digest=spec,
        definition_digest=digest_bytes(b"definition"),
        artifact_digest=stored.digest,
        artifact=stored.path,
        registered_at="2026-01-05T09:00:00.250Z",
        registered_by="quant",
        notebook="a/notebook.ipynb",
        snapshot="1" * 40,
        owner="team",
        description="momentum",
        headline="**Believable.** IC 0.0251",
        rows=(("horizon", "10d"), ("since version 1", "a | b")),
        begun_at="2026-01-05T08:59:00.250Z",
        spec=json.dumps({"inputs": [PRICES]}),
        parameters=(("horizon", "10d"), ("features", "x" * 9000)),
        metrics=(("ic_mean", 0.02), ("quantile_returns.1", -0.001)),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A first registration, in a process of its own: the working directory, and what it printed."""
    directory = tmp_path_factory.mktemp("registered")
    root = Path(__file__).parents[3]
    code = (
        "from pathlib import Path\n"
        "from tests.nbcode.registry.test_mlflow_registry import registry_in, wanted\n"
        "registry, here = registry_in(Path('store').resolve()), Path('store').resolve()\n"
        "registry.open()\n"
        "registry.set_candidate(registry.register(wanted(here)))\n"
    )
    path = os.pathsep.join(str(p) for p in (root, root / "tests", root / "python"))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return directory, done


@pytest.fixture(scope="module")
def registered(made):
    directory, _ = made
    registry = registry_in(directory / "store")
    (version,) = registry.versions("xsmom")
    return directory / "store", registry, version


def test_the_working_directory_stays_clean_and_nothing_is_printed(made):
    """MLflow would leave ./mlruns and print its migrations."""
    directory, done = made
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert [p.name for p in directory.iterdir()] == ["store"]


def test_the_run_shows_parameters_metrics_pictures_and_the_report(registered):
    _, registry, version = registered
    client = registry._client()
    (run,) = client.search_runs([client.get_experiment_by_name("xsmom").experiment_id])
    assert run.data.params["horizon"] == "10d"
    assert run.data.metrics == {"ic_mean": 0.02, "quantile_returns.1": -0.001}
    assert run.data.tags["mlflow.user"] == "quant"
    assert run.data.tags["nbcode.spec_digest"] == version.spec_digest
    shown = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "pictures", "model"} <= shown
    assert [f.path for f in client.list_artifacts(run.info.run_id, "pictures")] == ["pictures/ic.svg"]


def test_a_version_in_a_store_is_the_artifact_by_another_name(registered):
    directory, _, version = registered
    (artifact,) = (directory / "artifacts").glob("[0-9a-f]*")
    place = Path(urlsplit(version.source).path)
    for file in ("model/weights.json", "report.html", "manifest.json"):
        assert (place / artifact.name / file).samefile(artifact / file)
    assert (place.parent / "report.html").samefile(artifact / "report.html")
    assert verify(place / artifact.name) == ()
    assert not (place / "MLmodel").samefile(place / "spec.json")


def test_the_run_lasted_as_long_as_the_promote_and_has_its_inputs_and_whole_parameters(registered):
    _, registry, _ = registered
    client = registry._client()
    experiment = client.get_experiment_by_name("xsmom")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.end_time - run.info.start_time == 60_000
    assert len(run.data.params["features"]) == 6000
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("sp500 (prices)", "ab" * 18)
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "prices")]
    columns = json.loads(used.dataset.schema)["mlflow_colspec"]
    assert [(c["name"], c["type"]) for c in columns] == [
        ("date", "datetime"),
        ("close", "double"),
        ("volume", "long"),
    ]


def test_the_pages_say_what_a_version_is_and_whose_the_model_is(registered):
    _, registry, version = registered
    client = registry._client()
    text = client.get_model_version("xsmom", str(version.version)).description
    assert text.startswith("**Believable.** IC 0.0251\n\nmomentum\n\n| | |\n|---|---|\n")
    assert "| horizon | 10d |\n| since version 1 | a \\| b |" in text
    assert "| promoted by | quant, 2026-01-05T09:00:00.250Z |" in text
    assert "/artifacts/report.html?workflowType=machine_learning)" in text
    assert "It belongs to team." in client.get_registered_model("xsmom").description


def test_a_glance_without_mlflow_sees_what_mlflow_sees(registered):
    directory, _, version = registered
    database = directory / "registry" / "mlflow.db"
    through_mlflow = registry_in(directory)
    through_mlflow._client()
    assert read_versions(database, "xsmom") == through_mlflow.versions("xsmom") == (version,)
    assert read_versions(database, "nothing") == through_mlflow.versions("nothing") == ()


def test_a_server_that_leaves_our_models_out_of_a_search_is_asked_for_each(registered):
    """One that knows no prompts yet (2.15): today's client leaves those out by a tag that no model there has."""
    directory, _, _ = registered
    registry = registry_in(directory)
    expected = registry.registered("xsmom")
    real, asked = registry._client(), []

    class Older:
        def __getattr__(self, name):
            asked.append(name)
            return getattr(real, name)

        def search_registered_models(self, **_):
            return PagedList([], None)

    assert read_registered(Older(), "xsmom", Figures.NONE, lambda: None) == expected
    assert asked == ["search_model_versions", "get_registered_model"]
    asked.clear()
    read_registered(real, "xsmom", Figures.NONE, lambda: asked.append("an answer"))
    assert len(asked) == 2  # the control: one of today is asked as before


def test_a_glance_at_tables_that_are_not_known_sees_nothing(tmp_path):
    database = tmp_path / "mlflow.db"
    assert read_versions(database, "xsmom") is None
    connection = sqlite3.connect(database)
    connection.executescript(
        "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('x')"
    )
    connection.close()
    assert read_versions(database, "xsmom") is None


def test_a_glance_does_not_load_mlflow(registered):
    directory, _, version = registered
    code = (
        "import sys; from pathlib import Path\n"
        "from nbcode.registry._process import RegistryProcess\n"
        "registry = RegistryProcess(Path(sys.argv[1]), exclusive=None, environment={})\n"
        "print(registry.find('xsmom', sys.argv[2]).version, 'mlflow' in sys.modules, registry._held.process)\n"
    )
    command = [sys.executable, "-c", code, str(directory / "registry"), version.key]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1 False None\n"


def test_nothing_but_the_candidates_model_is_written(registered):
    """Never production: no other registered model, no other alias."""
    _, registry, version = registered
    client = registry._client()
    (model,) = client.search_registered_models()
    assert (model.name, model.aliases) == ("xsmom", {"candidate": version.version})


def test_nothing_in_the_model_is_pickled_and_its_loader_is_ours(registered):
    _, _, version = registered
    source = Path(version.source.removeprefix("file://"))
    described = json.loads((source / "MLmodel").read_text())
    assert described["flavors"]["python_function"]["loader_module"] == "nbcode_runtime.pyfunc"
    assert [p for p in source.rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib"}] == []


def test_it_predicts_in_a_process_that_knows_only_mlflow(registered):
    directory, registry, _ = registered
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0]})
    save_estimator(LinearRegression().fit(frame, 2 * frame["a"]), directory / "out" / "model")
    mine = replace(wanted(directory), model="fitted", key=digest_bytes(b"fitted"))
    registry.set_candidate(registry.register(mine))
    done = fresh(registry, "fitted", directory)
    assert done.stderr == ""
    assert json.loads(done.stdout) == pytest.approx([2.0, 4.0])
    registry._client().delete_registered_model("fitted")


def test_a_changed_byte_of_the_registered_copy_is_refused_when_it_is_loaded(registered):
    """I06, through MLflow's own door, in a process of its own."""
    directory, registry, version = registered
    source = Path(version.source.removeprefix("file://"))
    (report,) = source.glob("*/report.html")
    before = report.read_bytes()
    report.write_bytes(before + b" ")
    try:
        loaded = fresh(registry, "xsmom", directory)
    finally:
        report.write_bytes(before)
    assert loaded.returncode != 0
    assert "I06 artifact" in loaded.stderr
    assert "report.html has other bytes" in loaded.stderr


def test_a_database_of_another_mlflow_is_told_with_what_to_do(registered, tmp_path):
    """I03."""
    directory, _, _ = registered
    (tmp_path / "registry").mkdir()
    source, copy = (sqlite3.connect(d / "registry" / "mlflow.db") for d in (directory, tmp_path))
    source.backup(copy)
    copy.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    copy.commit()
    copy.close()
    source.close()
    with pytest.raises(RegistryError, match=r"NBC-I03 .*mlflow db upgrade"):
        registry_in(tmp_path).versions("xsmom")


def test_a_registry_that_stays_locked_is_told_after_its_time(registered, tmp_path):
    """I01."""
    directory, _, version = registered
    registry = registry_in(directory, wait_s=0.2)
    registry.versions("xsmom")
    other = sqlite3.connect(directory / "registry" / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(RegistryError, match=r"NBC-I01 .*is locked for more than 0.2 s"):
            registry.register(replace(wanted(directory), key=digest_bytes(b"another")))
    finally:
        other.close()
    assert registry.find("xsmom", version.key) == version


def test_another_nbcode_that_holds_the_registry_is_waited_for_and_then_told(registered):
    directory, _, _ = registered
    registry = registry_in(directory, wait_s=0.2)
    with (
        FileLeases(directory / "locks", ticking()).acquire("registry", wait_s=0),
        pytest.raises(RegistryError, match=r"NBC-I01 .*held by process"),
    ):
        registry.register(replace(wanted(directory), key=digest_bytes(b"another")))


def test_of_two_versions_with_one_key_the_lower_stays(registered):
    """Two machines that share a server share no lock: both create, both read back, one is left."""
    directory, registry, _ = registered
    mine = replace(wanted(directory), model="shared", key=digest_bytes(b"shared"))
    first = registry.register(mine)
    client = registry._client()
    there = client.get_model_version("shared", str(first.version))
    other = client.create_run(client.get_run(there.run_id).info.experiment_id)
    client.create_model_version("shared", source=first.source, run_id=other.info.run_id, tags=there.tags)
    assert len(registry.versions("shared")) == 2
    assert _read_back(client, mine, other.info.run_id) == first
    assert registry.versions("shared") == (first,)
    client.delete_registered_model("shared")


def register_here(directory: Path, results) -> None:
    registry = registry_in(directory)
    version = registry.set_candidate(registry.register(wanted_of(directory)))
    results.put((version.version, version.alias))


def wanted_of(directory: Path) -> Registration:
    mine = directory / f"by{os.getpid()}"
    mine.mkdir()
    return wanted(mine)


def test_the_first_use_by_eight_at_once_is_safe(registered, tmp_path):
    """P3, short: on an empty directory every one of them succeeds, and there is one version. MLflow is imported already."""
    results = FORK.Queue()
    processes = [FORK.Process(target=register_here, args=(tmp_path, results)) for _ in range(8)]
    for process in processes:
        process.start()
    ended = [results.get(timeout=ENOUGH_S) for _ in processes]
    for process in processes:
        process.join(60)
    assert Counter(ended) == {(1, "candidate"): 8}
    assert len(registry_in(tmp_path).versions("xsmom")) == 1
    assert [p.name for p in (tmp_path / "registry").iterdir() if "new" in p.name] == []


def dumped(database: Path) -> list[list[str]]:
    """The words of every statement, sorted: MLflow's migrations leave constraints in an order of chance."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        lines = [line for line in connection.iterdump() if 'INTO "experiments"' not in line]
    return sorted(sorted(re.findall(r"\w+", line)) for line in lines)


def test_a_database_made_of_the_kept_empty_one_is_the_one_mlflow_makes(tmp_path):
    for name in ("first", "second"):
        registry_in(tmp_path / name, empty=tmp_path / "cache").models()
    alone = registry_in(tmp_path / "alone")
    alone.models()
    databases = [tmp_path / name / "registry" / "mlflow.db" for name in ("first", "second", "alone")]
    assert dumped(databases[0]) == dumped(databases[1]) == dumped(databases[2])
    (kept,) = (tmp_path / "cache").glob("*.db")
    with contextlib.closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM experiments").fetchone() == (0,)


def test_a_damaged_empty_database_costs_time_and_nothing_else(tmp_path):
    registry_in(tmp_path / "first", empty=tmp_path / "cache").models()
    (kept,) = (tmp_path / "cache").glob("*.db")
    kept.write_bytes(b"no database")
    second = registry_in(tmp_path / "second", empty=tmp_path / "cache")
    assert second.register(wanted(tmp_path)).version == 1
    assert dumped(kept) == dumped(tmp_path / "first" / "registry" / "mlflow.db")
