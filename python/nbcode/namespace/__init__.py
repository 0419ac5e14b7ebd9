"""The platform's names in a namespace, the same in the three places that run cells, and which cell an exception came from."""

from nbcode.namespace.active import ActiveSession, begin, begin_lazily, load_panel, read_inputs
from nbcode.namespace.problems import CellName, Code, cell_file, diagnostic_of, in_file, placed
from nbcode.namespace.source import DataSource, InputFile, PanelFiles

__all__ = [
    "ActiveSession",
    "CellName",
    "Code",
    "DataSource",
    "InputFile",
    "PanelFiles",
    "begin",
    "begin_lazily",
    "cell_file",
    "diagnostic_of",
    "in_file",
    "load_panel",
    "placed",
    "read_inputs",
]
