"""``make bench`` or ``python -m benchmarks [SECTION ...] [--runs N]``; ``--readme`` writes the README's table."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import platform
import sys

from benchmarks import readme, timing

# Each is imported when its turn comes: what one loads (pandas, scikit-learn) must not slow another down.
SECTIONS = (
    "promote",
    "check",
    "startup",
    "research",
    "features",
    "rolling",
    "cross",
    "linear",
    "report",
    "scaling",
    "cold_start",
    "predict",
    "columns",
    "partitions",
    "cluster",
    "looks",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", default=[], choices=[*SECTIONS, []], help="which; all when none is named"
    )
    parser.add_argument(
        "--runs", type=int, default=5, help="counted runs of each (default 5); the median is the figure"
    )
    parser.add_argument(
        "--readme", action="store_true", help="the sections of the README's table alone, and write the table"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object of sections and their figures on standard output, the tables on standard error",
    )
    parser.add_argument("--only", nargs="+", default=[], help="of the section `looks` these notebooks alone")
    arguments = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr) if arguments.json else contextlib.nullcontext():
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {arguments.runs}"
        )
        for name in readme.SECTIONS if arguments.readme else arguments.sections or SECTIONS:
            timing.begin(name)
            some = {"only": arguments.only} if name == "looks" else {}
            importlib.import_module(f"benchmarks.{name}").run(runs=arguments.runs, **some)
    if arguments.readme:
        readme.write(timing.RECORDED)
    if arguments.json:
        told: dict[str, dict[str, float]] = {}
        for (section, figure), value in timing.RECORDED.items():
            told.setdefault(section, {})[figure] = value
        print(json.dumps(told, indent=1))


main()
