"""The README's table of speed is written from what was measured: here from figures that are made up."""

import pytest
from benchmarks import readme

MEASURED = {
    ("promote", "papermill + MLflow, bare"): 6.0,
    ("promote", "nbcode promote, empty directory (cold)"): 3.0,
    ("promote", "nbcode promote, a changed notebook (warm)"): 2.5,
    ("promote", "nbcode promote, nothing changed"): 0.3,
    ("check", "read and every rule, in process"): 0.05,
    ("check", "nbcode check, whole process"): 0.2,
    ("check", "ruff --select F821 (Rust; one of our rules), whole process"): 0.01,
    ("startup", "nbcode --help"): 0.06,
    ("startup", "papermill --help"): 1.2,
    ("startup", "nbcode check examples/xsmom_v3/notebook.ipynb"): 0.125,
    ("features", "alpha_bench"): 0.4,
    ("features", "memory: the same, into memory that is used again"): 0.2,
    ("features", "pandas"): 8.0,
    ("features", "polars"): 4.0,
    ("features", "bottleneck + numpy"): 6.0,
    ("linear", "alpha_bench: fit and predict"): 0.25,
    ("linear", "scikit-learn: Pipeline(StandardScaler, Ridge), TimeSeriesSplit"): 25.0,
    ("linear", "largest difference of two predictions"): 7e-14,
    ("linear", "alpha_bench: elastic_net_path on moments"): 0.1,
    ("linear", "scikit-learn: StandardScaler, enet_path(precompute=True)"): 30.0,
    ("linear", "largest difference of two coefficients"): 0.0,
    ("cold_start", "python, to the mean IC"): 1.0,
}


def test_each_row_says_ours_the_peer_and_their_ratio() -> None:
    table = readme.table(MEASURED).splitlines()
    assert "| click to candidate, changed notebook | 2.5 s | the same | 2.4x |" in table
    assert (
        "| the same, whole process | 0.20 s | `ruff --select F821` (one of our rules, in Rust): 10 ms | 0.05x |"
        in table
    )
    assert (
        "| 20 features, 2,500 sessions x 3,000 names | 0.40 s, 2.0x what reading and writing the memory alone takes"
        " | the best of pandas, polars, bottleneck: 4.0 s | 10x |" in table
    )
    assert any("scikit-learn: 25 s, predictions equal to 1e-13 | 100x" in row for row in table)
    assert any("coefficients equal to the last bit | 300x" in row for row in table)


def test_without_the_real_panel_its_row_is_left_out() -> None:
    assert not any("on real data" in row for row in readme.table(MEASURED).splitlines())
    real = {
        ("research", "alpha_bench, warm"): 0.5,
        ("research", "pandas + scikit-learn"): 40.0,
        ("research", "polars + scikit-learn"): 30.0,
        ("research", "IC by alpha_bench"): 0.0158,
        ("research", "IC by pandas + scikit-learn"): 0.0159,
        ("research", "IC by polars + scikit-learn"): 0.0158 + 3e-13,
    }
    (row,) = [r for r in readme.table(MEASURED | real).splitlines() if "on real data" in r]
    assert row.endswith("| 0.50 s | polars + scikit-learn: 30 s, the IC equal to 1e-12 | 60x |")


def test_a_figure_that_was_not_measured_is_no_row() -> None:
    with pytest.raises(KeyError, match="nothing changed"):
        readme.table({k: v for k, v in MEASURED.items() if "nothing changed" not in k[1]})


def test_the_readme_has_the_place_for_it() -> None:
    page = (readme.ROOT / "README.md").read_text("utf-8")
    assert page.count(readme.BEGIN) == 1
    assert readme.END in page.partition(readme.BEGIN)[2]
