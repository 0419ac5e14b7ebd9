"""The numpy references of the element-wise operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.kernels.arrays import Implementation, Operand
from alpha_bench.runtime import Floats


def missing_unless_known(result: Operand | NDArray[np.bool_], *operands: Operand) -> Floats:
    """A condition's value as 1.0 or 0.0, and NaN where an operand is missing."""
    unknown: Any = False
    for operand in operands:
        unknown = unknown | np.isnan(operand)
    return np.where(unknown, np.nan, result)


def less(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.less(x, y), x, y)


def less_equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.less_equal(x, y), x, y)


def greater(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.greater(x, y), x, y)


def greater_equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.greater_equal(x, y), x, y)


def both(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.minimum(x, y), x, y)


def either(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.maximum(x, y), x, y)


def negation(x: Operand) -> Floats:
    return np.subtract(1.0, x)


def equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.equal(x, y), x, y)


def not_equal(x: Operand, y: Operand) -> Floats:
    return missing_unless_known(np.not_equal(x, y), x, y)


def signed_power(x: Operand, y: Operand) -> Floats:
    return np.multiply(np.sign(x), np.power(np.abs(x), y))


def known(x: Operand) -> Floats:
    return np.where(np.isfinite(x), 1.0, 0.0)


def logarithm(x: Operand) -> Floats:
    return np.where(np.equal(x, 0), np.nan, np.log(x))


ELEMENTS: Mapping[str, Implementation] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "lt": less,
    "le": less_equal,
    "gt": greater,
    "ge": greater_equal,
    "eq": equal,
    "ne": not_equal,
    "and": both,
    "or": either,
    "not": negation,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "signed_power": signed_power,
    "known": known,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "log": logarithm,
    "exp": np.exp,
    "sqrt": np.sqrt,
}
