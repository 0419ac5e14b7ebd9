"""Benchmarks with the peers beside us in the same run: ``make bench``. Prints medians and ratios, asserts nothing."""
