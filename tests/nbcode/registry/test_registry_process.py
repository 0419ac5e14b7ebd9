"""MLflow in a process of its own: nothing of it is seen where it is asked, and whoever asks can end it."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes.clocks import ticking
from nbcode.primitives import Cancellation, CancelledError, digest_bytes
from nbcode.promotion._lease import FileLeases
from nbcode.registry import ModelVersion, Registration, RegistryError, wire
from nbcode.registry._process import RegistryProcess


def registry_in(directory: Path, **options: object) -> RegistryProcess:
    given = {"exclusive": FileLeases(directory / "locks", ticking()), "environment": os.environ} | options
    return RegistryProcess(directory / "registry", **given)  # type: ignore[arg-type]


def pid_of(registry: RegistryProcess) -> int:
    process = registry._held.process
    assert process is not None
    return process.pid


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wanted(directory: Path) -> Registration:
    (directory / "artifact").mkdir()
    digest = digest_bytes(b"x")
    return Registration(
        model="tiny",
        key=digest,
        spec_digest=digest,
        definition_digest=digest,
        artifact_digest=digest,
        artifact=directory / "artifact",
        registered_at="2026-01-05T09:00:00Z",
        registered_by="quant",
        parameters=(("a", "b"),),
        metrics=(("n", 1.5),),
    )


def test_values_come_back_from_the_line_as_they_were(tmp_path: Path) -> None:
    registration = wanted(tmp_path)
    assert wire.registration_from_plain(wire.registration_to_plain(registration)) == registration
    version = ModelVersion(
        model="tiny",
        version=2,
        key=registration.key,
        spec_digest=registration.key,
        artifact_digest=registration.key,
        registered_at="2026-01-05T09:00:00Z",
        source="file:///x",
    )
    assert wire.version_from_plain(wire.version_to_plain(version)) == version


def test_asking_changes_nothing_of_the_process_that_asks(tmp_path: Path) -> None:
    def state() -> tuple[object, ...]:
        levels = {name: logging.getLogger(name).level for name in ("", "mlflow", "alembic", "sqlalchemy")}
        return dict(os.environ), levels, list(warnings.filters), list(sys.meta_path), "mlflow" in sys.modules

    before = state()
    registry = registry_in(tmp_path)
    registry.warm()
    registered = registry.register(wanted(tmp_path))
    assert registry.set_candidate(registered).alias == "candidate"
    assert registry.candidate("tiny") == 1
    registry.close()
    assert state() == before
    assert [name for name, module in sys.modules.items() if module is None and "." not in name] == []


def test_a_closed_registry_has_no_process_and_opens_again_when_it_is_asked(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    assert registry.models() == ()
    first = pid_of(registry)
    registry.close()
    registry.close()
    assert not lives(first)
    assert registry.models() == ()
    second = pid_of(registry)
    del registry
    gc.collect()
    assert not lives(second)


def test_a_process_that_was_ended_from_outside_is_told_and_started_again(tmp_path: Path) -> None:
    def die(_name: str) -> None:
        process = registry._held.process
        assert process is not None
        process.kill()

    registry = registry_in(tmp_path, failpoint=die)
    registration = wanted(tmp_path)
    with pytest.raises(RegistryError, match=r"NBC-I16 .*ended from outside"):
        registry.register(registration)
    registry.close()
    registry = registry_in(tmp_path)
    assert registry.register(registration).version == 1
    registry.close()


def test_a_cancellation_ends_a_call_that_waits_and_its_process(tmp_path: Path) -> None:
    """The process is asked to register and comes to its first failpoint, where the end is asked for."""
    cancellation = Cancellation()
    pids: list[int] = []

    def cancel(_name: str) -> None:
        pids.append(pid_of(registry))
        asking = threading.Thread(target=cancellation.request)
        asking.start()
        asking.join()

    registry = registry_in(tmp_path, failpoint=cancel, cancellation=cancellation)
    with pytest.raises(CancelledError, match="as was asked for"):
        registry.register(wanted(tmp_path))
    assert not lives(pids[0])
    with pytest.raises(CancelledError, match="as was asked for"):
        registry.models()
    assert list((tmp_path / "locks").glob("*.lock")) == []


def test_a_lock_that_somebody_else_holds_is_told_as_such(tmp_path: Path) -> None:
    @contextmanager
    def held(name: str, *, wait_s: float) -> Iterator[None]:
        del wait_s
        if name == "registry":
            raise TimeoutError("held by process 1")
        yield

    registry = registry_in(tmp_path, exclusive=held)
    with pytest.raises(RegistryError, match=r"NBC-I01 .*held by process 1"):
        registry.models()
    registry.close()
