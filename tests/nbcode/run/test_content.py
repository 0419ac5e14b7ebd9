"""What is to be run, apart from where: it travels as bytes, and nothing of this machine is in it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.plans import plan_of_cells, small_input
from nbcode.primitives import digest_bytes
from nbcode.results import Asked
from nbcode.run import (
    Limits,
    PlannedCell,
    PlannedInput,
    PlannedModule,
    RunContent,
    RunReference,
    content_digest,
    decode_content,
    encode_content,
)

DIGESTS = st.binary(max_size=4).map(digest_bytes)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CONTENTS = st.builds(
    RunContent,
    spec_digest=DIGESTS,
    model_id=TEXTS,
    cells=st.lists(
        st.builds(PlannedCell, tag=TEXTS, index=st.integers(1, 2000), source=TEXTS), max_size=3
    ).map(tuple),
    label_names=st.lists(TEXTS, max_size=3).map(tuple),
    inputs=st.lists(
        st.builds(
            PlannedInput,
            name=TEXTS,
            role=TEXTS,
            digest=DIGESTS,
            size_bytes=st.integers(0, 2**50),
            suffix=TEXTS,
            derive=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    definition_digest=st.none() | DIGESTS,
    environment_digest=st.none() | DIGESTS,
    platform_key=TEXTS,
    pins=st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    limits=st.builds(
        Limits,
        time_s=st.floats(0.5, 1e6),
        memory_bytes=st.integers(1, 2**50),
        output_bytes=st.integers(1, 2**50),
        output_files=st.integers(1, 10**6),
    ),
)


@given(CONTENTS)
def test_decoding_what_was_encoded_gives_it_back(content: RunContent) -> None:
    assert decode_content(encode_content(content)) == content


@given(CONTENTS, CONTENTS)
def test_two_contents_have_one_digest_exactly_when_they_are_one(
    first: RunContent, second: RunContent
) -> None:
    assert (content_digest(first) == content_digest(second)) == (first == second)


def test_every_part_of_the_content_counts_for_its_digest(tmp_path: Path) -> None:
    content = plan_of_cells([("model", "m = 1")], [small_input(tmp_path)]).content
    other = {
        "spec_digest": digest_bytes(b"other"),
        "model_id": "other",
        "cells": (),
        "label_names": ("fwd_ret_5d",),
        "inputs": (),
        "definition_digest": digest_bytes(b"d"),
        "environment_digest": digest_bytes(b"e"),
        "platform_key": "other",
        "pins": (),
        "limits": Limits(time_s=1.5),
        "definition_kind": "python",
        "definition": "{}",
        "asked": (Asked(key="model", text="best", line=6),),
        "meta_cell": 2,
        "folder": "nb",
        "opens_paths": True,
        "modules": (PlannedModule(path="utils.py", source="A = 1\n"),),
        "module_folders": ("nb",),
        "outputs": (("metrics", "results/metrics.csv"),),
        "horizon_sessions": 5,
    }
    assert set(other) == {one.name for one in fields(RunContent)}
    digests = {content_digest(replace(content, **{name: value})) for name, value in other.items()}  # type: ignore[arg-type]
    assert len(digests | {content_digest(content)}) == len(other) + 1


def test_where_it_runs_is_no_part_of_what_is_run(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    plans = [
        plan_of_cells([("model", "m = 1")], [small_input(root)], numba_cache=root, notebook_path=str(root))
        for root in (tmp_path, elsewhere)
    ]
    assert plans[0].placement != plans[1].placement
    assert encode_content(plans[0].content) == encode_content(plans[1].content)
    assert str(tmp_path).encode() not in encode_content(plans[0].content)


def _without_a_key(data: dict[str, object]) -> bytes:
    return _changed(data, pins=None)


def _changed(data: dict[str, object], **changes: object) -> bytes:
    content = {k: v for k, v in (data["content"] | changes).items() if v is not None or k != "pins"}  # type: ignore[operator]
    return json.dumps(data | {"content": content}).encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"[]",
        _without_a_key,
        lambda data: _changed(data, more=1),
        lambda data: json.dumps(data | {"schema_version": 2}).encode(),
        lambda data: json.dumps(data, indent=1).encode(),
        lambda data: _changed(data, spec_digest="sha256:x"),
        lambda data: _changed(data, cells=3),
    ],
    ids=["empty", "list", "missing", "more", "version", "not canonical", "digest", "type"],
)
def test_what_is_no_content_is_refused(spoil, tmp_path: Path) -> None:
    data = json.loads(encode_content(plan_of_cells([("model", "m = 1")]).content))
    with pytest.raises(ValueError, match="not the content of a run"):
        decode_content(spoil(data))


def test_a_reference_is_small_and_travels_as_json() -> None:
    reference = RunReference(runner="local", run_id="xsmom-0123456789ab-1")
    assert RunReference.from_json(json.loads(json.dumps(reference.to_json()))) == reference
    with pytest.raises(ValueError, match="not the reference of a run"):
        RunReference.from_json({"runner": "local"})
