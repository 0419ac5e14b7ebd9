"""A manifest that nbcode would not have written is refused where a candidate is used, too: its name may be its digest all the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from alpha_bench.describe import canonical
from nbcode_runtime import differences


def entry(path: str) -> dict[str, str]:
    return {"path": path, "size": "1", "sha256": hashlib.sha256(b"x").hexdigest(), "media_type": "text/plain"}


@pytest.mark.parametrize(
    ("paths", "more", "told"),
    [
        (["a.txt", "b.txt"], {}, ""),
        (["b.txt", "a.txt"], {}, "sorted by path"),
        (["a.txt", "a.txt"], {}, "sorted by path"),
        (["../a.txt"], {}, "not a path inside"),
        (["./a.txt"], {}, "not a path inside"),
        (["manifest.json"], {}, "not a path inside"),
        (["a.txt", "b.txt"], {"note": "mine"}, "canonical form"),
    ],
)
def test_only_a_manifest_as_it_is_written_is_believed(
    paths: list[str], more: dict[str, str], told: str, tmp_path: Path
) -> None:
    data = canonical({"schema_version": 1, "files": [entry(path) for path in paths], **more})
    home = tmp_path / hashlib.sha256(data).hexdigest()
    home.mkdir()
    (home / "manifest.json").write_bytes(data)
    for name in ("a.txt", "b.txt"):
        (home / name).write_bytes(b"x")
    found = differences(home)
    assert (found == ()) is (not told)
    assert told in " ".join(found)
