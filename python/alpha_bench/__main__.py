"""``python -m alpha_bench run|validate|digest model.yaml``: the YAML form without a notebook.

Exit codes: 0 done, 2 the user's input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from alpha_bench.describe import build_yaml, definition_digest, describe
from alpha_bench.errors import AlphaBenchError


def main(argv: Sequence[str] | None = None, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run one command; ``out`` and ``err`` default to the process's own."""
    out, err = out or sys.stdout, err or sys.stderr
    options = _parser().parse_args(argv)
    try:
        return _COMMANDS[options.command](options, out)
    except AlphaBenchError as error:
        err.write(f"{options.model}: {error}\n")
    except OSError as error:
        err.write(f"{error.filename}: {error.strerror}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alpha_bench", description="Evaluate a model definition written in YAML."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in (
        ("run", "evaluate it and write report.json and report.html"),
        ("validate", "check it; computes nothing"),
        ("digest", "print its definition digest"),
    ):
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("model", type=Path, help="the YAML file")
        if name == "run":
            command.add_argument(
                "--data", type=Path, required=True, help="long parquet or CSV: date, symbol, fields"
            )
            command.add_argument("--reference", type=Path, help="one row a symbol: constant fields")
            command.add_argument(
                "--derive", action="append", default=[], metavar="FIELD=FORMULA", help="a further field"
            )
            command.add_argument(
                "--out", type=Path, default=Path("report"), help="directory for the report (report)"
            )
    return parser


def _run(options: argparse.Namespace, out: TextIO) -> int:
    from alpha_bench.describe import evaluate, read_panel

    definition = build_yaml(options.model.read_text(encoding="utf-8"))
    if describe(definition)["evaluation"] is None:
        raise AlphaBenchError("R37", "it has no evaluation", fix="add 'evaluation: {folds: 12, embargo: 5d}'")
    derive = dict(_pair(text) for text in options.derive)
    report = evaluate(definition, read_panel(options.data, options.reference, derive))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.json").write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    (options.out / "report.html").write_text(report.to_html(), encoding="utf-8")
    out.write(f"{report}\n{options.out / 'report.html'}\n")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, formula = text.partition("=")
    if not equals:
        raise AlphaBenchError("R10", f"--derive {text!r} has no '='", fix="write --derive 'field=formula'")
    return name.strip(), formula.strip()


def _validate(options: argparse.Namespace, out: TextIO) -> int:
    out.write(json.dumps(describe(build_yaml(options.model.read_text(encoding="utf-8"))), indent=1) + "\n")
    return 0


def _digest(options: argparse.Namespace, out: TextIO) -> int:
    out.write(definition_digest(build_yaml(options.model.read_text(encoding="utf-8"))) + "\n")
    return 0


_COMMANDS = {"run": _run, "validate": _validate, "digest": _digest}

if __name__ == "__main__":
    raise SystemExit(main())
