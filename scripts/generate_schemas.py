"""Writes the JSON Schemas in schema/ from the code that they describe; with --check says which are out of date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from alpha_bench.definitions.yaml.schema import yaml_schema
from nbcode.cli.output import OUTPUT_VERSION
from nbcode.commands.output_schemas import output_schemas
from nbcode.primitives.wire_schema import diagnostic_schema
from nbcode.spec import json_schema

FOLDER = Path(__file__).parents[1] / "schema"
SCHEMAS = {
    "build-spec.schema.json": json_schema,
    "diagnostic.schema.json": diagnostic_schema,
    "model.schema.json": yaml_schema,
}


def main() -> int:
    stale = []
    made = {name: make() for name, make in SCHEMAS.items()}
    made |= {f"output/{verb}.schema.json": one for verb, one in output_schemas(OUTPUT_VERSION).items()}
    for name, schema in made.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        target = FOLDER / name
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv[1:]:
        print(f"out of date: {', '.join(stale)}: make codegen", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
