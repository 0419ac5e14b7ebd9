"""The namespace of a cluster's runs: nbcode.toml names it, else the environment does, as a controller's pod is told its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.configuration import open_workspace
from nbcode.primitives import NbcodeError


def namespace(
    root: Path, monkeypatch: pytest.MonkeyPatch, told: str | None, written: str | None
) -> tuple[str, bool]:
    """Which one, and whether the user is asked for his trust."""
    monkeypatch.delenv("NBCODE_NAMESPACE", raising=False)
    if told is not None:
        monkeypatch.setenv("NBCODE_NAMESPACE", told)
    text = "" if written is None else f'[argo]\nnamespace = "{written}"\n'
    (root / "nbcode.toml").write_text(text)
    found = open_workspace(root)
    return found.config.argo.namespace, bool(found.untrusted)


@pytest.mark.parametrize(
    ("told", "written", "found"),
    [
        (None, None, ("nbcode", False)),
        ("research", None, ("research", False)),
        ("research", "research", ("research", False)),
        ("research", "other", ("other", True)),
        (None, "other", ("other", True)),
        ("", None, ("nbcode", False)),
    ],
)
def test_which_namespace_it_is_and_who_has_to_be_asked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: str | None,
    written: str | None,
    found: tuple[str, bool],
) -> None:
    assert namespace(tmp_path, monkeypatch, told, written) == found


def test_what_no_cluster_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NbcodeError, match="NBC-K03 NBCODE_NAMESPACE cannot be 'Not A Name'"):
        namespace(tmp_path, monkeypatch, "Not A Name", None)
