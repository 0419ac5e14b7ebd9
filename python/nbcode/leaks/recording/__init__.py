"""The recorder: what the cells of a run learn from, apply and measure, while they run."""

from nbcode.leaks.recording.hooks import FORETELLS
from nbcode.leaks.recording.judged_before import JudgedBefore
from nbcode.leaks.recording.kept import Kept
from nbcode.leaks.recording.recorder import AllCallsMade, Recorder
from nbcode.leaks.recording.watch import WATCH, Watch, named

__all__ = [
    "FORETELLS",
    "WATCH",
    "AllCallsMade",
    "JudgedBefore",
    "Kept",
    "Recorder",
    "Watch",
    "named",
]
