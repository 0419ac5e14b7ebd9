"""No password in any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.primitives import Diagnostic, has_userinfo, masked

PLAIN = st.text(st.characters(categories=("L", "N"), include_characters="-._~!$&*+,;=%:@/"), min_size=6)


@given(PLAIN, PLAIN)
def test_no_password_of_an_address_is_left(user, password):
    uri = f"http://bob:S3CRET{password}@host.example:5000/mlflow"
    assert "S3CRET" not in masked(f"the registry at {uri} failed: Max retries ({uri})")
    assert has_userinfo(uri)
    assert "S3CRET" not in str(Diagnostic(code="NBC-I16", message=uri, cause=f"x {uri}", fixes=(uri,)))


@pytest.mark.parametrize(
    "text",
    [
        "http://mlflow.example:5000/a?mail=bob@example.com",
        "http://mlflow.example:5000/#/models/xsmom@candidate",
        "models:/xsmom_v3@candidate",
        "sqlite:////srv/a@b/mlflow.db",
        "bob@example.com",
        "git@github.com:a/b.git",
        "https://github.com/a/b@v1",
    ],
)
def test_what_is_no_password_is_left_as_it_is(text):
    assert masked(text) == text
    assert not has_userinfo(text)


def test_the_rest_of_the_address_is_told():
    assert (
        masked("at http://bob:secret@host:1/p, postgresql://u@db/m")
        == "at http://***@host:1/p, postgresql://***@db/m"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://db.example/mlf?user=bob&password=s3cretpw",
        "http://h.example/?token=s3cretpw",
        "http://h.example/?access_token=s3cretpw&x=1",
        "http:///bob:s3cretpw@h.example",
        "http:\\\\bob:s3cretpw@h.example",
        "//bob:s3cretpw@h.example",
        "bob:s3cretpw@h.example",
        "http://bob:s3cretpw%40h.example",
    ],
)
def test_a_secret_anywhere_in_an_address_is_seen(uri: str) -> None:
    assert has_userinfo(uri)
    assert "s3cretpw" not in masked(uri)


@pytest.mark.parametrize(
    "text",
    [
        "host=127.0.0.1 password=s3cretpw dbname=x",
        "host=127.0.0.1 password='s3cretpw' dbname=x",
        "`journal.uri` cannot be 'host=127.0.0.1 password=s3cretpw'",
        'password = "s3cretpw"',
        'DB_PASSWD="s3cretpw"',
        '{"db_password": "s3cretpw"}',
        "secret_token = 's3cretpw'",
        'api_key="s3cretpw"',
        'uri = "http:/u:s3cretpw@127.0.0.1:8767"',
        "http:/u:s3cretpw@127.0.0.1:8767",
        'uri = "u:s3cretpw@127.0.0.1:8767"',
        'uri = "//u:s3cretpw@127.0.0.1"',
        "the server u:s3cretpw@localhost does not answer",
    ],
)
def test_a_secret_in_a_setting_or_an_excerpt_of_one_is_not_shown(text: str) -> None:
    assert "s3cretpw" not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "top = sorted(names, key=len)",
        "x[1:n]@y and {a:b@c}",
        "token = tokens[0]",
        "secret = load()",
        "export MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        "models:/xsmom_v3@candidate at 12:30",
        "C:/users/bob@example",
        "NBC-C35 `registry.uri` holds a user or a password: it is seen by many",
    ],
)
def test_code_and_prose_stay_as_they_are(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "uri",
    [
        "https://mlflow.example:5000/prefix",
        "sqlite:///x.db",
        "databricks://profile",
        "http://h.example/a?keyboard=us&x=1",
    ],
)
def test_an_address_without_a_secret_is_shown_as_it_is(uri: str) -> None:
    assert masked(uri) == uri
    assert not has_userinfo(uri)
