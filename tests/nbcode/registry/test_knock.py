"""A knock at a registry: away is told, whatever else answers is somebody, and no credentials go along."""

from __future__ import annotations

import pytest

from fakes.listening import listener
from nbcode.registry import RegistryError
from nbcode.registry._knock import Heard, heard_at, knock


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_whoever_answers_is_there(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "the-token-of-the-house")
    with listener(status) as server:
        assert heard_at(server.uri) == Heard(status=status)
        knock(server.uri + "/", "a test")
        assert [(method, path) for method, path, _ in server.requests] == [("GET", "/health")] * 2
        assert "the-token-of-the-house" not in str(server.requests)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_with_nobody_behind_it_is_away(status: int) -> None:
    with (
        listener(status) as server,
        pytest.raises(
            RegistryError, match=rf"NBC-I28 the registry at {server.uri} does not answer.*{status}"
        ),
    ):
        knock(server.uri, "a test")


def test_where_nobody_listens_it_is_away_and_whoever_named_it_is_told() -> None:
    with listener() as server:
        uri = server.uri
    with pytest.raises(RegistryError, match=r"NBC-I28 .*refused") as told:
        knock(uri, "MLFLOW_TRACKING_URI of your environment")
    (found,) = told.value.diagnostics
    assert found.fix_titles[1] == "correct MLFLOW_TRACKING_URI of your environment"


def test_a_user_in_the_address_is_not_sent_and_not_shown() -> None:
    with listener(200) as server:
        with_user = server.uri.replace("://", "://bob:hunter22@")
        knock(with_user, "a test")
        assert "Authorization" not in server.requests[0][2]
    with pytest.raises(RegistryError, match="does not answer") as told:
        knock(with_user, "a test")
    assert "hunter22" not in str(told.value)


def test_a_server_whose_certificate_we_do_not_know_is_there() -> None:
    """MLflow may know it; and somebody speaks TLS, or fails to, at that port."""
    with listener(200) as server:
        heard = heard_at(server.uri.replace("http://", "https://"))
    assert heard == Heard()


@pytest.mark.parametrize("uri", ["sqlite:///m.db", "postgresql://db/m", "databricks", ""])
def test_a_file_or_a_database_is_left_alone(uri: str) -> None:
    assert heard_at(uri) is None
    knock(uri, "a test")
