"""What is left of a cluster is seen: the check that ``make cluster-down`` ends with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.layout import Layout
from cluster.lifecycle import leftovers
from cluster.oci_images import Image, write_archive


def of(root: Path) -> list[str]:
    """What is left of a cluster with this folder; another one may be up meanwhile, with its link and control groups."""
    return [left for left in leftovers(Layout(root=root)) if left.startswith(("process", "mount"))]


def test_nothing_is_left_where_nothing_was(tmp_path: Path) -> None:
    assert of(tmp_path / "cluster") == []


def test_a_process_with_a_file_of_the_cluster_is_seen(tmp_path: Path) -> None:
    waits = [
        sys.executable,
        "-c",
        "import sys; print(flush=True); sys.stdin.read()",
        f"{tmp_path}/configuration",
    ]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        assert of(tmp_path) == [f"process {server.pid}"]
        server.kill()
    assert of(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_mount_below_the_folder_is_seen(tmp_path: Path) -> None:
    place = tmp_path / "volume"
    place.mkdir()
    subprocess.run(["mount", "--bind", place, place], check=True)
    try:
        assert of(tmp_path) == [f"mount {place}"]
    finally:
        subprocess.run(["umount", place], check=True)
    assert of(tmp_path) == []


def test_the_same_files_make_the_same_image(tmp_path: Path) -> None:
    image = Image(name="localhost/a:1", entrypoint=["/a"], files={"a": Path(sys.executable), "etc/b": "b"})
    first, second = (write_archive(image, tmp_path / name).read_bytes() for name in ("first", "second"))
    assert first == second
