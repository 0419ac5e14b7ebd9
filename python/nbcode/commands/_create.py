"""The window to the disk of `init`: files that appear whole or not at all, and never in place of another."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

_KERNEL_NAME = "nbcode"


def create_file(path: Path, data: bytes) -> bool:
    """Make the file ``path`` with ``data``; False when anything of that name is there already.

    Raises ``OSError`` when it cannot be written.
    """
    if os.path.lexists(path):
        return False
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        # A link, unlike a rename, fails when the name was taken meanwhile.
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def install_kernel() -> tuple[Path, bool]:
    """Write the Jupyter kernel "Python (nbcode)" for this interpreter: into its own environment, or for the user when
    it is the system's. Returns its directory and whether it was written now.

    Raises ``OSError`` when it cannot be written.
    """
    directory = kernel_directory()
    directory.mkdir(parents=True, exist_ok=True)
    specification = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--ext=nbcode"],
        "display_name": "Python (nbcode)",
        "language": "python",
        "metadata": {"debugger": True},
    }
    data = json.dumps(specification, indent=1).encode() + b"\n"
    return directory, create_file(directory / "kernel.json", data)


def kernel_directory() -> Path:
    """Where the kernel is or would be."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.prefix) / "share" / "jupyter" / "kernels" / _KERNEL_NAME
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "kernels" / _KERNEL_NAME


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
