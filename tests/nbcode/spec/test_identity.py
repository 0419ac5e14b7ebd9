"""What makes another build, and what does not."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, settings

from fakes.specs import EXAMPLE, digest_of, specs
from nbcode.configuration import TableLayout
from nbcode.inputs import Role
from nbcode.primitives import Digest, digest_json
from nbcode.spec import BuildSpec, SpecModule, SpecOutput, decode, encode, identity, spec_digest

GOLDEN = Path(__file__).parents[2] / "golden" / "spec-digests.json"

FEW = settings(max_examples=25, deadline=None)

NOT_IDENTITY = {
    "cells[].source",
    "cells[].defs",
    "cells[].refs",
    "definition.plain",
    "inputs[].uri",
    "inputs[].size_bytes",
    "inputs[].as_of",
    "environment.python_version",
    "environment.lock_source",
    "environment.distributions",
    "environment.platform_key",
    "snapshot",
    "modules[].source",
}


def other(value: object) -> object:
    """Another value of the same type."""
    match value:
        case Digest():
            return digest_of(value + "x")
        case Role():
            return Role.INPUT if value is Role.PRICES else Role.PRICES
        case StrEnum() | str():
            return value + "x"
        case int():
            return value + 1
        case None:
            return digest_of("now there is one")
        case tuple():
            return value[1:] if value else ("x",)
        case _:
            return {"other": "data"}


def changes(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each field of a spec changed alone: (path of the field, the whole value with that change)."""
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        here = f"{path}.{field.name}" if path else field.name
        held = getattr(value, field.name)
        if dataclasses.is_dataclass(held):
            inner = changes(held, here)
        elif isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
            inner = ((p, (changed, *held[1:])) for p, changed in changes(held[0], f"{here}[]"))
        else:
            inner = iter(())
        for where, changed in inner:
            yield where, replace(value, **{field.name: changed})  # type: ignore[type-var]
        if not dataclasses.is_dataclass(held):
            yield here, replace(value, **{field.name: other(held)})  # type: ignore[type-var]


def outside(path: str) -> bool:
    return any(path == p or path.startswith((p + ".", p + "[")) for p in NOT_IDENTITY)


WHOLE = replace(
    EXAMPLE,
    meta=replace(EXAMPLE.meta, outputs=(SpecOutput(name="metrics", path="results/metrics.csv"),)),
    modules=(SpecModule(path="nb/utils.py", source="A = 1\n", code_digest=digest_of("A = 1")),),
    module_folders=("nb",),
)
ALL = [(path, changed) for path, changed in changes(WHOLE) if not isinstance(changed, tuple)]


@pytest.mark.parametrize(
    ("path", "changed"), [c for c in ALL if not outside(c[0])], ids=lambda v: v if isinstance(v, str) else ""
)
def test_any_other_field_changes_the_digest(path: str, changed: BuildSpec) -> None:
    assert spec_digest(changed) != spec_digest(WHOLE), path


@pytest.mark.parametrize(
    ("path", "changed"), [c for c in ALL if outside(c[0])], ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_follows_from_identity_does_not_change_the_digest(path: str, changed: BuildSpec) -> None:
    assert changed != WHOLE
    assert spec_digest(changed) == spec_digest(WHOLE), path


def test_both_tables_cover_every_field() -> None:
    assert len(ALL) > 50
    assert all(any(p.startswith(excepted) for p, _ in ALL) for excepted in NOT_IDENTITY)


REORDERED: list[Callable[[BuildSpec], BuildSpec]] = [
    lambda s: replace(s, cells=s.cells[::-1]),
    lambda s: replace(s, cells=s.cells[:1]),
    lambda s: replace(s, inputs=(*s.inputs, replace(s.inputs[0], role=Role.REFERENCE))),
    lambda s: replace(s, parameters=(replace(s.parameters[0], type="str"),)),
]


@pytest.mark.parametrize("change", REORDERED)
def test_order_of_cells_number_of_inputs_and_type_of_a_parameter_matter(
    change: Callable[[BuildSpec], BuildSpec],
) -> None:
    assert spec_digest(change(EXAMPLE)) != spec_digest(EXAMPLE)


def test_the_snapshot_may_be_missing() -> None:
    assert spec_digest(replace(EXAMPLE, snapshot=None)) == spec_digest(EXAMPLE)


@FEW
@given(specs)
def test_the_digest_is_that_of_the_canonical_identity(spec: BuildSpec) -> None:
    assert spec_digest(spec) == digest_json(identity(spec))
    assert spec_digest(decode(encode(spec))) == spec_digest(spec)


def golden() -> dict[str, BuildSpec]:
    python = replace(
        EXAMPLE.definition, kind="python", plain={"kind": "python", "model": "m", "report": "report"}
    )
    return {
        "example": EXAMPLE,
        "without snapshot, gates and parameters": replace(
            EXAMPLE, snapshot=None, parameters=(), meta=replace(EXAMPLE.meta, gates=())
        ),
        "plain Python": replace(EXAMPLE, definition=python),
        "beyond ASCII": replace(EXAMPLE, meta=replace(EXAMPLE.meta, owner="Zoë 東京 \U0001f4c8 é")),
        "no inputs": replace(EXAMPLE, inputs=()),
    }


def test_golden_digests_never_change() -> None:
    """``NBCODE_REFRESH_GOLDEN=1`` writes the file anew; a changed line is a broken promise to every registered model."""
    found = {name: spec_digest(spec) for name, spec in golden().items()}
    if os.environ.get("NBCODE_REFRESH_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "America/New_York"},
    ],
)
def test_the_digest_is_the_same_under_any_seed_locale_and_time_zone(environment: dict[str, str]) -> None:
    tests = Path(__file__).parents[2]
    code = "from fakes.specs import EXAMPLE; from nbcode.spec import spec_digest; print(spec_digest(EXAMPLE))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tests, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == spec_digest(EXAMPLE)


def test_a_layout_is_part_of_what_a_spec_is_and_its_absence_of_no_byte() -> None:
    (prices,) = EXAMPLE.inputs
    laid_out = replace(EXAMPLE, inputs=(replace(prices, layout=TableLayout(field="close")),))
    other = replace(EXAMPLE, inputs=(replace(prices, layout=TableLayout(field="open")),))
    assert len({spec_digest(EXAMPLE), spec_digest(laid_out), spec_digest(other)}) == 3
    assert b"layout" not in encode(EXAMPLE)
    assert decode(encode(laid_out)) == laid_out
