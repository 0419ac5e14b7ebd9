"""Promote the tagged cells of a notebook to a registered candidate, by a clean run, with no line rewritten."""

__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """``%load_ext nbcode``: the names of the clean run, on the same data."""
    from nbcode.kernel import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """``%unload_ext nbcode``: the shell as it was before."""
    from nbcode.kernel import unload_ipython_extension as unload

    unload(shell)
