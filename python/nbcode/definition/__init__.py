"""Tagged cells to a definition, in a child process that has no data."""

from nbcode.definition.describing import asked_of, describe_cells
from nbcode.definition.values import ChildOutcome, ChildRequest, Definition, DescribeResult, Launch

__all__ = [
    "ChildOutcome",
    "ChildRequest",
    "Definition",
    "DescribeResult",
    "Launch",
    "asked_of",
    "describe_cells",
]
