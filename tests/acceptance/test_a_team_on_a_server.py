"""Two checkouts and one real MLflow server: each is told what the other registered, with its figures, in few requests; and what is counted of both."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance.project import nbcode, trusted
from fakes.clocks import ticking
from fakes.handing_on import in_front_of
from fakes.histories import history, registration
from fakes.mlflow_server import serving
from nbcode.promotion._lease import FileLeases
from nbcode.registry import RegisteredModel, RegistryError
from nbcode.registry._process import RegistryProcess

LINES = history()[:6]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """It holds promotes of colleagues."""
    place = tmp_path_factory.mktemp("server")
    with serving(place) as uri:
        registry = registry_at(uri, place)
        for line in LINES:
            wanted = dataclasses.replace(
                registration(line, place / "artifact"),
                look_ahead="none found",
                judged="computed outside the notebook",
                trials="3 variants were looked at",
                findings=("NBC-E23 `z` knew the future",),
            )
            registry.set_candidate(registry.register(wanted))
        registry.close()
        yield uri


def registry_at(uri: str, place: Path, **options: float) -> RegistryProcess:
    leases = FileLeases(place / "locks", ticking())
    return RegistryProcess(
        place / "none", exclusive=leases.acquire, environment=os.environ, uri=uri, **options
    )


def checkout(folder: Path, uri: str) -> Path:
    folder.mkdir()
    (folder / "nbcode.toml").write_text(f'[registry]\nuri = "{uri}"\n')
    return trusted(folder)


def test_colleagues_models_are_told_with_their_figures_in_four_requests(server: str, tmp_path: Path) -> None:
    asked: list[str] = []
    with in_front_of(server, account="ann", heard=asked.append) as front:
        listed = nbcode(checkout(tmp_path / "p", front), "models", "--json")
    assert listed.code == 0, listed.err
    rows = {row["model"]: row for row in listed.json["models"]}
    newest = {line.model: line for line in LINES}
    assert set(rows) == set(newest)
    for model, line in newest.items():
        row = rows[model]
        assert row["metrics"] == {
            "ic_mean": pytest.approx(0.01 + line.number / 10000),
            "ic_t_newey_west": pytest.approx(line.number / 50),
        }
        assert (row["owner"], row["updated_by"], row["path"]) == (line.owner, line.who, line.path)
        assert row["look_ahead"]["verdict"] == "none found"
        assert set(row["figures"].values()) == {"computed outside"}
    searches = [path for path in asked if "search" in path]
    assert len(searches) <= 5, asked
    assert len(asked) <= 8, asked


def test_show_tells_a_colleagues_version_and_no_path_that_is_not_there(server: str, tmp_path: Path) -> None:
    project = checkout(tmp_path / "p", server)
    line = LINES[-1]
    shown = nbcode(project, "show", line.model, "--json")
    assert shown.code == 0, shown.err
    version = shown.json["versions"][0]
    assert version["artifact"] is None
    assert version["source"].startswith("mlflow-artifacts:")
    assert version["metrics"]["ic_mean"] == pytest.approx(0.01 + line.number / 10000)
    assert (version["tried"], version["line"]) == ("3 variants were looked at", line.line)
    assert [one["code"] for one in version["findings"]] == ["NBC-E23"]
    text = nbcode(project, "show", line.model, "--version", "1").out
    assert "stored in" not in text
    assert ".nbcode" not in text
    gone = nbcode(project, "show", line.model, "--version", "99", "--json")
    assert (gone.code, gone.json["diagnostics"][0]["code"]) == (2, "NBC-I19")
    assert nbcode(project, "models", "--local", "--json").json["models"] == []


def test_the_server_is_counted_and_audited_for_the_whole_team(server: str, tmp_path: Path) -> None:
    project = checkout(tmp_path / "p", server)
    counted = nbcode(project, "adoption", "--json").json
    new = [line for line in LINES if not line.line]
    assert counted["total"]["versions"] == len(new)
    assert counted["total"]["framework"] == sum(line.path == "framework" for line in new)
    assert counted["total"]["refits"] == len(LINES) - len(new)
    half = LINES[3]
    since = half.at.isoformat(timespec="milliseconds")
    audited = nbcode(project, "audit", "--since", since, "--json").json["events"]
    assert [(one["model"], one["who"], one["act"]) for one in audited] == [
        (line.model, line.who, "refitted" if line.line else "promoted") for line in LINES[3:]
    ]
    rows = list(csv.DictReader(io.StringIO(nbcode(project, "audit", "--since", since, "--csv").out)))
    assert [row["owner"] for row in rows] == [line.owner for line in LINES[3:]]


@pytest.mark.parametrize(
    "verb", [("models",), ("show", "x"), ("adoption",), ("audit", "--since", "2026-01-01")]
)
def test_a_server_that_is_away_is_told_with_a_way_out_that_works(
    tmp_path: Path, verb: tuple[str, ...]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        project = checkout(tmp_path / "p", f"http://127.0.0.1:{free.getsockname()[1]}")
    refused = nbcode(project, *verb, "--json")
    (found,) = refused.json["diagnostics"]
    assert (refused.code, found["code"]) == (5, "NBC-I28")
    way = next(fix for fix in found["fixes"] if "--local" in fix).split("`")[1].split()[1:]
    assert nbcode(project, *way).code == (2 if way[0] == "show" else 0)
    assert not any("resume" in fix or "promote again" in fix for fix in found["fixes"])


def test_a_server_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(30)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    slow = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    slow.daemon_threads = True
    threading.Thread(target=slow.serve_forever, daemon=True).start()
    registry = registry_at(f"http://127.0.0.1:{slow.server_address[1]}", tmp_path, patience_s=6.0)
    with pytest.raises(RegistryError, match=r"NBC-I28 .* does not answer .*said nothing for 6 s"):
        registry.registered()
    registry.close()
    slow.shutdown()


def test_what_comes_through_the_process_is_what_the_client_reads(server: str, tmp_path: Path) -> None:
    registry = registry_at(server, tmp_path)
    found = registry.registered()
    registry.close()
    assert {type(one) for one in found} == {RegisteredModel}
    assert sum(len(one.versions) for one in found) == len(LINES)
