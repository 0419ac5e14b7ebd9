"""What git says on failure, in the words of section F. Pure; git is asked to speak plain English (``LC_ALL=C``)."""

from __future__ import annotations

from nbcode.primitives import Diagnostic, Place

_BY_WORDS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (
        ("dubious ownership", "unsafe repository"),
        "F02",
        "the repository belongs to another user",
        "`git config --global --add safe.directory DIRECTORY`, if you trust it",
    ),
    (
        (
            "unknown repository extension",
            "unknown value for 'extensions",
            "repo version",
            "unknown object format",
            "unsupported",
        ),
        "F10",
        "the repository has a format that this git does not know",
        "use the git that made the repository",
    ),
    (
        (
            "unable to write",
            "no space left",
            "read-only file system",
            "permission denied",
            "insufficient permission",
            "quota",
        ),
        "F07",
        "the repository cannot be written",
        "make room, or make its `objects` and `refs` writable",
    ),
    (
        (
            "corrupt",
            "bad object",
            "loose object",
            "unable to unpack",
            "unable to parse",
            "bad tree",
            "broken",
        ),
        "F08",
        "the repository is damaged",
        "`git fsck --full`, then restore what it names from a clone",
    ),
)
_OTHER = ("F07", "git could not keep the notebook", "try the command by hand, then again")


def failure(command: str, said: str, repository: str) -> Diagnostic:
    """The finding for a git ``command`` that failed and ``said`` something on standard error."""
    words = said.lower()
    known = (
        (code, message, fix) for needles, code, message, fix in _BY_WORDS if any(n in words for n in needles)
    )
    code, message, fix = next(known, _OTHER)
    last = next((line for line in said.splitlines() if line.strip()), "it said nothing")
    return refusal(code, message, f"git {command}: {last.strip()[:300]}", fix, repository)


def refusal(code: str, message: str, cause: str, fix: str, path: str) -> Diagnostic:
    """A finding of section F at a place on disk."""
    return Diagnostic(
        code=f"NBC-{code}", message=message, cause=cause, fixes=(fix,), place=Place(path=path or None)
    )
