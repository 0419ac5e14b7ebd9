"""Tagged cells to a definition, in a child process that has no data."""

from nbcode.definition.describing import describe_cells
from nbcode.definition.values import ChildOutcome, ChildRequest, Definition, DescribeResult, Launch

__all__ = [
    "ChildOutcome",
    "ChildRequest",
    "Definition",
    "DescribeResult",
    "Launch",
    "describe_cells",
]
