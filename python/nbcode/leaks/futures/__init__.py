"""The cells again on other futures, and what of a session up to the cut is another then."""

from nbcode.leaks.futures.again import Again, Inputs, OpenSession, reseed
from nbcode.leaks.futures.compare import different
from nbcode.leaks.futures.looks import Looks
from nbcode.leaks.futures.refuted import without_refuted
from nbcode.leaks.futures.rescored import LOOKS_AHEAD
from nbcode.leaks.futures.unchanged import NO_FIT, NO_INPUTS, few_sessions, not_kept, nothing_dated

__all__ = [
    "LOOKS_AHEAD",
    "NO_FIT",
    "NO_INPUTS",
    "Again",
    "Inputs",
    "Looks",
    "OpenSession",
    "different",
    "few_sessions",
    "not_kept",
    "nothing_dated",
    "reseed",
    "without_refuted",
]
