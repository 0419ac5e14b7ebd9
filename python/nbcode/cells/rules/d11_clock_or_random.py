"""A tagged cell reads the clock or the keyboard, makes a unique id, or draws random numbers without a seed.

Why: the value is another one in every run, so what was reviewed cannot be built again. Unseeded draws are a warning: the clean
run seeds `random` and `numpy.random` with 0 before the first cell, and every generator that is made without a seed, so that two
clean runs draw the same, though not what the notebook's own kernel drew. A clock is a warning too (it is mostly a stop watch). The
keyboard and unique ids are errors.

Bad::

    # %% [features]
    noise = np.random.normal(size=100)

Good::

    # %% [features]
    rng = np.random.default_rng(7)
    noise = rng.normal(size=100)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.rules.calls import SEEDED_BY_THE_RUN, literal, seeds
from nbcode.cells.rules.edits import added_argument
from nbcode.cells.rules.generators import NOT_A_DRAW, SEEDED_BY_ARGUMENT, samples_rows
from nbcode.primitives import Diagnostic, Severity

CODE = "D11"
TITLE = "clock, unique id or unseeded random"

_CLOCKS = frozenset(
    """
    time.time time.time_ns datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    pandas.Timestamp.now pandas.Timestamp.today pandas.Timestamp.utcnow
    """.split()
)
_CLOCKS_BY_WORD = frozenset({"pandas.to_datetime", "pandas.Timestamp", "numpy.datetime64"})
_CLOCKS_WITHOUT_TIME = frozenset({"time.localtime", "time.gmtime", "time.ctime"})
_IDS = frozenset({"uuid.uuid1", "uuid.uuid4", "os.urandom", "random.SystemRandom"})


def check(context: Context) -> Iterator[Diagnostic]:
    """Each such call."""
    python_seeded = seeds(context, "random.seed")
    numpy_seeded = seeds(context, "numpy.random.seed")
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            kind = _kind(call, dotted, python_seeded=python_seeded, numpy_seeded=numpy_seeded)
            if kind is None:
                continue
            what, cause, fix = _WORDS[kind]
            yield finding(
                CODE,
                f"`{dotted or '.' + getattr(call.func, 'attr', 'sample')}()` {what}",
                facts.place_of(call),
                cause=cause,
                fixes=(added_argument(fix, facts, call, "random_state=0") if kind == "sample" else fix,),
                severity=Severity.ERROR if kind in _REFUSED else Severity.WARNING,
            )


_REFUSED = frozenset({"keyboard", "id"})
_ANOTHER = "the value is another one in every run"
_WORDS = {
    "keyboard": ("asks at the keyboard", _ANOTHER, "write the value as a constant"),
    "debugger": ("stops for a debugger", "nobody is there, and a clean run passes it over", "remove it"),
    "clock": ("reads the clock", _ANOTHER, "write the date as a constant, or take it from the data"),
    "id": ("makes a unique value", _ANOTHER, "write a constant"),
    "random": ("draws without a seed", SEEDED_BY_THE_RUN, "draw from np.random.default_rng(7)"),
    "sample": ("draws rows without a seed", SEEDED_BY_THE_RUN, "add random_state=0"),
}


def _kind(call: ast.Call, dotted: str, *, python_seeded: bool, numpy_seeded: bool) -> str | None:
    if dotted in {"input", "getpass.getpass"}:
        return "keyboard"
    if dotted in {"breakpoint", "pdb.set_trace"}:
        return "debugger"
    if dotted in _CLOCKS or (dotted in _CLOCKS_WITHOUT_TIME and not call.args):
        return "clock"
    if dotted in _CLOCKS_BY_WORD and call.args and literal(call.args[0]) in {"now", "today"}:
        return "clock"
    if dotted in _IDS or dotted.startswith("secrets."):
        return "id"
    if dotted in SEEDED_BY_ARGUMENT:
        given = bool(call.args or call.keywords) and not (
            call.args and literal(call.args[0]) is None and isinstance(call.args[0], ast.Constant)
        )
        return None if given else "random"
    last = dotted.rpartition(".")[2]
    if dotted.startswith("numpy.random.") and dotted.count(".") == 2:
        return None if numpy_seeded or last in NOT_A_DRAW else "random"
    if dotted.startswith("random.") and dotted.count(".") == 1:
        return None if python_seeded or last in NOT_A_DRAW else "random"
    return "sample" if samples_rows(call) and not numpy_seeded else None
