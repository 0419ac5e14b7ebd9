"""Promotes, models and versions as a reader sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from nbcode.cli.render.ledger import render_status, render_versions
from nbcode.cli.render.log import render_log
from nbcode.cli.render.models import render_models
from nbcode.cli.terminal import Style
from nbcode.commands.logs import LogsResult
from nbcode.commands.models import ListedModel, ModelsResult, ToldFigures
from nbcode.commands.show import ShowResult, VersionDetails
from nbcode.commands.status import PromotionStatus, StatusResult
from nbcode.primitives import Diagnostic, Digest, Judged, Judgement, LookAhead, Severity, Verdict
from nbcode.promotion import Promotion, State
from nbcode.promotion.state import Failure

SPEC, ARTIFACT = Digest("sha256:" + "a" * 64), Digest("sha256:" + "b" * 64)
DONE = Promotion(
    key=SPEC,
    model="xsmom_v3",
    spec_digest=SPEC,
    definition_digest=SPEC,
    platform="linux",
    notebook="research/momentum.ipynb",
    who="ann",
    begun_at="2026-11-23T22:58:00.123Z",
    updated_at="2026-11-23T22:59:30.123Z",
    state=State.DONE,
    version=3,
)
FAILED = replace(
    DONE,
    state=State.FAILED,
    version=None,
    failure=Failure(code="NBC-H20", message="ZeroDivisionError in cell 8"),
)
HALF = replace(DONE, state=State.BUILT, version=None)


def test_status_tells_what_is_done_what_failed_and_what_was_interrupted() -> None:
    rows = tuple(PromotionStatus(promotion=p, working=False) for p in (HALF, FAILED, DONE))
    assert "\n" + render_status(StatusResult(promotions=rows), Style(width=110)) == snapshot("""
model     state                version  updated           notebook                 by   spec
xsmom_v3  built (interrupted)        –  2026-11-23 22:59  research/momentum.ipynb  ann  sha256:aaaaaaaaaaaa
xsmom_v3  failed                     –  2026-11-23 22:59  research/momentum.ipynb  ann  sha256:aaaaaaaaaaaa
xsmom_v3  done                       3  2026-11-23 22:59  research/momentum.ipynb  ann  sha256:aaaaaaaaaaaa
xsmom_v3: NBC-H20 ZeroDivisionError in cell 8

One was interrupted: nbcode resume finishes it.\
""")


def test_a_promote_that_somebody_works_on_is_not_called_interrupted() -> None:
    text = render_status(StatusResult(promotions=(PromotionStatus(promotion=HALF, working=True),)), Style())
    assert "built …" in text
    assert "interrupted" not in text


def test_what_a_cluster_goes_on_with_is_neither_interrupted_nor_ours_to_finish() -> None:
    row = PromotionStatus(promotion=replace(HALF, state=State.SUBMITTED), working=False, controlled=True)
    text = render_status(StatusResult(promotions=(row,), others=("/home/quant/other",)), Style())
    assert "on the cluster" in text
    assert "interrupted" not in text
    assert "resume" not in text
    assert text.endswith("\nnbcode status --all lists what they promoted.")
    assert row.to_json()["interrupted"] is False


def test_at_eighty_columns_a_model_keeps_its_name() -> None:
    rows = [replace(DONE, model=f"momentum_large_cap_{n}") for n in range(2)]
    text = render_status(
        StatusResult(promotions=tuple(PromotionStatus(promotion=p, working=False) for p in rows)),
        Style(width=80),
    )
    assert all(p.model in text for p in rows)
    assert max(map(len, text.splitlines())) <= 80


def test_the_log_of_a_run_that_has_said_nothing_yet_is_its_name() -> None:
    nothing = LogsResult(
        run_id="xsmom-1",
        status=None,
        isolation=None,
        columns=(),
        events=(),
        printed=(),
        log="",
        diagnostics=(),
    )
    assert render_log(nothing, Style()) == "xsmom-1  RUNNING, or killed before it could say"


def test_models_in_a_table() -> None:
    listed = ListedModel(
        model="xsmom_v3",
        versions=3,
        candidate=None,
        notebook="n.ipynb",
        updated_at="2026-11-23T22:59:30Z",
        updated_by="ann",
    )
    leaks = LookAhead(verdict=Verdict.FOUND, because="rank knows the future")
    clean = LookAhead(verdict=Verdict.NONE_FOUND, stated=True)
    figures = ToldFigures(metrics=(("ic", 0.5), ("sharpe", 2.0)))
    of_both, stated = Judgement(judged=Judged.OUTSIDE), Judgement(judged=Judged.STATED)
    rows = (
        listed,
        replace(listed, model="carry", candidate=2, told=replace(figures, look_ahead=leaks, judged=stated)),
        replace(
            listed,
            model="pead",
            told=replace(figures, look_ahead=clean, judged=replace(stated, figures=("ic",))),
        ),
        replace(
            listed,
            model="value",
            candidate=3,
            line="2.1",
            refits=1,
            owner="team",
            told=replace(figures, look_ahead=replace(clean, stated=False), judged=of_both),
        ),
    )
    assert "\n" + render_models(ModelsResult(models=rows), Style(width=130)) == snapshot("""\

model       cand.  t honest       IC  Sharpe  look-ahead           promoted    by   owner     versions  figures
xsmom_v3        –         –        –       –  –                    2026-11-23  ann                   3  –
carry           2         –  0.5000*   2.00*  found                2026-11-23  ann                   3  stated
pead            –         –   0.5000   2.00*  none found (stated)  2026-11-23  ann                   3  1 of 2 found again
value     3 = 2.1         –   0.5000    2.00  none found           2026-11-23  ann  team   3 (1 refit)  computed outside

* stated by the notebook: nobody else has computed it\
""")


def test_versions_side_by_side_and_the_newest_in_full() -> None:
    version = VersionDetails(
        version=2,
        alias="candidate",
        spec_digest=SPEC,
        artifact_digest=ARTIFACT,
        registered_at="2026-11-23T22:59:30Z",
        registered_by="ann",
        notebook="n.ipynb",
        snapshot="c0ffee",
        artifact=Path("/p/.nbcode/artifacts/bb"),
        told=ToldFigures(
            metrics=(("ic_mean", 0.0123), ("rank_ic_mean", 0.01), ("ic_t_newey_west", 0.74)),
            sharpe=0.4,
            look_ahead=LookAhead(verdict=Verdict.NOT_LOOKED_AT, because="prices has no column of dates"),
            judged=Judgement(judged=Judged.OUTSIDE),
        ),
    )
    older = replace(version, version=1, alias=None, told=ToldFigures())
    found = ShowResult(model="xsmom_v3", versions=(version, older))
    assert "\n" + render_versions(found, Style(width=110)) == snapshot("""\

xsmom_v3

version  alias      t honest      IC  Sharpe  look-ahead     registered  by   owner
      2  candidate      0.74  0.0123    0.40  not looked at  2026-11-23  ann
      1                    –       –       –  –              2026-11-23  ann

version  figures           notebook  spec
      2  computed outside  n.ipynb   sha256:aaaaaaaaaaaa
      1  –                 n.ipynb   sha256:aaaaaaaaaaaa

version 2: not significant
  figures    computed outside the notebook
  look-ahead not looked at, because prices has no column of dates
  promoted   2026-11-23 22:59 UTC by ann
  from       n.ipynb
  spec       sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  artifact   sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  snapshot   c0ffee
  stored in  /p/.nbcode/artifacts/bb\
""")


def test_of_each_version_it_is_told_what_its_figures_and_its_verdict_rest_on() -> None:
    version = VersionDetails(
        version=3,
        alias=None,
        spec_digest=SPEC,
        artifact_digest=ARTIFACT,
        registered_at="2026-11-23T22:59:30Z",
        registered_by="ann",
        notebook="n.ipynb",
        snapshot=None,
        artifact=Path("/p/.nbcode/artifacts/bb"),
        told=ToldFigures(
            metrics=(("ic", 0.5), ("sharpe", 2.0)),
            look_ahead=LookAhead(verdict=Verdict.NONE_FOUND, stated=True),
            judged=Judgement(judged=Judged.STATED),
        ),
    )
    some = replace(version.told, judged=Judgement(judged=Judged.STATED, figures=("ic",)))
    again = replace(version, version=2, told=some)
    outside = replace(
        version,
        version=1,
        told=replace(
            version.told,
            judged=Judgement(judged=Judged.OUTSIDE),
            look_ahead=LookAhead(verdict=Verdict.NONE_FOUND),
        ),
    )
    found = ShowResult(model="m", versions=(version, again, outside))
    shown = render_versions(found, Style(width=80)).splitlines()
    at = shown.index("version  figures             notebook  spec")
    assert [line[:27].rstrip() for line in shown[at + 1 : at + 4]] == [
        "      3  stated",
        "      2  1 of 2 found again",
        "      1  computed outside",
    ]
    heads, *rows = shown[2:6]
    assert [row[heads.index("t honest") : heads.index("registered")].split() for row in rows] == [
        ["–", "0.5000*", "2.00*", "none", "found", "(stated)"],
        ["–", "0.5000", "2.00*", "none", "found", "(stated)"],
        ["–", "0.5000", "2.00", "none", "found"],
    ]
    assert "* stated by the notebook: nobody else has computed it" in shown
    told = [one["figures"] for one in found.to_json()["versions"]]
    assert told == [
        {"ic": "stated", "sharpe": "stated"},
        {"ic": "found again", "sharpe": "stated"},
        {"ic": "computed outside", "sharpe": "computed outside"},
    ]


def test_what_its_run_found_and_the_figures_of_plain_cells_are_told_of_a_version() -> None:
    leak = Diagnostic(
        code="NBC-E23", severity=Severity.WARNING, message="`z` knew the future", fixes=("lag it",)
    )
    version = VersionDetails(
        version=1,
        alias=None,
        spec_digest=SPEC,
        artifact_digest=ARTIFACT,
        registered_at="2026-11-23T22:59:30Z",
        registered_by="ann",
        notebook="n.ipynb",
        snapshot=None,
        artifact=Path("/p/.nbcode/artifacts/bb"),
        told=ToldFigures(metrics=(("ic", 0.045), ("folds", [0.04, 0.05]))),
        findings=(leak, replace(leak, severity=Severity.NOTE, message="a note")),
    )
    shown = render_versions(ShowResult(model="m", versions=(version,)), Style(width=110))
    assert "version 1: ic 0.045, folds.1 0.04, folds.2 0.05\n" in shown
    assert "  0.0450 " in shown
    assert "NBC-E23 warning: `z` knew the future\n  Fix: lag it\n\nNBC-E23 note: a note" in shown
    assert "too few dates" not in shown
    assert "no figures are known here" in render_versions(
        ShowResult(model="m", versions=(replace(version, told=ToldFigures()),)), Style()
    )


def test_where_nothing_was_promoted_the_first_command_is_told() -> None:
    assert "nbcode promote NOTEBOOK" in render_status(StatusResult(promotions=()), Style())
    assert "nbcode promote NOTEBOOK" in render_models(ModelsResult(models=()), Style())


def test_on_80_columns_the_notebook_and_the_spec_of_each_version_are_told() -> None:
    version = VersionDetails(
        version=12,
        alias="candidate",
        spec_digest=SPEC,
        artifact_digest=ARTIFACT,
        registered_at="2026-11-23T22:59:30Z",
        registered_by="a-long-name",
        notebook="research/momentum.ipynb",
        snapshot=None,
        artifact=Path("/p/.nbcode/artifacts/bb"),
        told=ToldFigures(metrics=(("ic_mean", -0.0123), ("rank_ic_mean", 0.01), ("ic_t_newey_west", 0.74))),
    )
    lines = render_versions(ShowResult(model="m", versions=(version,)), Style(width=80)).splitlines()
    head, row, _, heads, origin = lines[2:7]
    assert max(map(len, (row, origin))) <= 80
    assert {"alias", "honest", "IC", "Sharpe", "look-ahead", "registered", "by"} <= set(head.split())
    assert {"candidate", "0.74", "-0.0123", "2026-11-23"} <= set(row.split())
    assert heads.split() == ["version", "figures", "notebook", "spec"]
    assert "research/mom" in origin
    assert SPEC.short in origin


def test_on_80_columns_a_long_path_is_told_from_here_and_broken_at_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    digest = Digest("sha256:" + "c" * 64)
    version = VersionDetails(
        version=1,
        alias=None,
        spec_digest=digest,
        artifact_digest=digest,
        registered_at="2026-11-23T22:59:30Z",
        registered_by="ann",
        notebook="n.ipynb",
        snapshot=None,
        artifact=tmp_path / ".nbcode" / "artifacts" / digest.hex,
        source="file:///srv/a-team/with-a-long-name/.nbcode/registry/artifacts/1/3f9a/artifacts/model",
        tried="3 variants were looked at since 2026-01-02, of which one is this, and none was declared in [meta]",
    )
    shown = ShowResult(model="m", versions=(version,))
    lines = render_versions(shown, Style(width=80)).splitlines()
    assert max(map(len, lines)) <= 80
    at = lines.index("  stored in  .nbcode/artifacts/")
    assert lines[at + 1] == f"             {digest.hex}"
    at = next(n for n, line in enumerate(lines) if line.startswith("  registry   "))
    assert "".join(line[13:] for line in lines[at : at + 2]) == version.source
    at = lines.index("  artifact")
    assert lines[at + 1] == f"    {digest}"
    assert "  trials     3 variants were looked at since 2026-01-02, of which one is this," in lines
    assert "             and none was declared in [meta]" in lines
    wide = render_versions(shown, Style(width=140)).splitlines()
    assert (
        f"  stored in  .nbcode/artifacts/{digest.hex}" in wide
    )  # control: where there is room nothing is broken
    assert f"  registry   {version.source}" in wide
