"""examples/*/expected-spec.json: what ``nbcode build`` says of each example, without what differs by machine.

Run it to refresh, review the diff; ``--check`` only says what is out of date.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from nbcode.commands.build import build
from nbcode.configuration import Config, Workspace
from nbcode.definition._confined import strongest
from nbcode.primitives import Json

ROOT = Path(__file__).parents[1]
OF_THE_MACHINE = ("environment", "snapshot", "spec_digest", "diagnostics")


def expected(notebook: Path) -> str:
    """The stable part of a built spec, as text for people to read in a diff. Whatever store is in the checkout is let be."""
    with tempfile.TemporaryDirectory() as store:
        workspace = Workspace(root=ROOT, store=Path(store), config=Config())
        built: dict[str, Json] = dict(build(notebook, workspace=workspace, launch=strongest()).to_json())
    return (
        json.dumps({k: v for k, v in built.items() if k not in OF_THE_MACHINE}, indent=2, sort_keys=True)
        + "\n"
    )


def main() -> int:
    """Write the files, or with ``--check`` return 1 when one is out of date."""
    stale = []
    for notebook in sorted((ROOT / "examples").glob("*/notebook.py")):
        golden = notebook.with_name("expected-spec.json")
        text = expected(notebook)
        if golden.exists() and golden.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(golden.relative_to(ROOT)))
        if "--check" not in sys.argv:
            golden.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"out of date: {', '.join(stale)}; run make codegen and review the diff", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
