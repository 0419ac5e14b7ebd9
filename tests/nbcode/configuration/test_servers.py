"""Which servers a project uses, who named them, and what needs the user's trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.configuration import Server, TrustKind, open_workspace
from nbcode.configuration.servers import journal_server, registry_server
from nbcode.primitives import NbcodeError

MLFLOW = "http://mlflow.example:5000"
JOURNAL = "postgresql://db.example/nbcode"


def test_the_file_names_a_registry_before_the_environment_does() -> None:
    environment = {"MLFLOW_TRACKING_URI": MLFLOW}
    assert registry_server("http://other", environment) == Server(uri="http://other")
    assert registry_server(None, environment) == Server(uri=MLFLOW, variable="MLFLOW_TRACKING_URI")
    assert registry_server(None, {}) is None


@pytest.mark.parametrize(
    "named", ["", "  ", "mlruns", "./mlruns", "file:///mlruns", "sqlite:///m.db", "databricks"]
)
def test_what_the_environment_names_for_mlflow_and_is_no_server_is_left_to_mlflow(named: str) -> None:
    assert registry_server(None, {"MLFLOW_TRACKING_URI": named}) is None


def test_the_file_names_a_journal_before_the_environment_does() -> None:
    environment = {"NBCODE_JOURNAL_URI": JOURNAL}
    assert journal_server("postgresql://other/n", environment) == Server(uri="postgresql://other/n")
    assert journal_server(None, environment) == Server(uri=JOURNAL, variable="NBCODE_JOURNAL_URI")
    assert journal_server(None, {"NBCODE_JOURNAL_URI": ""}) is None


def test_who_named_it_is_told() -> None:
    assert Server(uri=JOURNAL).named_by("journal", "uri") == "`[journal] uri` in nbcode.toml"
    by_me = Server(uri=JOURNAL, variable="NBCODE_JOURNAL_URI")
    assert Server(uri=JOURNAL, option="--registry").named_by("registry", "uri") == "--registry"
    assert by_me.named_by("journal", "uri") == "NBCODE_JOURNAL_URI of your environment"


def kinds(folder: Path) -> list[str]:
    return [str(item.kind) for item in open_workspace(folder).untrusted]


def test_a_journals_server_of_a_project_needs_trust_and_the_users_own_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{MLFLOW}"\n[journal]\nuri = "{JOURNAL}"\n')
    assert kinds(tmp_path) == ["server", "journal server"]
    (refused,) = open_workspace(tmp_path).refusals(TrustKind.JOURNAL)
    assert (refused.code, refused.place and refused.place.line) == ("NBC-T01", 4)
    monkeypatch.setenv("NBCODE_JOURNAL_URI", JOURNAL)
    assert kinds(tmp_path) == ["server"]
    monkeypatch.setenv("NBCODE_JOURNAL_URI", "postgresql://db.example/other")
    assert kinds(tmp_path) == ["server", "journal server"], "the control: another database is another thing"
    (tmp_path / "nbcode.toml").write_text("")
    assert kinds(tmp_path) == []
    assert open_workspace(tmp_path).journal == Server(
        uri="postgresql://db.example/other", variable="NBCODE_JOURNAL_URI"
    )


@pytest.mark.parametrize(
    ("named", "code"), [("postgresql://quant:hunter2@db/n", "NBC-C35"), ("mysql://db/hunter2", "NBC-C31")]
)
def test_an_address_in_the_environment_is_held_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, code: str
) -> None:
    monkeypatch.setenv("NBCODE_JOURNAL_URI", named)
    with pytest.raises(NbcodeError, match=f"{code} NBCODE_JOURNAL_URI") as told:
        open_workspace(tmp_path)
    assert ("hunter2" in str(told.value)) is (code == "NBC-C31")
    monkeypatch.setenv("NBCODE_JOURNAL_URI", JOURNAL)
    assert open_workspace(tmp_path).journal is not None
