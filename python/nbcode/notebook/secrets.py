"""Texts that look like a credential. Only forms that nothing else has: a false alarm here teaches people to look away."""

from __future__ import annotations

import functools
import re

# Every repetition is bounded, or starts where nothing before it could have: a hostile text is searched in linear time.
_FORMS = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|sk_live_[A-Za-z0-9]{16,}|AIza[0-9A-Za-z_-]{30,}"
    r"|hf_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}"
    r"|-----BEGIN (?:[A-Z]+ ){0,4}PRIVATE KEY"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|(?P<url>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^/\s:@'\"{}]{1,200}:)[^/\s:@'\"{}]{3,200}@"
)


@functools.cache
def _secret() -> re.Pattern[str]:
    """Compiled when a text is first searched: that takes some milliseconds."""
    return re.compile(_FORMS)


def masked_secret(text: str) -> str | None:
    """The first secret in ``text``, cut to four characters, or None."""
    found = _secret().search(text)
    if found is None:
        return None
    if found["url"]:
        return "a password inside a URL"
    return found[0][:4] + "*" * 8


def find_secret(text: str) -> tuple[int, str] | None:
    """Where the first secret stands in ``text`` (offset) and its masked form, or None."""
    found = _secret().search(text)
    masked = masked_secret(text)
    return None if found is None or masked is None else (found.start(), masked)
