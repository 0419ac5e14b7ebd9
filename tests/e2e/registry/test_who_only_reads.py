"""A server is enough: whoever knows its address scores, verifies and takes away versions; the nightly job refits against it from a checkout."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.project import Ended, nbcode
from e2e.registry.daily import FIRST, day, market, project
from e2e.registry.servers import Server, serving_a_team

NOBODY_THERE = "http://127.0.0.1:9"


@dataclass(kw_only=True)
class Desk:
    """The server, what it keeps in ``files``, and the project from which alice promoted."""

    server: Server
    files: Path
    project: Path

    def alice(self, *arguments: str, folder: Path | None = None) -> Ended:
        return nbcode(folder or self.project, *arguments, "--json", environment=self.server.of("alice"))

    def bob(self, folder: Path, *arguments: str) -> Ended:
        """He has an account, and neither a project nor anything in a cache of his."""
        apart = {"XDG_CACHE_HOME": str(folder / "cache"), "MLFLOW_TRACKING_URI": self.server.uri}
        return nbcode(folder, *arguments, "--json", environment=self.server.of("bob") | apart)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("server")
    with serving_a_team(place) as server:
        folder = project(tmp_path_factory.mktemp("projects") / "daily", server)
        git(folder, "init", "-q")
        one = Desk(server=server, files=place / "artifacts", project=folder)
        made = one.alice("promote", "n.py", "--as-of", day(FIRST))
        assert (made.code, made.json["version"]) == (0, 1), made.out + made.err
        yield one


def git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def bobs(tmp_path: Path) -> Path:
    """A folder that holds prices."""
    market(tmp_path)
    return tmp_path


def codes(ended: Ended) -> list[tuple[str, str]]:
    return [(one["code"], one["severity"]) for one in ended.json["diagnostics"] if one["code"] != "NBC-I30"]


def fixes(ended: Ended) -> str:
    return json.dumps([one["fixes"] for one in ended.json["diagnostics"]])


def test_somebody_without_a_project_has_the_predictions_of_the_one_who_promoted(
    desk: Desk, bobs: Path
) -> None:
    asked = ("score", "daily", "--as-of", day(FIRST), "-o", "out.csv", "--data", "prices.csv")
    theirs = desk.alice(*asked)
    mine = desk.bob(bobs, *asked)
    assert (theirs.code, mine.code) == (0, 0), mine.out + mine.err
    assert (bobs / "out.csv").read_bytes() == (desk.project / "out.csv").read_bytes()
    assert (mine.json["version"], mine.json["predicted"]) == (1, 30)
    assert not (bobs / ".nbcode").exists()
    kept = nbcode(bobs, "score", "daily@7", "--json", environment={"MLFLOW_TRACKING_URI": desk.server.uri})
    assert (kept.code, codes(kept)) == (3, [("NBC-I25", "error")])  # without an account
    other = desk.bob(bobs, "score", "daily@7", "--data", "prices.csv")
    assert (other.code, codes(other)) == (2, [("NBC-I19", "error")])


def test_bytes_are_verified_and_taken_away_by_address_alone(desk: Desk, bobs: Path) -> None:
    address = ("--registry", desk.server.uri)
    shown = desk.bob(bobs, "show", "daily", "--version", "1", "--verify", *address)
    assert (shown.code, codes(shown)) == (0, [("NBC-I46", "note")]), shown.out + shown.err
    made = desk.bob(bobs, "export", "daily", "1", *address)
    assert made.code == 0, made.said
    assert sorted(one.name for one in bobs.iterdir()) == ["daily-1.tar", "prices.csv"]
    away = nbcode(bobs, "import", "daily-1.tar", "--digest", made.json["digest"], "--json")
    assert (away.code, away.json["artifact_digest"]) == (0, made.json["artifact_digest"]), away.out


def test_a_byte_that_changed_on_the_server_is_found_by_every_reader(desk: Desk, bobs: Path) -> None:
    (place,) = desk.files.glob("*/*/artifacts/model/*/model/model.json")
    whole = place.read_bytes()
    place.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
    try:
        for arguments, wanted in (
            (("score", "daily@1", "--data", "prices.csv"), (4, [("NBC-I06", "error")])),
            (("show", "daily", "--version", "1", "--verify"), (3, [("NBC-I46", "error")])),
            (("export", "daily", "1"), (3, [("NBC-I46", "error")])),
        ):
            refused = desk.bob(bobs, *arguments)
            assert (refused.code, codes(refused)) == wanted, refused.out + refused.err
        assert sorted(one.name for one in bobs.iterdir() if one.suffix == ".tar") == []
    finally:
        place.write_bytes(whole)
    control = desk.bob(bobs, "score", "daily@1", "--data", "prices.csv")
    assert control.code == 0, control.said


@pytest.mark.parametrize(
    "arguments",
    [("score", "daily", "--data", "prices.csv"), ("show", "daily", "--verify"), ("export", "daily", "1")],
    ids=lambda given: given[0],
)
def test_who_only_reads_is_not_told_to_resume_where_the_server_is_away_or_does_not_know_him(
    desk: Desk, bobs: Path, arguments: tuple[str, ...]
) -> None:
    away = nbcode(bobs, *arguments, "--json", environment={"MLFLOW_TRACKING_URI": NOBODY_THERE})
    assert (away.code, codes(away)) == (5, [("NBC-I28", "error")]), away.out + away.err
    stranger = desk.server.of("carol", "a-wrong-password") | {"MLFLOW_TRACKING_URI": desk.server.uri}
    unknown = nbcode(bobs, *arguments, "--json", environment=stranger)
    assert (unknown.code, codes(unknown)) == (3, [("NBC-I25", "error")]), unknown.out + unknown.err
    assert "resume" not in fixes(away) + fixes(unknown)


def test_a_refit_from_a_checkout_is_a_version_of_the_line_on_the_server(desk: Desk, tmp_path: Path) -> None:
    """The job's machine has the commits and the server: neither the store nor the environment of who promoted."""
    market(desk.project, FIRST + 1)
    ours = desk.alice("refit", "daily", "--as-of", day(FIRST + 1))
    assert (ours.code, ours.json["version"], ours.json["line"], ours.json["alias"]) == (
        *(0, 2, "1.1"),
        "candidate",
    ), ours.out + ours.err
    job = project(tmp_path / "job", desk.server)
    git(job, "init", "-q")
    market(job, FIRST + 2)
    without = desk.alice("refit", "daily", "--as-of", day(FIRST + 2), folder=job)
    assert (without.code, codes(without)) == (2, [("NBC-I39", "error")]), without.out + without.err
    assert "refs/nbcode/*" in fixes(without)
    git(job, "fetch", "-q", str(desk.project), "refs/nbcode/*:refs/nbcode/*")
    made = desk.alice("refit", "daily", "--as-of", day(FIRST + 2), folder=job)
    assert (made.code, made.json["version"], made.json["line"]) == (0, 3, "1.2"), made.out + made.err
    again = desk.alice("refit", "daily", "--as-of", day(FIRST + 2), folder=job)
    assert (again.code, again.json["status"], again.json["version"]) == (0, "exists", 3), again.out
    earlier = desk.alice("refit", "daily", "--as-of", day(FIRST + 1), folder=job)  # made in another store
    told = earlier.json
    assert (earlier.code, told["version"], told["line"], told["alias"]) == (0, 2, "1.1", None), earlier.out
    assert told["artifact_digest"] == ours.json["artifact_digest"]
    shown = desk.bob(tmp_path, "show", "daily", "--verify")
    assert (shown.code, codes(shown)) == (0, [("NBC-I46", "note")]), shown.out + shown.err
    assert [(one["version"], one["line"], one["alias"]) for one in shown.json["versions"]] == [
        (3, "1.2", "candidate"),
        (2, "1.1", None),
        (1, "", None),
    ]
