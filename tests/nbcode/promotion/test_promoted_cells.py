"""What was promoted is a file that is read back as the same cells, without those that were left behind."""

from __future__ import annotations

import json

import pytest

from acceptance.project import ROOT
from nbcode.notebook import Notebook, parse_notebook
from nbcode.promotion.promoted_cells import PROMOTED_NAME, promoted_file

EXAMPLE = ROOT / "examples" / "xsmom_v3" / "notebook.ipynb"


def tagged(data: bytes, name: str) -> list[tuple[str | None, str]]:
    """Tag and code of each tagged cell, without markers."""
    found = parse_notebook(data, name).notebook
    assert isinstance(found, Notebook)
    return [
        (c.tag, "\n".join(line for line in c.source.splitlines() if not line.startswith("# %%")))
        for c in found.cells
        if c.tag
    ]


@pytest.mark.parametrize("name", ["notebook.ipynb", "notebook.py"])
def test_the_tagged_cells_are_read_back_as_they_were(name: str) -> None:
    data = EXAMPLE.with_name(name).read_bytes()
    made = promoted_file(data, name)
    assert made is not None
    assert made[0] == PROMOTED_NAME
    assert tagged(made[1].encode(), PROMOTED_NAME) == tagged(data, name)
    assert [tag for tag, _ in tagged(made[1].encode(), PROMOTED_NAME)] == [
        "meta",
        "features",
        "model",
        "eval",
    ]


def test_exploratory_cells_are_left_out() -> None:
    plain = json.loads(EXAMPLE.read_bytes())
    plain["cells"].append(
        {
            "cell_type": "code",
            "id": "x1",
            "metadata": {},
            "source": "secret = 1",
            "outputs": [],
            "execution_count": 1,
        }
    )
    made = promoted_file(json.dumps(plain).encode(), "n.ipynb")
    assert made is not None
    assert "secret" not in made[1]


def test_a_tag_of_the_metadata_is_written_as_a_marker() -> None:
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {"tags": ["features"]},
        "source": "a = 1",
        "outputs": [],
    }
    data = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()
    assert promoted_file(data, "n.ipynb") == (PROMOTED_NAME, "# %% [features]\na = 1\n")


def test_a_cell_that_would_be_read_as_two_is_not_written() -> None:
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {"tags": ["features"]},
        "source": "a = 1\n# %% [model]\nb = 2",
        "outputs": [],
    }
    data = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()
    assert promoted_file(data, "n.ipynb") is None


def test_a_framework_model_is_its_file() -> None:
    assert promoted_file(b"meta:\n  id: m\n", "models/m.yaml") == ("m.yaml", "meta:\n  id: m\n")
