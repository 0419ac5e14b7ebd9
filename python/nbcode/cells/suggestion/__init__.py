"""``nbcode suggest``: for a notebook without tags, the model, the figures, the cells that they need, and ``[meta]``. Executes nothing."""

from nbcode.cells.suggestion.figures import FigureCandidate
from nbcode.cells.suggestion.horizon import Horizon
from nbcode.cells.suggestion.models import ModelCandidate
from nbcode.cells.suggestion.nearest import Nearest
from nbcode.cells.suggestion.proposal import Choice, SuggestedCell, Suggestion, named_figure, suggest

__all__ = [
    "Choice",
    "FigureCandidate",
    "Horizon",
    "ModelCandidate",
    "Nearest",
    "SuggestedCell",
    "Suggestion",
    "named_figure",
    "suggest",
]
