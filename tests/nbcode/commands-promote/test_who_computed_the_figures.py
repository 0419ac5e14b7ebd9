"""Who computed a candidate's figures reaches whoever meets it: promote, show, their JSON, the registry."""

from __future__ import annotations

import json

import pytest

from fakes.promotes import OUTPUT, Bench
from fakes.runners import FakeRunner
from nbcode.artifact import ArtifactRefusedError
from nbcode.commands.report import facts_of
from nbcode.commands.show import show
from nbcode.primitives import Judged, Judgement, NbcodeError, to_plain
from nbcode.registry import Registration

STATED = Judgement(judged=Judged.STATED)
ON_COLUMNS = Judgement(judged=Judged.ON_COLUMNS, columns=("own", "slope"))
FOUND = Judgement(judged=Judged.STATED, figures=("ic",), outside={"ic": 0.02508})
SENTENCES = (
    (STATED, "stated by the notebook"),
    (
        FOUND,
        "stated by the notebook; outside, from its predictions and the declared prices: ic 0.02508 (as stated: ic)",
    ),
    (Judgement(judged=Judged.OUTSIDE), "computed outside the notebook"),
    (ON_COLUMNS, "computed outside the notebook, on columns of its own code (own, slope)"),
)


def bench_of(root, entry) -> Bench:
    report = json.loads(OUTPUT["report.json"]) | entry
    return Bench(
        root, runner=FakeRunner(root / ".runner", OUTPUT | {"report.json": json.dumps(report).encode()})
    )


def no_spec(_digest):
    raise NbcodeError([])


@pytest.mark.parametrize(("judgement", "sentence"), SENTENCES)
def test_it_is_told_wherever_the_version_is(tmp_path, judgement, sentence):
    kept: list[Registration] = []
    bench = bench_of(tmp_path, {"judged": to_plain(judgement)})
    register = bench.registry.register
    bench.registry.register = lambda wanted: kept.append(wanted) or register(wanted)
    ended = bench.promote()
    ports = bench.effect_ports()
    (version,) = show("xsmom", ports.journal, project=str(bench.root), artifact=ports.artifacts.path).versions
    assert ended.to_json()["judged"] == version.to_json()["judged"] == to_plain(judgement)
    assert [wanted.judged for wanted in kept] == [sentence]
    assert f"| figures | {sentence} |" in kept[0].note
    assert ("figures", sentence) in facts_of("xsmom", version, no_spec)


def test_of_a_report_that_does_not_say_it_nothing_is_told(tmp_path):
    bench = bench_of(tmp_path, {})
    ended = bench.promote()
    ports = bench.effect_ports()
    (version,) = show("xsmom", ports.journal, project=str(bench.root), artifact=ports.artifacts.path).versions
    assert ended.judged is None
    assert version.to_json()["judged"] is None
    assert "figures" not in dict(facts_of("xsmom", version, no_spec))


def test_a_report_that_says_something_else_is_refused(tmp_path):
    entry = {"judged": {"judged": "by a friend", "columns": [], "figures": []}}
    with pytest.raises(ArtifactRefusedError, match="judged"):
        bench_of(tmp_path, entry).promote()
