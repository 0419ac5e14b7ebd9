"""The loader that versions name which were registered before there was :mod:`nbcode_runtime`."""

from nbcode_runtime.pyfunc import _load_pyfunc

__all__ = ["_load_pyfunc"]
