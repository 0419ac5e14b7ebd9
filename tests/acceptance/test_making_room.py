"""``nbcode gc`` on a real store with its real registry: what goes, what stays, and how it comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.project import Ended, nbcode

pytestmark = pytest.mark.long

NOTEBOOK = """# %% [meta]
# id: daily
# kind: model
# horizon: 5d
# owner: me
# %% [features]
r = features.ret(window={window})
# %% [model]
m = Ridge().fit(X=[r], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="3")
"""


def promoted(folder: Path, window: int, *how: str) -> Ended:
    (folder / "n.py").write_text(NOTEBOOK.format(window=window))
    return nbcode(folder, "promote", "n.py", "--json", *how)


def numbers(folder: Path) -> dict[int, bool]:
    """Of each version whether it was collected."""
    return {
        one["version"]: bool(one["collected"])
        for one in nbcode(folder, "show", "daily", "--json").json["versions"]
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("room") / "project"
    folder.mkdir()
    nbcode(folder, "init", "--no-kernel")
    for window in (5, 10):
        assert promoted(folder, window).code == 0
    return folder


def test_a_version_goes_is_told_of_and_comes_back_with_the_same_bytes(store: Path) -> None:
    first = next(v for v in nbcode(store, "show", "daily", "--json").json["versions"] if v["version"] == 1)
    said = nbcode(store, "gc", "--keep", "candidates,0d", "--dry-run", "--json")
    assert [(one["model"], one["version"]) for one in said.json["collected"] if one["model"]] == [
        ("daily", 1)
    ]
    assert numbers(store) == {2: False, 1: False}

    killed = nbcode(
        store, "gc", "--keep", "candidates,0d", environment={"NBCODE_FAILPOINT": "collect.written"}
    )
    assert killed.code == -9
    assert numbers(store) == {2: False, 1: True}
    left = nbcode(store, "gc", "--json")
    assert "what an interrupted removal left" in [one["what"] for one in left.json["collected"]]
    assert not Path(first["artifact"]).exists()

    verified = nbcode(store, "show", "daily", "--verify", "--json")
    assert [(one["code"], one["severity"]) for one in verified.json["diagnostics"]] == [
        ("NBC-I49", "note"),
        ("NBC-I46", "note"),
    ]
    exported = nbcode(store, "export", "daily", "1", "--json")
    assert (exported.code, exported.json["diagnostics"][0]["code"]) == (3, "NBC-I47")
    rebuilt = nbcode(store, "rebuild", "daily", "1", "--check", "--json")
    assert (rebuilt.code, rebuilt.json["rebuilt_digest"]) == (0, first["artifact_digest"]), rebuilt.said
    collected = [
        e
        for e in nbcode(store, "audit", "--since", "2026-01-01", "--json").json["events"]
        if e["act"] == "collected"
    ]
    assert [(one["model"], one["version"]) for one in collected] == [("daily", 1)]

    back = promoted(store, 5)
    assert (back.code, back.json["version"], back.json["artifact_digest"]) == (0, 1, first["artifact_digest"])
    assert numbers(store) == {2: False, 1: False}
    assert back.json["alias"] is None, "it gets its files back, and no candidate"
    shown = nbcode(store, "models", "--json").json["models"]
    assert [one["candidate"] for one in shown] == [2]
    sound = nbcode(store, "show", "daily", "--verify", "--json")
    assert [one["code"] for one in sound.json["diagnostics"]] == ["NBC-I46"]


def test_the_candidate_and_the_newest_stay_whatever_the_rule(store: Path) -> None:
    assert promoted(store, 5, "--again").json["alias"] == "candidate"
    found = nbcode(store, "gc", "--keep", "0d", "--json").json
    assert [(one["version"], one["because"].split(":")[0]) for one in found["kept"]] == [
        (2, "the newest"),
        (1, "under the alias candidate"),
    ]
