"""The platform's names in a namespace, the same in the three places that run cells, and which cell an exception came from."""

from nbcode.namespace.active import ActiveSession, load_panel, open_session, open_session_lazily, read_inputs
from nbcode.namespace.cell_errors import CellName, Code, cell_file, diagnostic_of, in_file, located
from nbcode.namespace.source import DataSource, InputFile, PanelFiles
from nbcode.namespace.statements import Statements, beside_a_loop

__all__ = [
    "ActiveSession",
    "CellName",
    "Code",
    "DataSource",
    "InputFile",
    "PanelFiles",
    "Statements",
    "beside_a_loop",
    "cell_file",
    "diagnostic_of",
    "in_file",
    "load_panel",
    "located",
    "open_session",
    "open_session_lazily",
    "read_inputs",
]
