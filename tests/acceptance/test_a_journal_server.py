"""`[journal] uri`: real promotes through a real PostgreSQL that two users share, each with a store of his own, and one registry."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.project import NBCODE, Ended, nbcode
from fakes.mlflow_server import serving
from fakes.patience import ENOUGH_S
from fakes.postgres import Cluster
from nbcode.promotion._sql import SCHEMA_VERSION

pytestmark = pytest.mark.long

NOTEBOOK = """\
# %% [meta]
# id: {model}
# kind: model
# horizon: 1d
# owner: ann
# inputs:
#   d: d.csv
# %% [features]
f = inputs["d"][["x"]]
# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(f, inputs["d"]["y"])
# %% [eval]
report = {{"n": float(len(f))}}
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as uri:
        yield uri


class User:
    """Somebody with a checkout, a store and a state folder of his own."""

    def __init__(self, folder: Path, model: str, settings: str) -> None:
        self.folder, self.state = folder / "project", {"XDG_STATE_HOME": str(folder / "state")}
        self.folder.mkdir(parents=True)
        (folder / "state").mkdir()
        (self.folder / "d.csv").write_text("date,x,y\n2020-01-01,1,2\n2020-01-02,2,4\n2020-01-03,3,7\n")
        (self.folder / "n.py").write_text(NOTEBOOK.format(model=model))
        (self.folder / "nbcode.toml").write_text(settings)

    def trusting(self) -> User:
        assert self("trust", "--yes").code == 0
        return self

    def __call__(self, *arguments: str, **environment: str) -> Ended:
        return nbcode(self.folder, *arguments, environment=self.state | environment)

    def begins(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [NBCODE, *arguments],
            cwd=self.folder,
            env=os.environ | self.state | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )


def settings(registry: str, journal: str) -> str:
    return f'[registry]\nuri = "{registry}"\n[journal]\nuri = "{journal}"\n'


def codes(ended: Ended) -> list[str]:
    return [d["code"] for d in ended.json["diagnostics"] if d["severity"] == "error"]


def rows(postgres: Cluster, uri: str) -> list[tuple[object, ...]]:
    database = uri.rpartition("@/")[2].partition("?")[0]
    return postgres.execute("SELECT state, version, attempt, project FROM promotions", database)


def test_two_users_promote_the_same_at_once_and_it_is_one_version(
    tmp_path: Path, postgres: Cluster, registry: str
) -> None:
    uri = postgres.new_database()
    users = [User(tmp_path / name, "together", settings(registry, uri)).trusting() for name in ("ann", "ben")]
    working = [user.begins("promote", "n.py", "--json") for user in users]
    said = [process.communicate(timeout=ENOUGH_S) for process in working]
    assert [process.returncode for process in working] == [0, 0], said
    ended = [json.loads(out) for out, _ in said]
    assert sorted(e["status"] for e in ended) == ["done", "exists"]
    assert [(e["version"], e["alias"]) for e in ended] == [(1, "candidate")] * 2
    assert [(state, version, attempt) for state, version, attempt, _ in rows(postgres, uri)] == [
        ("done", 1, 1)
    ]
    (later,) = (e for e in ended if e["status"] == "exists")
    (maker,) = (u for u, e in zip(users, ended, strict=True) if e["status"] == "done")
    (note,) = (d for d in later["diagnostics"] if d["code"] == "NBC-I31")
    assert str(maker.folder) in note["message"]
    assert (later["artifact"], later["report"]) == (None, None), "they are in the other's store"
    assert not any((user.folder / ".nbcode" / "journal.db").exists() for user in users)


def test_what_a_kill_left_is_gone_on_with_and_whoever_shares_the_journal_may_begin_it_anew(
    tmp_path: Path, postgres: Cluster, registry: str
) -> None:
    uri = postgres.new_database()
    ann, ben = (User(tmp_path / n, "killed", settings(registry, uri)).trusting() for n in ("ann", "ben"))
    killed = ann.begins("promote", "n.py", NBCODE_FAILPOINT="run.started")
    killed.communicate(timeout=ENOUGH_S)
    assert killed.returncode == -signal.SIGKILL
    (left,) = ann("status", "--json").json["promotions"]
    assert (left["state"], left["interrupted"], left["ours"]) == ("submitted", True, True)

    theirs = ben("resume", "--json")
    assert (theirs.code, theirs.json["finished"]) == (0, [])
    assert [(d["code"], d["severity"]) for d in theirs.json["diagnostics"]] == [("NBC-T05", "note")]
    resumed = ann("resume", "--json")
    assert resumed.code == 0, resumed.said
    assert [(r["status"], r["version"]) for r in resumed.json["finished"]] == [("done", 1)]
    assert [row[:3] for row in rows(postgres, uri)] == [("done", 1, 1)]

    for user in (ann, ben):
        (user.folder / "n.py").write_text(NOTEBOOK.format(model="killed").replace("1d", "2d"))
    again = ann.begins("promote", "n.py", NBCODE_FAILPOINT="run.started")
    again.communicate(timeout=ENOUGH_S)
    promoted = ben("promote", "n.py", "--json")
    assert (promoted.code, promoted.json["status"], promoted.json["version"]) == (0, "done", 2), promoted.err
    assert sorted(row[1:3] for row in rows(postgres, uri)) == [(1, 1), (2, 2)]
    assert ann("resume", "--json").json["finished"] == []


def test_a_server_that_is_away_is_told_before_the_run_and_nothing_is_begun(
    tmp_path: Path, registry: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"postgresql://quant@127.0.0.1:{free.getsockname()[1]}/nbcode"
    user = User(tmp_path, "away", settings(registry, nobody)).trusting()
    for verb in (("promote", "n.py"), ("resume",), ("status",), ("models", "--local"), ("show", "away")):
        refused = user(*verb, "--json")
        assert (refused.code, codes(refused)) == (5, ["NBC-I29"]), verb
        (found,) = refused.json["diagnostics"]
        assert "nothing is lost" in found["fixes"][0]
        assert "PGPASSWORD" in found["fixes"][1]
    assert not list((user.folder / ".nbcode").glob("runs/*"))
    (told,) = (f for f in user("doctor", "--json").json["findings"] if f["name"] == "journal")
    assert (told["level"], "NBC-I29" in told["text"], bool(told["fix"])) == ("fail", True, True)


def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    tmp_path: Path, postgres: Cluster, registry: str
) -> None:
    uri = postgres.new_database()
    database = uri.rpartition("@/")[2].partition("?")[0]
    user = User(tmp_path, "middle", settings(registry, uri)).trusting()
    process = user.begins("promote", "n.py", "--json", NBCODE_FAILPOINT="run.done:STOP")
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=ENOUGH_S)
    assert process.returncode in {3, 5}, out + err
    (found,) = (d for d in json.loads(out)["diagnostics"] if d["severity"] == "error")
    assert found["code"] in {"NBC-I29", "NBC-I15"}
    postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    resumed = user("resume", "--json")
    assert [(r["status"], r["version"]) for r in resumed.json["finished"]] == [("done", 1)], resumed.err
    assert [row[:3] for row in rows(postgres, uri)] == [("done", 1, 1)]


def test_doctor_tells_which_journal_and_its_schema(tmp_path: Path, postgres: Cluster, registry: str) -> None:
    uri = postgres.new_database()
    user = User(tmp_path, "told", settings(registry, uri)).trusting()

    def told() -> tuple[str, str]:
        (found,) = (f for f in user("doctor", "--json").json["findings"] if f["name"] == "journal")
        return found["level"], found["text"]

    level, text = told()
    assert (level, text.endswith("made by the first promote")) == ("ok", True)
    database = uri.rpartition("@/")[2].partition("?")[0]
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres.execute(tables, database) == [(0,)], "doctor and trust made none"
    assert user("promote", "n.py").code == 0
    assert told()[1].endswith(f"schema {SCHEMA_VERSION}")
    postgres.execute("UPDATE alembic_version SET version_num = '99'", database)
    level, text = told()
    assert (level, "NBC-I03" in text) == ("fail", True)


def test_no_connection_is_made_to_a_server_before_the_user_trusts_it(tmp_path: Path, registry: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[object] = []

        def listen() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                heard.append(address)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        address = f"postgresql://127.0.0.1:{server.getsockname()[1]}/nbcode"
        user = User(
            tmp_path, "untrusted", f'[registry]\nuri = "sqlite:///m.db"\n[journal]\nuri = "{address}"\n'
        )
        for verb in (
            ("promote", "n.py"),
            ("resume",),
            ("status",),
            ("models", "--local"),
            ("show", "untrusted"),
        ):
            refused = user(*verb, "--json")
            assert (refused.code, "NBC-T01" in codes(refused)) == (4, True), verb
        assert user("doctor").code == 3
        declined = user("trust", "--json")
        assert [item["setting"] for item in declined.json["items"]] == ["registry.uri", "journal.uri"]
        assert heard == []
        user.trusting()
        user("status")
        assert heard, "the control"


def test_a_password_comes_from_the_environment_or_pgpass_and_never_from_the_file(
    tmp_path: Path, postgres: Cluster, registry: str
) -> None:
    postgres.execute("CREATE ROLE quant LOGIN PASSWORD 'hunter22'")
    rules = postgres.sockets / "data" / "pg_hba.conf"
    rules.write_text("local all quant scram-sha-256\n" + rules.read_text())
    postgres.execute("SELECT pg_reload_conf()")
    database = postgres.new_database().rpartition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {database} OWNER TO quant")
    uri = f"postgresql://quant@/{database}?host={postgres.sockets}"
    user = User(tmp_path, "secret", settings(registry, uri)).trusting()
    for environment in ({}, {"PGPASSWORD": "wrong-one"}):
        refused = user("status", "--json", **environment)
        assert (refused.code, codes(refused)) == (5, ["NBC-I29"])
        assert "~/.pgpass" in str(refused.json["diagnostics"][0]["fixes"])
        assert "wrong-one" not in refused.out + refused.err
    assert user("status", PGPASSWORD="hunter22").code == 0
    kept = tmp_path / "pgpass"
    kept.write_text("*:*:*:quant:hunter22\n")
    kept.chmod(0o600)
    promoted = user("promote", "n.py", "--json", PGPASSFILE=str(kept))
    assert (promoted.code, promoted.json["status"]) == (0, "done"), promoted.err
    assert "hunter22" not in promoted.out + promoted.err
    (user.folder / "nbcode.toml").write_text(settings(registry, uri.replace("quant@", "quant:hunter22@")))
    refused = user("promote", "n.py", "--json")
    assert (refused.code, codes(refused)) == (4, ["NBC-C35"])
    assert "hunter22" not in refused.out + refused.err


def test_a_shared_journal_needs_a_shared_registry(tmp_path: Path, postgres: Cluster) -> None:
    uri = postgres.new_database()
    user = User(tmp_path, "alone", "")
    refused = user("promote", "n.py", "--json", NBCODE_JOURNAL_URI=uri)
    assert (refused.code, codes(refused)) == (2, ["NBC-C36"])
    assert not list((user.folder / ".nbcode").glob("runs/*"))
    assert user("promote", "n.py").code == 0, "the control: without the variable the store has both"


def test_the_environment_may_name_both_servers_and_is_told_so(
    tmp_path: Path, postgres: Cluster, registry: str
) -> None:
    user = User(tmp_path, "by_environment", "")
    mine = {"MLFLOW_TRACKING_URI": registry, "NBCODE_JOURNAL_URI": postgres.new_database()}
    promoted = user("promote", "n.py", "--json", **mine)
    assert (promoted.code, promoted.json["status"]) == (0, "done"), promoted.err
    (note,) = (d for d in promoted.json["diagnostics"] if d["code"] == "NBC-I30")
    assert note["message"] == f"the registry is {registry}"
    assert "MLFLOW_TRACKING_URI" in note["cause"]
    assert not (user.folder / ".nbcode" / "registry" / "mlflow.db").exists()
    shown = user("show", "by_environment", "--json", **mine).json
    assert [v["version"] for v in shown["versions"]] == [1]
    assert [d["code"] for d in shown["diagnostics"]] == ["NBC-I30"]
    findings = {f["name"]: f["text"] for f in user("doctor", "--json", **mine).json["findings"]}
    assert findings["registry"].endswith("answers (named by MLFLOW_TRACKING_URI of your environment)")
    assert "(named by NBCODE_JOURNAL_URI of your environment)" in findings["journal"]
    in_the_store = user("status", "--json").json["promotions"]
    assert in_the_store == [], "the control: without the variables the journal is the store's own"


def test_a_registry_that_is_away_is_told_before_the_run(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    user = User(tmp_path, "away", f'[registry]\nuri = "{nobody}"\n').trusting()
    refused = user("promote", "n.py", "--json")
    assert (refused.code, codes(refused)) == (5, ["NBC-I28"])
    assert not list((user.folder / ".nbcode").glob("runs/*"))
    assert user("status", "--json").json["promotions"] == [], "nothing was begun"
    trusted_elsewhere = User(tmp_path / "control", "away", "")
    assert trusted_elsewhere("promote", "n.py").code == 0
    assert list((trusted_elsewhere.folder / ".nbcode").glob("runs/*")), "the control: a run has a place there"
