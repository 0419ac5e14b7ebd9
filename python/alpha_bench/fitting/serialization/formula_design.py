"""Designs of formulas as data: ``y ~ np.log(size) + C(sector):mom`` without running what the formula says.

patsy evaluates the parts of a formula as Python. Here they are kept as text and computed by a walk over their syntax that knows
arithmetic, comparisons, the names of columns and some functions of numpy, and nothing else.
"""

from __future__ import annotations

import ast
import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from alpha_bench.runtime import Floats

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in (
        "abs", "arcsinh", "arctan", "cbrt", "clip", "cos", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "maximum",
        "minimum", "power", "sign", "sin", "sqrt", "square", "tanh", "where",
    )
}  # fmt: skip
_OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv, ast.USub: operator.neg, ast.UAdd: operator.pos,
    ast.Invert: operator.invert, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_MOST_CHARACTERS = 2000

Design = Mapping[str, Any]


def design_of(info: Any) -> Design:
    """The design of a patsy ``DesignInfo``. Raises ValueError for one that holds more than formulas of columns.

    ``{"factors": [{"code", "levels"}], "terms": [[{"factors": [number], "contrasts": [[...]] | null}]]}``; ``levels`` are the categories
    of a categorical factor, else null. Columns of a product: the first factor's go fastest.
    """
    numbers = {factor: k for k, factor in enumerate(info.factor_infos)}
    factors = []
    for factor, known in info.factor_infos.items():
        code = str(factor.code)
        names_of(code)
        if known.type == "numerical" and known.num_columns != 1:
            raise ValueError(f"{code} is of {known.num_columns} columns")
        levels = None if known.type == "numerical" else [_level(v) for v in known.categories]
        factors.append({"code": code, "levels": levels})
    terms = [
        [
            {
                "factors": [numbers[f] for f in sub.factors],
                "contrasts": [
                    np.asarray(sub.contrast_matrices[f].matrix, dtype=float).tolist()
                    if f in sub.contrast_matrices
                    else None
                    for f in sub.factors
                ],
            }
            for sub in subterms
        ]
        for subterms in info.term_codings.values()
    ]
    return {"factors": factors, "terms": terms}


def names_of(code: str) -> list[str]:
    """The columns that a factor reads. Raises ValueError for code that is not known here."""
    if len(code) > _MOST_CHARACTERS:
        raise ValueError("a factor is too long")
    found: list[str] = []
    _value(_parsed(code), _Recorder(found))
    return found


def matrix_of(design: Design, frame: Any) -> Floats:
    """(rows, columns) from the columns of ``frame``. Raises KeyError, ValueError, TypeError where it does not fit."""
    rows = len(frame)
    columns = {str(c): frame[c] for c in frame.columns}
    values = [_factor(f, columns) for f in design["factors"]]
    parts = [_subterm(sub, values, rows) for term in design["terms"] for sub in term]
    return np.asfortranarray(np.concatenate(parts, axis=1)) if parts else np.empty((rows, 0))


def _factor(factor: Mapping[str, Any], columns: Mapping[str, Any]) -> Any:
    value = np.asarray(_value(_parsed(str(factor["code"])), columns))
    levels: Sequence[Any] | None = factor["levels"]
    if levels is None:
        return np.asarray(value, dtype=np.float64)
    known = {level: k for k, level in enumerate(levels)}
    missing = value != value  # noqa: PLR0124  # NaN and NaT, in an array of objects too
    codes = [-1 if gone else known.get(_level(v), -2) for v, gone in zip(value, missing, strict=True)]
    if -2 in codes:
        raise ValueError(f"{factor['code']} has {value[codes.index(-2)]!r}, and the fit had {levels}")
    return np.array(codes)


def _subterm(sub: Mapping[str, Any], values: Sequence[Any], rows: int) -> Floats:
    blocks = []
    for number, contrasts in zip(sub["factors"], sub["contrasts"], strict=True):
        value = values[int(number)]
        if contrasts is None:
            blocks.append(np.broadcast_to(value, (rows,))[:, None])
        else:
            table = np.array([*contrasts, [np.nan] * len(contrasts[0])], dtype=np.float64)
            blocks.append(table[value])  # -1: missing, the last row
    out = []
    for numbers in itertools.product(*(range(b.shape[1]) for b in reversed(blocks))):
        column = np.ones(rows)
        for block, number in zip(blocks, reversed(numbers), strict=True):
            column = column * block[:, number]
        out.append(column)
    return np.stack(out, axis=1)


class _Recorder(Mapping[str, Any]):
    """Columns of one number each, which writes down what was asked for."""

    def __init__(self, found: list[str]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found.append(name)
        return np.ones(1)

    def __iter__(self) -> Any:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _parsed(code: str) -> ast.expr:
    try:
        return ast.parse(code, mode="eval").body
    except (SyntaxError, RecursionError) as error:
        raise ValueError(f"no expression: {code[:60]!r}") from error


def _value(node: ast.expr, columns: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=int() | float() as number):
            return float(number)  # a power of whole numbers could grow without end
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, columns))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, columns), _value(right, columns))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, columns), _value(right, columns))
        case ast.Call(func=ast.Name(id="Q"), args=[ast.Constant(value=str() as name)], keywords=[]):
            return columns[name]
        case ast.Call(func=ast.Name(id="I"), args=[inner], keywords=[]):
            return _value(inner, columns)
        case ast.Call(func=ast.Name(id="C"), args=[inner, *_]):
            return _value(inner, columns)  # its contrasts are in the design
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name), args=args, keywords=[]
        ) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(a, columns) for a in args))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in {
            "abs",
            "log",
            "exp",
            "sqrt",
        }:
            return _FUNCTIONS[name](*(_value(a, columns) for a in args))
    raise ValueError(f"{ast.unparse(node)[:60]} is not computed here")


def _level(value: Any) -> Any:
    """A category as JSON has it. Raises ValueError for what is neither a number nor text."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"a category is a {type(value).__name__}")
