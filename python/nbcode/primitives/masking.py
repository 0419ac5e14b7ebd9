"""No password in any text: what an address holds of users, passwords and keys is never shown."""

from __future__ import annotations

import re

# Compiled by `re` when first used, and kept there: the start of the program has no address to show.
_USERINFO = r"""(?x)
    (?:(?<=://)|(?<=:///)|(?<=:\\\\)|(?<=//)(?<!.//)|(?<=[^:\w/]//))
        (?:[^\s/?#'"<>]*(?:@|%40)  # as RFC 3986 has it, however the slashes are written
        |[^\s/:@'"<>]+:(?!\d+/)[^\s'"<>]*@)  # a password with a slash in it, which is none but is written
    |(?<=\w\w:/)(?!/)[^\s/:?#@'"<>]+:[^\s/@'"<>]*(?:@|%40)  # one slash
    |(?<![\w:/@.%-])[^\s/:@'"<>()\[\]{},=]+:[^\s/@'"<>()\[\]{},=]+(?:@|%40)(?=[\w.-]{4})  # no scheme and no slash
    """
_QUERY = r"""(?i)(?P<name>[?&;]\w*(?:passw(?:or)?d|passwd|pwd|pass|token|secret|key|credentials?|sig|signature|auth)=)[^\s&;#'"<>]+"""
# As libpq, TOML, JSON and Python write them. A bare value only of a password: `key=len` is code.
_KEYED = r"""(?ix)(?P<name>(?<![\w?&;])\w*(?:
    (?:passw(?:or)?d|passwd|pwd|passphrase)(?:['"]?\s*[=:]\s*(?=['"])|\s*=\s*)
    |(?:token|secret|api_?key|access_?key|credentials?)['"]?\s*[=:]\s*(?=['"])
    ))(?:"[^"\n]*"|'[^'\n]*'|[^\s,;)'"<>]+)"""
_BARE = r"[/\\]*[^\s:/@'\"<>]+:[^\s/@'\"<>]+@[^\s@]+"


def masked(text: str) -> str:
    """``text`` with the user and password of every address in it, and what its query or a setting names as a secret, as ``***``."""
    if "@" in text or "%40" in text:
        text = re.sub(_USERINFO, "***@", text)
    if "=" in text:
        text = re.sub(_QUERY, r"\g<name>***", text)
    if "=" in text or ":" in text:
        text = re.sub(_KEYED, r"\g<name>***", text)
    return text


def has_userinfo(uri: str) -> bool:
    """Whether the address ``uri`` holds a user, a password or a key, in whatever part of it."""
    return masked(uri) != uri or re.fullmatch(_BARE, uri) is not None
