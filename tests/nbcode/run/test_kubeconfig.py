"""The kubeconfig is read as kubectl reads it; what is wrong with it is told by its file, its context or its program, and what is told can be typed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from nbcode.primitives import Diagnostic, NbcodeError
from nbcode.run._kubeconfig import chosen


def written(
    path: Path, *, user: dict[str, Any] | None = None, current: str | None = "dev", name: str = "dev"
) -> Path:
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [
            {
                "name": name,
                "cluster": {"server": f"https://{name}.example", "certificate-authority": "ca.crt"},
            }
        ],
        "users": [{"name": name, "user": user or {"token": f"token of {name}"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))
    return path


@pytest.fixture
def name_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return lambda *paths: monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, paths)))


def refused(context: str | None = None) -> Diagnostic:
    with pytest.raises(NbcodeError, match=r"NBC-H1[01]") as found:
        chosen(context)
    (one,) = found.value.diagnostics
    return one


def test_of_several_files_the_first_that_says_something_stands(tmp_path: Path, name_files: Any) -> None:
    one = written(tmp_path / "a" / "one", current=None)
    other = written(tmp_path / "b" / "other", name="prod", current="prod")
    again = written(tmp_path / "c" / "again", user={"token": "another"})
    name_files(one, tmp_path / "not there", "", other, again)
    assert chosen(None).cluster.server == "https://prod.example"
    dev = chosen("dev")
    assert dev.user is not None
    assert (dev.user.token, dev.cluster.certificate_auth) == ("token of dev", str(one.parent / "ca.crt"))
    assert chosen("prod").cluster.certificate_auth == str(other.parent / "ca.crt")


def test_an_empty_variable_is_none(tmp_path: Path, name_files: Any) -> None:
    written(tmp_path / "home" / ".kube" / "config")
    name_files("")
    assert chosen(None).context_name == "dev"


def test_no_file_at_all_is_told_with_where_it_was_looked_for(tmp_path: Path, name_files: Any) -> None:
    name_files(tmp_path / "x", tmp_path / "y")
    found = refused()
    assert (found.message, found.cause) == (
        "there is no kubeconfig",
        f"looked for: {tmp_path / 'x'}, {tmp_path / 'y'}",
    )


def test_a_context_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name_files: Any) -> None:
    name_files(written(tmp_path / "k"))
    found = refused("prod")
    assert (found.message, found.cause) == ("the kubeconfig has no context 'prod'", "it has dev")
    assert found.fix_titles == ('write context = "dev" as `[argo] context` in nbcode.toml',)


def test_no_chosen_context_is_told_with_the_command_that_chooses_one(tmp_path: Path, name_files: Any) -> None:
    name_files(written(tmp_path / "k", current=None))
    assert refused().fix_titles == ("`kubectl config use-context dev`",)


@pytest.mark.parametrize("text", [": : {", "clusters: null", "{}", "[]", "clusters: [{name: a}]", "\x00"])
def test_a_file_that_is_no_kubeconfig_is_told_by_its_path(tmp_path: Path, name_files: Any, text: str) -> None:
    (tmp_path / "k").write_text(text)
    name_files(tmp_path / "k")
    found = refused()
    assert (found.code, found.message) == ("NBC-H10", f"{tmp_path / 'k'} is no kubeconfig")


def test_a_part_that_its_context_names_and_it_has_not_is_told(tmp_path: Path, name_files: Any) -> None:
    told = json.loads(written(tmp_path / "k").read_text())
    told["contexts"][0]["context"]["user"] = "zoe"
    (tmp_path / "k").write_text(json.dumps(told))
    name_files(tmp_path / "k")
    assert refused().message == "the kubeconfig has no user 'zoe'"


def signing_on(version: str, command: str, **more: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": f"client.authentication.k8s.io/{version}", "command": command, **more}}


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_program_that_signs_on_is_started_as_its_version_wants(
    tmp_path: Path, name_files: Any, version: str
) -> None:
    from lightkube.config.client_adapter import user_auth

    program = tmp_path / "bin" / "sign-on"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nprintf \'{"status": {"token": "%s"}}\' "$(echo "$KUBERNETES_EXEC_INFO" | tr -d \'"{}: \')-$1"\n'
    )
    program.chmod(0o755)
    name_files(written(tmp_path / "k", user=signing_on(version, "bin/sign-on", args=["me"])))
    user = chosen(None).user
    assert user is not None
    auth = user_auth(user)
    assert auth is not None
    request = next(auth.sync_auth_flow(_request()))
    told = request.headers["Authorization"]
    assert told.startswith("Bearer ")
    assert told.endswith("-me")
    assert ("apiVersionclient.authentication.k8s.io/v1" in told) is (version == "v1")


def _request() -> Any:
    import httpx2

    return httpx2.Request("GET", "https://dev.example")


@pytest.mark.parametrize(
    ("hint", "fix"), [("", "install not-there, and have it on the PATH"), ("see\n  intranet", "see intranet")]
)
def test_a_program_that_is_not_installed_is_told_before_anything_is_asked(
    tmp_path: Path, name_files: Any, hint: str, fix: str
) -> None:
    name_files(written(tmp_path / "k", user=signing_on("v1", "not-there", installHint=hint)))
    found = refused()
    assert (found.code, found.fix_titles) == ("NBC-H11", (fix,))
    assert "not-there" in found.message
