"""No password in any text: what an address holds of users, passwords and keys is never shown."""

from __future__ import annotations

import re

_USERINFO = re.compile(
    r"""(?:(?<=://)|(?<=:///)|(?<=:\\\\)|(?<![:\w/])(?<=//))(?:[^\s/?#'"<>]*(?:@|%40)  # as RFC 3986 has it, however the slashes are written
        |[^\s/:@'"<>]+:(?!\d+/)[^\s'"<>]*@  # a password with a slash in it, which is none but is written
        )""",
    re.VERBOSE,
)
_QUERY = re.compile(
    r"""(?P<name>[?&;]\w*(?:passw(?:or)?d|passwd|pwd|pass|token|secret|key|credentials?|sig|signature|auth)=)[^\s&;#'"<>]+""",
    re.IGNORECASE,
)
_BARE = re.compile(r"[/\\]*[^\s:/@'\"<>]+:[^\s/@'\"<>]+@[^\s@]+")


def masked(text: str) -> str:
    """``text`` with the user and password of every address in it, and what its query names as a secret, as ``***``."""
    if "@" in text or "%40" in text:
        text = _USERINFO.sub("***@", text)
    return _QUERY.sub(r"\g<name>***", text) if "=" in text else text


def has_userinfo(uri: str) -> bool:
    """Whether the address ``uri`` holds a user, a password or a key, in whatever part of it."""
    return masked(uri) != uri or _BARE.fullmatch(uri) is not None
