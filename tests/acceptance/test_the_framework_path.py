"""One model as a notebook, as YAML and as Python: one definition digest, one artifact digest, one version, by the same verbs."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import Ended, nbcode

pytestmark = pytest.mark.long

META = "id: a_model\nkind: model\nhorizon: 10d\nowner: me\n"
NOTEBOOK = f"""\
# %% [meta]
# {META.strip().replace(chr(10), chr(10) + "# ")}
# %% [features]
short = features.ret(window=20)
print("a cell may say something")
# %% [model]
m = Ridge(alpha=1.0).fit(X=[short, features.turnover(20)], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""
YAML = """\
# a comment
meta:
  id: a_model
  kind: model
  horizon: 10d
  owner: me
features:
  short: ret(window=20)
  turn: features.turnover(20)
label: fwd_ret_10d
model: Ridge(alpha=1.0)
evaluation: {folds: 4, embargo: 5d}
"""
MODULE = f'''\
"""A model of ours."""

# [meta]
# {META.strip().replace(chr(10), chr(10) + "# ")}

from alpha_bench import Ridge, features, fwd_ret, walk_forward

from pkg.windows import SHORT

model = Ridge(alpha=1.0).fit(X=[features.ret(SHORT), features.turnover(20)], y=fwd_ret(10))
report = walk_forward(model, folds=4, embargo="5d")
'''
FORMS = {"n.py": NOTEBOOK, "model.yaml": YAML, "pkg.momentum:model": MODULE}


def project(folder: Path) -> Path:
    (folder / "pkg").mkdir(parents=True)
    (folder / "nbcode.toml").write_text("")
    (folder / "n.py").write_text(NOTEBOOK)
    (folder / "model.yaml").write_text(YAML)
    (folder / "pkg" / "__init__.py").write_text("")
    (folder / "pkg" / "windows.py").write_text("SHORT = 20\n")
    (folder / "pkg" / "momentum.py").write_text(MODULE)
    return folder


def promoted(folder: Path, name: str) -> dict[str, Any]:
    ended = nbcode(folder, "promote", name, "--json")
    assert ended.code == 0, ended.said
    return ended.json


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Each form promoted in a project of its own, where the others were never run."""
    found = {}
    for name in FORMS:
        folder = project(tmp_path_factory.mktemp("form"))
        found[name] = folder, promoted(folder, name)
    return found


def test_three_forms_give_one_definition_and_one_artifact(
    alone: dict[str, tuple[Path, dict[str, Any]]],
) -> None:
    results = [result for _, result in alone.values()]
    assert [(r["status"], r["version"]) for r in results] == [("done", 1)] * 3
    assert len({r["definition_digest"] for r in results}) == 1
    assert len({r["artifact_digest"] for r in results}) == 1
    assert len({r["spec_digest"] for r in results}) == 3  # the spec says how it was written, too


def test_how_a_model_was_written_is_recorded(alone: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    for name, expected in {
        "n.py": "notebook",
        "model.yaml": "framework",
        "pkg.momentum:model": "framework",
    }.items():
        folder, _ = alone[name]
        (row,) = nbcode(folder, "status", "--json").json["promotions"]
        assert (row["notebook"], row["path"]) == (name, expected)
        with sqlite3.connect(folder / ".nbcode" / "registry" / "mlflow.db") as database:
            tags = dict(database.execute("SELECT key, value FROM model_version_tags").fetchall())
        assert (tags["nbcode.path"], tags["nbcode.notebook"]) == (expected, name)


def test_what_ran_is_beside_the_artifact_and_not_in_it(alone: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    for name, (folder, result) in alone.items():
        assert not (Path(result["artifact"]) / "executed.ipynb").exists()
        (kept,) = (folder / ".nbcode" / "registry" / "artifacts").rglob("executed.ipynb")
        assert len(json.loads(kept.read_bytes())["cells"]) == {"n.py": 3, "model.yaml": 2}.get(name, 1)


def test_another_form_of_a_version_is_that_version(alone: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    folder, first = alone["n.py"]
    for name in ("model.yaml", "pkg.momentum:model", "pkg.momentum:report"):
        again = promoted(folder, name)
        assert (again["status"], again["version"]) == ("exists", 1)
        assert again["artifact_digest"] == first["artifact_digest"]
        assert "n.py" in next(d["message"] for d in again["diagnostics"] if d["code"] == "NBC-A38")
    same = promoted(folder, "n.py")
    assert not any(d["code"] == "NBC-A38" for d in same["diagnostics"])  # it is what was promoted


def test_comments_change_nothing_and_a_parameter_makes_a_version(
    alone: dict[str, tuple[Path, dict[str, Any]]],
) -> None:
    folder, first = alone["model.yaml"]
    (folder / "model.yaml").write_text("# another one\n" + YAML.replace("20)\n", "20)   # a month\n"))
    again = promoted(folder, "model.yaml")
    assert (again["status"], again["spec_digest"]) == ("exists", first["spec_digest"])
    assert not any(d["code"] == "NBC-A38" for d in again["diagnostics"])
    (folder / "model.yaml").write_text(YAML.replace("alpha=1.0", "alpha=0.5"))
    other = promoted(folder, "model.yaml")
    assert (other["status"], other["version"]) == ("done", 2)
    assert other["artifact_digest"] != first["artifact_digest"]


def test_a_gate_that_failed_is_tried_again_by_another_form(tmp_path: Path) -> None:
    """The promotion is one: what the second form is built from takes the place of what the first was."""
    folder = project(tmp_path / "p")
    gate = "  gates:\n    rank_ic: '>= 0.9'\n"
    (folder / "model.yaml").write_text(YAML.replace("features:", f"{gate}features:", 1))
    (folder / "n.py").write_text(
        NOTEBOOK.replace("# owner: me", "# owner: me\n# gates:\n#   rank_ic: '>= 0.9'")
    )
    first, second = (nbcode(folder, "promote", name, "--json") for name in ("n.py", "model.yaml"))
    for ended in (first, second):
        assert (ended.code, ended.json["status"]) == (2, "failed"), ended.err
    assert first.json["spec_digest"] != second.json["spec_digest"]
    assert [row["notebook"] for row in nbcode(folder, "status", "--json").json["promotions"]] == [
        "model.yaml"
    ]


def told(folder: Path, name: str, text: str) -> tuple[str, int | None]:
    (folder / "pkg" / "momentum.py").write_text(text)
    ended: Ended = nbcode(folder, "build", name, "--json")
    assert ended.code != 0
    found = next(d for d in ended.json["diagnostics"] if d["severity"] == "error")
    assert found["path"] in (None, "pkg/momentum.py"), found
    return found["code"], found["file_line"]


def test_what_a_module_must_not_do_is_told_with_its_line(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    end = MODULE.count("\n") + 1
    name = "pkg.momentum:model"
    assert told(folder, name, MODULE + 'open("/etc/passwd")\n') == ("NBC-E11", end)
    assert told(folder, name, MODULE + 'import urllib.request as u; u.urlopen("http://a.b")\n') == (
        "NBC-E11",
        end,
    )
    assert told(folder, name, MODULE + "raise ValueError\n") == ("NBC-H01", end)
    assert told(folder, name, MODULE + "print(report.ic_mean)\n") == ("NBC-B27", None)
    assert told(folder, name, MODULE.replace("horizon: 10d", "horizon: 5d")) == ("NBC-D21", None)
    assert told(folder, "pkg.momentum:modle", MODULE) == ("NBC-B24", None)
    assert told(folder, "pkg.momentum:SHORT", MODULE)[0] == "NBC-B25"
    assert told(folder, name, MODULE.replace("report = ", "# ")) == ("NBC-B23", end - 2)
    twice = MODULE + "other = walk_forward(model, folds=6)\n"
    assert told(folder, name, twice) == ("NBC-B23", end - 2)
    (folder / "pkg" / "momentum.py").write_text(twice)
    assert nbcode(folder, "build", "pkg.momentum:other").code == 0  # named, it is one


def test_the_module_is_never_imported_outside_of_the_sandbox(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    left = tmp_path / "left"
    (folder / "pkg" / "momentum.py").write_text(
        MODULE + f"import contextlib\nwith contextlib.suppress(OSError):\n    open({str(left)!r}, 'w')\n"
    )
    for verb in ("check", "build"):
        assert nbcode(folder, verb, "pkg.momentum:model").code == 0
        assert not left.exists()
