"""The program: what it says, where it says it, and what it leaves behind."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.cli import main
from alpha_bench.describe import build_yaml, definition_digest
from fakes.patience import ENOUGH_S
from fakes.small_panels import panel_of

YAML = "features: [ret(5), ret(20)]\nlabel: fwd_ret_5d\nmodel: Ridge\nevaluation: {folds: 4}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    steps = np.random.default_rng(0).normal(0.0, 0.02, (240, 12))
    panel = panel_of({"close": 50 * np.exp(np.cumsum(steps, axis=0))})
    wide = pd.DataFrame(np.array(panel.fields["close"]), index=panel.dates, columns=panel.assets)
    long = wide.stack(future_stack=True).rename("close").rename_axis(["date", "symbol"]).reset_index()
    long.to_parquet(tmp_path / "prices.parquet")
    (tmp_path / "model.yaml").write_text(YAML)
    return tmp_path


def run(*argv: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return main([str(a) for a in argv], out, err), out.getvalue(), err.getvalue()


def test_run_writes_the_report(files: Path) -> None:
    code, out, err = run(
        "run", files / "model.yaml", "--data", files / "prices.parquet", "--out", files / "out"
    )
    assert code == 0
    assert "fitting 4 folds" in err
    assert "Report:" in out
    plain = json.loads((files / "out" / "report.json").read_text())
    assert plain["definition_digest"] == definition_digest(build_yaml(YAML))
    assert (files / "out" / "report.html").read_text().startswith("<!doctype html>")
    assert pd.read_parquet(files / "out" / "predictions.parquet")["prediction"].notna().all()
    assert sorted(p.name for p in (files / "out").iterdir()) == [
        "predictions.parquet",
        "report.html",
        "report.json",
    ]


def test_the_panel_may_be_named_in_the_document_itself(files: Path, tmp_path_factory) -> None:
    (files / "model.yaml").write_text(YAML + "data: {prices: prices.parquet}\n")
    elsewhere = tmp_path_factory.mktemp("out")
    assert run("run", files / "model.yaml", "--out", elsewhere, "--quiet")[0::2] == (0, "")


def test_the_sample_panel_needs_nothing(files: Path) -> None:
    code, out, _ = run("run", files / "model.yaml", "--sample", "--out", files / "out", "--json")
    assert code == 0
    assert json.loads(out)["report"]["panel"]["assets"] > 50


def test_the_sample_has_sectors_and_the_summary_says_every_part(files: Path) -> None:
    (files / "model.yaml").write_text(
        "features: ['group.zscore(ret(5), sector)']\nlabel: fwd_ret_5d\nmodel: Ridge\npreprocess: standardize\n"
        "search: {space: {alpha: [1, 10]}, folds: 2}\nevaluation: {folds: 4}\n"
    )
    said = run("validate", files / "model.yaml")[1]
    assert "preprocess  standardize()" in said
    assert "model       grid_search(Ridge(), {'alpha': [1.0, 10.0]}" in said
    code, out, err = run("explain", files / "model.yaml", "--sample", "--quiet")
    assert (code, err) == (0, "")
    assert "memory at its peak" in out
    assert json.loads(run("explain", files / "model.yaml", "--sample", "--json")[1])["ok"] is True
    assert run("run", files / "model.yaml", "--sample", "--out", files / "out", "--quiet")[0] == 0


def test_the_catalogue_is_searched() -> None:
    code, out, _ = run("catalogue", "amihud")
    assert code == 0
    assert "features.amihud" in out
    assert any(e["signature"].startswith("ts.mean") for e in json.loads(run("catalogue", "ts.", "--json")[1]))


def test_without_data_the_ways_to_name_it_are_told(files: Path) -> None:
    code, _, err = run("run", files / "model.yaml", "--quiet")
    assert code == 2
    assert "--data prices.parquet, or --sample" in err


def test_digest_and_validate_compute_nothing(files: Path) -> None:
    digest = definition_digest(build_yaml(YAML))
    assert run("digest", files / "model.yaml")[1].strip() == digest
    code, out, err = run("validate", files / "model.yaml")
    assert (code, err) == (0, "")
    assert "look-back   20 sessions" in out
    assert digest in out
    assert json.loads(run("validate", files / "model.yaml", "--json")[1])["definition"]["schema_version"] == 2


def test_everything_that_is_wrong_is_said_at_once_with_its_line(files: Path) -> None:
    (files / "model.yaml").write_text(
        "features:\n  - ret(5)\n  - rett(20)\nlabel: close\nmodel: Rige\nevaluaton: {folds: 4}\n"
    )
    code, out, err = run("validate", files / "model.yaml")
    assert (code, out) == (2, "")
    path = files / "model.yaml"
    assert (
        f"{path}:3:5: R37 there is no 'rett'; did you mean 'ret'?\n    3 |   - rett(20)\n      |     ^\n"
        in err
    )
    assert f"{path}:4:8: R32" in err
    assert f"{path}:5:8: R24 there is no estimator 'Rige'" in err
    assert f"{path}:6:1: R37 unknown key 'evaluaton'" in err
    assert err.endswith("4 problems\n")
    plain = json.loads(run("validate", path, "--json")[1])
    assert [(p["code"], p["line"]) for p in plain["problems"]] == [
        ("R37", 3),
        ("R32", 4),
        ("R24", 5),
        ("R37", 6),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"features: [ret(5)]\n", "'label' is missing"),
        (b"\x00", "not YAML"),
        (b"features: \xff\n", "not UTF-8 at byte 10"),
        (b"", "the document is empty"),
        (b"features: &a [ret(5)]\nlabel: *a\n", "anchors and aliases are not allowed"),
        (b"features: !!python/object:os.system [ret(5)]\n", "tags are not allowed"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_traceback(files: Path, text: bytes, message: str) -> None:
    (files / "model.yaml").write_bytes(text)
    code, out, err = run("validate", files / "model.yaml")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_model_without_an_evaluation_cannot_be_run(files: Path) -> None:
    (files / "model.yaml").write_text(YAML.replace("evaluation: {folds: 4}\n", ""))
    code, _, err = run("run", files / "model.yaml", "--data", files / "prices.parquet")
    assert code == 2
    assert "add 'evaluation:" in err


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert run("digest", path) == (2, "", f"{path}: No such file or directory\n")


def test_a_place_that_takes_no_report_is_refused_before_the_panel_is_read(files: Path) -> None:
    (files / "out").mkdir()
    (files / "out" / "report.json").write_text("my own notes")
    code, out, err = run(
        "run", files / "model.yaml", "--data", files / "gone.parquet", "--out", files / "out"
    )
    assert (code, out) == (2, "")
    assert "report.json: another file is there" in err
    assert (files / "out" / "report.json").read_text() == "my own notes"
    (files / "out" / "report.json").write_text("{}")  # the control: what it may replace is not in the way
    assert (
        "gone.parquet"
        in run("run", files / "model.yaml", "--data", files / "gone.parquet", "--out", files / "out")[2]
    )


def test_an_interrupt_leaves_what_was_there_before(files: Path) -> None:
    """The earlier report is whole after Ctrl-C in the middle of the next run, and no temporary file is left."""
    out = files / "out"
    slow = YAML.replace("Ridge", "sklearn.ensemble.RandomForestRegressor(n_estimators=2000, random_state=0)")
    (files / "slow.yaml").write_text(slow)
    assert (
        run("run", files / "model.yaml", "--data", files / "prices.parquet", "--out", out, "--quiet")[0] == 0
    )
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    argv = ["run", files / "slow.yaml", "--data", files / "prices.parquet", "--out", out]
    child = subprocess.Popen(
        [sys.executable, "-m", "alpha_bench", *map(str, argv)], stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    for line in child.stderr:
        if "fitting" in line:
            break
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=ENOUGH_S)
    assert child.returncode == 130
    assert "interrupted: nothing was written" in said
    assert "Traceback" not in said
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


@pytest.mark.parametrize(("way", "code"), [("program()", 130), ("sys.exit(cli.main())", -signal.SIGINT)])
def test_an_interrupt_in_code_made_from_text_ends_with_the_code_for_it(
    way: str, code: int, tmp_path: Path
) -> None:
    """The second way is the control: run by ``-m``, CPython ends the process by the signal, though it was caught."""
    (tmp_path / "interrupted.py").write_text(
        "import sys\nfrom alpha_bench import cli\nfrom alpha_bench.cli import program\n"
        "def interrupted(*_): exec('raise KeyboardInterrupt')\n"
        f"cli._run = interrupted\n{way}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "interrupted: nothing was written" in done.stderr


WAYS = {
    "a class that is made, where CPython 3.11 gives on a RuntimeError": (
        "type('Made', (), {'named': Named()})",
        1,
    ),
    "a destructor, which loses it": ("Gone()", 0),
    "a library that turns it into an error": ("turned()", 2),
    "one that goes on": ("survived()", 0),
}
SCRIPT = """
import os, signal, sys
import alpha_bench.cli as cli
from alpha_bench.cli import verbs
from alpha_bench.errors import DataError

def interrupt(*_): os.kill(os.getpid(), signal.SIGINT)
class Named: __set_name__ = interrupt
class Gone: __del__ = interrupt
def turned():
    try: interrupt(); sum(range(100))
    except KeyboardInterrupt as error: raise DataError("R10", "no data", fix="give some") from error
def survived():
    try: interrupt(); sum(range(100))
    except KeyboardInterrupt: pass
def schema(options, output):
    WAY
    return 0
verbs.schema = schema
sys.argv = ["alpha_bench", "schema"]
"""


@pytest.mark.parametrize("way", WAYS)
def test_an_interrupt_ends_with_its_code_whatever_became_of_it_on_the_way(way: str) -> None:
    """The control is the same call where nobody remembers the signal."""
    statement, otherwise = WAYS[way]
    if sys.version_info >= (3, 12) and "CPython 3.11" in way:
        pytest.skip("CPython 3.12 gives the interrupt on as it is")

    def ended(end: str) -> tuple[int, str]:
        script = SCRIPT.replace("WAY", statement) + end
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    code, said = ended("cli.program()")
    assert code == 130, said
    assert said == "interrupted: nothing was written\n"
    assert ended("sys.exit(cli.main())")[0] == otherwise


def test_files_of_one_run_come_together_or_not_at_all(files: Path) -> None:
    """An interrupt at the first of the three is remembered until the last is there; one before it leaves what was there."""
    argv = [
        "run",
        files / "model.yaml",
        "--data",
        files / "prices.parquet",
        "--out",
        files / "out",
        "--quiet",
    ]
    begin = (
        "import os, signal, sys\nimport alpha_bench.cli as cli\nfrom alpha_bench.cli import verbs\n"
        "def interrupted(function):\n"
        "    signals = [signal.SIGINT]\n"
        "    def first(*args, **keywords):\n"
        "        if signals: os.kill(os.getpid(), signals.pop())\n"
        "        return function(*args, **keywords)\n"
        "    return first\n"
    )

    def ended(patch: str) -> str:
        script = begin + patch + f"\nsys.argv = ['alpha_bench', *{list(map(str, argv))!r}]\ncli.program()"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 130, done.stderr
        return done.stderr.splitlines()[-1]

    assert ended("verbs._table = interrupted(verbs._table)") == "interrupted: nothing was written"
    assert list((files / "out").iterdir()) == []
    assert ended("verbs.write_named = interrupted(verbs.write_named)") == "interrupted: all was written"
    assert len(list((files / "out").iterdir())) == 3


def test_help_shows_examples_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom alpha_bench.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'pandas', 'numba', 'sklearn', 'yaml', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "alpha_bench run model.yaml --sample" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_there_is_no_colour_where_nobody_looks(files: Path) -> None:
    (files / "model.yaml").write_text("features: 3\n")
    assert "\x1b" not in run("validate", files / "model.yaml")[2]
