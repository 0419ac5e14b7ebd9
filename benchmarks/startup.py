"""Start-up: what each command costs before it does anything, beside the command lines a quant already has."""

from __future__ import annotations

from benchmarks.timing import BIN, heading, row, time_process


def run(*, runs: int) -> None:
    heading("start-up, whole process")
    ours = time_process([str(BIN / "nbcode"), "--help"], runs=runs)
    row("nbcode --help", ours)
    check = time_process([str(BIN / "nbcode"), "check", "examples/xsmom_v3/notebook.ipynb"], runs=runs)
    row("nbcode check examples/xsmom_v3/notebook.ipynb", check)
    for name, argv in (
        ("papermill --help", [str(BIN / "papermill"), "--help"]),
        ("jupyter nbconvert --help", [str(BIN / "jupyter"), "nbconvert", "--help"]),
        ("mlflow --help", [str(BIN / "mlflow"), "--help"]),
    ):
        peer = time_process(argv, runs=min(runs, 3))
        row(name, peer)
        print(f"    {'ratio to nbcode --help':56s}{peer.median / ours.median:9.1f}x")
