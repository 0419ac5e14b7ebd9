"""What a write that was killed left beside its place is removed by the next one."""

from __future__ import annotations

from pathlib import Path

from fakes.promotes import Bench, built_named
from nbcode.promotion._files import SpecFiles


def test_keeping_a_spec_removes_what_a_killed_keep_left(tmp_path: Path) -> None:
    build = built_named("notebook")
    left = tmp_path / f".{build.spec_digest.hex}.json.abcdefgh"
    others = tmp_path / ".0000.json.abcdefgh"
    for path in (left, others):
        path.write_bytes(b"half")
    specs = SpecFiles(tmp_path)
    specs.store(build.spec_digest, build.spec_bytes)
    assert specs.read(build.spec_digest) == build.spec
    assert not left.exists()
    assert others.exists()


def test_cleaning_a_run_removes_what_a_killed_fetch_and_a_killed_write_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.promote()
    (promotion,) = bench.effect_ports().journal.promotions()
    assert promotion.run_id is not None
    place = bench.store / "runs" / promotion.run_id
    (place / "out.0123456789ab.part" / "pictures").mkdir(parents=True)
    for written in ("ended.json", "findings.json"):
        (place / f".{written}.abcdefgh").write_bytes(b"{")
    assert bench.temporary() != []
    bench.effect_ports().runs.clean(promotion)
    assert bench.temporary() == []
