"""Compile the numba kernels into their on-disk cache, so that the first promote does not wait for it; says how far it is."""

import sys

from alpha_bench.describe import warm_up

if sys.stdout.isatty():
    warm_up(lambda line: print(f"\r\033[K  {line}", end="", flush=True))
    print()
else:
    warm_up()
