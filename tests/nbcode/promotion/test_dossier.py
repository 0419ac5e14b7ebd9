"""What is laid down for a controller is what it takes up, and nothing that is another is believed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fakes.elsewhere import Elsewhere
from fakes.promotes import built_named
from nbcode.configuration import ArgoConfig, Config, RefitConfig, Workspace
from nbcode.primitives import Digest, NbcodeError, digest_bytes
from nbcode.promotion import Promotion
from nbcode.promotion._controlled import ControlledPorts, planned_before
from nbcode.promotion.dossier import handing_over, limits_in, spec_of, take_up
from nbcode.trials import LEDGER_NAME


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
    handing_over(lambda: objects, lambda _digest: BUILD.spec_bytes, project(root))(promotion)
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
    ports = ControlledPorts(shared, objects, tmp_path / "controller", tmp_path / "cache")(promotion)
    assert ports.root == tmp_path / "controller" / "controlled" / promotion.key.hex
    assert (ports.limits.names, ports.registry is shared.registry) == (0.02, True)
    assert ports.spec(BUILD.spec_digest) == BUILD.spec


def test_a_lost_run_is_planned_as_the_one_before_it(tmp_path: Path) -> None:
    bench = Elsewhere(tmp_path)
    begun = bench.begin()
    asked: list[tuple[str, str]] = []

    def plan_again(before: str, under: str):  # type: ignore[no-untyped-def]
        asked.append((before, under))

    planned_before(bench.effect_ports().journal, plan_again)(replace(begun, run_id="the-next"))
    assert asked == [(begun.run_id, "the-next")]
