"""Inside the sandbox: what the kernel and the judge have in common: the plan's data, compiled kernels, the pins."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from nbcode.namespace import DataSource, InputFile, PanelFiles
from nbcode.primitives import Diagnostic
from nbcode.run.inside import INPUT, PRICES, REFERENCE, InsidePlan
from nbcode.run.numba_names import place_kernels
from nbcode.sandbox.pins import pin_problems


def take_kernels(plan: InsidePlan, scratch: Path) -> None:
    """Copy the compiled kernels of the plan, where it has any, to where numba looks below ``scratch``."""
    if plan.numba_cache is not None:
        spec = importlib.util.find_spec("alpha_bench")
        assert spec is not None
        assert spec.origin is not None
        place_kernels(Path(plan.numba_cache), scratch / "numba", Path(spec.origin).parents[1])


def data_source(plan: InsidePlan) -> DataSource:
    """What the plan declares, as paths."""
    by_role = {one.role: one for one in plan.inputs}
    prices, reference = by_role.get(PRICES), by_role.get(REFERENCE)
    panel = None
    if prices is not None:
        panel = PanelFiles(
            prices=Path(prices.path),
            reference=None if reference is None else Path(reference.path),
            derive=prices.derive,
            date_column=prices.date_column,
            symbol_column=prices.symbol_column,
            layout=prices.layout,
            name=prices.name,
            wanted=fields_wanted(plan.definition),
            there=None if prices.source is None else prices.source.columns_here,
        )
    extra = tuple(
        InputFile(name=one.name, path=Path(one.path), place=None if one.place is None else Path(one.place))
        for one in plan.inputs
        if one.role == INPUT
    )
    columns = None if plan.columns is None else Path(plan.columns)
    return DataSource(panel_files=panel, inputs=extra, columns=columns)


def fields_wanted(definition: str) -> frozenset[str] | None:
    """The fields that a run of this definition (empty: of plain Python cells) reads of its panel; None: whatever there are."""
    if not definition:
        return None
    from alpha_bench.describe import fields_read

    return fields_read(json.loads(definition))


def broken_pins(plan: InsidePlan) -> tuple[Diagnostic, ...]:
    """The conditions of bit-identity that do not hold in this process."""
    return pin_problems(
        loaded_libraries(),
        expected_core=plan.core_type,
        hash_randomised=bool(sys.flags.hash_randomization),
    )


def loaded_libraries() -> list[dict[str, Any]]:
    """The numerical libraries that this process has loaded, as threadpoolctl tells them."""
    from threadpoolctl import threadpool_info

    found: list[dict[str, Any]] = threadpool_info()
    return found


def told_libraries() -> list[str]:
    """The same as one line each, for the result manifest."""
    return sorted(
        f"{one['internal_api']} {one.get('version')} {one.get('architecture', '')} threads={one['num_threads']}"
        for one in loaded_libraries()
    )
