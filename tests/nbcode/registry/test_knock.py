"""A knock at a registry: away is told, whatever else answers is somebody, and no credentials go along."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.authorities import Authority, made_authority
from fakes.listening import listener
from nbcode.registry import RegistryError
from nbcode.registry._failures import explained
from nbcode.registry._knock import Heard, heard_at, knock

SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"


@pytest.mark.parametrize("status", [200, 403, 500])
def test_whoever_answers_is_there(status: int) -> None:
    with listener(status) as server:
        assert heard_at(server.uri) == Heard(status=status)
        knock(server.uri + "/", "a test")
        assert [(method, path) for method, path, _ in server.requests] == [
            ("GET", "/health"),
            ("GET", "/health"),
            ("GET", SEARCH),
        ]


@pytest.mark.parametrize(
    ("variables", "header"),
    [
        ({"USERNAME": "bob", "PASSWORD": "hunter22"}, "Basic Ym9iOmh1bnRlcjIy"),
        ({"TOKEN": "the-token-of-the-house"}, "Bearer the-token-of-the-house"),
        ({}, None),
    ],
)
def test_health_is_asked_without_credentials_and_a_search_with_those_of_mlflows_client(
    variables: dict[str, str], header: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("USERNAME", "PASSWORD", "TOKEN", "AUTH", "AWS_SIGV4"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", text)
    with listener(200) as server:
        knock(server.uri, "a test")
        health, search = [headers.get("Authorization") for _, _, headers in server.requests]
    assert (health, search) == (None, header)


def test_what_only_mlflows_client_knows_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text("[mlflow]\n")
    with listener(401) as server:
        knock(server.uri, "a test")
        assert [path for _, path, _ in server.requests] == ["/health"]


def test_who_is_not_signed_in_is_told_before_anything_is_begun() -> None:
    with (
        listener(401) as server,
        pytest.raises(RegistryError, match=r"NBC-I25 .* does not know these credentials.*401"),
    ):
        knock(server.uri, "a test")


def test_a_page_to_sign_in_is_no_mlflow() -> None:
    with (
        listener(200, b"<html>", kind="text/html") as server,
        pytest.raises(RegistryError, match=r"NBC-I27 .* does not answer as MLflow does.*text/html"),
    ):
        knock(server.uri, "a test")


def test_where_neither_health_nor_a_search_is_known_the_address_is_another() -> None:
    with (
        listener(404) as server,
        pytest.raises(
            RegistryError, match=r"NBC-I27 .*/health answers 404, a search 404.*another path"
        ) as told,
    ):
        knock(server.uri, "a test")
    assert "resume" not in str(told.value.diagnostics[0].fixes)


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
        assert not any("Authorization" in headers for _, _, headers in server.requests)
    with pytest.raises(RegistryError, match="does not answer") as told:
        knock(with_user, "a test")
    assert "hunter22" not in str(told.value)


def test_somebody_who_fails_to_speak_tls_is_there() -> None:
    with listener(200) as server:
        heard = heard_at(server.uri.replace("http://", "https://"))
    assert heard == Heard()


@pytest.mark.parametrize("uri", ["sqlite:///m.db", "postgresql://db/m", "databricks", ""])
def test_a_file_or_a_database_is_left_alone(uri: str) -> None:
    assert heard_at(uri) is None
    knock(uri, "a test")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_authority(tmp_path_factory.mktemp("authority"))


def test_a_certificate_of_an_authority_that_is_not_trusted_is_told_with_the_way_out(
    authority: Authority,
) -> None:
    with listener(200, behind=authority) as server:
        with pytest.raises(
            RegistryError, match=r"NBC-I36 the certificate of .* unable to get local issuer"
        ) as told:
            knock(server.uri, "a test")
        assert server.requests == []
    assert "set MLFLOW_TRACKING_SERVER_CERT_PATH to the file" in told.value.diagnostics[0].fix_titles[0]


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE"])
def test_whom_mlflows_client_trusts_is_trusted(
    name: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(authority.certificate))
    with listener(200, behind=authority) as server:
        knock(server.uri, "a test")
        assert len(server.requests) == 2


def test_a_server_that_is_not_verified_on_request_is_not(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    with listener(200, behind=authority) as server:
        knock(server.uri, "a test")


def test_a_certificate_for_another_name_is_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(authority.certificate))
    with (
        listener(200, behind=authority) as server,
        pytest.raises(RegistryError, match=r"NBC-I36 .*Hostname mismatch"),
    ):
        knock(server.uri.replace("127.0.0.1", "localhost"), "a test")


def test_a_file_of_authorities_that_is_not_there_is_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", "/nowhere/ca.pem")
    with (
        listener(200, behind=authority) as server,
        pytest.raises(
            RegistryError, match=r"NBC-I36 .*MLFLOW_TRACKING_SERVER_CERT_PATH names /nowhere/ca\.pem"
        ),
    ):
        knock(server.uri, "a test")


@pytest.mark.parametrize(
    "words",
    [
        (
            "HTTPSConnectionPool(host='h', port=1): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, "
            "'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain')))"
        ),
        "Could not find a suitable TLS CA certificate bundle, invalid path: /nowhere/ca.pem",
    ],
)
def test_what_mlflows_client_says_of_a_certificate_is_told_with_the_same_way_out(words: str) -> None:
    assert explained("https://h:1", OSError(words), 30.0).code == "NBC-I36"
