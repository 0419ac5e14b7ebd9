"""`nbcode check --format`: what CI systems read, placed where the file really has it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from nbcode.cli import main
from nbcode.cli.code_hosts import FileFindings, findings_of, github_annotations, job_summary, junit_report
from nbcode.cli.code_hosts.gitlab import gitlab_report
from nbcode.cli.code_hosts.sarif import sarif_log
from nbcode.primitives import Diagnostic, Place, Severity

Capture = pytest.CaptureFixture[str]
SARIF = json.loads((Path(__file__).parents[2] / "golden" / "sarif-schema-2.1.0.json").read_text())
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""As https://docs.gitlab.com/ci/testing/code_quality/ says it: GitLab publishes no schema of it."""
META = "# %% [meta]\n# id: momentum\n# kind: model\n# horizon: 10d\n# owner: ann"
FEATURES = "# %% [features]\nr = features.ret(window=20)"
MODEL = "# %% [model]\nm = Ridge().fit(X=[r, vol_adj], y=fwd_ret_10d)\nn = unheard_of"
EVAL = '# %% [eval]\nreport = walk_forward(m, folds=4, embargo="5d")'
CELLS = (META, FEATURES, MODEL, EVAL)


def ipynb(cells: tuple[str, ...], indent: int | None = 1, *, lists: bool = True) -> str:
    plain = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": text.splitlines(keepends=True) if lists else text,
        }
        for text in cells
    ]
    return json.dumps({"cells": plain, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=indent)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a project in a folder of it, which is where the job works."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    top = tmp_path / "a repository"
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    project = top / "re,search: %25"
    project.mkdir()
    (project / "nbcode.toml").write_text("")
    (project / "bad.ipynb").write_text(ipynb(CELLS))
    (project / "bad.py").write_text("\n".join(CELLS).replace("momentum", "momentum2") + "\n")
    good = "\n".join(CELLS).replace(", vol_adj", "").replace("\nn = unheard_of", "\nn = 1")
    (project / "good.py").write_text(good.replace("momentum", "momentum3"))
    monkeypatch.chdir(project)
    return top


def told(capsys: Capture, form: str, *paths: str, code: int = 2) -> str:
    capsys.readouterr()
    assert main(["check", "--format", form, *(paths or (".",))]) == code
    return capsys.readouterr().out


def unescaped(text: str) -> str:
    for sign, code in ((",", "%2C"), (":", "%3A"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def placed_by_github(text: str) -> list[tuple[str, int | None, str]]:
    found = []
    for line in text.splitlines():
        properties = dict(
            one.split("=", 1) for one in line.removeprefix("::").split("::")[0].split(" ", 1)[1].split(",")
        )
        line_of = int(properties["line"]) if "line" in properties else None
        found.append((unescaped(properties["file"]), line_of, properties["title"]))
    return found


def placed_by_gitlab(text: str) -> list[tuple[str, int | None, str]]:
    found = json.loads(text)
    jsonschema.validate(found, GITLAB)
    return [(one["location"]["path"], one["location"]["lines"]["begin"], one["check_name"]) for one in found]


def placed_by_sarif(text: str) -> list[tuple[str, int | None, str]]:
    log = json.loads(text)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    found = []
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        physical = one["locations"][0]["physicalLocation"]
        line = physical.get("region", {}).get("startLine")
        found.append((unquote(physical["artifactLocation"]["uri"]), line, one["ruleId"]))
    return found


def placed_by_junit(text: str) -> list[tuple[str, int | None, str]]:
    root = ET.fromstring(text)
    assert int(root.get("tests", "")) == len(root.findall("*/testcase"))
    assert int(root.get("failures", "")) == len(root.findall("*/testcase/failure"))
    found = []
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite)
        for case in suite:
            assert case.get("file") == suite.get("name")
            at = case.get("file", ""), int(case.get("line", "0")) or None
            found += [(*at, failure.get("type", "")) for failure in case.findall("failure")]
    return found


READERS: dict[str, Callable[[str], list[tuple[str, int | None, str]]]] = {
    "github": placed_by_github,
    "gitlab": placed_by_gitlab,
    "sarif": placed_by_sarif,
    "junit": placed_by_junit,
}


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("indent", [1, None])
@pytest.mark.parametrize("form", READERS)
def test_the_file_opened_at_the_line_shows_what_was_found(
    repository: Path, capsys: Capture, form: str, indent: int | None, lists: bool
) -> None:
    Path("bad.ipynb").write_text(ipynb(CELLS, indent, lists=lists))
    found = READERS[form](told(capsys, form))
    assert sorted((path, code) for path, _, code in found) == [
        ("re,search: %25/bad.ipynb", "NBC-D05"),
        ("re,search: %25/bad.ipynb", "NBC-D05"),
        ("re,search: %25/bad.py", "NBC-D05"),
        ("re,search: %25/bad.py", "NBC-D05"),
    ]
    for path, names in (("bad.ipynb", ("vol_adj", "unheard_of")), ("bad.py", ("vol_adj", "unheard_of"))):
        lines = [line for of, line, _ in found if of.endswith(path)]
        for line, name in zip(lines, names, strict=True):
            assert line is not None
            assert name in (repository / "re,search: %25" / path).read_text().split("\n")[line - 1]


@pytest.mark.parametrize("form", READERS)
def test_paths_do_not_hang_on_where_the_job_stands(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    here = told(capsys, form)
    monkeypatch.chdir(repository)
    assert told(capsys, form) == here
    monkeypatch.chdir(repository.parent)
    assert told(capsys, form, "a repository/re,search: %25") == here


def test_without_a_repository_paths_are_from_the_project(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nbcode.toml").write_text("")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad.ipynb").write_text(ipynb(CELLS))
    monkeypatch.chdir(tmp_path / "deep")
    assert {path for path, *_ in placed_by_gitlab(told(capsys, "gitlab"))} == {"deep/bad.ipynb"}


@pytest.mark.parametrize("form", READERS)
def test_a_broken_configuration_is_told_in_its_file(repository: Path, capsys: Capture, form: str) -> None:
    Path("nbcode.toml").write_text("[run]\nisolation = 'ful'\n")
    found = READERS[form](told(capsys, form, "good.py"))
    assert found == [("re,search: %25/nbcode.toml", 2, "NBC-C31")]


def test_what_has_no_line_is_placed_without_one(repository: Path, capsys: Capture) -> None:
    for form, line in (("github", None), ("sarif", None), ("junit", None), ("gitlab", 1)):
        assert READERS[form](told(capsys, form, "gone.ipynb")) == [
            ("re,search: %25/gone.ipynb", line, "NBC-A29")
        ]


@pytest.mark.parametrize(
    ("form", "said"),
    [("github", ""), ("gitlab", "[]\n"), ("sarif", None), ("junit", None)],
)
def test_nothing_found_is_a_report_too(
    repository: Path, capsys: Capture, form: str, said: str | None
) -> None:
    text = told(capsys, form, "good.py", code=0)
    assert said is None or text == said
    assert READERS[form](text) == []
    if form == "junit":
        assert [case.get("name") for case in ET.fromstring(text).iter("testcase")] == ["nbcode check"]


def test_github_reads_the_worst_first(repository: Path, capsys: Capture) -> None:
    warned = (META, f"{FEATURES}\nfeatures = 1", MODEL, EVAL)
    Path("a.ipynb").write_text(ipynb(warned))
    levels = [line.split(" ")[0] for line in told(capsys, "github").splitlines()]
    assert levels == sorted(levels)
    assert {"::error", "::warning"} <= set(levels)


def fingerprints(text: str) -> list[str]:
    return [one["fingerprint"] for one in json.loads(text)]


def test_fingerprints_are_unique_and_stay_when_lines_and_cells_move(
    repository: Path, capsys: Capture
) -> None:
    before = fingerprints(told(capsys, "gitlab"))
    assert len(set(before)) == len(before) == 4
    sarif = json.loads(told(capsys, "sarif"))["runs"][0]["results"]
    assert [one["partialFingerprints"]["nbcodeFinding/v1"] for one in sarif] == before
    moved = (META, "# notes\n" * 3, FEATURES, MODEL.replace("[model]\n", "[model]\n\n# more\n"), EVAL)
    Path("bad.ipynb").write_text(ipynb(moved, None))
    assert fingerprints(told(capsys, "gitlab")) == before
    # The control: another line is another finding.
    Path("bad.ipynb").write_text(ipynb((META, FEATURES, MODEL.replace("vol_adj", "vol_bdj"), EVAL)))
    assert len(set(before) - set(fingerprints(told(capsys, "gitlab")))) == 1


def test_the_same_finding_twice_is_two(tmp_path: Path) -> None:
    same = [Diagnostic(code="NBC-A15", message=f"cell {n} has no id", place=Place(cell=n)) for n in (2, 5)]
    first, second = findings_of(str(tmp_path / "a.ipynb"), same).findings
    assert first.fingerprint != second.fingerprint
    (moved,) = findings_of(str(tmp_path / "a.ipynb"), same[1:]).findings
    assert moved.fingerprint == first.fingerprint


def test_the_rules_of_sarif_say_what_the_manual_says(repository: Path, capsys: Capture) -> None:
    (rule,) = json.loads(told(capsys, "sarif"))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "name defined nowhere"
    assert "```python" in rule["help"]["markdown"]
    assert "Bad::" in rule["help"]["text"]


def test_sarif_names_the_places_that_explain_a_finding(repository: Path, capsys: Capture) -> None:
    Path("copy.ipynb").write_text(ipynb((META, FEATURES, MODEL, EVAL, "x = 1")))
    results = json.loads(told(capsys, "sarif"))["runs"][0]["results"]
    warned = [one for one in results if one["ruleId"] == "NBC-C23"]
    placed = {}
    for one in warned:
        (other,) = one["relatedLocations"]
        at = other["physicalLocation"]
        path, line = unquote(at["artifactLocation"]["uri"]), at["region"]["startLine"]
        assert "id: momentum" in (repository / path).read_text().split("\n")[line - 1]
        placed[unquote(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])] = path
    names = ["re,search: %25/bad.ipynb", "re,search: %25/copy.ipynb"]
    assert placed == dict(zip(names, reversed(names), strict=True))


def test_sentences_end_as_they_end(tmp_path: Path) -> None:
    said = Diagnostic(code="NBC-D05", message="did you mean x?", cause="it is a typo.", fixes=("write x",))
    (found,) = findings_of(str(tmp_path / "a.py"), [said]).findings
    assert found.explained == "did you mean x? it is a typo. Fix: write x."


def test_control_the_schema_of_sarif_refuses_what_is_none(repository: Path, capsys: Capture) -> None:
    log = json.loads(told(capsys, "sarif"))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError, match="less than the minimum"):
        jsonschema.validate(log, SARIF)


def test_the_summary_of_a_job_is_added_to_its_page(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = repository / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    told(capsys, "github")
    lines = page.read_text().splitlines()
    assert lines[0] == "before"
    rows = [line for line in lines if line.startswith("| error")]
    assert len(rows) == 4
    assert {line.count(" | ") for line in rows} == {5}
    told(capsys, "gitlab")
    assert page.read_text().splitlines() == lines
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repository / "no" / "page.md"))
    assert main(["check", "--format", "github", "bad.py"]) == 2
    said = capsys.readouterr()
    assert "the summary of the job could not be written" in said.err
    assert "::error" in said.out


HOSTILE = (
    "]]></failure>|<script>\x00\x1b[31m\ud800 ::error::x\r\n::set-output %0A `a` [x](http://y) @all \u202e"
)


def hostile(path: str) -> FileFindings:
    place = Place(path=path, cell=1, tag="model")
    levels = (Severity.ERROR, Severity.WARNING)
    return findings_of(
        path, [Diagnostic(code="NBC-D05", message=HOSTILE, severity=level, place=place) for level in levels]
    )


def test_no_text_of_a_notebook_breaks_out_of_its_form(tmp_path: Path) -> None:
    files = [hostile(str(tmp_path / "a\n,b:::error::.ipynb"))]
    lines = github_annotations(files).split("\n")
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert "\r" not in github_annotations(files)
    jsonschema.validate(json.loads(sarif_log(files)), SARIF)
    jsonschema.validate(json.loads(gitlab_report(files)), GITLAB)
    root = ET.fromstring(junit_report(files))
    assert [one.tag for one in root.iter()] == [
        *("testsuites", "testsuite", "testcase", "failure", "testcase", "system-out")
    ]
    rows = job_summary(files).splitlines()[-2:]
    assert all(row.startswith(("| error", "| warning")) for row in rows)
    assert not any(sign in row for row in rows for sign in ("<script", "](http", "@all", "\x1b", "\u202e"))


def test_a_summary_is_cut_before_github_drops_it(tmp_path: Path) -> None:
    many: Any = [Diagnostic(code="NBC-D05", message="x" * 5_000, place=Place(path="a.py"))] * 400
    page = job_summary([findings_of(str(tmp_path / "a.py"), many)])
    assert len(page.encode()) < 1_000_000
    assert page.rstrip().endswith("more findings are in the log.")


def test_two_forms_at_once_are_refused(repository: Path, capsys: Capture) -> None:
    assert main(["check", "--json", "--format", "sarif", "."]) == 2
    assert "two forms" in capsys.readouterr().out
