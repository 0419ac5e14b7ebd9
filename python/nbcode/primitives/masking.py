"""No password in any text: what stands between ``//`` and ``@`` of an address is never shown."""

from __future__ import annotations

import re

_USERINFO = re.compile(
    r"""(?<=://)(?:[^\s/?#'"<>]*@        # as RFC 3986 has it
        |[^\s/:@'"<>]+:(?!\d+/)[^\s'"<>]*@  # a password with a slash in it, which is none but is written
        )""",
    re.VERBOSE,
)


def masked(text: str) -> str:
    """``text`` with the user and password of every address in it as ``***``."""
    return _USERINFO.sub("***@", text) if "@" in text else text


def has_userinfo(uri: str) -> bool:
    """Whether the address ``uri`` holds a user or a password."""
    return masked(uri) != uri
