"""What scikit-learn takes, read from its text: the same as its own signatures say, and None where that cannot be known."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from nbcode.commands.check import check
from nbcode.environment import installed_signatures
from nbcode.primitives import Diagnostic, Severity


def test_of_every_estimator_the_keywords_are_those_of_the_class() -> None:
    from sklearn.utils import all_estimators

    parameters = installed_signatures(Path("/nowhere")).parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimators = all_estimators()
    known = 0
    for name, kind in estimators:
        public = ".".join(kind.__module__.split(".")[:2])
        taken = parameters(f"{public}.{name}")
        if taken is None:
            continue
        known += 1
        declared = inspect.signature(kind).parameters.values()
        assert list(taken) == [p.name for p in declared if p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}], (
            name
        )
    assert known > 0.9 * len(estimators)


@pytest.mark.parametrize(
    ("dotted", "has"),
    [
        ("sklearn.linear_model.Ridge", "alpha"),
        ("sklearn.linear_model._ridge.Ridge", "alpha"),
        ("sklearn.model_selection.TimeSeriesSplit", "gap"),
        ("sklearn.model_selection.train_test_split", "shuffle"),
        ("sklearn.linear_model.Nothing", None),
        ("sklearn.nowhere.Ridge", None),
        ("sklearn.metrics.make_scorer", None),  # hands keywords on
        ("lightgbm.LGBMRegressor", None),
        ("sklearn", None),
    ],
)
def test_names_that_are_known_and_names_that_are_not(dotted: str, has: str | None) -> None:
    taken = installed_signatures(Path("/nowhere")).parameters(dotted)
    assert taken is None if has is None else taken is not None and has in taken


def test_scikit_learn_is_not_imported() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom nbcode.environment import installed_signatures\n"
        "assert 'alpha' in installed_signatures(Path('.')).parameters('sklearn.linear_model.Ridge')\n"
        "print(sorted({'sklearn', 'numpy', 'pandas', 'mlflow', 'papermill'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: me\n# model: est\n# report: {n: 1}\n# %% [model]\n"


def told(folder: Path, source: str) -> list[Diagnostic]:
    (folder / "nbcode.toml").write_text("")
    (folder / "n.py").write_text(f"{HEAD}{source}\n")
    return [d for d in check(folder / "n.py").diagnostics if d.code == "NBC-D32"]


def test_a_keyword_that_an_estimator_does_not_have_is_told_by_check(tmp_path: Path) -> None:
    source = "from sklearn.linear_model import Ridge\nest = Ridge(lambda_=1)"
    (found,) = told(tmp_path, source)
    assert (found.severity, found.place and found.place.line) == (Severity.ERROR, 3)
    assert found.message == "`Ridge` has no parameter `lambda_`: did you mean `alpha`?"
    assert found.fix_titles == ("write Ridge(alpha=1)", "leave lambda_ out")
    assert told(tmp_path, source.replace("lambda_", "alpha")) == []
    assert told(tmp_path, source.replace("lambda_=1", "**{'lambda_': 1}")) == []


def test_with_a_lock_of_the_project_it_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("")
    (found,) = told(tmp_path, "import sklearn.linear_model as lm\nest = lm.Ridge(lambda_=1)")
    assert found.severity is Severity.WARNING
