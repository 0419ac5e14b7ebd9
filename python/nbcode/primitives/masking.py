"""No password in any text: what an address holds of users, passwords and keys is never shown."""

from __future__ import annotations

import re

# Compiled by `re` when first used, and kept there: the start of the program has no address to show.
_USERINFO = r"""(?x)(?:(?<=://)|(?<=:///)|(?<=:\\\\)|(?<![:\w/])(?<=//))(?:[^\s/?#'"<>]*(?:@|%40)  # as RFC 3986 has it, however the slashes are written
        |[^\s/:@'"<>]+:(?!\d+/)[^\s'"<>]*@  # a password with a slash in it, which is none but is written
        )"""
_QUERY = r"""(?i)(?P<name>[?&;]\w*(?:passw(?:or)?d|passwd|pwd|pass|token|secret|key|credentials?|sig|signature|auth)=)[^\s&;#'"<>]+"""
_BARE = r"[/\\]*[^\s:/@'\"<>]+:[^\s/@'\"<>]+@[^\s@]+"


def masked(text: str) -> str:
    """``text`` with the user and password of every address in it, and what its query names as a secret, as ``***``."""
    if "@" in text or "%40" in text:
        text = re.sub(_USERINFO, "***@", text)
    return re.sub(_QUERY, r"\g<name>***", text) if "=" in text else text


def has_userinfo(uri: str) -> bool:
    """Whether the address ``uri`` holds a user, a password or a key, in whatever part of it."""
    return masked(uri) != uri or re.fullmatch(_BARE, uri) is not None
