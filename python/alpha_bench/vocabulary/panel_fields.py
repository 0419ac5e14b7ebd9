"""``data``: the panel's fields as expressions. ``data.close`` is not computed; ``data.close.to_frame()`` is."""

from __future__ import annotations

from alpha_bench.expressions import (
    OF_DATA,
    Expr,
    bound_values_or_none,
    field,
    unknown_attribute,
    values_to_show,
)
from alpha_bench.names import VOCABULARY


class Data:
    """Fields by attribute or by item. With data bound, a field that the panel does not have is refused where it is written."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Expr:
        source = bound_values_or_none()
        if source is not None and name not in source.field_names:
            raise unknown_attribute("data", name, source.field_names, OF_DATA)
        return field(name)

    def __dir__(self) -> list[str]:
        source, _ = values_to_show()
        return sorted(VOCABULARY["data"] if source is None else source.field_names)

    def __repr__(self) -> str:
        _, why = values_to_show()
        return f"data: {', '.join(dir(self)) if why is None else why}"


data = Data()
