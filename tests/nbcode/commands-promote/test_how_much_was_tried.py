"""What the ledger of trials holds reaches a promotion, its registry, `show` and the page; the artifact knows nothing of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from alpha_bench.describe import Session, describe, variant_of
from fakes.promotes import OUTPUT, Bench, PreparedBuild, spec_named
from fakes.runners import FakeRunner
from nbcode.commands.promote import promote
from nbcode.commands.report import report
from nbcode.commands.show import show
from nbcode.inputs import Role
from nbcode.primitives import digest_bytes, digest_json
from nbcode.promotion import tried
from nbcode.spec import SpecDefinition, SpecInput
from nbcode.trials import Trial, TrialLedger, variant_of_figures

EVIDENCE = {"n": 1000, "ratio": 0.06, "skewness": 0.1, "kurtosis": 4.0}
PRICES = SpecInput(
    name="market",
    role=Role.PRICES,
    uri="prices.parquet",
    digest=digest_bytes(b"prices"),
    size_bytes=6,
    schema=(),
    as_of=None,
    derive=(),
    date_column="date",
    symbol_column="symbol",
)


def defined(window: int = 20, trials: int = 1) -> dict:
    session = Session(None)
    try:
        names = session.names()
        m = names["Ridge"]().fit(X=[names["features"].ret(window)], y=session.label("fwd_ret_10d"))
        return describe(names["walk_forward"](m, trials=trials))
    finally:
        session.close()


def spec_of(plain: dict):
    definition = SpecDefinition(kind="declarative", digest=digest_json(plain), plain=plain)
    return replace(spec_named("notebook"), definition=definition, inputs=(PRICES,))


class TryingBench(Bench):
    """Promotes evaluations of the built-in language."""

    def __init__(self, root) -> None:
        book = json.loads(OUTPUT["report.json"]) | {"portfolio": {"evidence": EVIDENCE}}
        output = OUTPUT | {"report.json": json.dumps(book).encode()}
        super().__init__(root, runner=FakeRunner(root / ".runner", output))
        self.ledger = TrialLedger(self.store)

    def promote_defined(self, plain: dict):
        self.notices.clear()
        built = PreparedBuild(spec=spec_of(plain), data=b"# notebook\n")
        return promote(self.root / "notebook.py", replace(self.ports(), build=lambda _path: built))

    def look(self, window: int, panel: str = "data market", at: str = "2026-11-03T09:00:00.000Z") -> None:
        variant, label, _, _ = variant_of(defined(window))
        self.store.mkdir(exist_ok=True)
        self.ledger.add(Trial(variant=variant, label=label, panel=panel, first_at=at, notebook="notebook.py"))

    def shown(self):
        ports = self.effect_ports()
        return show(
            "xsmom",
            ports.journal,
            project=str(self.root),
            artifact=ports.artifacts.path,
            tried=lambda p: tried(
                p, self.specs.read(p.spec_digest), ports.artifacts.path(p.artifact_digest), self.ledger.read()
            ),
        )


@pytest.fixture
def bench(tmp_path) -> TryingBench:
    return TryingBench(tmp_path)


def test_a_promote_says_how_many_variants_were_looked_at_and_what_the_deflated_ratio_is_then(bench):
    for window in range(1, 37):
        bench.look(window)
    ended = bench.promote_defined(defined(60))
    (told,) = [d for d in ended.diagnostics if d.code == "NBC-I33"]
    assert told.message == "37 variants were looked at since 3 November 2026"
    assert told.cause == "the deflated Sharpe ratio is 40% with 37 trials, and 97% with the 1 declared"
    assert told.fix_titles == ("declare them: walk_forward(m, trials=37)",)
    assert ended.status == "done"


def test_the_fix_works_and_counts_nothing(bench):
    for window in range(1, 37):
        bench.look(window)
    bench.promote_defined(defined(60))
    declared = bench.promote_defined(defined(60, trials=37))
    assert [d.code for d in declared.diagnostics if d.code == "NBC-I33"] == []
    assert len(bench.ledger.read()) == 37


def test_what_is_promoted_is_counted_also_where_a_gate_refuses_it(bench):
    assert bench.promote_defined(defined(5)).status == "done"
    assert bench.promote_defined(defined(5)).status == "exists"
    assert bench.promote_defined(defined(6)).status == "done"
    assert len(bench.ledger.read()) == 2


def test_other_data_and_what_came_later_do_not_count(bench):
    bench.look(1, panel="data other")
    bench.look(2, at="2999-01-01T00:00:00.000Z")
    ended = bench.promote_defined(defined(60))
    assert [d.code for d in ended.diagnostics if d.code == "NBC-I33"] == []
    bench.look(3)
    (version,) = bench.shown().versions
    assert version.trials.looked.variants == 2


def test_the_artifact_is_the_same_however_much_was_tried(tmp_path):
    few, many = TryingBench(tmp_path / "few"), TryingBench(tmp_path / "many")
    for one in (few, many):
        one.root.mkdir()
    for window in range(1, 30):
        many.look(window)
    first, second = few.promote_defined(defined(60)), many.promote_defined(defined(60))
    assert first.artifact_digest == second.artifact_digest
    assert first.spec_digest == second.spec_digest


def test_show_the_page_and_the_registry_say_it(bench):
    kept = []
    register = bench.registry.register
    bench.registry.register = lambda wanted: kept.append(wanted) or register(wanted)
    for window in range(1, 37):
        bench.look(window)
    bench.promote_defined(defined(60))
    found = bench.shown()
    said = (
        "37 variants were looked at since 3 November 2026; the deflated Sharpe ratio is 40% with 37 trials, and 97% with "
        "the 1 declared"
    )
    assert str(found.versions[0].trials) == kept[0].trials == said
    assert f"| trials | {said} |" in kept[0].note
    plain = found.to_json()["versions"][0]["trials"]
    assert (plain["looked_at"], plain["since"], plain["declared"]) == (37, "2026-11-03T09:00:00.000Z", 1)
    assert plain["deflated_sharpe"] == pytest.approx(0.398, abs=0.001)
    page = report(found, version=None, spec=bench.specs.read, path=lambda n: bench.root / f"{n}.html")
    assert dict(page.facts)["trials"] == said


def test_of_plain_cells_the_figures_that_were_looked_at_are_counted(bench):
    bench.store.mkdir()
    for number in range(3):
        bench.ledger.add(
            Trial(
                variant=f"sha256:{number}",
                label="10d",
                panel="cells of notebook.py",
                first_at="2026-11-03T09:00:00.000Z",
                notebook="notebook.py",
            )
        )
    ended = bench.promote()
    (told,) = [d for d in ended.diagnostics if d.code == "NBC-I33"]
    assert (str(told.severity), told.message) == ("note", "4 variants were looked at since 3 November 2026")
    assert bench.ledger.read()[-1].label == "10d"


def test_what_is_promoted_of_plain_cells_is_counted_by_its_figures(bench):
    assert bench.promote().status == "done"
    assert [one.panel for one in bench.ledger.read()] == ["cells of notebook.py"]
    figures = json.loads(OUTPUT["report.json"])["figures"]
    assert bench.ledger.read()[0].variant == variant_of_figures(figures)


@pytest.mark.parametrize("anew", [False, True])
def test_a_ledger_that_was_taken_away_is_told_and_gets_what_was_promoted(bench, anew):
    """Also where a run or a kernel has begun it anew since."""
    bench.look(1)
    bench.promote_defined(defined(20))
    bench.promote_defined(defined(21))
    kept = bench.ledger.read()
    (bench.store / "trials.jsonl").unlink()
    if anew:
        bench.look(22, at="2099-11-03T09:00:00.000Z")
    told = [d for d in bench.promote_defined(defined(22)).diagnostics if d.code == "NBC-I33"]
    assert told[0].message == "the ledger of trials is gone: 2 promoted before are counted again"
    assert told[1].message.startswith("3 variants were looked at")
    assert {one.variant for one in bench.ledger.read()} >= {one.variant for one in kept[1:]}


def test_a_first_promote_misses_no_ledger(bench):
    assert [d for d in bench.promote_defined(defined(20)).diagnostics if d.code == "NBC-I33"] == []
