"""Parts of a library that need another library, which no cell imports: ``frame.plot()`` loads matplotlib.

A kernel has whatever is installed; a clean run has what the tagged cells need. So what they need without naming it counts, where it is
installed here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Of LightGBM, XGBoost, scikit-learn, statsmodels, pandas (https://pandas.pydata.org/docs/getting_started/install.html, Optional dependencies) and polars.
_BY_ATTRIBUTE = {
    **dict.fromkeys(("plot", "hist", "boxplot", "background_gradient", "text_gradient"), "matplotlib"),
    **dict.fromkeys(("read_hdf", "to_hdf", "HDFStore"), "tables"),
    **dict.fromkeys(("read_excel", "to_excel", "ExcelFile", "ExcelWriter"), "openpyxl"),
    **dict.fromkeys(("style", "to_latex"), "jinja2"),
    **dict.fromkeys(("read_html", "read_xml", "to_xml"), "lxml"),
    **dict.fromkeys(("read_parquet", "to_parquet", "read_feather", "to_feather", "to_pandas"), "pyarrow"),
    **dict.fromkeys(
        ("plot_importance", "plot_tree", "plot_metric", "plot_split_value_histogram"), "matplotlib"
    ),
    **dict.fromkeys(("from_estimator", "from_predictions"), "matplotlib"),  # displays of scikit-learn
    **dict.fromkeys(("plot_acf", "plot_pacf", "plot_ccf", "plot_diagnostics", "plot_predict"), "matplotlib"),
    **dict.fromkeys(("qqplot", "plot_regress_exog", "plot_partregress_grid", "plot_fit"), "matplotlib"),
    **dict.fromkeys(("to_graphviz", "create_tree_digraph", "export_graphviz"), "graphviz"),
    "to_markdown": "tabulate",
    "to_xarray": "xarray",
}
# The value of an argument that pandas hands to SciPy.
_BY_VALUE = {"spearman": "scipy", "kendall": "scipy", "cubic": "scipy", "spline": "scipy", "pchip": "scipy"}


def optional_modules(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Top-level modules that frames and other libraries may load by themselves. ``nodes``: all of a cell, or at least its attributes,
    calls and imports of names."""
    return frozenset(_modules(nodes))


def _modules(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in _BY_ATTRIBUTE:
            yield _BY_ATTRIBUTE[node.attr]
        elif isinstance(node, ast.ImportFrom):
            yield from (_BY_ATTRIBUTE[one.name] for one in node.names if one.name in _BY_ATTRIBUTE)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in _BY_ATTRIBUTE:  # of a star
                yield _BY_ATTRIBUTE[node.func.id]
            for given in (*node.args, *(one.value for one in node.keywords)):
                if (
                    isinstance(given, ast.Constant)
                    and isinstance(given.value, str)
                    and given.value in _BY_VALUE
                ):
                    yield _BY_VALUE[given.value]
