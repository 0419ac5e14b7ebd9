"""What `nbcode gc` removes, and what a kill leaves of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.clocks import ticking
from fakes.journals import MemoryJournal
from fakes.promotions import begun
from fakes.registries import FileRegistry
from nbcode.artifact import Artifact, ArtifactStore, DiskUse, Provenance
from nbcode.commands.collecting import CollectPorts, GcResult, collect
from nbcode.commands.keeping import keep_rule
from nbcode.commands.store_use import store_use
from nbcode.primitives import Cancellation, CancelledError, Digest, digest_bytes
from nbcode.promotion._lease import FileLeases
from nbcode.registry import Registration
from nbcode.run.manifest import list_files

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class KilledError(BaseException):
    """The process ends here."""


class Store:
    """A store with a registry that is a fake, and artifacts that are real."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failpoint: Callable[[str], None] = lambda _name: None
        self.artifacts = ArtifactStore(folder / "store" / "artifacts")
        self.registry = FileRegistry(folder / "registry.json", self.pass_failpoint)
        self.leases = FileLeases(folder / "store" / "locks", ticking())
        self.journal = MemoryJournal()
        self.cancellation = Cancellation()

    def pass_failpoint(self, name: str) -> None:
        """As a test sets it now."""
        self.failpoint(name)

    def artifact(self, text: str, *, days_ago: float = 400) -> Artifact:
        """One that shares a file with all others, and has one of its own."""
        out = self.folder / "out" / text
        out.mkdir(parents=True)
        (out / "same.bin").write_bytes(b"s" * 50_000)
        (out / "own.bin").write_bytes(text.encode() * 10_000)
        digest = digest_bytes(text.encode())
        provenance = Provenance(
            model_id="m",
            spec_digest=digest,
            definition_digest=None,
            environment_digest=None,
            platform_key="linux",
            pins=(),
        )
        stored = self.artifacts.put(out, list_files(out), provenance)
        then = (NOW - timedelta(days=days_ago)).timestamp()
        for one in (*stored.path.rglob("*"), stored.path):
            os.utime(one, (then, then))
        return stored

    def version(self, text: str, *, candidate: bool = False) -> Digest:
        stored = self.artifact(text)
        digest = digest_bytes(text.encode())
        wanted = Registration(
            model="m",
            key=digest,
            spec_digest=digest,
            definition_digest=digest,
            artifact_digest=stored.digest,
            artifact=stored.path,
            registered_at="2025-01-01T00:00:00Z",
            registered_by="quant",
        )
        made = self.registry.register(wanted)
        if candidate:
            self.registry.set_candidate(made)
        return stored.digest

    def gc(self, rule: str | None = None, *, dry_run: bool = False) -> GcResult:
        ports = CollectPorts(
            store=self.folder / "store",
            artifacts=self.artifacts,
            registry=self.registry,
            on_server=False,
            registered=self.registry.registered(),
            journal=self.journal,
            leases=self.leases,
            now=NOW,
            who="quant",
            failpoint=self.failpoint,
            cancellation=self.cancellation,
        )
        return collect(None if rule is None else keep_rule(rule), ports, dry_run=dry_run)

    def names(self) -> set[Path]:
        return {p.relative_to(self.folder) for p in (self.folder / "store").rglob("*")}


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def whats(found: GcResult) -> list[str]:
    return [part.what for part in found.parts]


def test_a_version_that_the_rule_does_not_keep_loses_its_bytes_and_not_its_record(store):
    old, new = store.version("old"), store.version("new", candidate=True)
    found = store.gc("0d")
    assert whats(found) == ["m version 1"]
    assert store.artifacts.digests() == (new,)
    first = store.registry.versions("m")[1]
    assert (first.artifact_digest, first.collected_at, first.collected_by) == (
        old,
        "2026-06-01T00:00:00.000Z",
        "quant",
    )
    assert [one.because for one in found.kept] == ["under the alias candidate"]
    assert store.gc("0d").parts == ()


def test_a_dry_run_says_the_same_and_changes_nothing(store):
    store.version("old"), store.version("new", candidate=True)
    before = store.names()
    said = store.gc("0d", dry_run=True)
    assert store.names() == before
    assert store.registry.versions("m")[1].collected_at == ""
    done = store.gc("0d")
    assert (said.parts, said.freed, said.kept) == (done.parts, done.freed, done.kept)


def test_what_is_freed_is_what_the_disk_gets_back(store):
    """A file that a version which stays has too frees nothing; the second names of files that go are no hindrance."""
    for text in ("a", "b", "c"):
        store.version(text)
    with store.leases.acquire("any", wait_s=0):
        pass  # the folder of locks is there

    counted = store_use(store.folder / "store", store.folder / "cache", (), with_cache=True)
    assert counted.cached == DiskUse()
    assert store_use(store.folder / "store", store.folder / "cache", ()).to_json()["cache_bytes"] is None

    def use() -> DiskUse:
        return store_use(store.folder / "store", store.folder / "cache", ()).total

    before = use()
    freed = store.gc("0d").freed
    assert freed.files == 4 + 2  # of each: own.bin, provenance.json, manifest.json
    assert before.files - use().files == freed.files
    assert before.size_bytes - use().size_bytes == freed.size_bytes
    assert (store.artifacts.path_of(store.artifacts.digests()[0]) / "same.bin").stat().st_size == 50_000


def test_without_a_rule_goes_what_no_version_has_and_that_only_when_it_is_settled(store):
    kept = store.version("kept")
    lost, fresh = store.artifact("lost"), store.artifact("fresh", days_ago=0.5)
    found = store.gc()
    assert whats(found)[:1] == [f"artifact {lost.digest.short}"]
    assert set(store.artifacts.digests()) == {kept, fresh.digest}


def test_the_artifact_of_a_promote_that_has_not_ended_stays(store):
    held = store.artifact("held")
    promotion = dataclasses.replace(begun("held"), artifact_digest=held.digest)
    store.journal.begin(promotion, b"")
    assert store.gc("0d").parts == ()
    assert store.artifacts.digests() == (held.digest,)


def test_a_version_that_is_being_promoted_stays_and_is_told(store):
    store.version("old"), store.version("new", candidate=True)
    with store.leases.acquire(digest_bytes(b"old").hex, wait_s=0):
        found = store.gc("0d")
    assert (found.parts, found.freed) == ((), DiskUse())
    assert [one.code for one in found.diagnostics] == ["NBC-I49"]
    assert len(store.artifacts.digests()) == 2


@pytest.mark.parametrize("point", ["collect.written", "collect.removed", "collect.cleaned"])
def test_what_a_kill_leaves_is_finished_by_the_next(store, point):
    store.version("old"), store.version("older"), store.version("new", candidate=True)

    def kill(name: str) -> None:
        if name == point:
            raise KilledError(name)

    store.failpoint = kill
    with pytest.raises(KilledError, match="collect"):
        store.gc("0d")
    store.failpoint = lambda _name: None
    store.gc("0d")
    assert len(store.artifacts.digests()) == 1
    assert [bool(one.collected_at) for one in store.registry.versions("m")] == [False, True, True]
    assert store.gc("0d").parts == ()


def test_an_artifact_that_lost_its_name_goes_with_the_next(store):
    old = store.version("old")
    store.artifacts.path_of(old).rename(store.artifacts.root / f".outgoing-{old.hex}")
    assert whats(store.gc()) == ["what an interrupted removal left"]
    assert store.artifacts.outgoing() == ()


def test_who_wants_no_more_of_it_keeps_the_rest(store):
    store.version("old"), store.version("older"), store.version("new", candidate=True)
    store.cancellation.request()
    with pytest.raises(CancelledError, match="as was asked for"):
        store.gc("0d")
    assert len(store.artifacts.digests()) == 3


def test_runs_of_before_the_time_go_and_those_of_a_version_stay(store):
    store.version("new", candidate=True)
    runs = store.folder / "store" / "runs"
    for name, days in (("of-a-version", 400), ("old-one", 400), ("young-one", 10)):
        (runs / name).mkdir(parents=True)
        (runs / name / "run.json").write_text("{}")
        then = (NOW - timedelta(days=days)).timestamp()
        os.utime(runs / name / "run.json", (then, then))
        os.utime(runs / name, (then, then))
    store.journal.begin(dataclasses.replace(begun("v"), run_id="of-a-version", version=1), b"")
    assert whats(store.gc("candidates")) == []
    assert whats(store.gc("90d")) == ["run old-one"]
    assert sorted(p.name for p in runs.iterdir()) == ["of-a-version", "young-one"]
