"""Tables that cells read from files and keep no name of: ``pd.read_csv(path)["close"].to_numpy()`` says of its dates nothing itself."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from nbcode.leaks.tables._pandas import is_frame

_READERS = (
    "read_csv",
    "read_table",
    "read_fwf",
    "read_parquet",
    "read_feather",
    "read_excel",
    "read_hdf",
    "read_json",
    "read_orc",
)
_MOST_TABLES = 8
_MOST_VALUES = 4_000_000


class Opened:
    """Keeps in :attr:`tables` what cells read, until :meth:`remove`. ``of_cells`` says of a file whether it has cells."""

    def __init__(self, of_cells: Callable[[str], bool]) -> None:
        self._of_cells = of_cells
        self._before: dict[str, Any] = {}
        self.tables: list[Any] = []

    def install(self) -> None:
        """Keep from now on what pandas reads, where it is imported."""
        pandas: Any = sys.modules.get("pandas")
        for name in _READERS if pandas is not None else ():
            self._before[name] = getattr(pandas, name)
            setattr(pandas, name, self._kept(self._before[name]))

    def remove(self) -> None:
        """Put the functions back."""
        for name, function in self._before.items():
            setattr(sys.modules["pandas"], name, function)
        self._before.clear()

    def _kept(self, function: Any) -> Any:
        @functools.wraps(function)
        def read(*args: Any, **keywords: Any) -> Any:
            made = function(*args, **keywords)
            ours = self._of_cells(sys._getframe(1).f_code.co_filename)  # noqa: SLF001 - whoever called
            if ours and is_frame(made) and made.size <= _MOST_VALUES:
                self.tables = [*self.tables[1 - _MOST_TABLES :], made.copy(deep=False)]
            return made

        return read
