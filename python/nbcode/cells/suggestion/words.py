"""The words that figures are called by, and what a number looks like in an output."""

from __future__ import annotations

import ast
import re

from nbcode.cells.trees import walk

# Groups are atomic: what a notebook printed is foreign, and must not make the search long.
NUMBER = r"[-+]?(?>(?>\d[\d,_]*)(?>\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)"
_METRIC = re.compile(
    r"(?:^|_|\b)(ic|rank_?ic|ir|icir|sharpe|sortino|calmar|r2|rsq|rmse|mse|mae|mape|auc|roc_auc|accuracy|acc|f1|precision|recall|logloss|log_loss|loss|corr|corrcoef"
    r"|scores?|return|ret|alpha|beta|vol|turnover|drawdown|mdd|max_?dd|ann|annual|cagr|log[-_ ]?lik(?:elihood)?|llf?|aic|bic|qlike|hit|hit_?rate|spread|t|tstat|t_stat|tvalue|pvalue|p_value|hl|half_life|brier|ndcg|error|ks|gini)"
    r"(?:$|_|\b|\d)",
    re.IGNORECASE,
)
_HEADLINE = re.compile(
    r"(?:^|_|\b)(ic|rank_?ic|ir|icir|sharpe|sortino|r2|rsq|rmse|auc|roc_auc|accuracy|acc|mse|mae|log_?loss|t_?stat|tvalue|corr|corrcoef|score|return)(?:$|_|\b|\d)",
    re.IGNORECASE,
)
"""What a reader asks first of a model or a signal; the others stand beside one of these."""
_MOST_WORDS = 4
_AGGREGATES = frozenset({"mean", "std", "median", "min", "max", "sum", "var"})


def is_metric(text: str) -> bool:
    """Whether a word of ``text`` is called like a figure."""
    return bool(_METRIC.search(text))


def is_headline(text: str) -> bool:
    """Whether a word of ``text`` is a figure that a reader asks first."""
    return bool(_HEADLINE.search(text))


def label_of(node: ast.expr) -> str:
    """A name in an expression that says what it is."""
    names = [
        one.attr if isinstance(one, ast.Attribute) else one.id
        for one in walk(node)
        if isinstance(one, ast.Attribute | ast.Name)
        and not (isinstance(one, ast.Attribute) and one.attr == "T")
    ]
    return next((name for name in names if is_metric(name)), names[0] if names else "")


def figure_name(label: str, expression: str) -> str:
    """A key of ``report:`` for a label such as ``"mean IC (test):"``."""
    words = re.findall(r"[a-z0-9]+", label.lower())
    first = next((n for n, word in enumerate(words) if is_metric(word)), len(words))
    start = max(0, min(first, len(words) - _MOST_WORDS))
    name = "_".join(words[start:][:_MOST_WORDS]).lstrip("0123456789_")[:40].strip("_")
    if not name:
        aggregate = re.match(r"(?:np\.)?([a-z]+)\(|.*\.([a-z]+)\(\)\Z", expression)
        ending = next((one for one in aggregate.groups() if one in _AGGREGATES), "") if aggregate else ""
        words = re.findall(r"[a-z][a-z0-9_]*", expression.lower())
        name = (
            next((word for word in words if is_metric(word)), "_".join(words[:2]))
            .lstrip("0123456789_")[:40]
            .strip("_")
        )
        name = f"{name}_{ending}" if name and ending not in {"", "mean", name} else name
    return name or "figure"
