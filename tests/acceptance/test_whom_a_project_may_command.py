"""Settings and stores that come with a repository are a stranger's until `nbcode trust`: each law with its control."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from acceptance.project import SEED, Ended, nbcode, trusted
from fakes.listening import listener

TOKEN = {"MLFLOW_TRACKING_TOKEN": "the-token-of-the-house", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


def clone(folder: Path, settings: str) -> Path:
    folder.mkdir()
    shutil.copy(SEED, folder / "n.py")
    (folder / "nbcode.toml").write_text(settings)
    return folder


def codes(ended: Ended) -> list[str]:
    return [d["code"] for d in ended.json["diagnostics"] if d["severity"] == "error"]


@pytest.mark.parametrize(
    "command", [("show", "x"), ("show", "x", "--verify"), ("promote", "n.py"), ("resume",), ("doctor",)]
)
def test_no_request_of_any_kind_goes_to_a_server_before_the_user_trusts_it(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with listener() as server:
        project = clone(tmp_path / "p", f'# a clone\n[registry]\nuri = "{server.uri}"\n')
        refused = nbcode(project, *command, "--json", environment=TOKEN)
        assert server.requests == []
        if command == ("doctor",):
            assert any(f["name"] == "server" and "not trusted" in f["text"] for f in refused.json["findings"])
        else:
            assert (refused.code, codes(refused)) == (4, ["NBC-T01"])
            (found,) = refused.json["diagnostics"]
            assert (found["line"], found["path"]) == (3, str(project / "nbcode.toml"))
            assert "`nbcode trust`" in found["fixes"][0]


def test_the_control_after_trust_the_same_request_arrives_with_the_token(tmp_path: Path) -> None:
    with listener() as server:
        project = trusted(clone(tmp_path / "p", f'[registry]\nuri = "{server.uri}"\n'))
        assert server.requests == []
        nbcode(project, "show", "x", environment=TOKEN)
        assert any(h.get("Authorization") == "Bearer the-token-of-the-house" for _, _, h in server.requests)
        assert "the-token-of-the-house" not in nbcode(project, "doctor", environment=TOKEN).out


def test_a_server_that_the_users_own_environment_names_needs_no_other_word(tmp_path: Path) -> None:
    with listener() as server:
        project = clone(tmp_path / "p", f'[registry]\nuri = "{server.uri}/"\n')
        asked = nbcode(project, "show", "x", environment=TOKEN | {"MLFLOW_TRACKING_URI": server.uri})
        assert "NBC-T01" not in asked.err
        assert server.requests
        server.requests.clear()
        other = TOKEN | {"MLFLOW_TRACKING_URI": "http://mlflow.example:5000"}
        assert nbcode(project, "show", "x", environment=other).code == 4
        assert server.requests == []


def test_trust_shows_what_where_and_why_and_only_yes_trusts(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("date,symbol,close\n")
    project = clone(
        tmp_path / "p",
        f'[data.a]\nprices = "{elsewhere}"\n[run]\nisolation = "process"\n[registry]\nuri = "http://r.example"\n'
        f'[store]\npath = "../outside"\n',
    )
    shown = nbcode(project, "trust")
    assert shown.code == 4
    for text in (
        "http://r.example",
        str(elsewhere),
        "process",
        str(tmp_path / "outside"),
        "line 6",
        "MLFLOW_TRACKING_TOKEN",
    ):
        assert text in shown.out
    as_data = nbcode(project, "trust", "--json").json
    assert [(i["kind"], i["line"]) for i in as_data["items"]] == [
        ("data", 2), ("isolation", 4), ("server", 6), ("store", 8),
    ]  # fmt: skip
    assert as_data["status"] == "declined"
    assert nbcode(project, "show", "x").code == 4
    assert nbcode(project, "trust", "--yes", "--json").json["status"] == "trusted"
    assert nbcode(project, "trust", "--json").json == {
        "status": "nothing to trust", "root": str(project), "items": [], "schema_version": 1,
    }  # fmt: skip
    listed = nbcode(project, "trust", "--list", "--json").json["projects"]
    mine = next(p for p in listed if p["root"] == str(project))
    assert {i["kind"] for i in mine["items"]} == {"data", "isolation", "server", "store"}
    assert nbcode(project, "trust", "--revoke", "--json").json["status"] == "revoked"
    assert nbcode(project, "trust", "--json").json["status"] == "declined"


def test_a_changed_value_is_asked_for_again_and_another_change_is_not(tmp_path: Path) -> None:
    project = trusted(clone(tmp_path / "p", '[registry]\nuri = "sqlite:///a.db"\n'))
    settings = project / "nbcode.toml"
    settings.write_text('# words\n\n[registry]\nuri = "sqlite:///a.db"\n[run]\ntime_limit = "1 h"\n')
    assert nbcode(project, "trust", "--json").json["status"] == "nothing to trust"
    settings.write_text('[registry]\nuri = "sqlite:///b.db"\n')
    assert nbcode(project, "trust", "--json").json["status"] == "declined"
    shutil.copytree(project, tmp_path / "q")
    settings.write_text('[registry]\nuri = "sqlite:///a.db"\n')
    (tmp_path / "q" / "nbcode.toml").write_text('[registry]\nuri = "sqlite:///a.db"\n')
    assert nbcode(project, "trust").code == 0
    assert nbcode(tmp_path / "q", "trust").code == 4, "trust belongs to the path"


def test_nothing_is_written_to_a_store_outside_the_project_before_trust(tmp_path: Path) -> None:
    (tmp_path / "neighbour" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "neighbour")
    for number, path in enumerate(["../neighbour", str(tmp_path / "neighbour"), "inside/link"]):
        project = clone(tmp_path / f"p{number}", f'[store]\npath = "{path}"\n')
        (project / "inside").mkdir()
        (project / "inside" / "link").symlink_to(tmp_path / "neighbour")
        for command in (("build", "n.py"), ("promote", "n.py"), ("status",), ("models",), ("logs",)):
            ended = nbcode(project, *command, "--json")
            assert (ended.code, codes(ended)) == (4, ["NBC-T02"]), command
        assert nbcode(project, "doctor").code == 3
        assert nbcode(project, "check", "n.py").code == 0
        assert [p.name for p in (tmp_path / "neighbour").rglob("*")] == [".git"]
    trusted(project)
    assert nbcode(project, "build", "n.py").code == 0
    assert (tmp_path / "neighbour" / ".gitignore").exists(), "the control: after trust it is written"


def test_a_weaker_sandbox_needs_trust_unless_the_user_names_one(tmp_path: Path) -> None:
    project = clone(tmp_path / "p", '[run]\nisolation = "process"\n')
    refused = nbcode(project, "run", "n.py", "--json")
    assert (refused.code, codes(refused)) == (4, ["NBC-T03"])
    assert nbcode(project, "build", "n.py").code == 0
    assert nbcode(project, "run", "n.py", "--isolation", "auto").code == 0
    trusted(project)
    assert nbcode(project, "run", "n.py", "--json").json["isolation"] == "process"


def test_data_outside_the_project_needs_trust_also_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("date,symbol,close,volume\n2026-01-05,A,1.0,2.0\n")
    project = clone(tmp_path / "p", '[data.a]\nprices = "prices.csv"\n')
    (project / "prices.csv").symlink_to(elsewhere)
    refused = nbcode(project, "build", "n.py", "--json")
    assert (refused.code, codes(refused)) == (4, ["NBC-T04"])
    (project / "prices.csv").unlink()
    shutil.copy(elsewhere, project / "prices.csv")
    assert nbcode(project, "build", "n.py").code == 0, "the control: inside, nothing is asked"


def test_a_project_that_asks_for_nothing_never_sees_a_word_of_trust(tmp_path: Path) -> None:
    made = nbcode(tmp_path, "init", "p", "--no-kernel")
    project = tmp_path / "p"
    said = [
        made,
        *(nbcode(project, *c) for c in (("doctor",), ("build", "xsmom_v3.ipynb"), ("status",), ("models",))),
    ]
    assert [e.code for e in said] == [0] * 5
    assert all(word not in e.out + e.err for e in said for word in ("nbcode trust", "NBC-T", "trusted"))


def test_a_store_that_came_with_a_clone_is_a_strangers(tmp_path: Path) -> None:
    project = clone(tmp_path / "p", "")
    assert nbcode(project, "build", "n.py").code == 0
    shutil.copytree(project, tmp_path / "clone")
    for command in (("status",), ("show", "x"), ("resume",), ("promote", "n.py")):
        ended = nbcode(tmp_path / "clone", *command, "--json")
        assert (ended.code, codes(ended)) == (4, ["NBC-T06"]), command
    assert nbcode(project, "status").code == 0, "the control: where it was made it is the user's"
    shutil.rmtree(tmp_path / "clone" / ".nbcode")
    assert nbcode(tmp_path / "clone", "status").code == 0, "the way out that is shown"


def test_the_users_trust_is_his_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    mine = {"XDG_STATE_HOME": str(state)}
    project = clone(tmp_path / "p", '[registry]\nuri = "sqlite:///a.db"\n')
    assert nbcode(project, "trust", "--yes", environment=mine).code == 0
    kept = [p for p in (state / "nbcode").rglob("*") if p.is_file()]
    assert kept
    assert {p.stat().st_mode & 0o077 for p in (state / "nbcode", *kept)} == {0}
    assert json.loads(kept[0].read_text())["root"] == str(project)
    kept[0].chmod(0o666)
    refused = nbcode(project, "show", "x", "--json", environment=mine)
    assert (refused.code, codes(refused)) == (4, ["NBC-T07"])
    assert f"chmod 600 {kept[0]}" in refused.json["diagnostics"][0]["fixes"][0]


@pytest.mark.parametrize(
    ("status", "body", "code", "ended"),
    [
        (401, b"You are not authenticated", "NBC-I25", 3),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}', "NBC-I26", 3),
        (200, b"<html>Sign in</html>", "NBC-I27", 3),
        (503, b"<html>Later</html>", "NBC-I28", 5),
    ],
)
def test_what_a_server_refuses_is_told_by_its_cause(
    tmp_path: Path, status: int, body: bytes, code: str, ended: int
) -> None:
    with listener(status, body) as server:
        project = trusted(clone(tmp_path / "p", f'[registry]\nuri = "{server.uri}"\n'))
        refused = nbcode(project, "show", "x", "--json", environment=TOKEN)
    assert (codes(refused), refused.code) == ([code], ended)


def test_a_server_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    with listener() as server:
        project = trusted(clone(tmp_path / "p", f'[registry]\nuri = "{server.uri}"\n'))
    refused = nbcode(project, "show", "x", "--json", environment=TOKEN)
    assert (codes(refused), refused.code) == (["NBC-I28"], 5)


def test_no_password_of_an_address_or_of_the_environment_is_in_any_text(tmp_path: Path) -> None:
    project = clone(tmp_path / "p", '# words\n[registry]\nuri = "http://bob:hunter22@127.0.0.1:9"\n')
    said = [
        nbcode(project, *command)
        for command in (
            ("check", "n.py"),
            ("doctor",),
            ("promote", "n.py", "--json"),
            ("show", "x"),
            ("trust",),
        )
    ]
    assert all("NBC-C35" in e.out + e.err for e in said)
    assert all("hunter22" not in e.out + e.err for e in said)
    assert said[2].code == 4
    (found,) = said[2].json["diagnostics"]
    assert found["line"] == 3
    assert "MLFLOW_TRACKING_PASSWORD" in found["fixes"][0]
    secret = {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": "hunter22"}
    with listener(400, b"you sent bob hunter22 and Basic Ym9iOmh1bnRlcjIy") as server:
        (project / "nbcode.toml").write_text(f'[registry]\nuri = "{server.uri}"\n')
        told = nbcode(trusted(project), "show", "x", environment=TOKEN | secret)
        assert server.requests
    assert "you sent bob" in told.err, "the control: the server's words are told"
    assert "hunter22" not in told.err
    assert "Ym9iOmh1bnRlcjIy" not in told.err


def test_what_was_begun_in_a_clone_by_another_is_not_run_by_resume(tmp_path: Path) -> None:
    """The attacker interrupts a promote on the weakest isolation level, removes the notebook and hands the folder over."""
    attacker = {"XDG_STATE_HOME": str(tmp_path / "attacker"), "NBCODE_FAILPOINT": "begin.journaled"}
    project = clone(tmp_path / "p", "")
    nbcode(project, "promote", "n.py", "--isolation", "process", environment=attacker)
    (project / "n.py").unlink()
    refused = nbcode(project, "resume", "--json")
    assert (refused.code, codes(refused)) == (4, ["NBC-T06"])
    shown = nbcode(project, "trust")
    assert "foreign store" in shown.out
    with_store = nbcode(project, "trust", "--yes", "--json").json
    assert [i["kind"] for i in with_store["items"]] == ["foreign store", "resume"]
    assert "sandbox process" in with_store["items"][1]["target"]
