"""The operators: one declaration each. A new operator is a new entry here plus its reference and its kernel."""

from alpha_bench.operators.declared import OPERATORS, operator
from alpha_bench.operators.params import Param, Value, sessions_of
from alpha_bench.operators.spec import Kind, Operator, Reach

__all__ = ["OPERATORS", "Kind", "Operator", "Param", "Reach", "Value", "operator", "sessions_of"]
