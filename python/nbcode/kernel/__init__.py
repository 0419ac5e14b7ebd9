"""The live kernel: ``%load_ext nbcode`` gives the names of the clean run, on the same data, and the same figures."""

from pathlib import Path


def load_ipython_extension(shell: object) -> None:
    """IPython's entry point of ``%load_ext nbcode``."""
    from nbcode.kernel._ipython import attach

    attach(shell)


def unload_ipython_extension(shell: object) -> None:
    """IPython's entry point of ``%unload_ext nbcode``: leaves the shell as it was before."""
    from nbcode.kernel._ipython import detach

    detach(shell)


def install_kernel(*, prefix: Path | None = None, user: bool = False, python: Path | None = None) -> Path:
    """Install the kernel "Python (nbcode)" and return its directory; see :mod:`nbcode.kernel.kernelspec`."""
    from nbcode.kernel.kernelspec import install_kernelspec

    return install_kernelspec(prefix=prefix, user=user, python=python)
