"""Compile the numba kernels into their on-disk cache, so that the first promote does not wait for it."""

from alpha_bench.describe import warm_up

warm_up()
