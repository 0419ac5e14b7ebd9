"""The executed notebook: what an artifact keeps of it does not depend on the clock, and what leaves a run is a plain file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbcode.run.executed import TIMED_NAME, canonical_notebook, collect_executed, write_timed
from nbcode.run.inside import InsideCell
from nbcode.run.manifest import list_files

CELLS = (InsideCell(tag="eval", index=2, source="x = 1"),)


def stream(name: str, text: str | list[str]) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def canonical(*outputs: dict[str, Any]) -> Any:
    ends = {"outputs": []}
    notebook = {"cells": [ends, {"outputs": list(outputs)}, ends]}
    return json.loads(canonical_notebook(notebook, CELLS))["cells"][0]["outputs"]


def test_where_the_clock_cut_a_stream_is_not_seen() -> None:
    whole = canonical(stream("stdout", "one two 0xdeadbeef00\n"))
    assert canonical(stream("stdout", "one "), stream("stdout", ["two 0xdead", "beef00\n"])) == whole
    assert whole == [stream("stdout", "one two 0x0\n")]


def test_streams_and_displays_keep_their_order() -> None:
    shown = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    outputs = (
        stream("stdout", "a"),
        stream("stderr", "b"),
        stream("stdout", "c"),
        shown,
        shown,
        stream("stdout", "d"),
    )
    assert canonical(*outputs) == list(outputs)


def test_the_notebook_with_its_times_leaves_as_a_file_that_is_no_part_of_the_result(tmp_path: Path) -> None:
    out, record = tmp_path / "out", tmp_path / "record"
    out.mkdir()
    record.mkdir()
    (out / TIMED_NAME).write_text("a cell's own")
    write_timed({"cells": []}, out)
    assert list_files(out) == ()
    collect_executed(out, record)
    assert json.loads((record / "executed.ipynb").read_bytes()) == {"cells": []}
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("kind", ["a link", "a directory", "nothing"])
def test_what_is_no_plain_file_is_not_taken(kind: str, tmp_path: Path) -> None:
    out, record = tmp_path / "out", tmp_path / "record"
    out.mkdir()
    record.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("private")
    if kind == "a link":
        (out / TIMED_NAME).symlink_to(secret)
    elif kind == "a directory":
        (out / TIMED_NAME).mkdir()
    collect_executed(out, record)
    assert list(record.iterdir()) == []
    assert list(out.iterdir()) == []
    assert secret.read_text() == "private"
