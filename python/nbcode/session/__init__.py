"""The platform's names in a namespace, the same in the three places that run cells, and the end of a clean run."""

from nbcode.session.active import ActiveSession, begin, begin_lazily, load_panel
from nbcode.session.problems import CellName, Code, cell_file, diagnostic_of, placed
from nbcode.session.result import PYTHON_DEFINITION, PYTHON_DIGEST, Kind, ResultDraft
from nbcode.session.source import DataSource, InputFile, PanelFiles

__all__ = [
    "PYTHON_DEFINITION",
    "PYTHON_DIGEST",
    "ActiveSession",
    "CellName",
    "Code",
    "DataSource",
    "InputFile",
    "Kind",
    "PanelFiles",
    "ResultDraft",
    "begin",
    "begin_lazily",
    "cell_file",
    "diagnostic_of",
    "load_panel",
    "placed",
]
