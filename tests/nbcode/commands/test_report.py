"""`nbcode report`: a version's page under its own name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.specs import EXAMPLE as SPEC
from nbcode.commands.report import report
from nbcode.commands.show import ShowResult, VersionDetails
from nbcode.primitives import Digest, NbcodeError
from nbcode.spec import BuildSpec, spec_digest

PAGE = (
    '<!doctype html><html lang="en"><head><title>Report</title></head><body><h1>A &lt; B</h1></body></html>\n'
)


def shown(artifact: Path) -> ShowResult:
    first = VersionDetails(
        version=1,
        alias=None,
        spec_digest=spec_digest(SPEC),
        artifact_digest=Digest("sha256:" + "b" * 64),
        registered_at="2026-11-23T22:59:30Z",
        registered_by="ann <b>",
        notebook="n.ipynb",
        snapshot="c0ffee",
        artifact=artifact,
    )
    return ShowResult(model="xsmom", versions=(replace(first, version=2, alias="candidate"), first))


def kept(_: Digest) -> BuildSpec:
    return SPEC


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    (tmp_path / "report.html").write_text(PAGE, encoding="utf-8")
    return tmp_path


def test_the_page_names_model_owner_notebook_version_spec_and_date(artifact: Path, tmp_path: Path) -> None:
    made = report(shown(artifact), version=None, spec=kept, path=lambda n: tmp_path / "out" / f"{n}.html")
    page = made.path.read_text(encoding="utf-8")
    assert made.path.name == "2.html"
    assert "<title>xsmom version 2</title>" in page
    for told in (
        "xsmom version 2, candidate",
        SPEC.meta.owner,
        "n.ipynb",
        "2026-11-23 22:59 UTC",
        str(spec_digest(SPEC)),
    ):
        assert told in page, told
    assert "<h1>A &lt; B</h1>" in page
    assert "ann &lt;b&gt;" in page
    assert "<b>" not in page


def test_the_artifact_stays_as_it_was(artifact: Path, tmp_path: Path) -> None:
    report(shown(artifact), version=1, spec=kept, path=lambda n: tmp_path / f"{n}.html")
    assert (artifact / "report.html").read_text(encoding="utf-8") == PAGE


def test_a_version_that_is_not_there_is_a_finding(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(NbcodeError, match="NBC-I19 xsmom has no version 7"):
        report(shown(artifact), version=7, spec=kept, path=lambda _: tmp_path / "x.html")


def test_a_version_without_a_page_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(NbcodeError, match="NBC-I06 xsmom version 2 has no report here"):
        report(shown(tmp_path / "gone"), version=None, spec=kept, path=lambda _: tmp_path / "x.html")


def test_a_version_whose_files_were_removed_is_not_sent_to_them(tmp_path: Path) -> None:
    there = shown(tmp_path / "gone")
    with pytest.raises(NbcodeError, match="NBC-I06") as caught:
        report(there, version=None, spec=kept, path=lambda _: tmp_path / "x.html")
    assert "the registry has it" in caught.value.diagnostics[0].fix_titles[-1]
    versions = tuple(replace(one, collected="2026-11-30 by bob", artifact=None) for one in there.versions)
    with pytest.raises(NbcodeError, match="its files were removed") as caught:
        report(replace(there, versions=versions), version=None, spec=kept, path=lambda _: tmp_path / "x.html")
    fixes = caught.value.diagnostics[0].fix_titles
    assert not [one for one in fixes if "the registry has it" in one]
    assert "nbcode import FILE" in fixes[-1]


def test_a_page_that_cannot_be_written_is_a_finding(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NbcodeError, match="NBC-X04"):
        report(shown(artifact), version=None, spec=kept, path=lambda _: tmp_path / "file" / "x.html")


def test_a_page_is_not_written_over_another_file_but_over_an_earlier_page(
    artifact: Path, tmp_path: Path
) -> None:
    notebook = tmp_path / "n.ipynb"
    notebook.write_text('{"cells": []}')
    link = tmp_path / "page.html"
    link.symlink_to("n.ipynb")
    for to in (notebook, link):
        with pytest.raises(NbcodeError, match="NBC-X08") as caught:
            report(shown(artifact), version=None, spec=kept, path=lambda _: tmp_path / "x.html", to=to)
        assert caught.value.exit_code == 2
    assert notebook.read_text() == '{"cells": []}'
    for version in (1, 2):
        made = report(
            shown(artifact),
            version=version,
            spec=kept,
            path=lambda _: tmp_path / "x",
            to=tmp_path / "new/p.html",
        )
        assert f"<title>xsmom version {version}</title>" in made.path.read_text()
    assert not (tmp_path / "x").exists()


def test_the_page_of_the_store_is_nbcodes_own_and_follows_no_link(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "2.html").symlink_to("elsewhere")
    report(shown(artifact), version=None, spec=kept, path=lambda n: tmp_path / f"{n}.html")
    assert ((tmp_path / "elsewhere").read_text(), (tmp_path / "2.html").is_symlink()) == ("kept", False)


@pytest.mark.parametrize("where", ["file/x.html", "folder", "loop"])
def test_a_place_that_takes_no_page_is_the_environment_s(artifact: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(NbcodeError, match="NBC-X04") as caught:
        report(shown(artifact), version=None, spec=kept, path=lambda _: tmp_path / "x", to=tmp_path / where)
    assert caught.value.exit_code == 3
