"""The table of operators. Every one is causal by declaration; only ``fwd_ret`` looks ahead.

One convention for missing values: a NaN anywhere in what an operator looks at gives NaN. Operators that aggregate (rolling and
cross-sectional) treat an infinite value as missing too, as pandas does. Rolling operators include today and need a full window
(``min_periods = window``). Cross-sectional operators work over the assets that have a value on that session.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.operators.choices import CHOICES
from alpha_bench.operators.cross import CROSS
from alpha_bench.operators.custom import FUNCTIONS
from alpha_bench.operators.element import ELEMENTS
from alpha_bench.operators.forward import LABELS
from alpha_bench.operators.groups import GROUPS
from alpha_bench.operators.leaves import LEAVES
from alpha_bench.operators.series import SERIES
from alpha_bench.operators.spec import Operator

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        declared.name: declared
        for declared in (*LEAVES, *ELEMENTS, *CHOICES, *SERIES, *CROSS, *GROUPS, *LABELS)
    }
)


_OWN: Mapping[str, Operator] = {declared.name: declared for declared in FUNCTIONS}


def operator(name: str) -> Operator:
    """The operator called ``name``; also the one of custom features, which is not in the table: it has no kernel.

    Raises AlphaBenchError R07 with the nearest name.
    """
    found = OPERATORS.get(name) or _OWN.get(name)
    if found is not None:
        return found
    close = nearest(name, OPERATORS)
    raise DefinitionError(
        "R07",
        f"there is no operator {name!r}",
        fix=f"did you mean {close!r}?" if close else "see alpha_bench.operators",
    )
