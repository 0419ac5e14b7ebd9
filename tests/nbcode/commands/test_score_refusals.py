"""What `score` refuses of the files is said of the file that has it, with what can be done to a file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import Panel, Ridge, data, features, fit_final, fwd_ret
from alpha_bench.fitting.fitted_model import FittedModel
from alpha_bench.panel.interchange.tables import FileLayout
from alpha_bench.panel.panel import read_panel
from fakes.small_model import rows
from nbcode.commands.score import ChosenData, ChosenVersion, ScorePorts, ScoreResult, Wanted, score
from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode_runtime import score as predict

NO_DIGEST = Digest("sha256:" + "0" * 64)
SYMBOLS = sorted(set(rows()["symbol"].astype(str)))
REFERENCE = pd.DataFrame({"Ric": SYMBOLS, "Cap": np.arange(1.0, len(SYMBOLS) + 1), "Px": 2.0})


@cache
def model() -> FittedModel:
    raw = rows().rename(columns={"date": "Day", "symbol": "Ric"})
    panel = Panel.of(raw, date="Day", symbol="Ric", reference=REFERENCE, derive={"so": "Cap / Px"})
    return fit_final(Ridge().fit(X=[features.ret(3), data.so * data.close], y=fwd_ret(2)), panel)


def scored(
    folder: Path, reference: pd.DataFrame | Path = REFERENCE, dataset: str = "", day: str = "%Y-%m-%d"
) -> ScoreResult:
    raw = rows().rename(columns={"date": "Day", "symbol": "Ric"})
    raw.assign(Day=raw["Day"].dt.strftime(day)).to_csv(folder / "kurse.csv", index=False)
    if isinstance(reference, pd.DataFrame):
        reference.to_csv(folder / "ref.csv", index=False)
        reference = folder / "ref.csv"
    chosen = ChosenVersion(
        model="m",
        version=1,
        line="1",
        alias=None,
        artifact_digest=NO_DIGEST,
        spec_digest=None,
        artifact=folder,
    )
    files = ChosenData(prices=folder / "kurse.csv", reference=reference, dataset=dataset)
    if dataset:
        files = ChosenData(
            prices=files.prices,
            reference=reference,
            dataset=dataset,
            declared={"date": "Day", "symbol": "Ric"},
        )
    ports = ScorePorts(
        choose=lambda: chosen,
        data=lambda _: files,
        load=lambda _: model(),
        predict=lambda made, given, as_of: predict(
            made, given.prices, given.reference, as_of=as_of, declared=given.declared
        ),
        digest=lambda _: NO_DIGEST,
        step=lambda _: None,
        now=lambda: "2026-01-01T00:00:00Z",
        monotonic_s=lambda: 0.0,
    )
    return score(Wanted(), ports)


def refused(*given: Any, **how: Any) -> Diagnostic:
    with pytest.raises(NbcodeError, match=r"^NBC-[ER]\d\d ") as caught:
        scored(*given, **how)
    (found,) = caught.value.diagnostics
    return found


def test_files_as_they_should_be_are_scored(tmp_path: Path) -> None:
    assert scored(tmp_path).scores.predicted == len(SYMBOLS)
    assert scored(tmp_path, dataset="us").diagnostics[:0] == ()


def test_dates_of_another_form_are_mended_where_a_file_says_them(tmp_path: Path) -> None:
    found = refused(tmp_path, day="%d.%m.%Y")
    assert "column 'Day' does not hold dates" in found.message
    assert found.fix_titles == (
        "write them as YYYY-MM-DD in kurse.csv",
        'declare the file as [data.NAME] in nbcode.toml, with date_format = "%d.%m.%Y", and write --data NAME',
    )
    found = refused(tmp_path, day="%d.%m.%Y", dataset="us")
    assert found.fix_titles[0] == 'write date_format = "%d.%m.%Y" at [data.us] in nbcode.toml'
    layout = FileLayout(date_format="%d.%m.%Y")
    assert read_panel(tmp_path / "kurse.csv", date="Day", symbol="Ric", layout=layout).dates.size


def test_a_column_that_the_reference_lacks_is_added_to_the_reference(tmp_path: Path) -> None:
    found = refused(tmp_path, REFERENCE.drop(columns="Cap"))
    assert (found.code, found.message) == ("NBC-R36", "the reference lacks Cap; so = Cap / Px needs it")
    assert found.fix_titles == ("add Cap to the reference",)
    found = refused(tmp_path, REFERENCE.rename(columns={"Cap": "Caps"}))
    assert found.fix_titles[0].startswith("rename {'Caps': 'Cap'}")


def test_a_folder_is_no_file_of_a_reference(tmp_path: Path) -> None:
    (tmp_path / "daten").mkdir()
    found = refused(tmp_path, tmp_path / "daten")
    assert found.message.endswith("daten is a folder")
    assert found.fix_titles == ("name the file in it",)
    assert refused(tmp_path, tmp_path / "none.csv").message.endswith("none.csv is not there")


def test_what_is_wrong_with_a_reference_that_was_given_is_no_want_of_one(tmp_path: Path) -> None:
    found = refused(tmp_path, pd.concat([REFERENCE, REFERENCE[:1]]))
    assert found.code == "NBC-R69"
    assert not [one for one in found.fix_titles if "reference = FILE" in one or "--reference FILE" in one]


def test_a_text_of_another_encoding_is_written_in_utf_8(tmp_path: Path) -> None:
    REFERENCE.assign(Name="Müller").to_csv(tmp_path / "latin.csv", index=False, encoding="latin-1")
    assert refused(tmp_path, tmp_path / "latin.csv").fix_titles == ("write it in UTF-8",)


def test_names_that_the_reference_lacks_are_told_as_that(tmp_path: Path) -> None:
    result = scored(tmp_path, REFERENCE[:-2])
    (found,) = [one for one in result.diagnostics if one.code == "NBC-R67"]
    assert "the reference has no Cap, Px of these names" in found.message
    assert found.fix_titles == ("add these names to the reference",)
    assert result.scores.predicted == len(SYMBOLS) - 2
