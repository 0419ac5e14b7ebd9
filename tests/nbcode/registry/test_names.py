"""Names of figures that a notebook may have, and MLflow's own check of what becomes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric, _validate_param

from nbcode.registry._names import accepted_names


def names(*given: str) -> list[str]:
    return [name for name, _ in accepted_names([(name, 0.0) for name in given])]


@pytest.mark.parametrize(
    ("written", "registered"),
    [
        ("ic_mean", "ic_mean"),
        ("Hit rate %", "Hit rate pct"),
        ("IC (5d)", "IC 5d"),
        ("('mean', 'AAA')", "mean AAA"),
        ("t > 3", "t 3"),
        ("R²", "R²"),
        ("α*β", "α_β"),
        ("a//b", "a/b"),
        ("/abs", "abs"),
        ("../up", "up"),
        ("", "figure"),
        ("...", "figure"),
        ("report.Hit rate %", "report.Hit rate pct"),
    ],
)
def test_a_name_that_mlflow_takes(written: str, registered: str) -> None:
    assert names(written) == [registered]


def test_two_names_that_would_be_one_stay_two() -> None:
    assert names("hit pct", "hit %", "hit (%)") == ["hit pct", "hit pct 2", "hit pct 3"]


def test_what_mlflow_takes_keeps_its_name_also_after_one_that_would_have_it() -> None:
    assert names("hit %", "hit pct") == ["hit pct 2", "hit pct"]


@given(st.lists(st.text(max_size=300), max_size=8, unique=True))
def test_mlflow_takes_every_name_and_each_once(written: list[str]) -> None:
    found = names(*written)
    assert len(set(found)) == len(written)
    for name in found:
        _validate_metric(name, 0.0, 0, 0)
        _validate_param(name, "x")


def test_as_it_is_written_mlflow_refuses_one() -> None:
    with pytest.raises(Exception, match="Hit rate"):
        _validate_metric("Hit rate %", 0.0, 0, 0)
