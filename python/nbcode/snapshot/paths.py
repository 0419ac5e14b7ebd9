"""Which names a snapshot takes: those that every git, every terminal and every JSON reader reads the same. Pure."""

from __future__ import annotations

from nbcode.primitives import Diagnostic, Place


def path_problem(path: str) -> Diagnostic | None:
    """NBC-F11 for a path inside a repository that tools disagree on, else None.

    ``path`` may hold the surrogates by which Python writes undecodable bytes.
    """
    parts = path.split("/")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in path):
        why = "it is not UTF-8"
    elif any(ord(character) < 32 or ord(character) == 127 for character in path):
        why = "it holds a control character, such as a new line"
    elif any(part.startswith("-") for part in parts):
        why = "a name that begins with `-` is read as an option"
    else:
        return None
    return Diagnostic(
        code="NBC-F11",
        message=f"the notebook's path {path!a} cannot be kept",
        cause=why,
        fixes=("rename the file or folder",),
        place=Place(path=ascii(path)[1:-1]),
    )
