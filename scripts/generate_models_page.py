"""docs/reference/models.md from the table of kinds that the tests fit. With --check only says whether it is current."""

import itertools
import sys
from pathlib import Path

root = Path(__file__).parent.parent
sys.path.insert(0, str(root / "tests"))

from model_kinds import ALL  # noqa: E402  # the tests' own table

_WORDS = {
    "kept": "kept: predicts as in memory",
    "own code": "kept with its code: loading asks for consent",
    "parameters": "kept: parameters only, does not predict",
    "refused": "refused",
}
_HEAD = """# Which models can be promoted

Made from the table that the tests fit, keep, read back and compare (`tests/model_kinds`): {count} kinds. "Kept" means: read back in another process it gives what the model in
memory gave, for every method that it has; fitted and kept twice it is the same bytes; and no file is a pickle.

- **A model fitted on arrays** predicts on arrays, lists of rows and frames; one fitted on frames finds its columns by name, whatever their order, or takes arrays with as many columns.
- **A list** (or tuple) of models predicts their mean; classifiers with probabilities by the mean of these. **A dict** predicts each model under its key, also within one another.
- **Classifiers, outlier detectors, transformers at the end**: `model.predict(data, params={{"method": "predict_proba"}})`; also `predict_log_proba`, `decision_function`, `score_samples`, `transform`.
- **statsmodels and linearmodels** are kept as parameters, and need neither library to predict. The constant may be left out of the rows to predict on. Panel models predict without their effects.
- **Classes and functions of the notebook** are kept as source in `model/code.py`. Loading says which and asks: `mlflow.pyfunc.load_model(uri, model_config={{"trust": "sha256:..."}})` with the digest that the message shows, after reading the file.
- **Searches** keep their best estimator and their results; not their scorer or splitter where that is code, and no times.
- Optional: LightGBM and XGBoost (`alpha-bench[boost]`), CatBoost (`alpha-bench[catboost]`). CatBoost is not among the packages of the test environment for its size (270 MB); its rows
  were last run on CatBoost 1.2.10, Linux x86-64, Python 3.11: `pip install catboost && pytest tests/alpha_bench/test_model_kinds.py`.
- PyTorch (`alpha-bench[torch]`): modules of `torch.nn` and classes of the notebook made of them, by state (safetensors), predicting rows as float32. Nor is torch among the packages of the test
  environment; its rows were last run on torch 1.13.1 (Debian 12), Linux x86-64, Python 3.11. Only CPU; newer releases were not tried.
- Keras, TensorFlow and time series libraries are not kept: promote their predictions as a signal (`kind: signal`).

"""


def page() -> str:
    """The whole page."""
    out = [_HEAD.format(count=len(ALL))]
    for family, kinds in itertools.groupby(ALL, key=lambda k: k.family):
        out.append(f"## {family[0].upper()}{family[1:]}\n| model | what becomes of it |\n|---|---|\n")
        for kind in kinds:
            told = _WORDS[kind.becomes]
            if kind.becomes == "refused":
                told += " by `check`" if kind.at_check else " by the run"
                told += f"; instead: {kind.says}" if kind.says else ""
            out.append(f"| `{kind.code.replace('|', chr(92) + '|')}` | {told} |\n")
        out.append("\n")
    return "".join(out).rstrip("\n") + "\n"


target = root / "docs/reference/models.md"
if "--check" in sys.argv:
    if not target.exists() or target.read_text("utf-8") != page():
        sys.exit(f"{target.name} is out of date: make codegen")
else:
    target.write_text(page(), "utf-8")
