"""The commands and their arguments. Only parsing: what a command does is loaded when it is called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_HELP = "Evaluate models of cross-sectional returns that are written in YAML: walk-forward, honest figures, one report."
_EXAMPLES = """examples:
  alpha_bench validate model.yaml                    everything that is wrong with it, at once; computes nothing
  alpha_bench run model.yaml --sample                on the made-up sample panel: works on a fresh machine
  alpha_bench run model.yaml --data prices.parquet   report/report.html, report/report.json, report/predictions.parquet
  alpha_bench explain model.yaml --sample            what a run would compute, and its peak of memory
  alpha_bench catalogue momentum                     the words of the language, with formula and source
  alpha_bench schema > model.schema.json             completion and checks in an editor
"""


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="alpha_bench",
        description=_HELP,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = _command(commands, "run", "evaluate a model and write its report")
    _model(run)
    _data(run)
    run.add_argument(
        "--out", type=Path, default=Path("report"), metavar="DIR", help="where the report goes (report)"
    )
    for name, what in (
        ("validate", "say everything that is wrong with a model; compute nothing"),
        ("digest", "print a model's definition digest"),
    ):
        _model(_command(commands, name, what))
    explain = _command(commands, "explain", "say what a run would compute and how much memory it takes")
    _model(explain)
    _data(explain)
    words = _command(commands, "catalogue", "show every word of the language, or those that a search finds")
    words.add_argument("search", nargs="?", default="", metavar="WORD", help="such as momentum, or ts.")
    _command(commands, "schema", "print the JSON Schema of the YAML form, for editors")
    return parser


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data", type=Path, metavar="FILE", help="long parquet or CSV: date, symbol, fields"
    )
    command.add_argument("--sample", action="store_true", help="use the made-up sample panel")
    command.add_argument("--reference", type=Path, metavar="FILE", help="one row a symbol: constant fields")
    command.add_argument(
        "--derive", action="append", default=[], metavar="FIELD=FORMULA", help="a further field"
    )


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", type=Path, metavar="MODEL", help="the YAML file")


def _command(commands: Any, name: str, what: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what + ".")
    command.add_argument("--json", action="store_true", help="one JSON document on standard output")
    command.add_argument("--quiet", action="store_true", help="no progress")
    command.set_defaults(verb=_verb(name))
    return command


def _verb(name: str) -> Callable[[argparse.Namespace, object], int]:
    def run(options: argparse.Namespace, output: object) -> int:
        verb: Callable[[argparse.Namespace, object], int] = getattr(
            import_module("alpha_bench.cli.verbs"), name
        )
        return verb(options, output)

    return run
