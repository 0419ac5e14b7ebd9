"""One model, many ways to write and to save it: one spec digest, one definition digest."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import ROOT, SEED, nbcode

pytestmark = pytest.mark.long

BIN = Path(sys.executable).parent
NOTEBOOK = ROOT / "examples" / "xsmom_v3" / "notebook.ipynb"


def tool(directory: Path, *arguments: str) -> None:
    subprocess.run([str(BIN / arguments[0]), *arguments[1:]], cwd=directory, check=True, capture_output=True)


def digests(path: Path) -> tuple[str, str]:
    ended = nbcode(path.parent, "build", path.name, "--json")
    assert ended.code == 0, ended.said
    return ended.json["spec_digest"], ended.json["definition_digest"]


def edited(path: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document, indent=1))
    return path


def as_ipynb(directory: Path) -> Path:
    return Path(shutil.copy(NOTEBOOK, directory / "n.ipynb"))


def jupytext_there_and_back(directory: Path) -> Path:
    path = as_ipynb(directory)
    tool(directory, "jupytext", "--to", "py:percent", "n.ipynb")
    path.unlink()
    tool(directory, "jupytext", "--to", "ipynb", "n.py")
    return path


def jupytext_to_percent(directory: Path) -> Path:
    as_ipynb(directory)
    tool(directory, "jupytext", "--to", "py:percent", "n.ipynb")
    return directory / "n.py"


def seed_by_jupytext(directory: Path) -> Path:
    shutil.copy(SEED, directory / "seed.py")
    tool(directory, "jupytext", "--to", "ipynb", "seed.py")
    return directory / "seed.ipynb"


def stripped(directory: Path) -> Path:
    path = as_ipynb(directory)
    tool(directory, "nbstripout", str(path))
    return path


def blackened(directory: Path) -> Path:
    path = Path(shutil.copy(SEED, directory / "n.py"))
    path.write_text(
        path.read_text().replace('"', "'").replace("X=[ret_20, ret_60, turn]", "X = [ret_20,ret_60,\n turn]")
    )
    tool(directory, "black", "-q", str(path))
    return path


def commented(directory: Path) -> Path:
    path = Path(shutil.copy(SEED, directory / "n.py"))
    path.write_text(path.read_text().replace("turn = ", "# how busy a name is\n\nturn = "))
    return path


def with_another_exploratory_cell(directory: Path) -> Path:
    def edit(document: dict[str, Any]) -> None:
        cell = {"cell_type": "code", "id": "more", "metadata": {}, "outputs": [], "execution_count": 7}
        document["cells"].insert(5, {**cell, "source": "vol = data.volume.to_frame().describe()\nvol"})

    return edited(as_ipynb(directory), edit)


def tagged_in_metadata(directory: Path) -> Path:
    def edit(document: dict[str, Any]) -> None:
        for cell in document["cells"]:
            first, _, rest = "".join(cell["source"]).partition("\n")
            if cell["cell_type"] == "code" and first.startswith("# %% ["):
                cell["source"], cell["metadata"]["tags"] = rest, [first[6:-1]]

    return edited(as_ipynb(directory), edit)


FORMS = [
    as_ipynb,
    jupytext_there_and_back,
    jupytext_to_percent,
    seed_by_jupytext,
    stripped,
    blackened,
    commented,
    with_another_exploratory_cell,
    tagged_in_metadata,
]


@pytest.fixture(scope="module")
def of_the_seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return digests(Path(shutil.copy(SEED, tmp_path_factory.mktemp("seed") / "xsmom.py")))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_form_changes_no_digest(
    form: Callable[[Path], Path], tmp_path: Path, of_the_seed: tuple[str, str]
) -> None:
    assert digests(form(tmp_path)) == of_the_seed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("window=20", "window=21"),
        ("turnover(20)", "turnover(19)"),
        ('"5d"', '"6d"'),
        ("Ridge()", "Ridge(alpha=2)"),
    ],
)
def test_a_change_of_meaning_changes_both_digests(
    old: str, new: str, tmp_path: Path, of_the_seed: tuple[str, str]
) -> None:
    path = tmp_path / "n.py"
    path.write_text(SEED.read_text().replace(old, new))
    spec, definition = digests(path)
    assert spec != of_the_seed[0]
    assert definition != of_the_seed[1]


def test_python_and_yaml_give_the_definition_digest_of_the_notebook(
    tmp_path: Path, of_the_seed: tuple[str, str]
) -> None:
    from alpha_bench import Ridge, features, walk_forward
    from alpha_bench.describe import definition_digest
    from alpha_bench.vocabulary.labels import fwd_ret

    model = Ridge().fit(X=[features.ret(20), features.ret(60), features.turnover(20)], y=fwd_ret(10))
    assert definition_digest(walk_forward(model, folds=12, embargo="5d")) == of_the_seed[1]
    yaml = ROOT / "examples" / "xsmom_v3" / "model.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "alpha_bench", "digest", str(yaml)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == of_the_seed[1]
