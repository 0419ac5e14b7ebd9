"""The operators: one declaration each. A new operator is a new entry here plus its reference and its kernel."""

from alpha_bench.operators.custom import ABOUT_THE_NODE, OWN, OwnFunction, define, function_of, parameter
from alpha_bench.operators.declared import OPERATORS, operator
from alpha_bench.operators.params import Param, SessionCount, Value, sessions_of
from alpha_bench.operators.spec import Kind, Operator, Reach

__all__ = [
    "ABOUT_THE_NODE",
    "OPERATORS",
    "OWN",
    "Kind",
    "Operator",
    "OwnFunction",
    "Param",
    "Reach",
    "SessionCount",
    "Value",
    "define",
    "function_of",
    "operator",
    "parameter",
    "sessions_of",
]
