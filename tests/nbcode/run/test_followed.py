"""The log of a run's pod: each look reads what is new, and the whole is what one look would have read."""

from __future__ import annotations

import json
import random
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from lightkube import Client, KubeConfig
from lightkube.config.kubeconfig import Cluster as KnownCluster
from lightkube.config.kubeconfig import User

from fakes.object_stores import in_memory
from nbcode.primitives import NbcodeError
from nbcode.run import RunEvent, RunReference
from nbcode.run._argo import ArgoRunner, Place, workflow_name
from nbcode.run._kubernetes import KubernetesError, asking, log_lines
from nbcode.run._object_store import ObjectStore
from nbcode.run.followed import MOST_BYTES, LogCursor, behind, cursor_in, new_events, of_pod

REFERENCE = RunReference(runner="argo", run_id="m-1")


def event(number: int) -> bytes:
    told = RunEvent(kind="output", name="stdout", elapsed_s=0.0, text=f"line {number}\n").to_json()
    return json.dumps(told).encode() + b"\n"


def line(number: int, second: int, fraction: int = 0) -> tuple[str, bytes]:
    return f"2026-11-30T10:00:{second:02d}.{fraction:09d}Z", event(number)


@pytest.mark.parametrize("seed", range(50))
def test_looks_put_together_are_the_whole(seed: int) -> None:
    """Whatever the times are that lines share, whatever stands between, wherever looks end, and with a server that knows seconds only."""
    chance = random.Random(seed)
    lines, second, fraction = [], 0, 0
    for number in range(60):
        step = chance.choice(["same", "fraction", "second"])
        second, fraction = (second + 1, 0) if step == "second" else (second, fraction + (step == "fraction"))
        time, told = line(number, second, fraction)
        lines.append((time, told if chance.random() < 0.8 else b"time=now level=info msg=of-the-executor\n"))
    whole = b"".join(told for _, told in lines if told.startswith(b"{"))
    read, cursor, shown = b"", of_pod(LogCursor(), "p"), 0
    while shown < len(lines):
        shown += chance.randrange(1, 12)
        since = cursor.time[:19]
        served = [one for one in lines[:shown] if one[0][:19] >= since]
        more, cursor = new_events(served, cursor_in(str(cursor)))
        read += more
        assert cursor.bytes == len(read)
    assert read == whole
    assert new_events(lines, cursor)[0] == b""


def test_control_a_look_that_only_knew_the_time_would_lose_what_shares_it() -> None:
    lines = [line(n, 1) for n in range(3)]
    _, first = new_events(lines[:2], of_pod(LogCursor(), "p"))
    assert new_events(lines, first)[0] == lines[2][1]
    forgetful = [told for time, told in lines if time > first.time]
    assert forgetful == []


def test_one_look_takes_so_much_and_the_next_goes_on() -> None:
    def many() -> Iterator[tuple[str, bytes]]:
        for number in range(10_000_000):
            told = json.dumps({"text": "x" * 1_000}).encode() + b"\n"
            yield line(number % 60, 1, number)[0], told

    tracemalloc.start()
    taken, cursor = new_events(many(), of_pod(LogCursor(), "p"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert MOST_BYTES <= len(taken) < MOST_BYTES + 2_000
    assert peak < 4 * MOST_BYTES
    assert cursor.bytes == len(taken)


@pytest.mark.parametrize(
    ("count", "rest"), [(0, b"a\nbb\n"), (2, b"bb\n"), (3, b"bb\n"), (1, b"a\nbb\n"), (5, b""), (9, b"")]
)
def test_the_file_of_the_end_is_read_on_from_the_start_of_a_line(count: int, rest: bytes) -> None:
    assert behind(b"a\nbb\n", count) == rest


def test_another_pod_is_read_from_its_start() -> None:
    cursor = LogCursor(bytes=90, pod="first", time="2026-11-30T10:00:01.0Z", seen=2)
    assert of_pod(cursor, "first") == cursor_in(str(cursor)) == cursor
    assert of_pod(cursor, "second") == LogCursor(pod="second")
    assert cursor_in("") == LogCursor()


class Cluster:
    """An API server that has one Workflow which runs, one pod, and its log; ``sent`` are the bytes of the log that it gave away."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bytes]] = []
        self.status, self.sent, self.asked, self.endless = 200, 0, [], False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def runner(self) -> ArgoRunner:
        return ArgoRunner(Place(), ObjectStore("s3://runs/x", in_memory().opening), client=self.client)

    def client(self) -> Client:
        address = f"http://127.0.0.1:{self.server.server_port}"
        config = KubeConfig.from_one(cluster=KnownCluster(server=address), user=User()).get()
        return Client(config=config, namespace="nbcode", trust_env=False)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Nothing is said."""

            def do_GET(self) -> None:
                place = urlsplit(self.path)
                if place.path.endswith("/log"):
                    self._log(parse_qs(place.query))
                elif "/pods" in place.path:
                    metadata = {"name": "pod-1", "creationTimestamp": "2026-11-30T10:00:00Z"}
                    self._json(
                        {
                            "apiVersion": "v1",
                            "kind": "PodList",
                            "metadata": {},
                            "items": [{"metadata": metadata}],
                        }
                    )
                else:
                    metadata = {"name": workflow_name("m-1")}
                    self._json({"metadata": metadata, "status": {"phase": "Running"}})

            def _json(self, told: object) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def _log(self, asked: dict[str, list[str]]) -> None:
                cluster.asked.append(asked)
                self.send_response(cluster.status)
                self.end_headers()
                since = asked.get("sinceTime", [""])[0].removesuffix("Z")
                try:
                    for time, told in cluster.lines:
                        if time[:19] >= since:
                            self._line(time.encode() + b" " + told)
                    while cluster.endless:
                        self._line(b"x" * (1 << 20))
                except OSError:
                    return

            def _line(self, told: bytes) -> None:
                self.wfile.write(told)
                cluster.sent += len(told)

        return Handler


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Cluster()
    yield made
    made.endless = False
    made.server.shutdown()
    made.server.server_close()


def test_each_look_asks_for_what_is_new(cluster: Cluster) -> None:
    runner, cursor, told = cluster.runner(), "", []
    for second in range(20):
        cluster.lines += [line(10 * second + n, second, n) for n in range(10)]
        cluster.lines.append((f"2026-11-30T10:00:{second:02d}.9Z", b"time=now of the executor\n"))
        seen = runner.observe(REFERENCE, cursor)
        cursor, told = seen.cursor, [*told, *(one.text for one in seen.events)]
    assert told == [f"line {n}\n" for n in range(200)]
    whole = sum(len(time) + 1 + len(said) for time, said in cluster.lines)
    assert (
        cluster.sent < 3 * whole
    )  # of all looks together; one that begins anew each time sends ten times as much
    cluster.sent = 0
    for _ in range(20):
        runner.observe(REFERENCE)
    assert cluster.sent == 20 * whole  # control
    assert "sinceTime" not in cluster.asked[0]
    assert cluster.asked[5]["sinceTime"] == ["2026-11-30T10:00:04Z"]


def test_a_pod_that_prints_without_end_takes_no_memory(cluster: Cluster) -> None:
    cluster.lines = [
        (time, said[:-3] + b" " * 2_000 + said[-3:]) for time, said in (line(n, 1, n) for n in range(4_000))
    ]
    runner = cluster.runner()
    runner.observe(REFERENCE)  # what is loaded once is loaded
    tracemalloc.start()
    first = runner.observe(REFERENCE)
    second = runner.observe(REFERENCE, first.cursor)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = [one.text.split()[1] for one in (*first.events, *second.events)]
    assert told == [str(n) for n in range(len(told))]
    assert len(first.events) < len(told)
    assert peak < 12 * MOST_BYTES


def test_a_line_that_does_not_end_is_left_out(cluster: Cluster) -> None:
    cluster.lines = [line(1, 1), ("2026-11-30T10:00:02.0Z", b"{" + b"x" * (20 << 20) + b"\n"), line(2, 3)]
    seen = cluster.runner().observe(REFERENCE)
    assert [one.text for one in seen.events] == ["line 1\n", "line 2\n"]


@pytest.mark.parametrize("status", [400, 404])
def test_a_pod_that_has_not_begun_has_said_nothing(cluster: Cluster, status: int) -> None:
    cluster.status = status
    seen = cluster.runner().observe(REFERENCE)
    assert (seen.events, seen.record) == ((), None)


def test_a_right_that_is_missing_is_named(cluster: Cluster) -> None:
    cluster.status = 403
    with pytest.raises(NbcodeError, match="get pods/log"):
        cluster.runner().observe(REFERENCE)
    with asking("list pods", "nbcode"), pytest.raises(KubernetesError, match="get pods/log") as refused:
        list(log_lines(cluster.client(), "pod-1"))
    assert refused.value.status == 403
