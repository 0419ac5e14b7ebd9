"""Which version is fitted anew, what stops a refit, and where the candidate goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fakes.promotions import begun
from fakes.specs import EXAMPLE as SPEC
from nbcode.configuration import RefitConfig
from nbcode.primitives import Exit, Severity, digest_bytes, exit_for
from nbcode.promotion.drift import Drift, Names, NotMade
from nbcode.promotion.refits import (
    Refit,
    as_warnings,
    data_until,
    drift_between,
    failing_limits,
    last_changed,
    left_where_it_is,
    line_elsewhere,
    place_in_line,
    refit_in,
)
from nbcode.registry import ModelVersion, RegistryError
from nbcode.spec import BuildSpec, differs_in_data_alone

GOOD = Drift(
    coefficient_drift=0.01, rank_correlation=0.99, sessions=20, new_ic=0.02, new_sessions=1, ic_fall=0.5
)


def version(number: int, line: str = "") -> ModelVersion:
    digest = digest_bytes(str(number).encode())
    return ModelVersion(
        model="m", version=number, key=digest, spec_digest=digest, artifact_digest=digest,
        registered_at="2026-01-05T09:00:00Z", source="", line=line,
    )  # fmt: skip


VERSIONS = (version(1), version(2, "1.1"), version(3), version(4, "3.1"), version(5, "3.2"))
PROMOTION = replace(begun("now", model="m"), version=6, line="3.3", refit_of=3)


def other_data(spec: BuildSpec = SPEC) -> BuildSpec:
    inputs = [replace(one, digest=digest_bytes(b"other"), as_of="2031-01-01") for one in spec.inputs]
    return replace(spec, inputs=tuple(inputs), meta=replace(spec.meta, as_of="2031-01-01"))


def test_a_line_is_the_number_of_a_changed_version_and_how_often_it_was_fitted_since() -> None:
    assert [place_in_line(one) for one in VERSIONS] == [(1, 0), (1, 1), (3, 0), (3, 1), (3, 2)]
    assert last_changed(VERSIONS) == VERSIONS[2]
    assert last_changed(()) is None


def test_the_next_refit_follows_the_last_of_the_line() -> None:
    found = refit_in(PROMOTION, other_data(), VERSIONS, lambda _: SPEC)
    assert found == Refit(of=VERSIONS[2], number=3, before=VERSIONS[4])
    assert found.line == "3.3"


def test_the_next_refit_is_compared_with_the_candidate_where_somebody_set_it_back() -> None:
    def before(candidate: int) -> ModelVersion:
        versions = [replace(one, alias="candidate") if one.version == candidate else one for one in VERSIONS]
        found = refit_in(PROMOTION, other_data(), versions, lambda _: SPEC)
        assert found is not None
        assert found.line == "3.3"
        return found.before

    assert [before(number).version for number in (3, 4, 5)] == [3, 4, 5]
    assert before(2).version == 5, "that of another line predicts something else"
    assert before(0).version == 5


def test_a_promote_by_hand_is_a_refit_of_the_last_changed_version_alone() -> None:
    by_hand = replace(PROMOTION, refit_of=None)
    assert (
        refit_in(by_hand, other_data(), VERSIONS, lambda one: SPEC if one.version == 3 else None) is not None
    )
    assert refit_in(by_hand, other_data(), VERSIONS, lambda one: SPEC if one.version == 1 else None) is None


def test_a_refit_that_was_overtaken_by_a_changed_model_is_still_of_its_line() -> None:
    overtaken = (*VERSIONS, version(6))
    found = refit_in(replace(PROMOTION, version=None), other_data(), overtaken, lambda _: SPEC)
    assert found is not None
    assert found.line == "3.3"


def test_its_own_version_from_an_earlier_try_does_not_count() -> None:
    tried = (*VERSIONS, replace(version(6, "3.3"), key=PROMOTION.key))
    found = refit_in(PROMOTION, other_data(), tried, lambda _: SPEC)
    assert found is not None
    assert found.line == "3.3"


def test_a_fit_that_another_store_registered_keeps_its_place_and_is_not_held_to_limits_again() -> None:
    """A later fit is in the registry by now: against that one it would be a step back."""
    there = (*VERSIONS[:3], replace(VERSIONS[3], key=PROMOTION.key), VERSIONS[4])
    found = refit_in(PROMOTION, other_data(), there, lambda _: SPEC)
    assert found == Refit(of=VERSIONS[2], number=1, before=VERSIONS[2], is_registered=True)


@pytest.mark.parametrize(
    ("given", "line"),
    [(("3.3", "3.7"), "3.8"), (("3.1",), "3.3"), (("4.9", "", "n"), "3.3"), ((), "3.3")],
)
def test_a_place_in_a_line_that_was_given_before_is_not_given_again(
    given: tuple[str, ...], line: str
) -> None:
    """The version of it may be gone: what a job calls ``m@3.3`` becomes no other model."""
    found = refit_in(PROMOTION, other_data(), VERSIONS, lambda _: SPEC, given)
    assert found is not None
    assert (found.line, found.before) == (line, VERSIONS[4])


def test_a_fit_that_comes_without_its_model_begins_a_line_of_its_own() -> None:
    same, other = digest_bytes(b"the model"), digest_bytes(b"another")
    first, refit = (
        replace(version(1), definition_digest=same),
        replace(version(2, "1.1"), definition_digest=same),
    )
    assert line_elsewhere("1.11", same, ()) == ""
    assert line_elsewhere("1.11", same, (replace(first, definition_digest=other),)) == ""
    assert line_elsewhere("1.11", same, (refit,)) == "", "it is a fit of it, too"
    assert line_elsewhere("1.11", same, (first, refit)) == "1.11"
    assert line_elsewhere("1.1", same, (first, refit)) == "1.2"
    assert line_elsewhere("7.3", same, (first,)) == "1.3", "its model has another number here"
    assert line_elsewhere("", same, (first,)) == ""


def test_a_changed_model_is_no_refit() -> None:
    changed = replace(SPEC, meta=replace(SPEC.meta, horizon="99d"))
    assert refit_in(replace(PROMOTION, refit_of=None), changed, VERSIONS, lambda _: SPEC) is None


def test_specs_that_differ_in_data_alone() -> None:
    assert differs_in_data_alone(SPEC, other_data())
    cell = replace(SPEC.cells[0], code_digest=digest_bytes(b"another"))
    lock = replace(SPEC.environment, lock_digest=digest_bytes(b"another"))
    for changed in (
        replace(SPEC, cells=(cell, *SPEC.cells[1:])),
        replace(SPEC, environment=lock),
        replace(SPEC, inputs=SPEC.inputs[1:]),
        replace(SPEC, meta=replace(SPEC.meta, gates=())) if SPEC.meta.gates else replace(SPEC, cells=()),
        replace(SPEC, definition=replace(SPEC.definition, digest=digest_bytes(b"another"))),
    ):
        assert not differs_in_data_alone(SPEC, changed)


@pytest.mark.parametrize(
    ("found", "limit"),
    [
        (replace(GOOD, coefficient_drift=0.51), "coefficient_drift"),
        (replace(GOOD, coefficient_drift=float("nan")), "coefficient_drift"),
        (replace(GOOD, rank_correlation=0.89), "rank_correlation"),
        (replace(GOOD, rank_correlation=float("nan")), "rank_correlation"),
        (replace(GOOD, ic_fall=4.1), "ic_fall"),
        (replace(GOOD, names=Names(day="2024-01-05", now=19, least=38, most=38, change=0.5)), "names"),
    ],
)
def test_what_is_beyond_a_limit_stops_it_for_safety(found: Drift, limit: str) -> None:
    refit = Refit(of=VERSIONS[2], number=3, before=VERSIONS[4])
    assert failing_limits(GOOD, RefitConfig(), refit) == ()
    (one,) = failing_limits(found, RefitConfig(), refit)
    assert (one.code, exit_for([one])) == ("NBC-I38", Exit.SAFETY)
    assert f"`[refit] {limit}`" in (one.cause or "")
    assert failing_limits(found, replace(RefitConfig(), **{limit: None}), refit) == ()
    (told,) = as_warnings([one])
    assert told.severity is Severity.WARNING


REFIT = Refit(of=VERSIONS[2], number=3, before=VERSIONS[4])


@pytest.mark.parametrize("limit", ["coefficient_drift", "rank_correlation", "ic_fall"])
def test_a_limit_that_could_not_be_looked_at_stops_it_for_safety(limit: str) -> None:
    lacking = Drift(not_made=(NotMade(limit=limit, why="predictions not compared: no name in common"),))
    (one,) = failing_limits(lacking, RefitConfig(), REFIT)
    assert (one.code, exit_for([one])) == ("NBC-I38", Exit.SAFETY)
    assert one.message == "refit stopped: predictions not compared: no name in common"
    assert f"`[refit] {limit}`" in (one.cause or "")
    assert failing_limits(lacking, replace(RefitConfig(), **{limit: None}), REFIT) == ()
    (told,) = as_warnings([one])
    assert (told.severity, told.cause) == (
        Severity.WARNING,
        f"so nobody knows whether `[refit] {limit}` in nbcode.toml is met; `nbcode refit` would have stopped",
    )


def test_what_an_ordinary_refit_may_lack_stops_nothing() -> None:
    lacking = NotMade(limit="coefficient_drift", why="the model is not linear", innocent=True)
    assert failing_limits(Drift(not_made=(lacking,)), RefitConfig(), REFIT) == ()


class Empty:
    """A registry that has the files of no version."""

    def fetch(self, version: ModelVersion, into: Path, *, only: str | None = None) -> Path:
        del version, only
        return into


def values(folder: Path, table: pd.DataFrame) -> Path:
    (folder / "model").mkdir(parents=True)
    table.to_parquet(folder / "model" / "signal.parquet")
    return folder


def test_a_signal_is_compared_by_its_values(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-01", periods=30)
    drawn = np.random.default_rng(1).normal(size=30 * 20)
    rows = {"date": np.repeat(days, 20), "symbol": [f"N{n}" for n in range(20)] * 30, "value": drawn}
    before = values(tmp_path / "before", pd.DataFrame(rows))

    def drift(table: pd.DataFrame, name: str) -> Drift:
        return drift_between(Empty(), REFIT, values(tmp_path / name, table), lambda _: before, 5)  # type: ignore[arg-type]

    same = drift(pd.DataFrame(rows), "same")
    assert same.rank_correlation == pytest.approx(1.0)
    assert failing_limits(same, RefitConfig(), REFIT) == ()
    turned = drift(pd.DataFrame({**rows, "value": -drawn}), "turned")
    assert [one.code for one in failing_limits(turned, RefitConfig(), REFIT)] == ["NBC-I38"]
    dated = drift(pd.DataFrame({"date": days, "value": drawn[:30]}), "dated")
    assert [one.code for one in failing_limits(dated, RefitConfig(), REFIT)] == ["NBC-I38"]


def test_a_model_that_leaves_nothing_by_session_is_held_to_nothing_and_stopped(tmp_path: Path) -> None:
    found = drift_between(Empty(), REFIT, tmp_path, lambda _: tmp_path, 5)  # type: ignore[arg-type]
    (one,) = failing_limits(found, RefitConfig(), REFIT)
    assert one.message.endswith("predictions not compared: the model leaves none by session and name")
    assert failing_limits(found, replace(RefitConfig(), rank_correlation=None), REFIT) == ()


def test_without_the_artifact_of_the_last_fit_no_limit_is_looked_at(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    found = drift_between(Empty(), REFIT, tmp_path, lambda _: gone, 5)  # type: ignore[arg-type]
    assert {one.limit for one in found.not_made} == {"coefficient_drift", "rank_correlation", "ic_fall"}
    assert len(failing_limits(found, RefitConfig(), REFIT)) == 3
    assert "the artifact of version 5 is neither in the store nor in the registry" in str(found)


def test_a_fit_whose_predictions_end_before_those_of_the_last_is_refused() -> None:
    (one,) = failing_limits(replace(GOOD, back=("2017-06-09", "2017-05-30")), RefitConfig(), REFIT)
    assert (one.code, exit_for([one])) == ("NBC-I51", Exit.USER)
    assert (
        "it goes to 2017-05-30, and version 5 (3.2), the last fit of its line, to 2017-06-09" in one.message
    )


def same_day(_: ModelVersion) -> str:
    return "2017-06-09"


@pytest.mark.parametrize("candidate", [3, 4, 5, 6])
def test_the_candidate_moves_along_its_line(candidate: int) -> None:
    mine = replace(version(6, "3.3"), key=PROMOTION.key)
    assert left_where_it_is(PROMOTION, candidate, (*VERSIONS, mine), same_day) is None


@pytest.mark.parametrize("candidate", [None, 1, 2, 7, 8, 9])
def test_the_candidate_stays_with_another_model_or_where_there_is_none(candidate: int | None) -> None:
    """7 is a changed model that came since, 8 a later refit, 9 is unknown."""
    known = (*VERSIONS, replace(version(6, "3.3"), key=PROMOTION.key), version(7), version(8, "3.4"))
    found = left_where_it_is(PROMOTION, candidate, known, same_day)
    assert found is not None
    assert (found.code, found.severity) == ("NBC-I21", Severity.NOTE)
    assert "3.3" in found.message


@pytest.mark.parametrize(
    ("mine", "theirs", "moves"),
    [("2017-05-30", "2017-06-09", False), ("2017-06-12", "2017-06-09", True), (None, "2017-06-09", True)],
)
def test_the_candidate_never_moves_back_to_older_data(mine: str | None, theirs: str, *, moves: bool) -> None:
    own = replace(version(6, "3.3"), key=PROMOTION.key)
    until = {6: mine, 5: theirs}
    found = left_where_it_is(PROMOTION, 5, (*VERSIONS, own), lambda one: until[one.version])
    assert (found is None) == moves
    if found is not None:
        assert found.cause == "its data go to 2017-06-09, those of this one to 2017-05-30"


def test_the_data_of_a_spec_go_to_the_last_day_of_its_prices() -> None:
    assert data_until(SPEC) == "2018-02-07"
    undated = [replace(one, as_of=None) for one in SPEC.inputs]
    assert data_until(replace(SPEC, inputs=tuple(undated))) is None
    assert data_until(replace(SPEC, inputs=(), meta=replace(SPEC.meta, as_of="2017-06-11"))) == "2017-06-11"


def test_a_version_of_a_folder_gives_what_lies_with_its_model(tmp_path: Path) -> None:
    from nbcode.registry._fetching import copy_files

    (tmp_path / "model" / "files").mkdir(parents=True)
    (tmp_path / "model" / "spec.json").write_text("{}")
    (tmp_path / "model" / "files" / "a").write_text("a")
    (tmp_path / "model" / "link").symlink_to(tmp_path)
    one = replace(VERSIONS[0], source=(tmp_path / "model").as_uri())
    assert copy_files(one, tmp_path / "into", "spec.json") == tmp_path / "into" / "spec.json"
    assert (tmp_path / "into" / "spec.json").read_text() == "{}"
    assert (copy_files(one, tmp_path / "into", "files") / "a").read_text() == "a"
    assert not (tmp_path / "into" / "spec.json").exists()  # it is made anew
    for name in ("nothing", "link"):
        with pytest.raises(RegistryError, match=rf"NBC-I47 .*there is no file://.*/{name}"):
            copy_files(one, tmp_path / "into", name)
