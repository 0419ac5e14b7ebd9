"""What a database refuses, by its error codes, as what the user must see."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from nbcode.configuration import setting
from nbcode.primitives import Diagnostic
from nbcode.promotion.journal import JournalError

_PRIMARY = 0xFF  # the extended result codes of SQLite hold the primary one in their low byte
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL = frozenset({sqlite3.SQLITE_FULL})
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PG_LOCKED = frozenset({"55P03", "57014", "40P01", "40001"})
_PG_FULL = frozenset({"53100"})
_PG_DENIED = frozenset({"28000", "28P01", "42501", "3D000", "25006"})


@contextlib.contextmanager
def explained(place: str, wait_s: float) -> Iterator[None]:
    """Turn a database's error into a ``JournalError``. ``place`` names the database and holds no password."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise JournalError(refusal(error.orig, place, wait_s)) from error


def refusal(error: BaseException | None, place: str, wait_s: float) -> Diagnostic:
    """NBC-I01 for a lock that was not free in ``wait_s``, NBC-I29 for a server, else NBC-I15, with what can be done."""
    number = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    state = getattr(error, "sqlstate", None)
    text = str(error)
    if number in _LOCKED or state in _PG_LOCKED:
        return Diagnostic(
            code="NBC-I01",
            message=f"the journal is locked for more than {wait_s:g} s",
            cause=text,
            fixes=(
                "try again when the other nbcode has finished",
                "look for a hung process with `nbcode status`",
            ),
        )
    if number in _DAMAGED:
        return _unusable(
            "the journal is damaged",
            f"{place}: {text}",
            f"`{_aside(place)}`, then promote again: what the registry holds is found there, not made anew",
        )
    if number in _FULL or state in _PG_FULL:
        return _unusable("the journal cannot be written: the disk is full", f"{place}: {text}", "make room")
    if state in _PG_DENIED:
        return _unusable(
            "the journal's server refuses",
            f"{place}: {text}",
            "ask who runs it for the right to create tables",
        )
    if number == 0:
        return _away(place, text)
    return _unusable(
        "the journal cannot be read or written",
        f"{place}: {text}",
        "check the free space and the permissions of the store (.nbcode)",
    )


def _aside(place: str) -> str:
    """The command that moves a database away with the files beside it: a log that stayed would be read into the next one."""
    files = [place, *(name for end in ("-wal", "-shm", "-journal") if Path(name := place + end).exists())]
    aside = f"{place}.damaged"
    return shlex.join(["mkdir", aside]) + " && " + shlex.join(["mv", *files, aside])


def _away(place: str, text: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I29",
        message="the journal's server cannot be used",
        cause=f"{place}: {' '.join(text.split())}",
        fixes=(
            "nothing is lost: `nbcode resume` when the server is up; `nbcode doctor` tries it",
            "where it asks for a password: PGPASSWORD, or a line in ~/.pgpass",
            f"correct {setting('journal', 'uri')}",
        ),
    )


def _unusable(message: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code="NBC-I15", message=message, cause=cause, fixes=(fix,))
