"""A dataset of nbcode.toml that is in an object store: pinned by content as the same files of this machine are, and only where it is trusted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fakes.object_stores import VERSIONED
from nbcode.configuration import TrustKind, UserState, Workspace, open_workspace
from nbcode.inputs import PinnedInput, pin_inputs
from nbcode.notebook import Meta
from nbcode.primitives import digest_path

META = Meta(id="xsmom_v3", kind="model", horizon="10d", horizon_sessions=10, owner="team")


def write_day(folder: Path, day: dt.date) -> Path:
    path = folder / f"date={day}" / "part.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"symbol": ["A", "B"], "close": [1.0, 2.0 + day.day]}), path)
    return path


class Project:
    """A project whose prices are ``uri``, trusted by its user where ``trusted``."""

    def __init__(self, root: Path, prices: str, *more: str) -> None:
        self.root = root
        root.mkdir()
        (root / "nbcode.toml").write_text("\n".join(["[data.us]", f'prices = "{prices}"', *more]))

    def workspace(self, *, trusted: bool = True) -> Workspace:
        workspace = open_workspace(self.root)
        if trusted:
            UserState().trust(self.root, workspace.untrusted, "2024-01-01T00:00:00Z")
        return open_workspace(self.root)

    def pin(self, *, trusted: bool = True) -> tuple[PinnedInput, ...]:
        pinning = pin_inputs(self.workspace(trusted=trusted), META)
        assert not pinning.diagnostics, pinning.diagnostics
        return pinning.inputs


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def days(served, tmp_path, monkeypatch, request) -> tuple[Path, str]:
    """A folder of three days, and a prefix of a bucket that has the same."""
    for name, value in served.variables.items():
        monkeypatch.setenv(name, value)
    folder, prefix = tmp_path / "days", f"{request.node.name}"
    for n in (2, 3, 4):
        upload(served, prefix, folder, write_day(folder, dt.date(2024, 1, n)))
    return folder, prefix


def upload(served, prefix: str, folder: Path, path: Path) -> None:
    obstore.put(served.bucket(VERSIONED), f"{prefix}/{path.relative_to(folder)}", path.read_bytes())


def test_the_same_data_have_the_same_identity_here_and_there(days, tmp_path):
    folder, prefix = days
    (there,) = Project(tmp_path / "there", f"s3://{VERSIONED}/{prefix}").pin()
    (here,) = Project(tmp_path / "here", str(folder)).pin()
    assert there.digest == here.digest == digest_path(folder)
    assert digest_path(there.path) == there.digest
    assert there.source is not None
    assert here.source is None
    ours = replace(there, uri=here.uri, path=here.path, source=None)
    assert ours == here


def test_one_file_has_the_digest_of_its_bytes(served, days, tmp_path):
    folder, prefix = days
    path = folder / "date=2024-01-02" / "part.parquet"
    obstore.put(served.bucket(VERSIONED), f"{prefix}/reference.parquet", path.read_bytes())
    uri = f"s3://{VERSIONED}/{prefix}/reference.parquet"
    project = Project(tmp_path / "there", str(folder), f'reference = "{uri}"')
    _, reference = project.pin()
    assert reference.digest == digest_path(path)
    assert [column.name for column in reference.schema] == ["symbol", "close"]
    assert reference.path.suffix == ".parquet"


def test_a_new_day_is_all_that_is_read(served, days, tmp_path, monkeypatch):
    folder, prefix = days
    project = Project(tmp_path / "there", f"s3://{VERSIONED}/{prefix}")
    (first,) = project.pin()
    new = write_day(folder, dt.date(2024, 1, 5))
    upload(served, prefix, folder, new)
    from nbcode.inputs import _elsewhere

    read: list[str] = []
    plain = _elsewhere.Objects.read
    monkeypatch.setattr(
        _elsewhere.Objects, "read", lambda s, one, v=None: read.append(one.path) or plain(s, one, v)
    )
    (second,) = project.pin()
    assert read == ["date=2024-01-05/part.parquet"]
    assert second.digest == digest_path(folder) != first.digest
    assert first.path.is_dir()  # what was pinned before is there still


def test_for_a_run_elsewhere_nothing_is_kept_here(days, tmp_path):
    _folder, prefix = days
    project = Project(tmp_path / "there", f"s3://{VERSIONED}/{prefix}")
    workspace = project.workspace()
    (far,) = pin_inputs(workspace, META, local=False).inputs
    assert not list(workspace.store.rglob("*.parquet"))
    assert not far.path.exists()
    (near,) = project.pin()
    assert near == far  # the path, too: where it would be is where it is
    assert near.digest == digest_path(near.path)


def test_nothing_is_asked_before_the_user_trusts_it(days, tmp_path, monkeypatch):
    _, prefix = days
    project = Project(tmp_path / "there", f"s3://{VERSIONED}/{prefix}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")  # whoever asks fails
    (refused,) = pin_inputs(project.workspace(trusted=False), META).diagnostics
    assert (refused.code, refused.place and refused.place.line) == ("NBC-T04", 2)
    assert f"s3://{VERSIONED}/{prefix}" in refused.message
    (item,) = project.workspace(trusted=False).trust_items
    assert (item.kind, item.setting) == (TrustKind.DATA, "data.us.prices")
    (failed,) = pin_inputs(project.workspace(), META).diagnostics  # control: trusted, it is asked
    assert failed.code == "NBC-E50"


def test_a_stated_digest_is_held(days, tmp_path):
    folder, prefix = days
    good, bad = digest_path(folder), f"sha256:{'0' * 64}"
    uri = f"s3://{VERSIONED}/{prefix}"
    (held,) = Project(tmp_path / "good", uri, f'digest = "{good}"').pin()
    assert held.digest == good
    for name, prices in (("far", uri), ("near", str(folder))):
        project = Project(tmp_path / name, prices, f'digest = "{bad}"')
        (refused,) = pin_inputs(project.workspace(), META).diagnostics
        assert refused.code == "NBC-E02"
        assert good in str(refused.cause)
