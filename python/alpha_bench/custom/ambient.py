"""What a process is surrounded by: the clock, chance that others share, the machine. A value that asks for it is another one elsewhere."""

from __future__ import annotations

import ast
from typing import TypeAlias

Asked: TypeAlias = tuple[str, str]
"""What is asked, and the way out."""

_CLOCK = (
    "asks the clock by {written}, so another day gives another value",
    "give the day as an input or a parameter, or write it: date(2024, 1, 2)",
)
_CHANCE = (
    "draws by {written} without a seed of its own, so another run gives another value",
    "make a generator inside and seed it: np.random.default_rng(7)",
)
_MACHINE = (
    "asks the process or machine by {written}, so another one gives another value",
    "give it as a parameter",
)
_HASHED = (
    "asks for {written}, which is another number in another process",
    "number texts by zlib.crc32(text.encode())",
)

_NOW = frozenset({"now", "today", "utcnow"})
_TIME = frozenset({"clock_gettime", "clock_gettime_ns", "time", "time_ns"})
_TIME_OF_NOTHING = {"asctime": 0, "ctime": 0, "gmtime": 0, "localtime": 0, "strftime": 1}
"""Functions of ``time`` that ask the clock when they are given no more than so many arguments."""
_SEEDED = frozenset(
    "BitGenerator Generator MT19937 PCG64 PCG64DXSM Philox RandomState SFC64 SeedSequence default_rng Random".split()
)
_OS = frozenset(
    "cpu_count getcwd getcwdb getgid getloadavg getlogin getpid getppid getuid process_cpu_count times uname urandom".split()
)
_EVERYTHING = frozenset({"getpass", "locale", "platform", "psutil", "resource", "secrets"})
_UUID = frozenset({"getnode", "uuid1", "uuid4", "uuid6", "uuid7"})


def asks(path: str, call: ast.Call | None, written: str) -> Asked | None:
    """What ``path``, the full name of what is read (``numpy.random.normal``), asks for beside the inputs of a function.

    ``call`` is the call of it, where it is called; ``written`` is how the code says it.
    """
    found = _asked(path.split("."), call)
    return None if found is None else (found[0].format(written=written), found[1])


def _asked(path: list[str], call: ast.Call | None) -> Asked | None:
    top, last = path[0], path[-1]
    if len(path) == 1:
        return None  # a module
    if top == "random" or (top == "numpy" and "random" in path[1:-1]):
        return _drawn(last, call)
    if (top in {"datetime", "pandas", "pendulum", "arrow"} and last in _NOW) or _said_today(top, call):
        return _CLOCK
    if top == "time" and (last in _TIME or _of_nothing(last, call)):
        return _CLOCK
    if top == "builtins" and last in {"hash", "id"}:
        return _HASHED
    if top in _EVERYTHING:
        return _MACHINE
    machine = (top in {"os", "posix"} and last in _OS) or (top == "uuid" and last in _UUID)
    return _MACHINE if machine else None


def _drawn(last: str, call: ast.Call | None) -> Asked | None:
    """Whether a name of ``random`` or ``numpy.random`` is more than a generator that is given its seed."""
    if last in {"mtrand", "bit_generator"}:
        return None  # the beginning of a longer name
    if last not in _SEEDED:
        return _CHANCE
    if call is None:
        return None
    given = [*call.args, *(k.value for k in call.keywords)]
    return None if any(not (isinstance(v, ast.Constant) and v.value is None) for v in given) else _CHANCE


def _of_nothing(last: str, call: ast.Call | None) -> bool:
    most = _TIME_OF_NOTHING.get(last)
    return most is not None and (call is None or len(call.args) + len(call.keywords) <= most)


def _said_today(top: str, call: ast.Call | None) -> bool:
    """``pd.Timestamp("now")``, ``np.datetime64("today")``."""
    return (
        top in {"numpy", "pandas"}
        and call is not None
        and any(
            isinstance(v, ast.Constant) and v.value in _NOW
            for v in (*call.args, *(k.value for k in call.keywords))
        )
    )
