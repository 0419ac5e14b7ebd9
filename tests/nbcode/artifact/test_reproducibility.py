"""R1: one spec on one platform gives one artifact; and the control, that what is not pinned shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alpha_bench.describe import SavedModelError, write_sample
from fakes.plans import pinned, plan_of_cells
from nbcode.artifact import Artifact, ArtifactStore, Provenance
from nbcode.configuration import Isolation
from nbcode.configuration.workspace import cache_home
from nbcode.inputs import PinnedInput, Role
from nbcode.run import Limits, PlannedCell, RunStatus, drive
from nbcode.run._local import LocalRunner
from nbcode_runtime import load

pytestmark = pytest.mark.long

SEED = Path(__file__).parents[3] / "examples" / "xsmom_v3" / "notebook.py"
Build = Callable[..., Artifact]


def cells_of(text: str) -> tuple[PlannedCell, ...]:
    parts = re.split(r"(?m)^# %% \[(\w+)\]\n", text)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(
        PlannedCell(tag=tag, index=number, source=f"# %% [{tag}]\n{source}")
        for number, (tag, source) in enumerate(pairs, 1)
        if tag != "meta"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("builds")


@pytest.fixture(scope="module")
def build(place: Path) -> Build:
    """Run cells and store what they made. The compiled kernels are made once."""
    store = ArtifactStore(place / "artifacts")
    count = iter(range(100))

    def built(cells: tuple[PlannedCell, ...], inputs: tuple[PinnedInput, ...], **changes: object) -> Artifact:
        here = place / f"run-{next(count)}"
        given = {
            "isolation": Isolation.AUTO,
            "limits": Limits(),
            "numba_cache": cache_home() / "numba",
        } | changes
        plan = plan_of_cells(
            cells,
            inputs,
            run_id=here.name,
            model_id="xsmom_v3",
            label_names=("fwd_ret_10d",),
            **given,
        )
        runner = LocalRunner(place / "runs")
        outcome = drive(runner, plan, into=here, on_event=lambda _event: None)
        assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
        assert outcome.result is not None
        return store.put(
            outcome.out,
            outcome.result.files,
            Provenance(
                model_id=plan.content.model_id,
                spec_digest=plan.content.spec_digest,
                definition_digest=outcome.result.definition_digest,
                environment_digest=None,
                platform_key="here",
                pins=outcome.result.pins,
            ),
        )

    return built


@pytest.fixture(scope="module")
def sample(place: Path) -> tuple[PinnedInput, ...]:
    (place / "sample").mkdir()
    prices = write_sample(place / "sample")
    reference = prices.with_name("sample_reference.csv")
    found = [pinned(prices, "prices", Role.PRICES)]
    return (*found, *([pinned(reference, "reference", Role.REFERENCE)] if reference.exists() else []))


@pytest.fixture(scope="module")
def seed(build: Build, sample: tuple[PinnedInput, ...]) -> Artifact:
    return build(cells_of(SEED.read_text()), sample)


def test_two_runs_of_one_spec_are_one_artifact_whatever_the_level_the_comments_and_the_place_of_the_cells(
    seed: Artifact, build: Build, sample: tuple[PinnedInput, ...]
) -> None:
    text = SEED.read_text().replace("features.turnover(20)", "features.turnover( 20 )  # shares a day")
    moved = tuple(replace(cell, index=cell.index + 7) for cell in cells_of(text))
    again = build(moved, sample, isolation=Isolation.PROCESS)
    assert {f.path: f.digest for f in again.files} == {f.path: f.digest for f in seed.files}
    assert again.digest == seed.digest


def test_an_artifact_holds_what_it_must(seed: Artifact) -> None:
    paths = {file.path for file in seed.files}
    assert {
        "model/model.json",
        "report.json",
        "report.html",
        "predictions.parquet",
        "executed.ipynb",
        "provenance.json",
        "needs.json",
        "input_example.json",
    } <= paths
    provenance = json.loads((seed.path / "provenance.json").read_bytes())
    assert provenance["pins"]["PYTHONHASHSEED"] == "0"
    assert any("threads=1" in pin for name, pin in provenance["pins"].items() if name.startswith("library"))


LOADING = """
import sys, warnings
warnings.simplefilter("ignore")  # of days that it was fitted on, and of the first ones
from pathlib import Path
from nbcode_runtime import load
from alpha_bench.describe import read_panel
assert "papermill" not in sys.modules
place, prices = Path(sys.argv[1]), Path(sys.argv[2])
reference = prices.with_name("sample_reference.csv")
frame = load(place).predict(read_panel(prices, reference if reference.exists() else None, {}))
print(int(frame.notna().sum().sum()) > 1000)
"""


def test_a_process_that_never_ran_the_notebook_loads_it_and_predicts(
    seed: Artifact, sample: tuple[PinnedInput, ...]
) -> None:
    command = [sys.executable, "-c", LOADING, str(seed.path), str(sample[0].path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True", "")


PLAIN = """# %% [features]
X = inputs["prices_csv"]
print({"a", "b", "c", "d"}, object())
X[["close"]]
# %% [model]
from sklearn.linear_model import Ridge
m = Ridge().fit(X[["close"]], X.volume)
# %% [eval]
report = {"ic_mean": 0.5}
"""


@pytest.fixture(scope="module")
def prices(place: Path) -> tuple[PinnedInput, ...]:
    path = place / "prices.csv"
    path.write_text("close,volume\n10,100\n11,90\n12,120\n")
    return (pinned(path, "prices_csv", Role.INPUT),)


@pytest.fixture(scope="module")
def plain(build: Build, prices: tuple[PinnedInput, ...]) -> Artifact:
    return build(cells_of(PLAIN), prices)


def test_two_runs_of_plain_python_cells_are_one_artifact_also_with_sets_and_addresses_in_their_output(
    plain: Artifact, build: Build, prices: tuple[PinnedInput, ...]
) -> None:
    assert build(cells_of(PLAIN), prices).digest == plain.digest


def test_cells_that_throw_dice_make_another_artifact(
    plain: Artifact, build: Build, prices: tuple[PinnedInput, ...]
) -> None:
    """Of what the run seeds they are equal; what it leaves alone differs."""
    dice = PLAIN.replace(
        '{"ic_mean": 0.5}', '{"ic_mean": int.from_bytes(__import__("os").urandom(6)) / 2**48}'
    )
    first, second = build(cells_of(dice), prices), build(cells_of(dice), prices)
    assert first.digest != second.digest
    assert plain.digest not in (first.digest, second.digest)


def _other_bytes(path: Path) -> None:
    (path / "model" / "model.json").chmod(0o644)
    (path / "model" / "model.json").write_text("{}")


def test_a_model_that_was_tampered_with_is_not_loaded(plain: Artifact, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / plain.digest.hex
    shutil.copytree(plain.path, copy)
    assert load(copy)
    _other_bytes(copy)
    with pytest.raises(SavedModelError, match=r"I06 .*other bytes"):
        load(copy)
