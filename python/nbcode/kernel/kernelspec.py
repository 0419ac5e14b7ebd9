"""The kernel "Python (nbcode)": the interpreter's own kernel, with ``%load_ext nbcode`` done."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

NAME = "nbcode"


def install_kernelspec(*, prefix: Path | None = None, user: bool = False, python: Path | None = None) -> Path:
    """Write the kernelspec and return its directory.

    It goes below ``prefix`` (``share/jupyter/kernels/nbcode``), or into the user's own Jupyter directory, or, with neither,
    below the environment of this interpreter. ``python`` is the interpreter that the kernel starts.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    where = None if user else str(prefix or sys.prefix)
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory) / NAME
        folder.mkdir()
        document = json.dumps(kernel_json(python or Path(sys.executable)), indent=1) + "\n"
        (folder / "kernel.json").write_text(document, encoding="utf-8")
        _add_logos(folder)
        return Path(KernelSpecManager().install_kernel_spec(str(folder), NAME, user=user, prefix=where))


def kernel_json(python: Path) -> dict[str, object]:
    """The document of the kernelspec."""
    return {
        "argv": [
            str(python),
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--InteractiveShellApp.extra_extensions=nbcode",
        ],
        "display_name": "Python (nbcode)",
        "language": "python",
        "metadata": {"debugger": True},
        "interrupt_mode": "signal",
    }


def _add_logos(folder: Path) -> None:
    import ipykernel

    resources = Path(ipykernel.__file__).parent / "resources"
    for logo in resources.glob("logo-*"):
        shutil.copyfile(logo, folder / logo.name)
