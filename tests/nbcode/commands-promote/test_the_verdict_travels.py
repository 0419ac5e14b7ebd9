"""What a run found and what its look came to reach whoever meets the version: show, models, the registry, a gate."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fakes.promotes import OUTPUT, Bench
from fakes.runners import FakeRunner
from nbcode.commands.models import models_of_ledger
from nbcode.commands.show import show
from nbcode.primitives import Diagnostic, Severity
from nbcode.registry import Registration
from nbcode.run import RunStatus, read_findings
from nbcode.spec import Gate

LEAK = Diagnostic(code="NBC-E23", severity=Severity.WARNING, message="`z` knew the future", fixes=("lag it",))
NOTE = Diagnostic(code="NBC-H31", severity=Severity.NOTE, message="left behind in the run: a.csv")
FOUND = {"verdict": "found", "because": "`z` knew the future"}
CLEAN = Gate(metric="foresight", op="==", value="clean")
OUTSIDE = Gate(metric="judged", op="==", value="outside")


def no_owner(digest):
    return ""


class FindingRunner(FakeRunner):
    """A runner whose runs finish and find something."""

    def observe(self, reference, since="0"):
        seen = super().observe(reference, since)
        if seen.record is None or seen.record.status is not RunStatus.FINISHED:
            return seen
        return replace(seen, record=replace(seen.record, diagnostics=(LEAK, NOTE)))


def bench_of(root, look=FOUND, runner=FindingRunner) -> Bench:
    report = json.loads(OUTPUT["report.json"]) | {"look_ahead": look}
    output = OUTPUT | {"report.json": json.dumps(report).encode()}
    return Bench(root, runner=runner(root / ".runner", output))


def shown(bench: Bench):
    return show(
        "xsmom",
        bench.effect_ports().journal,
        project=str(bench.root),
        artifact=bench.effect_ports().artifacts.path,
        findings=lambda run_id: read_findings(bench.store / "runs" / run_id),
    )


def test_what_a_run_found_is_told_of_its_version_for_good(tmp_path):
    bench = bench_of(tmp_path)
    bench.promote()
    (version,) = shown(bench).versions
    assert version.findings == (LEAK, NOTE)
    assert shown(bench).to_json()["versions"][0]["findings"] == [LEAK.to_json(), NOTE.to_json()]
    again = bench.promote()
    assert (str(again.status), again.diagnostics) == ("exists", (LEAK, NOTE))


def test_a_run_that_found_nothing_leaves_nothing_to_tell(tmp_path):
    bench = bench_of(tmp_path, runner=FakeRunner)
    bench.promote()
    assert shown(bench).versions[0].findings == ()
    assert bench.promote().diagnostics == ()


def test_models_shows_the_verdict_on_the_candidate(tmp_path):
    bench = bench_of(tmp_path)
    bench.promote()
    (listed,) = models_of_ledger(
        bench.effect_ports().journal, str(bench.root), bench.effect_ports().artifacts.path, no_owner
    ).models
    assert listed.to_json()["look_ahead"] == FOUND


@pytest.mark.parametrize(
    ("look", "status"), [(FOUND, "failed"), ({"verdict": "none found", "because": ""}, "done")]
)
def test_a_gate_on_foresight_refuses_what_was_found_and_nothing_else(tmp_path, look, status):
    bench = bench_of(tmp_path, look)
    ended = bench.promote(gates=(CLEAN,))
    assert str(ended.status) == status
    refused = [d for d in ended.diagnostics if d.code == "NBC-I14"]
    assert len(refused) == (status == "failed")
    assert len(bench.registry.versions("xsmom")) == (status == "done")


STATED_CLEAN = {"verdict": "none found", "because": "", "stated": True}


@pytest.mark.parametrize(("gates", "status"), [((CLEAN,), "done"), ((CLEAN, OUTSIDE), "failed")])
def test_a_verdict_of_the_cells_own_process_passes_no_gate_unsaid(tmp_path, gates, status):
    bench = bench_of(tmp_path, STATED_CLEAN, FakeRunner)
    kept: list[Registration] = []
    register = bench.registry.register
    bench.registry.register = lambda wanted: kept.append(wanted) or register(wanted)
    ended = bench.promote(gates=gates)
    assert str(ended.status) == status
    assert [d.code for d in ended.diagnostics if d.code.startswith("NBC-I")] == (
        ["NBC-I34"] if status == "done" else ["NBC-I14"]
    )
    assert [one[:9] for wanted in kept for one in wanted.findings] == ["NBC-I34 t"] * len(kept)
    assert [wanted.look_ahead for wanted in kept] == ["none found (stated by the cells' own process)"] * len(
        kept
    )


def test_models_tells_of_each_figure_what_it_rests_on(tmp_path):
    judged = {
        "judged": "stated by the notebook",
        "columns": [],
        "figures": ["ic_mean"],
        "outside": {"ic": 0.02},
    }
    report = json.loads(OUTPUT["report.json"]) | {"look_ahead": STATED_CLEAN, "judged": judged}
    bench = Bench(
        tmp_path,
        runner=FakeRunner(tmp_path / ".runner", OUTPUT | {"report.json": json.dumps(report).encode()}),
    )
    bench.promote()
    ports = bench.effect_ports()
    (listed,) = models_of_ledger(ports.journal, str(bench.root), ports.artifacts.path, no_owner).models
    told = listed.to_json()
    assert told["judged"] == judged
    others = dict.fromkeys(("rank_ic_mean", "n_dates", "quantile_returns"), "stated")
    assert told["figures"] == {"ic_mean": "found again", **others}


def test_the_registry_is_told_the_verdict_and_the_warnings(tmp_path):
    kept: list[Registration] = []
    bench = bench_of(tmp_path)
    register = bench.registry.register
    bench.registry.register = lambda wanted: kept.append(wanted) or register(wanted)
    bench.promote()
    (wanted,) = kept
    assert wanted.findings == ("NBC-E23 `z` knew the future",)
    assert wanted.trials.startswith("1 variant was looked at since")
    assert wanted.note.startswith(
        "IC 0.0200\n\nnotebook\n\n| | |\n|---|---|\n| look-ahead | found: `z` knew the future |\n"
    )
    assert wanted.note.endswith(
        f"| trials | {wanted.trials} |\n\nFindings of the run:\n\n- NBC-E23 `z` knew the future"
    )
    silent = replace(wanted, findings=(), look_ahead="", trials="", description="").note
    assert not any(word in silent for word in ("Findings", "look-ahead", "trials", "notebook\n\n"))
    many = replace(wanted, findings=("NBC-E23 x",) * 20)
    assert many.note.endswith("- and 8 more: `nbcode show xsmom`")
