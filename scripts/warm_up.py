"""Compile the numba kernels once, in the sandbox, for clean runs and, beside the sources, for live kernels; says how far it is."""

import sys
from pathlib import Path

import alpha_bench
from alpha_bench.describe import warm_up
from nbcode.configuration.workspace import cache_home
from nbcode.run.kernels import compiled_kernels
from nbcode.run.numba_names import place_beside
from nbcode.sandbox import strongest


def tell(line: str) -> None:
    """Overwrite the line of a terminal."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {line}", end="", flush=True)


kept = compiled_kernels(Path(sys.executable), cache_home() / "numba", strongest(), tell)
if kept is not None:
    place_beside(kept, Path(alpha_bench.__file__).parents[1])
warm_up(tell)
if sys.stdout.isatty():
    print()
