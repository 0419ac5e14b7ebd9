"""Columns that are kept: the same bits as computing them, a day more costs a day, and nothing wrong is ever used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alpha_bench import cs, features, ts
from alpha_bench.column_cache.cached_panel import CachedPanel, CacheWarning, open_cache, worth_caching
from alpha_bench.column_cache.keys import BLOCK, Blocks
from alpha_bench.column_cache.store import ColumnStore, canonical_block
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.kernels.checksums import checksum
from alpha_bench.session.session import Session
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.small_panels import panel_of, random_fields, same_bits

SESSIONS = 2 * BLOCK + 60
FIELDS = random_fields(8, rows=SESSIONS + 3, columns=5)
WANTED = (
    ts.std(features.ret(1), 20),
    cs.rank(ts.mean(data.volume, 7)),
    ts.mean(cs.zscore(features.ret(5)), 13),
    data.close * data.volume,
    fwd_ret(5),
)
KEPT = 3


def panel(sessions: int = SESSIONS, fields: dict[str, np.ndarray] = FIELDS) -> object:
    return panel_of({n: v[:sessions] for n, v in fields.items()})


def cached(directory: Path, sessions: int = SESSIONS, mode: str = "reuse", **more: object) -> CachedPanel:
    return open_cache(panel(sessions, **more), directory, mode=mode)  # type: ignore[arg-type]


def right(values: list[np.ndarray], sessions: int = SESSIONS, **more: object) -> bool:
    return all(same_bits(a, b) for a, b in zip(values, compute(WANTED, panel(sessions, **more)), strict=True))


def test_the_second_time_nothing_is_computed_and_the_bits_are_the_same(tmp_path: Path) -> None:
    first, second = cached(tmp_path), cached(tmp_path)
    assert right(first.compute(WANTED))
    assert first.use.to_plain() == {
        **dict.fromkeys(first.use.to_plain(), 0),
        "recomputed": 5,
        "sessions_computed": 5 * SESSIONS,
    }
    assert right(second.compute(WANTED))
    assert (second.use.reused, second.use.recomputed) == (KEPT, 2)
    assert second.use.sessions_computed == 2 * SESSIONS


@pytest.mark.parametrize("before", [SESSIONS - 1, SESSIONS - 3, 2 * BLOCK, BLOCK + 1, 10])
def test_a_day_more_costs_the_new_sessions_only_with_the_bits_of_computing_all(
    tmp_path: Path, before: int
) -> None:
    cached(tmp_path, before).compute(WANTED)
    later = cached(tmp_path)
    assert right(later.compute(WANTED))
    assert (later.use.completed, later.use.recomputed) == (KEPT, 2)
    assert later.use.sessions_computed == KEPT * (SESSIONS - before) + 2 * SESSIONS


def test_days_can_be_added_one_by_one(tmp_path: Path) -> None:
    for sessions in range(SESSIONS - 2, SESSIONS + 3):
        later = cached(tmp_path, sessions)
        assert right(later.compute(WANTED), sessions)
    assert later.use.sessions_computed == KEPT + 2 * sessions


@pytest.mark.parametrize(
    ("at", "known"), [(SESSIONS - 5, 2 * BLOCK), (BLOCK + 3, BLOCK), (0, 0), (2 * BLOCK - 1, BLOCK)]
)
def test_where_an_old_value_was_changed_nothing_that_depends_on_it_is_used(
    tmp_path: Path, at: int, known: int
) -> None:
    """The control of all the others: what the cache holds is for other data from ``at`` on."""
    cached(tmp_path).compute(WANTED)
    changed = {**FIELDS, "close": FIELDS["close"].copy(), "volume": FIELDS["volume"].copy()}
    changed["close"][at] *= 1.5
    changed["volume"][at] *= 1.5
    later = cached(tmp_path, fields=changed)
    assert right(later.compute(WANTED), fields=changed)
    assert later.use.reused == 0
    assert later.use.sessions_computed == KEPT * (SESSIONS - known) + 2 * SESSIONS


def test_a_field_that_is_not_there_is_told_as_without_a_cache(tmp_path: Path) -> None:
    wanted = (features.turnover(20),)
    with pytest.raises(AlphaBenchError, match=r"^R06 .* no field 'shares_outstanding'") as plain:
        compute(wanted, panel())  # type: ignore[arg-type]
    with pytest.raises(AlphaBenchError, match=r"^R06 .* no field 'shares_outstanding'") as kept:
        cached(tmp_path).compute(wanted)
    assert str(kept.value) == str(plain.value)
    assert 'derive = { shares_outstanding = "' in kept.value.fix


def test_a_field_that_a_column_does_not_read_may_change(tmp_path: Path) -> None:
    cached(tmp_path).compute(WANTED)
    changed = {**FIELDS, "volume": FIELDS["volume"] * 2}
    later = cached(tmp_path, fields=changed)
    assert right(later.compute(WANTED), fields=changed)
    assert (later.use.reused, later.use.recomputed) == (2, 3)


def test_another_window_place_or_number_of_assets_has_another_key() -> None:
    blocks = Blocks(panel())
    key = blocks.key(WANTED[0], 1, BLOCK)
    narrow = Blocks(panel_of({n: np.ascontiguousarray(v[:, :4]) for n, v in FIELDS.items()}))
    others = [
        blocks.key(ts.std(features.ret(1), 21), 1, BLOCK),
        blocks.key(WANTED[0], 0, BLOCK),
        blocks.key(WANTED[0], 1, BLOCK - 1),
        narrow.key(WANTED[0], 1, BLOCK),
    ]
    assert len({key, *others}) == 5
    assert Blocks(panel(2 * BLOCK)).key(WANTED[0], 1, BLOCK) == key  # what follows does not matter


def files(directory: Path) -> list[Path]:
    return sorted(p for p in directory.rglob("*") if p.is_file())


@pytest.mark.parametrize("damage", ["flipped", "short", "long", "empty", "not ours"])
def test_a_damaged_file_is_told_removed_and_computed_again(tmp_path: Path, damage: str) -> None:
    cached(tmp_path).compute(WANTED)
    for path in files(tmp_path):
        held = path.read_bytes()
        flipped = held[:-5] + bytes([held[-5] ^ 1]) + held[-4:]
        path.write_bytes(
            {
                "flipped": flipped,
                "short": held[:-8],
                "long": held + b"x",
                "empty": b"",
                "not ours": b"y" * len(held),
            }[damage]
        )
    later = cached(tmp_path)
    with pytest.warns(CacheWarning, match=r"R51 .* is damaged"):
        values = later.compute(WANTED)
    assert right(values)
    assert (later.use.damaged, later.use.recomputed) == (3 * KEPT, 5)
    again = cached(tmp_path)
    assert right(again.compute(WANTED))
    assert again.use.reused == KEPT


def test_a_damaged_block_in_the_middle_costs_what_follows_it(tmp_path: Path) -> None:
    first = cached(tmp_path)
    first.compute(WANTED[:1])
    path = first.store.path(first._blocks.key(WANTED[0], 1, BLOCK))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    later = cached(tmp_path)
    with pytest.warns(CacheWarning, match="R51"):
        values = later.compute(WANTED[:1])
    assert same_bits(values[0], compute(WANTED[:1], panel())[0])
    assert later.use.sessions_computed == SESSIONS - BLOCK


def test_verify_computes_all_and_says_that_it_is_the_same(tmp_path: Path) -> None:
    cached(tmp_path, SESSIONS - 1).compute(WANTED)
    part = cached(tmp_path, mode="verify")
    assert right(part.compute(WANTED))
    assert (part.use.verified, part.use.recomputed) == (
        0,
        5,
    )  # the last block was not held: not all was compared
    whole = cached(tmp_path, mode="verify")
    assert right(whole.compute(WANTED))
    assert (whole.use.verified, whole.use.recomputed, whole.use.reused) == (KEPT, 2, 0)
    assert str(whole.use) == "columns: 2 recomputed, 3 verified"


def test_verify_finds_a_held_block_with_other_values(tmp_path: Path) -> None:
    """A file that is whole and says something else: what ``reuse`` cannot see."""
    first = cached(tmp_path)
    first.compute(WANTED)
    key = first._blocks.key(WANTED[1], 0, BLOCK)
    first.store.write(key, canonical_block(np.zeros((BLOCK, 5))))
    later = cached(tmp_path, mode="verify")
    with pytest.warns(CacheWarning, match="R52 the cache holds other values of cs.rank"):
        values = later.compute(WANTED)
    assert right(values)
    assert (later.use.different, later.use.verified) == (1, KEPT - 1)
    assert cached(tmp_path).compute(WANTED[1:2])[0][:BLOCK].any()  # its place was taken


def test_the_oldest_go_when_the_limit_is_reached(tmp_path: Path) -> None:
    block = canonical_block(np.ones((BLOCK, 5)))
    store = ColumnStore(directory=tmp_path, limit_bytes=5 * (block.nbytes + 100))
    for n in range(8):
        store.write(f"{n:02d}key", block)
        os.utime(store.path(f"{n:02d}key"), (1000 + n, 1000 + n))
    into = np.empty_like(block)
    assert store.read("00key", into)  # used now
    assert store.shrink() == 4
    assert [p.name for p in files(tmp_path)] == ["00key", "05key", "06key", "07key"]
    assert store.shrink() == 0


def test_a_write_that_fails_leaves_nothing_and_does_not_fail_the_computation(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("not a directory")
    later = cached(place)
    with pytest.warns(CacheWarning, match="R53 .* cannot be written"):
        values = later.compute(WANTED)
    assert right(values)


def test_processes_share_a_directory(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[2:]\n"
        "from test_cache import WANTED, cached, right\n"
        "source = cached(Path(sys.argv[1])); assert right(source.compute(WANTED)); print(source.use.reused)"
    )
    argv = [
        sys.executable,
        "-c",
        source,
        str(tmp_path),
        str(Path(__file__).parent),
        str(Path(__file__).parents[1]),
    ]
    together = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert all(p.communicate()[0].strip() in {"0", "1", "2", "3"} and p.returncode == 0 for p in together)
    later = cached(tmp_path)
    assert right(later.compute(WANTED))
    assert later.use.reused == KEPT
    assert not [p for p in files(tmp_path) if p.name.startswith(".writing-")]


def test_what_looks_ahead_or_at_nothing_else_is_not_kept() -> None:
    assert [worth_caching(e) for e in WANTED] == [True, True, True, False, False]


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AlphaBenchError, match="R50 the cache's mode is 'trust'"):
        cached(tmp_path, mode="trust")


def test_a_session_uses_the_cache_that_it_is_given_and_says_what_it_did(tmp_path: Path) -> None:
    for expected in ("recomputed", "reused"):
        session = Session(panel(), cache=tmp_path)
        assert right(session.panel.compute(WANTED))
        assert session.columns is not None
        assert session.columns[expected] >= KEPT
        session.close()
    assert Session(panel()).columns is None


def test_a_clean_run_that_finds_a_cache_in_its_environment_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(tmp_path).compute(WANTED)
    monkeypatch.setenv("ALPHA_BENCH_CACHE", str(tmp_path))
    for live, expected in ((True, "reused"), (False, "verified")):
        session = Session(panel, live=live)
        assert right(session.panel.compute(WANTED))
        assert session.columns is not None
        assert session.columns[expected] == KEPT
        session.close()


def test_the_checksum_sees_every_change_of_one_word_and_of_the_length() -> None:
    """Each step is one to one in the word, so what one word does cannot be undone by the others."""
    words = np.random.default_rng(3).integers(0, 1 << 63, 43).astype(np.uint64)
    right = checksum(words)
    for at in range(len(words)):
        for bit in range(64):
            changed = words.copy()
            changed[at] ^= np.uint64(1) << np.uint64(bit)
            assert checksum(changed) != right
    assert checksum(words[:-1]) != right
    assert checksum(np.append(words, np.uint64(0))) != right
    swapped = words.copy()
    swapped[[0, 8]] = swapped[[8, 0]]
    assert checksum(swapped) != right
    both = words.copy()
    both[[0, 8]] ^= np.uint64(1 << 63)  # what a sum would not see
    assert checksum(both) != right
    assert checksum(words.copy()) == right
