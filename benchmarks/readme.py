"""The README's table of speed, from what the benchmark measured in the same run."""

from __future__ import annotations

import math
from collections.abc import Mapping

from benchmarks.timing import ROOT

SECTIONS = ("promote", "check", "startup", "features", "linear", "research", "cold_start")
BEGIN, END = "<!-- begin: make bench-readme -->\n", "<!-- end -->\n"
Recorded = Mapping[tuple[str, str], float]


def write(recorded: Recorded) -> None:
    """Put the table between its two marks in README.md. Raises ``KeyError`` for a figure that was not measured."""
    page = ROOT / "README.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page.name} has no place for the table: {BEGIN.strip()} … {END.strip()}")
    page.write_text(before + BEGIN + table(recorded) + END + after, "utf-8")


def table(recorded: Recorded) -> str:
    """Ours, the peer of the same run, and how many times faster than it ours is."""
    lines = ["| | nbcode | beside it | ratio |", "|---|---|---|---|"]
    lines += [
        f"| {' | '.join(cells)} |".replace("  ", " ")
        for cells in (*_commands(recorded), *_research(recorded))
    ]
    return "\n".join(lines) + "\n"


def _commands(recorded: Recorded) -> list[tuple[str, str, str, str]]:
    bare = recorded["promote", "papermill + MLflow, bare"]
    cold, warm, again = (
        recorded["promote", f"nbcode promote, {what}"]
        for what in ("empty directory (cold)", "a changed notebook (warm)", "nothing changed")
    )
    rules, ruff = (
        recorded["check", name]
        for name in (
            "read and every rule, in process",
            "ruff --select F821 (Rust; one of our rules), whole process",
        )
    )
    whole = recorded["check", "nbcode check, whole process"]
    ours, theirs = recorded["startup", "nbcode --help"], recorded["startup", "papermill --help"]
    return [
        (
            "click to candidate, new project",
            told(cold),
            f"papermill + MLflow, bare, same notebook: {told(bare)}",
            times(bare, cold),
        ),
        ("click to candidate, changed notebook", told(warm), "the same", times(bare, warm)),
        ("promote when nothing changed", told(again), "the same (it runs again)", times(bare, again)),
        ("`check`, 200 cells, all rules in process", told(rules), "", ""),
        (
            "the same, whole process",
            told(whole),
            f"`ruff --select F821` (one of our rules, in Rust): {told(ruff)}",
            times(ruff, whole),
        ),
        (
            "`nbcode check` of one notebook, whole process",
            told(recorded["startup", "nbcode check examples/xsmom_v3/notebook.ipynb"]),
            "",
            "",
        ),
        ("`nbcode --help`", told(ours), f"`papermill --help`: {told(theirs)}", times(theirs, ours)),
    ]


def _research(recorded: Recorded) -> list[tuple[str, str, str, str]]:
    features = recorded["features", "alpha_bench"]
    floor = recorded["features", "memory: the same, into memory that is used again"]
    best = min(recorded["features", name] for name in ("pandas", "polars", "bottleneck + numpy"))
    ridge = recorded["linear", "alpha_bench: fit and predict"]
    sklearn = recorded["linear", "scikit-learn: Pipeline(StandardScaler, Ridge), TimeSeriesSplit"]
    path = recorded["linear", "alpha_bench: elastic_net_path on moments"]
    enet = recorded["linear", "scikit-learn: StandardScaler, enet_path(precompute=True)"]
    rows = [
        (
            "20 features, 2,500 sessions x 3,000 names",
            f"{told(features)}, {times(features, floor)} what reading and writing the memory alone takes",
            f"the best of pandas, polars, bottleneck: {told(best)}",
            times(best, features),
        ),
        (
            "12-fold standardised ridge, 20 features, 7.5 M rows",
            told(ridge),
            f"scikit-learn: {told(sklearn)}, predictions equal to {within(recorded['linear', 'largest difference of two predictions'])}",
            times(sklearn, ridge),
        ),
        (
            "ElasticNet, 20 penalties x 12 folds, the same rows",
            told(path),
            f"scikit-learn: {told(enet)}, coefficients equal to {within(recorded['linear', 'largest difference of two coefficients'])}",
            times(enet, path),
        ),
    ]
    if ("research", "alpha_bench, warm") in recorded:  # the real panel is beside the checkout or is not
        whole = recorded["research", "alpha_bench, warm"]
        name, peer = min(
            ((n, recorded["research", n]) for n in ("pandas + scikit-learn", "polars + scikit-learn")),
            key=lambda pair: pair[1],
        )
        apart = within(abs(recorded["research", "IC by alpha_bench"] - recorded["research", f"IC by {name}"]))
        rows.append(
            (
                "20 features, 12-fold ridge, IC on real data, 2,485 x 3,000",
                told(whole),
                f"{name}: {told(peer)}, the IC equal to {apart}",
                times(peer, whole),
            )
        )
    fresh = told(recorded["cold_start", "python, to the mean IC"])
    return [*rows, ("the same, a fresh process on 1,250 x 300", fresh, "", "")]


def told(seconds: float) -> str:
    """Two digits that count, in s or ms: ``2.7 s``, ``0.33 s``, ``47 ms``."""
    if seconds >= 10:
        return f"{seconds:.0f} s"
    if seconds >= 0.1:
        return f"{seconds:.{1 if seconds >= 1 else 2}f} s"
    return f"{seconds * 1e3:.0f} ms"


def times(peer: float, ours: float) -> str:
    """How many times faster than the peer ours is; below 1 it is slower."""
    ratio = peer / ours
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x" if ratio >= 1 else f"{ratio:.2f}x"


def within(difference: float) -> str:
    """The power of ten that a difference does not exceed: ``1e-13``."""
    return f"1e{math.ceil(math.log10(difference))}" if difference else "the last bit"
