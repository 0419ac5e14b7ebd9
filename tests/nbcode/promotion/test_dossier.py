"""What is laid down for a controller is what it takes up, and nothing that is another is believed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes.elsewhere import Elsewhere
from fakes.promotes import Bench, built_named
from nbcode.configuration import ARGO, HERE, ArgoConfig, Config, RefitConfig, Workspace
from nbcode.primitives import Diagnostic, Digest, NbcodeError, digest_bytes
from nbcode.promotion import Promotion, State
from nbcode.promotion._controlled import ControlledPorts, planned_before
from nbcode.promotion._files import StoreRuns
from nbcode.promotion.dossier import (
    Dossier,
    HandOver,
    KeptLedger,
    give_back,
    lay_down,
    limits_in,
    spec_of,
    take_up,
)
from nbcode.trials import LEDGER_NAME, Trial, TrialLedger, panel_of_dataset


@dataclass
class Objects:
    """A store in memory."""

    held: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, data: bytes | Path) -> None:
        self.held[key] = data if isinstance(data, bytes) else data.read_bytes()

    def get(self, key: str) -> bytes | None:
        return self.held.get(key)


BUILD = built_named("notebook")


def project(root: Path) -> Workspace:
    store = root / ".nbcode"
    store.mkdir(exist_ok=True)
    (root / "uv.lock").write_text("version = 1\n")
    (store / LEDGER_NAME).write_bytes(b'{"looked": 1}\n')
    config = Config(refit=RefitConfig(names=0.02, ic_fall=None), argo=ArgoConfig())
    return Workspace(root=root, store=store, config=config)


def handed_over(root: Path) -> tuple[Objects, Promotion]:
    objects = Objects()
    (promotion,) = [Elsewhere(root).begin()]
    HandOver(lambda: objects, lambda _digest: BUILD.spec_bytes, project(root))(promotion)
    return objects, promotion


def test_a_controller_takes_up_what_the_project_said(tmp_path: Path) -> None:
    objects, promotion = handed_over(tmp_path)
    there = tmp_path / "controller"
    take_up(objects, promotion, there)
    assert (there / "uv.lock").read_text() == "version = 1\n"
    assert (there / LEDGER_NAME).read_bytes() == b'{"looked": 1}\n'
    assert limits_in(there) == RefitConfig(names=0.02, ic_fall=None)
    assert spec_of(objects, BUILD.spec_digest) == BUILD.spec


def test_what_a_controller_counted_is_not_taken_back(tmp_path: Path) -> None:
    objects, promotion = handed_over(tmp_path)
    there = tmp_path / "controller"
    take_up(objects, promotion, there)
    (there / LEDGER_NAME).write_bytes(b"counted since\n")
    take_up(objects, promotion, there)
    assert (there / LEDGER_NAME).read_bytes() == b"counted since\n"


@pytest.mark.parametrize("change", ["gone", "another"])
def test_a_spec_that_is_gone_or_another_is_refused(tmp_path: Path, change: str) -> None:
    objects, _ = handed_over(tmp_path)
    wanted = BUILD.spec_digest
    if change == "gone":
        wanted = Digest(digest_bytes(b"never laid down"))
    else:
        objects.held = {key: built_named("other").spec_bytes for key in objects.held}
    with pytest.raises(NbcodeError, match="NBC-I06"):
        spec_of(objects, wanted)


def test_without_limits_the_usual_ones_hold(tmp_path: Path) -> None:
    assert limits_in(tmp_path) == RefitConfig()


def test_each_promotion_has_the_folder_and_the_limits_of_its_own_project(tmp_path: Path) -> None:
    objects, promotion = handed_over(tmp_path)
    shared = Elsewhere(tmp_path).effect_ports()
    ports = ControlledPorts(
        shared, SimpleNamespace(store=objects, place="there"), tmp_path / "controller", tmp_path / "cache"
    )(promotion)
    assert ports.root == tmp_path / "controller" / "controlled" / promotion.key.hex
    assert (ports.limits.names, ports.registry is shared.registry) == (0.02, True)
    assert ports.spec(BUILD.spec_digest) == BUILD.spec


REFUSED = Diagnostic(code="NBC-I25", message="the registry's server refuses the account", cause="status 401")


def test_who_watches_is_told_once_why_the_controller_cannot_go_on(tmp_path: Path) -> None:
    """He may not read the controller's log: a wrong password of the registry is silence else."""
    bench, objects = Elsewhere(tmp_path), Objects()
    promotion = bench.begin()
    place = SimpleNamespace(store=objects, place="there")
    controlled = ControlledPorts(bench.effect_ports(), place, tmp_path / "c", tmp_path / "cache")
    heard: list[str] = []
    runs = StoreRuns(
        tmp_path / "watched",
        lambda _on: bench.runner,
        plan=bench._plan,
        on_event=lambda event: heard.append(event.text) if event.name == "waits" else None,
        failpoint=lambda _name: None,
        hand_over=HandOver(lambda: objects, lambda _digest: BUILD.spec_bytes, project(tmp_path)),
    )
    runs.watch(promotion)
    assert heard == []
    controlled.hindered(promotion, (REFUSED,))
    written = dict(objects.held)
    controlled.hindered(promotion, (REFUSED,))
    assert objects.held == written
    for _ in range(3):
        runs.watch(promotion)
    assert heard == [
        "NBC-I25 its controller waits at submitted: the registry's server refuses the account: status 401"
    ]
    # What it said where the promotion stood before is not true any more.
    assert (
        HandOver(lambda: objects, lambda _digest: b"", project(tmp_path)).hindered(
            replace(promotion, state=State.BUILT)
        )
        == ()
    )


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b'{"state": "submitted"}', b'{"state": "submitted", "diagnostics": [1]}']
)
def test_what_another_release_said_of_a_hindrance_is_nothing(tmp_path: Path, text: bytes) -> None:
    promotion, objects = Elsewhere(tmp_path).begin(), Objects()
    objects.held[f"promotions/{promotion.key.hex}/hindered.json"] = text
    assert HandOver(lambda: objects, lambda _digest: b"", project(tmp_path)).hindered(promotion) == ()


def test_a_lost_run_is_planned_as_the_one_before_it(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    asked: list[tuple[str, str]] = []

    def plan_again(before: str, under: str):  # type: ignore[no-untyped-def]
        asked.append((before, under))

    planned_before(bench.effect_ports().journal, plan_again)(replace(begun, run_id="the-next"))
    assert asked == [(begun.run_id, "the-next")]


def trial(variant: str, first_at: str) -> Trial:
    return Trial(
        variant=variant, label="fwd 10d", panel=panel_of_dataset("us"), first_at=first_at, notebook="n.py"
    )


def test_how_often_was_tried_is_one_count_for_all_who_promote_the_model(tmp_path: Path) -> None:
    """Two people, each with a ledger of his own, and a controller whose disk is new each time."""
    objects = Objects()
    first, second = (replace(Elsewhere(tmp_path).begin(), key=digest_bytes(who)) for who in (b"ada", b"bea"))
    for promotion, mine in ((first, ["a", "b"]), (second, ["b", "c"])):
        ledger = TrialLedger(tmp_path / f"of-{promotion.key.hex}")
        (tmp_path / f"of-{promotion.key.hex}").mkdir()
        for number, variant in enumerate(mine):
            ledger.add(trial(variant, f"2026-01-0{number + 1}"))
        told = Dossier(
            spec=b"",
            root=tmp_path,
            ledger=tmp_path / f"of-{promotion.key.hex}" / LEDGER_NAME,
            limits=RefitConfig(),
        )
        lay_down(objects, promotion, told)
    take_up(objects, first, tmp_path / "one", [second.key])
    TrialLedger(tmp_path / "one").add(trial("promoted first", "2026-01-03"))
    give_back(objects, first.key, tmp_path / "one")
    take_up(objects, second, tmp_path / "two", [first.key])
    seen = {one.variant: one.first_at for one in TrialLedger(tmp_path / "two").read()}
    assert seen == {"a": "2026-01-01", "b": "2026-01-01", "c": "2026-01-02", "promoted first": "2026-01-03"}
    take_up(objects, second, tmp_path / "alone")  # control: without the others it is one man's count
    assert {one.variant for one in TrialLedger(tmp_path / "alone").read()} == {"b", "c"}


def test_what_a_controller_counts_is_counted_by_a_promote_of_a_laptop(tmp_path: Path) -> None:
    """As soon as it is counted: the laptop need not wait for the end, nor for a controller that lives."""
    objects, there = handed_over(tmp_path)
    here = replace(there, key=digest_bytes(b"here"), runs_on=HERE)
    take_up(objects, there, tmp_path / "controller")
    KeptLedger(tmp_path / "controller", objects, there.key).add(trial("promoted there", "2026-01-03"))
    laptop = HandOver(lambda: objects, lambda _digest: b"", project(tmp_path))
    assert [one.variant for one in laptop.counted([there, here])] == ["promoted there"]
    (tmp_path / "plain").mkdir()  # control: a ledger that is not kept is seen by nobody else
    take_up(objects, there, tmp_path / "plain")
    TrialLedger(tmp_path / "plain").add(trial("counted alone", "2026-01-04"))
    assert [one.variant for one in laptop.counted([there, here])] == ["promoted there"]


def test_a_laptop_without_runs_on_a_cluster_asks_no_object_store(tmp_path: Path) -> None:
    def nobody() -> Objects:
        raise NbcodeError([Diagnostic(code="NBC-H40", message="no store is named")])

    laptop = HandOver(nobody, lambda _digest: b"", project(tmp_path))
    here = replace(Elsewhere(tmp_path).begin(), runs_on=HERE)
    assert laptop.counted([here]) == ()
    with pytest.raises(NbcodeError, match="no store is named"):
        laptop.counted([replace(here, runs_on=ARGO)])


def test_a_promote_counts_what_was_counted_elsewhere_or_says_that_it_could_not(tmp_path: Path) -> None:
    away = NbcodeError([Diagnostic(code="NBC-H40", message="the object store does not answer")])
    told: dict[str, list[str]] = {}
    for name, counted in (("there", [trial("elsewhere", "2026-01-03")]), ("away", away)):
        bench = Bench(tmp_path / name)
        (tmp_path / name).mkdir()
        runs = bench.effect_ports().runs
        runs.counted_elsewhere = _answering(counted)  # type: ignore[method-assign]
        bench.promote()
        told[name] = [one.code for one in bench.notices if one.code == "NBC-H40"]
        variants = [one.variant for one in bench.effect_ports().trials.read()]
        assert ("elsewhere" in variants) == (name == "there")
    assert told == {"there": [], "away": ["NBC-H40"]}


def _answering(counted: list[Trial] | NbcodeError):  # type: ignore[no-untyped-def]
    def counted_elsewhere(promotions):  # type: ignore[no-untyped-def]
        list(promotions)
        if isinstance(counted, NbcodeError):
            raise counted
        return tuple(counted)

    return counted_elsewhere


def test_a_promotion_that_begins_anew_from_elsewhere_forgets_no_trial(tmp_path: Path) -> None:
    objects = Objects()
    promotion = Elsewhere(tmp_path).begin()
    for folder, variant in (("old", "a"), ("new", "b")):
        (tmp_path / folder).mkdir()
        TrialLedger(tmp_path / folder).add(trial(variant, "2026-01-01"))
        told = Dossier(spec=b"", root=tmp_path, ledger=tmp_path / folder / LEDGER_NAME, limits=RefitConfig())
        lay_down(objects, promotion, told)
    take_up(objects, promotion, tmp_path / "there")
    assert {one.variant for one in TrialLedger(tmp_path / "there").read()} == {"a", "b"}


def test_what_a_controller_has_here_goes_with_the_end_of_its_promotion(tmp_path: Path) -> None:
    objects, promotion = handed_over(tmp_path)
    other = replace(promotion, key=digest_bytes(b"other"), run_id="other-1")
    store = tmp_path / "controller"
    controlled = ControlledPorts(
        Elsewhere(tmp_path).effect_ports(),
        SimpleNamespace(store=objects, place="there"),
        store,
        tmp_path / "cache",
    )
    for one in (promotion, other):
        folder = controlled(one).root
        (folder / "artifacts" / "sha256").mkdir(parents=True)
        (store / "controlled" / "runs" / (one.run_id or "")).mkdir(parents=True)
        TrialLedger(folder).add(trial(one.key, "2026-01-01"))
    (store / "artifacts" / "of-a-project").mkdir(parents=True)
    controlled.sweep([promotion, other])
    assert len(list((store / "controlled").iterdir())) == 3  # control: of what goes on nothing is removed
    controlled.sweep([other])
    assert sorted(one.name for one in (store / "controlled").iterdir()) == sorted(["runs", other.key.hex])
    assert [one.name for one in (store / "controlled" / "runs").iterdir()] == ["other-1"]
    assert (store / "artifacts" / "of-a-project").is_dir()  # what is not its own
    kept = objects.held[f"promotions/{promotion.key.hex}/{LEDGER_NAME}"]
    assert promotion.key.encode() in kept
    controlled.sweep([])
    controlled.sweep([])
    assert [one.name for one in (store / "controlled").iterdir()] == ["runs"]


def test_what_was_counted_is_not_removed_before_it_is_kept(tmp_path: Path) -> None:
    objects, promotion = handed_over(tmp_path)
    store = tmp_path / "controller"
    controlled = ControlledPorts(
        Elsewhere(tmp_path).effect_ports(),
        SimpleNamespace(store=objects, place="there"),
        store,
        tmp_path / "cache",
    )
    folder = controlled(promotion).root
    TrialLedger(folder).add(trial("counted", "2026-01-01"))

    def away(_key: str) -> bytes | None:
        raise NbcodeError([Diagnostic(code="NBC-H40", message="away")])

    objects.get = away  # type: ignore[method-assign]
    with pytest.raises(NbcodeError, match="away"):
        controlled.sweep([])
    assert (folder / LEDGER_NAME).exists()
    del objects.get
    controlled.sweep([])
    assert not folder.exists()
