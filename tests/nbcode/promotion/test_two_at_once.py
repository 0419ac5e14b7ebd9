"""Several processes promote one spec at the same time, on an empty directory: one version."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter

from fakes.patience import ENOUGH_S
from fakes.promotes import Bench
from nbcode.promotion import State

FORK = multiprocessing.get_context("fork")


def promote(root, results) -> None:
    ended = Bench(root).promote()
    results.put((str(ended.status), ended.version, ended.alias))


def started(root, many):
    results = FORK.Queue()
    processes = [FORK.Process(target=promote, args=(root, results)) for _ in range(many)]
    for process in processes:
        process.start()
    return processes, results


def test_eight_at_once_on_an_empty_directory_are_one_version(tmp_path):
    processes, results = started(tmp_path, 8)
    ended = [results.get(timeout=ENOUGH_S) for _ in processes]
    for process in processes:
        process.join(60)
    assert Counter(ended) == {("done", 1, "candidate"): 1, ("exists", 1, "candidate"): 7}
    bench = Bench(tmp_path)
    assert len(bench.registry.versions("xsmom")) == 1
    assert bench.temporary() == []


def test_half_of_them_killed_there_is_still_one_version(tmp_path):
    chance = random.Random(7)
    for number in range(5):
        root = tmp_path / str(number)
        root.mkdir()
        processes, _ = started(root, 6)
        for process in processes[::2]:
            time.sleep(chance.random() * 0.05)
            os.kill(process.pid, signal.SIGKILL)
        for process in processes:
            process.join(60)
        bench = Bench(root)
        bench.promote()
        (version,) = bench.registry.versions("xsmom")
        assert (version.version, version.alias) == (1, "candidate")
        assert [p.state for p in bench.effect_ports().journal.promotions()] == [State.DONE]
        assert bench.temporary() == []
