"""The pure parts: the manifest, the canonical notebook, the pins, what goes through the wall."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nbcode.primitives import Diagnostic, Place, Related, Severity, digest_bytes
from nbcode.results import Asked
from nbcode.run import Limits, ResultManifest, read_result
from nbcode.run.executed import canonical_notebook
from nbcode.run.inside import (
    InsideCell,
    InsideInput,
    InsidePlan,
    decode_plan,
    encode_plan,
    line_of,
    read_message,
)
from nbcode.run.manifest import list_files, output_problem, write_result
from nbcode.sandbox.pins import pin_problems

PROBLEM = Diagnostic(code="NBC-H01", message="it failed")


def result(out: Path) -> ResultManifest:
    return ResultManifest(
        nonce="n",
        spec_digest=digest_bytes(b"s"),
        definition_digest=None,
        pins=(("TZ", "UTC"),),
        files=list_files(out),
    )


def test_a_result_manifest_survives_its_file_and_does_not_list_itself(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    made = result(tmp_path)
    write_result(made, tmp_path)
    assert read_result(tmp_path) == made == result(tmp_path)
    assert [f.path for f in made.files] == ["model/model.json"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"nonce": "n"'])
def test_what_is_no_result_manifest_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(data)
    with pytest.raises(ValueError, match=r".+"):
        read_result(tmp_path)


def _fill(out: Path) -> None:
    (out / "big").write_bytes(b"x" * 101)


def _many(out: Path) -> None:
    for number in range(6):
        (out / str(number)).touch()


@pytest.mark.parametrize(
    "make",
    [_fill, _many, lambda out: (out / "l").symlink_to("/etc"), lambda out: os.mkfifo(out / "f")],
    ids=["size", "count", "link", "fifo"],
)
def test_too_much_output_or_what_is_no_plain_file_is_h06(make, tmp_path: Path) -> None:
    limits = Limits(output_bytes=100, output_files=5)
    assert output_problem(tmp_path, limits) is None
    make(tmp_path)
    found = output_problem(tmp_path, limits)
    assert found is not None
    assert found.code == "NBC-H06"


def executed(outputs: list, source: str = "x = 1") -> dict:
    empty = {"source": "", "outputs": []}
    return {"cells": [empty, {"source": source, "outputs": outputs, "execution_count": 5}, empty]}


def test_the_executed_notebook_does_not_depend_on_comments_times_addresses_or_places() -> None:
    def text(source: str, index: int, said: str) -> bytes:
        cells = [InsideCell(tag="model", index=index, source=source)]
        return canonical_notebook(
            executed([{"output_type": "stream", "name": "stdout", "text": said}]), cells
        )

    one = text("x = 'a'  # why", 3, "<object at 0x7f01deadbeef> <cell 3 [model]>:2: warned")
    two = text('# %% [model]\nx = "a"', 9, "<object at 0x7f99aaaabbbb> <cell 9 [model]>:3: warned")
    assert one == two
    assert json.loads(one)["nbformat"] == 4


def test_the_executed_notebook_names_no_directory_of_this_machine() -> None:
    cells = [InsideCell(tag="model", index=3, source="x = 1")]

    def text(home: str) -> bytes:
        said = f"{home}/lib/joblib/a.py:44: UserWarning in {home}/lib, beside {home}/library"
        output = {"output_type": "stream", "name": "stderr", "text": said}
        return canonical_notebook(
            executed([output]), cells, {f"{home}/lib": "<python>", home: "<run>", "/": "<root>"}
        )

    assert text("/home/one") == text("/var/two words")
    assert b"<python>/joblib/a.py:44: UserWarning in <python>, beside <run>/library" in text("/home/one")


def test_the_executed_notebook_depends_on_code_and_on_what_was_printed() -> None:
    cells = [InsideCell(tag="model", index=3, source="x = 1")]
    other = [InsideCell(tag="model", index=3, source="x = 2")]
    said = [{"output_type": "stream", "name": "stdout", "text": "0.5"}]
    digests = {
        canonical_notebook(executed([]), cells),
        canonical_notebook(executed([]), other),
        canonical_notebook(executed(said), cells),
    }
    assert len(digests) == 3


def test_a_pin_that_is_not_effective_is_told() -> None:
    fine = {"user_api": "blas", "internal_api": "openblas", "num_threads": 1, "architecture": "Haswell"}
    assert pin_problems([fine], expected_core="Haswell", hash_randomised=False) == ()
    wrong = [fine | {"architecture": "SkylakeX"}, fine | {"num_threads": 8}]
    found = pin_problems(wrong, expected_core="Haswell", hash_randomised=True)
    assert [d.code for d in found] == ["NBC-G09"] * 3
    assert found[0].message == "OpenBLAS runs SkylakeX, expected Haswell"


def test_a_plan_and_a_diagnostic_go_through_the_wall_unchanged() -> None:
    plan = InsidePlan(
        nonce="n",
        spec_digest=digest_bytes(b"s"),
        definition_digest=None,
        definition_kind="python",
        asked=(Asked(key="report.ic", text="ics['xgb']", line=9),),
        meta_cell=2,
        opens_paths=True,
        opened=("/tmp/run/cwd/x.csv",),
        label_names=("fwd_ret_10d",),
        cells=(InsideCell(tag="model", index=3, source="m = 1"),),
        inputs=(
            InsideInput(name="p", role="prices", path="/in/0", digest="sha256:0", derive=(("a", "b / c"),)),
        ),
        out="/out",
        scratch="/tmp/run",
        numba_cache=None,
        columns="/columns",
        readable=("/usr/lib",),
        listed=("/src",),
        enforced=True,
        core_type="Haswell",
        time_s=1.5,
        memory_bytes=1,
        output_bytes=2,
        output_files=3,
    )
    assert decode_plan(encode_plan(plan)) == plan
    told = Diagnostic(
        code="NBC-E11",
        message="m",
        cause="c",
        fixes=("f", "g"),
        severity=Severity.WARNING,
        place=Place(cell=3, tag="model", line=2),
        related=(Related(message="called from here", place=Place(cell=2, line=1)),),
    )
    assert Diagnostic.from_json(told.to_json()) == told
    assert Diagnostic.from_json(PROBLEM.to_json()) == PROBLEM


MESSAGES = {
    "failed": {"diagnostics": [PROBLEM.to_json()]},
    "notes": {"diagnostics": []},
    "columns": {"counts": {"verified": 2}},
    "cell": {"name": "start", "cell": 3},
    "step": {"name": "cells", "at_s": 1.5},
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_of_the_inside_is_read_by_its_kind(kind: str) -> None:
    message = read_message(line_of(kind, **MESSAGES[kind]))
    assert message is not None
    assert message.kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "printed by a cell",
        "3",
        "{}",
        '{"kind": "failed"}',
        '{"kind": "failed", "diagnostics": [{"code": "NBC-A01"}]}',
        '{"kind": "cell", "name": "start", "cell": "3"}',
        '{"kind": "step", "name": "cells", "at_s": null}',
        '{"kind": "columns", "counts": {"verified": "2"}}',
        '{"kind": "columns", "counts": {}, "more": 1}',
        '{"kind": ["failed"]}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_message_is_output(line: str) -> None:
    assert read_message(line) is None
