"""Prints how many of each set of ``@feature`` functions are found to look ahead: ``python tests/measure_own_functions.py [SET ...]``."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

from alpha_bench import AlphaBenchError, Panel, data, feature
from fakes.own_function_panels import inputs_of, market, write_files

SETS = ("own_functions_from_threads", "own_functions_fresh")


def refusal(function: Callable[..., Any], window: int, panel: Panel) -> str:
    """The error that the function gets on ``panel``, or nothing; an exception of its own says nothing."""
    try:
        inputs = [data[n] for n in inputs_of(function)]
        panel.compute((feature(inputs=inputs, window=window)(function),))
    except AlphaBenchError as error:
        return "" if error.context.get("kind") == "raised" else str(error)
    return ""


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    clean, gappy = market(), market(8, gaps=True)
    os.chdir(tempfile.mkdtemp())
    write_files()
    for name in names or SETS:
        corpus = importlib.import_module(f"fakes.{name}")
        missed = [f for f, window in corpus.LEAKS if not refusal(f, window, clean)]
        false = [
            (f, error)
            for f, window in corpus.HONEST
            for p in (clean, gappy)
            if (error := refusal(f, window, p))
        ]
        alarms = {f.__name__: error for f, error in false}
        print(
            f"{name}: {len(corpus.LEAKS) - len(missed)} of {len(corpus.LEAKS)} found, "
            f"{len(alarms)} of {len(corpus.HONEST)} false alarms"
        )
        for function in missed:
            print(f"  missed  {function.__name__}")
        for who, error in alarms.items():
            print(f"  alarm   {who}: {error[:300]}")


if __name__ == "__main__":
    main(sys.argv[1:])
