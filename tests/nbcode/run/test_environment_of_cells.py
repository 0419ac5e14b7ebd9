"""The run's environment in a cell's hands: what it sets it may read, and the number of threads stays as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from nbcode.run._guard import _Environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Environment]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("NBCODE_ANY", "before")
    before = dict(os.environ)
    yield _Environment(os.environ)
    os.environ.update(before)


def test_the_number_of_threads_stays_whatever_is_written(environment: _Environment):
    environment["OMP_NUM_THREADS"] = "8"
    environment.update({"OMP_NUM_THREADS": "9"})
    environment.pop("OMP_NUM_THREADS")
    environment.clear()
    assert environment["OMP_NUM_THREADS"] == "1"
    assert os.getenv("OMP_NUM_THREADS") == "1"


def test_any_other_variable_is_the_cells_own(environment: _Environment):
    environment["NBCODE_ANY"] = "after"
    assert environment["NBCODE_ANY"] == "after"
    environment.clear()
    assert "NBCODE_ANY" not in environment
