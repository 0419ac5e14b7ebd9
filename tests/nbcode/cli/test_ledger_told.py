"""Promotes, models and versions as a reader sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inline_snapshot import snapshot

from nbcode.cli.render.ledger import render_models, render_status, render_versions
from nbcode.cli.terminal import Style
from nbcode.commands.models import ListedModel, ModelsResult
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
    figures = ("ic", "sharpe")
    of_both, stated = Judgement(judged=Judged.OUTSIDE), Judgement(judged=Judged.STATED)
    rows = (
        listed,
        replace(listed, model="carry", candidate=2, look_ahead=leaks, judged=stated, figures=figures),
        replace(
            listed, model="pead", look_ahead=clean, judged=replace(stated, figures=("ic",)), figures=figures
        ),
        replace(
            listed, model="value", look_ahead=replace(clean, stated=False), judged=of_both, figures=figures
        ),
    )
    assert "\n" + render_models(ModelsResult(models=rows), Style(width=130)) == snapshot("""
model     candidate  versions  look-ahead           figures             updated           notebook  by
xsmom_v3          –         3  –                    –                   2026-11-23 22:59  n.ipynb   ann
carry             2         3  found                stated              2026-11-23 22:59  n.ipynb   ann
pead              –         3  none found (stated)  1 of 2 found again  2026-11-23 22:59  n.ipynb   ann
value             –         3  none found           computed outside    2026-11-23 22:59  n.ipynb   ann\
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
        metrics=(("ic_mean", 0.0123), ("rank_ic_mean", 0.01), ("ic_t_newey_west", 0.74)),
        look_ahead=LookAhead(verdict=Verdict.NOT_LOOKED_AT, because="prices has no column of dates"),
        judged=Judgement(judged=Judged.OUTSIDE),
    )
    older = replace(version, version=1, alias=None, metrics=(), look_ahead=None, judged=None)
    found = ShowResult(model="xsmom_v3", versions=(version, older))
    assert "\n" + render_versions(found, Style(width=110)) == snapshot("""\

xsmom_v3

version  alias      notebook  spec                     IC  t honest  registered        rank IC  by
      2  candidate  n.ipynb   sha256:aaaaaaaaaaaa  0.0123      0.74  2026-11-23 22:59   0.0100  ann
      1             n.ipynb   sha256:aaaaaaaaaaaa       –         –  2026-11-23 22:59        –  ann

version  figures           look-ahead
      2  computed outside  not looked at
      1  –                 –

version 2: not significant
  figures    computed outside the notebook
  look-ahead not looked at, because prices has no column of dates
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
        metrics=(("ic", 0.5), ("sharpe", 2.0)),
        look_ahead=LookAhead(verdict=Verdict.NONE_FOUND, stated=True),
        judged=Judgement(judged=Judged.STATED),
    )
    again = replace(version, version=2, judged=Judgement(judged=Judged.STATED, figures=("ic",)))
    outside = replace(
        version,
        version=1,
        judged=Judgement(judged=Judged.OUTSIDE),
        look_ahead=LookAhead(verdict=Verdict.NONE_FOUND),
    )
    found = ShowResult(model="m", versions=(version, again, outside))
    shown = render_versions(found, Style(width=80)).splitlines()
    at = shown.index("version  figures             look-ahead")
    assert shown[at + 1 : at + 4] == [
        "      3  stated              none found (stated)",
        "      2  1 of 2 found again  none found (stated)",
        "      1  computed outside    none found",
    ]
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
        metrics=(("ic", 0.045), ("folds", [0.04, 0.05])),
        findings=(leak, replace(leak, severity=Severity.NOTE, message="a note")),
    )
    shown = render_versions(ShowResult(model="m", versions=(version,)), Style(width=110))
    assert "version 1: ic 0.045, folds.1 0.04, folds.2 0.05\n" in shown
    assert "  0.0450 " in shown
    assert "NBC-E23 warning: `z` knew the future\n  Fix: lag it\n\nNBC-E23 note: a note" in shown
    assert "too few dates" not in shown
    assert "no figures are known here" in render_versions(
        ShowResult(model="m", versions=(replace(version, metrics=()),)), Style()
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
        metrics=(("ic_mean", -0.0123), ("rank_ic_mean", 0.01), ("ic_t_newey_west", 0.74)),
    )
    head, row = render_versions(ShowResult(model="m", versions=(version,)), Style(width=80)).splitlines()[2:4]
    assert len(row) <= 80
    assert {"notebook", "spec", "IC", "honest"} <= set(head.split())
    assert "research/mom" in row
    assert SPEC.short in row
