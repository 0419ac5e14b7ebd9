"""What each command does: options in, an exit code out."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.cli.output import Output
from alpha_bench.definitions import EvaluationDefinition, ModelDefinition, PanelSource, YamlReading, read_yaml
from alpha_bench.describe import definition_digest, describe
from alpha_bench.errors import DataError, DefinitionError

if TYPE_CHECKING:
    from alpha_bench.panel import Panel
    from alpha_bench.reporting import Report


def validate(options: argparse.Namespace, output: Output) -> int:
    """Everything that is wrong with a model, or its definition."""
    reading = _read(options.model, output)
    if reading.definition is None:
        return 2
    plain = describe(reading.definition)
    digest = definition_digest(plain)
    output.result(
        _summary(options.model, reading.definition, digest),
        {"ok": True, "digest": digest, "definition": plain},
    )
    return 0


def digest(options: argparse.Namespace, output: Output) -> int:
    """The definition digest."""
    reading = _read(options.model, output)
    if reading.definition is None:
        return 2
    found = definition_digest(reading.definition)
    output.result(found, {"ok": True, "digest": found})
    return 0


def schema(_options: argparse.Namespace, output: Output) -> int:
    """The JSON Schema of the YAML form."""
    from alpha_bench.definitions import yaml_schema

    made = yaml_schema()
    output.result(json.dumps(made, indent=1), made)
    return 0


def catalogue(options: argparse.Namespace, output: Output) -> int:
    """Every word of the language, or those that a search finds."""
    from alpha_bench.reference import catalogue as listed

    found = listed(options.search)
    output.result(repr(found), found.to_json())
    return 0


def explain(options: argparse.Namespace, output: Output) -> int:
    """What would be computed, in what order, and how much memory it takes; computes nothing."""
    from alpha_bench.evaluation import explain as explained

    reading = _read(options.model, output)
    if reading.definition is None:
        return 2
    with output.progress() as step:
        step("reading the panel")
        panel = _panel(options, reading.data)
    found = explained(reading.definition, panel)
    output.result(str(found), {"ok": True, "plan": found.to_plain()})
    return 0


def run(options: argparse.Namespace, output: Output) -> int:
    """Evaluate and write the report."""
    from alpha_bench.session import evaluate

    reading = _read(options.model, output)
    if reading.definition is None:
        return 2
    if isinstance(reading.definition, ModelDefinition):
        raise DefinitionError("R37", "it has no evaluation", fix="add 'evaluation: {folds: 12, embargo: 5d}'")
    with output.progress() as step:
        step("reading the panel")
        panel = _panel(options, reading.data)
        report = evaluate(reading.definition, panel, progress=step)
        step("writing the report")
        written = _write(report, options.out, title=options.model.stem)
    output.result(
        f"{report}\n" + "\n".join(str(p) for p in written),
        {"ok": True, "report": report.to_json(), "files": [str(p) for p in written]},
    )
    return 0


def _read(path: Path, output: Output) -> YamlReading:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError("R37", f"not UTF-8 at byte {error.start}", fix="save it as UTF-8") from error
    reading = read_yaml(text)
    if reading.definition is None:
        output.problems(str(path), reading.problems, text)
    return reading


def _summary(path: Path, defined: EvaluationDefinition | ModelDefinition, found: str) -> str:
    model = defined if isinstance(defined, ModelDefinition) else defined.model
    judged = "none: a model only" if isinstance(defined, ModelDefinition) else defined.splitter.describe()
    named = zip(model.names, model.features, strict=True)
    features = [f"  feature     {f}" if n == str(f) else f"  feature     {n} = {f}" for n, f in named]
    universe = [] if model.universe is None else [f"  universe    {model.universe}"]
    weights = [] if model.weights is None else [f"  weights     {model.weights}"]
    return "\n".join(
        [
            f"{path}: nothing is wrong",
            *features,
            f"  label       {model.label}, known {model.label.lookahead} sessions later",
            *universe,
            *weights,
            *([f"  preprocess  {', then '.join(map(repr, model.preprocess))}"] if model.preprocess else []),
            f"  model       {model.written}",
            f"  evaluation  {judged}",
            f"  look-back   {model.lookback} sessions",
            f"  digest      {found}",
        ]
    )


def _panel(options: argparse.Namespace, written: PanelSource | None) -> Panel:
    from alpha_bench.panel import read_panel

    derive = dict(_pair(text) for text in options.derive)
    if options.sample:
        return _sample()
    if options.data is not None:
        return read_panel(options.data, options.reference, derive)
    if written is None:
        raise DefinitionError(
            "R37",
            "no data is named",
            fix="add --data prices.parquet, or --sample for the made-up panel, or 'data: {prices: prices.parquet}' to the model",
        )
    here = options.model.parent
    return read_panel(
        here / written.prices,
        None if written.reference is None else here / written.reference,
        dict(written.derive) | derive,
        date=written.date,
        symbol=written.symbol,
    )


def _sample() -> Panel:
    from alpha_bench.panel import REFERENCE, read_panel, write_sample

    with tempfile.TemporaryDirectory() as folder:
        prices = write_sample(Path(folder))
        return read_panel(prices, prices.with_name(REFERENCE))


def _pair(text: str) -> tuple[str, str]:
    name, equals, formula = text.partition("=")
    if not equals:
        raise DataError("R10", f"--derive {text!r} has no '='", fix="write --derive 'field=formula'")
    return name.strip(), formula.strip()


def _write(report: Report, folder: Path, *, title: str) -> tuple[Path, ...]:
    """Each file is whole or not there: an interrupted run leaves what was there before."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    plain = json.dumps(report.to_json(), indent=1) + "\n"
    page = report.to_html(title=title)
    writers: dict[str, Callable[[Path], object]] = {
        "report.html": lambda path: path.write_text(page, encoding="utf-8"),
        "report.json": lambda path: path.write_text(plain, encoding="utf-8"),
        "predictions.parquet": lambda path: pq.write_table(report.predictions, path),
    }
    for name, write in writers.items():
        incoming = folder / f".{name}.{os.getpid()}"
        try:
            write(incoming)
            incoming.replace(folder / name)
        finally:
            incoming.unlink(missing_ok=True)
    return tuple(folder / name for name in writers)
