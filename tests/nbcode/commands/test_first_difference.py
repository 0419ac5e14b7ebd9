"""Two files that differ are told by the first place where they do, in the words of their kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.commands.first_difference import first_difference

TOLD = {
    "a number": (b'{"report": {"ic": 0.031, "n": 3}}', b'{"report": {"ic": 0.029, "n": 4}}', "report.ic: 0.031 -> 0.029"),
    "in a list": (b'{"a": [1, {"b": 2}]}', b'{"a": [1, {"b": 3}]}', "a[1].b: 2 -> 3"),
    "a list that grew": (b'{"a": [1]}', b'{"a": [1, 2]}', "a: [1] -> [1, 2]"),
    "a key less": (b'{"a": 1, "b": 2}', b'{"a": 1}', "b: only in what was registered"),
    "a key more": (b"{}", b'{"b": 2}', "b: only in what came out"),
    "another type": (b'{"a": 1}', b'{"a": true}', "a: 1 -> true"),
    "the whole": (b"1", b"[1]", "all of it: 1 -> [1]"),
    "a line": (b"one\ntwo\n", b"one\n2\n", "line 2: two -> 2"),
    "a line more": (b"one\n", b"one\ntwo\n", "line 2: the end -> two"),
    "space between keys": (b'{"a":1}', b'{"a": 1}', 'line 1: {"a":1} -> {"a": 1}'),
    "a long line": (b"x" * 80, b"y", f"line 1: {'x' * 59}… -> y"),
    "the last line's end": (b"one\n", b"one", "byte 3 of 4"),
    "bytes": (bytes(5000), bytes(4000) + b"\1" + bytes(999), "byte 4000 of 5000"),
    "bytes less": (b"\xff" * 9, b"\xff" * 4, "byte 4 of 9"),
    "none": (b"\0\1", b"\0\1", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_it_is_told_by(name: str, tmp_path: Path) -> None:
    before, after, told = TOLD[name]
    (tmp_path / "was").write_bytes(before)
    (tmp_path / "now").write_bytes(after)
    assert first_difference(tmp_path / "was", tmp_path / "now") == told


def test_a_large_file_is_told_by_its_byte_and_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbcode.commands.first_difference._DOCUMENT_BYTES", 8)
    (tmp_path / "was").write_bytes(b'{"a": "long"}')
    (tmp_path / "now").write_bytes(b'{"a": "Long"}')
    assert first_difference(tmp_path / "was", tmp_path / "now") == "byte 7 of 13"
