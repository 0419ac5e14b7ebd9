"""Foreign text (of exceptions, file names, notebooks) at the door: it may hold half characters, which no file and no stream takes."""

from __future__ import annotations


def encodable(text: str) -> str:
    """``text`` with half characters written as escapes: ``encodable(t).encode()`` never fails, and is ``t.encode()`` where that does not."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
