"""A page, or the file it was written to: which of them the one argument of ``to_html`` asks for, by its type and suffix."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from alpha_bench.errors import CacheError
from alpha_bench.runtime import ForeignFileError, write_named

_PAGES = (".html", ".htm")


def page_or_file(
    target: str | os.PathLike[str] | None, draw: Callable[[str | None], str], title: str | None
) -> str:
    """``draw(title)``, written to ``target`` where that is a path: a ``Path``, or a text that ends in ``.html``; any other text is
    the title. What is returned is the page, or the path it was written to, as text.

    Raises:
        AlphaBenchError: R53 where it cannot be written, or a file that is no page is there. What was there before stays.
    """
    if isinstance(target, str) and not target.lower().endswith(_PAGES):
        return draw(title or target)
    page = draw(title)
    if target is None:
        return page
    path = Path(target).expanduser()
    try:
        write_named(path, page.encode(), durable=False, ours=is_page)
    except ForeignFileError:
        raise CacheError(
            "R53", f"a file that is no page is there: {path}", fix="name another file, or remove it"
        ) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CacheError(
            "R53",
            f"the page cannot be written to {path}: {why}",
            fix="name a folder that is there and can be written",
        ) from None
    return str(path)


def is_page(beginning: bytes) -> bool:
    """Whether a file begins as a page does."""
    return beginning.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html", b"<!--"))
