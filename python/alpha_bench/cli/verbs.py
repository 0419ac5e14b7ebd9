"""What each command does: options in, an exit code out."""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.cli.output import Output
from alpha_bench.definitions import EvaluationDefinition, ModelDefinition, PanelSource, YamlReading, read_yaml
from alpha_bench.describe import definition_digest, describe
from alpha_bench.errors import DataError, DefinitionError
from alpha_bench.runtime import prepare_named, write_named

if TYPE_CHECKING:
    from alpha_bench.cli.interrupts import Interrupts
    from alpha_bench.panel import Panel
    from alpha_bench.reporting import Report
    from alpha_bench.runtime import Recognised


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
    for name, (ours, _) in _FILES.items():
        prepare_named(options.out / name, ours)
    with output.progress() as step:
        step("reading the panel")
        panel = _panel(options, reading.data)
        report = evaluate(reading.definition, panel, progress=step)
        step("writing the report")
        written = _write(report, options.out, title=options.model.stem, interrupts=output.interrupts)
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


def _table(report: Report) -> bytes:
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(report.predictions, written)
    return written.getvalue()


_FILES: dict[str, tuple[Recognised, Callable[[Report, str], bytes]]] = {
    "report.html": (
        lambda there: there.lstrip()[:9].lower() == b"<!doctype",
        lambda report, title: report.to_html(title=title).encode(),
    ),
    "report.json": (
        lambda there: there[:1] == b"{",
        lambda report, _: json.dumps(report.to_json(), indent=1).encode() + b"\n",
    ),
    "predictions.parquet": (lambda there: there[:4] == b"PAR1", lambda report, _: _table(report)),
}
"""What a run writes: how an earlier one is recognised, and how it is made."""


def _write(report: Report, folder: Path, *, title: str, interrupts: Interrupts) -> tuple[Path, ...]:
    """Each file is whole or not there, and all are of one run: an interrupted one leaves what was there before."""
    made = {folder / name: (ours, make(report, title)) for name, (ours, make) in _FILES.items()}
    with interrupts.held():
        for path, (ours, data) in made.items():
            write_named(path, data, durable=False, ours=ours)
    return tuple(made)
