"""What the recipe of an image runs: compiled kernels for its pods. ``python -m nbcode.run._image_kernels``.

They are put beside the interpreter's environment, where `_pod` looks, and are of use on processors of the building machine's kind; on others a run
compiles for itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbcode.run.kernels import compiled_kernels
from nbcode.sandbox import IsolationLevel


def kernels_of_image() -> Path:
    """Where they are, whether they have been made or not."""
    return Path(sys.prefix) / "kernels"


def main() -> int:
    """0 also where nothing could be compiled as strictly as a pod wants it: the image is then slower and as good."""
    made = compiled_kernels(Path(sys.executable), kernels_of_image(), IsolationLevel.LANDLOCK, lambda _: None)
    if made is not None:
        _readable(kernels_of_image())
    sys.stderr.write(
        f"kernels: {made or 'none, since no isolation level of pods holds here: each run compiles for itself'}\n"
    )
    return 0


def _readable(folder: Path) -> None:
    """For every user: the note of what the files are is its maker's alone, and a pod is another user."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))


if __name__ == "__main__":
    sys.exit(main())
