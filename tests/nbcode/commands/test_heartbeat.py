"""A controller that hangs is told from one that waits by the age of a file."""

from __future__ import annotations

from pathlib import Path

import yaml

from fakes.deployed import KUSTOMIZE
from nbcode.commands.heartbeat import VARIABLE, beating


def test_each_wait_touches_the_file(tmp_path: Path) -> None:
    waited: list[float] = []
    path = tmp_path / "heartbeat"
    wait = beating(waited.append, str(path))
    assert not path.exists()
    wait(3.0)
    first = path.stat().st_mtime_ns
    wait(4.0)
    assert path.stat().st_mtime_ns >= first
    assert waited == [3.0, 4.0]


def test_control_without_a_path_or_a_place_only_the_wait_is_left(tmp_path: Path) -> None:
    waited: list[float] = []
    assert beating(waited.append, None) == waited.append
    beating(waited.append, str(tmp_path / "no" / "such"))(1.0)
    assert (waited, list(tmp_path.iterdir())) == ([1.0], [])


def test_the_probes_look_at_the_file_that_the_controller_touches() -> None:
    (container,) = yaml.safe_load((KUSTOMIZE / "base" / "controller.yaml").read_text())["spec"]["template"][
        "spec"
    ]["containers"]
    (path,) = [each["value"] for each in container["env"] if each["name"] == VARIABLE]
    for probe in ("startupProbe", "livenessProbe"):
        assert path in " ".join(container[probe]["exec"]["command"])
