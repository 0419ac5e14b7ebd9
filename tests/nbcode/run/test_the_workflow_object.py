"""What is submitted to a cluster: the same shape whatever anybody wrote, names and digests in it and no text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from fakes.fuzz import texts
from fakes.plans import plan_of_cells
from nbcode.configuration import read_config
from nbcode.run import RunPlan, content_digest
from nbcode.run._argo import Place, workflow_name, workflow_of

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
MANY = 10_000


def plan(run_id: str = "xsmom-0123456789ab-1", source: str = "1") -> RunPlan:
    return plan_of_cells([("features", source)], run_id=run_id)


def shape(value: Any) -> Any:
    """The object without its texts."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("many", [300, pytest.param(MANY, marks=pytest.mark.long)])
def test_no_text_of_a_run_gives_the_object_another_field(many: int) -> None:
    usual = workflow_of(plan(), Place())
    for text in texts(many):
        made = workflow_of(plan(text), Place())
        assert shape(made) == shape(usual)
        assert NAME.fullmatch(made["metadata"]["name"])
        (run,) = [one["value"] for one in made["spec"]["arguments"]["parameters"] if one["name"] == "run"]
        assert run == text
        assert json.loads(json.dumps(made)) == made


def test_the_object_of_a_notebook_of_20_mb_is_small_and_holds_none_of_it() -> None:
    asked = plan(source="marker_of_the_cell = 1\n# " + "x" * (20 << 20))
    asked = replace(asked, content=replace(asked.content, model_id="marker_of_the_model"))
    told = json.dumps(workflow_of(asked, Place(cpu="2")))
    assert "marker" not in told
    assert str(content_digest(asked.content)) in told
    assert len(told) <= 16 << 10


def test_names_are_one_a_run_and_what_kubernetes_takes() -> None:
    many = set(texts(MANY)) | {"a_b-1", "a-b-1", "A_b-1", "x" * 200, ""}
    names = {workflow_name(one) for one in many}
    assert len(names) == len(many)
    assert all(NAME.fullmatch(one) for one in names)


def test_what_nbcode_toml_says_of_a_cluster_is_a_name_or_refused(tmp_path: Any) -> None:
    safe = re.compile(r"[A-Za-z0-9:/._!*'()-]+")
    for field in ("store", "endpoint", "namespace", "template", "cpu"):
        taken = []
        for text in texts(MANY // 5):
            written = f"[argo]\n{field} = {json.dumps(text)}\n"
            reading = read_config(written, tmp_path / "nbcode.toml")
            if reading.config is not None:
                taken.append(getattr(reading.config.argo, field))
        assert all(safe.fullmatch(one) for one in taken), field
    control = read_config('[argo]\nstore = "s3://research/nbcode"\ncpu = "500m"\n', tmp_path / "nbcode.toml")
    assert control.config is not None
    assert (control.config.argo.store, control.config.argo.cpu) == ("s3://research/nbcode", "500m")
