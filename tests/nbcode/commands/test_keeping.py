"""Which versions a rule keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nbcode.commands.keeping import KeepRule, Needs, decisions, keep_rule
from nbcode.primitives import NbcodeError, digest_bytes
from nbcode.registry import ModelVersion, RegisteredModel, RegisteredVersion

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = Needs(used={})


def version(number: int, days_ago: float = 400.0, *, model: str = "m", **more: str) -> RegisteredVersion:
    digest = digest_bytes(f"{model} {number}".encode())
    at = (NOW - timedelta(days=days_ago)).isoformat()
    made = ModelVersion(
        model=model,
        version=number,
        key=digest,
        spec_digest=digest,
        artifact_digest=digest,
        registered_at=at,
        source=more.pop("source", "file:///r/1/artifacts/model"),
        **more,
    )
    return RegisteredVersion(version=made)


def model(*versions: RegisteredVersion, name: str = "m") -> RegisteredModel:
    return RegisteredModel(model=name, versions=versions)


def kept(rule: str | None, *models: RegisteredModel, needs: Needs = NOBODY) -> dict[str, str]:
    found = decisions(models, needs, None if rule is None else keep_rule(rule), NOW)
    return {f"{one.version.model} {one.version.version}": one.because for one in found}


@pytest.mark.parametrize(
    ("text", "days", "last"),
    [
        ("candidates,production,90d", 90, None),
        ("90d", 90, None),
        ("12w", 84, None),
        ("last5", None, 5),
        (" candidates , last3, 10d, 2w ", 14, 3),
        ("candidates", None, None),
    ],
)
def test_a_rule_is_read(text, days, last):
    assert keep_rule(text) == KeepRule(text=text, days=days, last=last)


@pytest.mark.parametrize(
    "text", ["", "90", "90days", "3m", "-1d", "candidate", "last", "all", "90d,,5d", "9999999d"]
)
def test_what_is_not_understood_keeps_nothing_by_chance(text):
    with pytest.raises(NbcodeError, match=r"NBC-X12"):
        keep_rule(text)


def test_without_a_rule_every_version_is_kept():
    assert all(kept(None, model(version(3), version(2), version(1))).values())


def test_the_newest_and_what_is_under_any_alias_are_kept_by_every_rule():
    needs = Needs(
        used={("m", 2): "under the alias candidate", ("m", 1): "a copy of it", ("other", 3): "used"}
    )
    found = kept("0d", model(version(4), version(3), version(2), version(1)), needs=needs)
    assert found == {
        "m 4": "the newest: a refit is compared with it",
        "m 3": "",
        "m 2": "under the alias candidate",
        "m 1": "a copy of it",
    }


@pytest.mark.parametrize(("days_ago", "stays"), [(0, True), (89.9, True), (90, False), (90.1, False)])
def test_ninety_days_are_ninety_times_twenty_four_hours(days_ago, stays):
    assert bool(kept("90d", model(version(2), version(1, days_ago)))["m 1"]) is stays


def test_the_last_are_counted_in_each_model():
    a = model(*(version(n) for n in (4, 3, 2, 1)))
    b = model(version(2, model="b"), version(1, model="b"), name="b")
    gone = [name for name, why in kept("last2", a, b).items() if not why]
    assert gone == ["m 2", "m 1"]


def test_a_version_whose_copy_is_elsewhere_is_kept_and_the_copy_has_no_bytes_to_decide_of():
    copy = version(1, model="m.production", source="models:/m/1")
    needs = Needs(used={("m", 1): "version 1 of m.production has its files, and none of its own"})
    found = kept("0d", model(version(2), version(1)), model(copy, name="m.production"), needs=needs)
    assert found["m 1"] == "version 1 of m.production has its files, and none of its own"
    assert "m.production 1" not in found


def test_a_version_whose_promote_has_not_ended_is_kept():
    one = version(1)
    needs = Needs(used={}, unfinished={one.version.key})
    assert kept("0d", model(version(2), one), needs=needs)["m 1"] == "its promote has not ended"


def test_what_was_collected_is_not_decided_again():
    assert list(kept("0d", model(version(2), version(1, collected_at="2026-05-01T00:00:00Z")))) == ["m 2"]
