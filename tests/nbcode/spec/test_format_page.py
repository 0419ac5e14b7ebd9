"""docs/format/build-spec.md against the schema it describes."""

from __future__ import annotations

import json
from pathlib import Path

from nbcode.spec import json_schema

ROOT = Path(__file__).parents[3]


def test_the_page_names_every_field() -> None:
    page = (ROOT / "docs" / "format" / "build-spec.md").read_text(encoding="utf-8")
    schema = json.loads(json.dumps(json_schema()))
    names = set(schema["properties"])
    for definition in (
        "SpecMeta",
        "SpecCell",
        "SpecDefinition",
        "SpecInput",
        "SpecEnvironment",
        "Gate",
        "Parameter",
        "SpecModule",
        "SpecOutput",
    ):
        names |= set(schema["$defs"][definition]["properties"])
    spellings = ("`{}`", ".{}`", "`{}[]", "`{}.")
    assert {n for n in names if not any(s.format(n) in page for s in spellings)} == set()


def test_the_schema_that_is_checked_in_is_current() -> None:
    kept = json.loads((ROOT / "schema" / "build-spec.schema.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(json_schema()))
