"""What a promote builds: the notebook as it is, or other bytes of it, or at another point in time."""

from __future__ import annotations

from nbcode.commands.fan_out import FanOutPlanner
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Anew:
    """What is built anew: the content ``data`` (None: that of the notebook's file) at the point in time ``as_of`` (None: that of its [meta]).
    ``local``: for a run of this machine. ``fan_out`` plans over how many runs the folds are spread; None where that is not wanted."""

    data: bytes | None = None
    as_of: str | None = None
    local: bool = True
    fan_out: FanOutPlanner | None = None


AS_IT_IS = Anew()
"""The notebook's file, and its own [meta]."""
