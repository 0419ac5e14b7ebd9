"""Kernels of an image are read by a pod's user, who did not make them."""

from __future__ import annotations

from pathlib import Path

from nbcode.environment import folder_difference, seal_folder
from nbcode.run._image_kernels import _readable


def test_what_was_sealed_by_another_user_can_be_proved_by_every_one(tmp_path: Path) -> None:
    kernels = tmp_path / "kernels"
    (kernels / "of").mkdir(parents=True)
    (kernels / "of" / "one.nbi").write_bytes(b"kernel")
    seal_folder(kernels)
    private = [path for path in kernels.rglob("*") if not path.stat().st_mode & 0o004]
    assert private, "nothing was its maker's alone: the test shows nothing"
    _readable(kernels)
    assert all(path.stat().st_mode & 0o004 for path in kernels.rglob("*"))
    assert folder_difference(kernels) is None
