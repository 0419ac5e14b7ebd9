"""Writes schema/build-spec.schema.json from the dataclasses of the spec; with --check says whether it is current."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nbcode.spec import json_schema

TARGET = Path(__file__).parents[1] / "schema" / "build-spec.schema.json"


def main() -> int:
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv[1:]:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.name} is out of date: make codegen", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
