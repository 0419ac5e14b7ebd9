"""Which libraries a kept model names."""

from __future__ import annotations

import json
from pathlib import Path

from nbcode.artifact import modules_of


def test_what_a_model_and_its_code_name_is_found_and_what_cannot_be_read_is_passed_over(
    tmp_path: Path,
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    kept = {
        "class": "lightgbm.sklearn.LGBMRegressor",
        "parts": [{"form": "xgboost"}, ["a b", "ret_20"]],
        "columns": ["close"],
    }
    (model / "model.json").write_text(json.dumps(kept))
    (model / "code.py").write_text(
        "import scipy.stats as s\nfrom statsmodels.api import OLS\nfrom . import own\n"
    )
    (model / "code-other.py").write_text("def broken(:\n")
    (model / "more.json").write_text("{")
    (tmp_path / "report.json").write_text('{"library": "matplotlib.pyplot"}')
    found = modules_of(tmp_path)
    assert {"lightgbm", "xgboost", "scipy", "statsmodels", "ret_20", "close"} == found
