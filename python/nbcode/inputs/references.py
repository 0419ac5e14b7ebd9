"""What an input's uri may be: the path of a file or folder below the project's root. Pure: nothing is looked up, nothing asked of
a network, so a name that resolves to something else later cannot matter."""

from __future__ import annotations

import ipaddress
import re
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from nbcode.primitives import Diagnostic, Digest, Place, dataclass

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_DECLARED = re.compile(r"#sha256=([^#]*)$")
_DATES = re.compile(r"#date=([^#]+)$")
_META = Place(tag="meta")
_RELATIVE = "write it relative to the notebook, such as `../data/prices.csv`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A relative path, the column that says when a row was known (``data.csv#date=announced``; ``none``: no row has a date), and the digest
    that it must have (``data.csv#sha256=<64 hex>``), where the notebook says them."""

    name: str
    path: str
    expected: Digest | None
    dates: str | None = None


def parse_reference(name: str, uri: str) -> Reference | Diagnostic:
    """The reference that ``uri`` writes, or why it is refused (NBC-E02, E04, E05, E06)."""
    if scheme := _SCHEME.match(uri):
        return _remote(name, uri, scheme[1].lower())
    declared = _DECLARED.search(uri)
    path = uri[: declared.start()] if declared else uri
    dates = _DATES.search(path)
    path = path[: dates.start()] if dates else path
    if why := _unsafe(path):
        return _refused("E04", f"input `{name}` has the path {uri!r}", why, _RELATIVE)
    try:
        expected = Digest(f"sha256:{declared[1]}") if declared else None
    except ValueError:
        return _refused(
            "E02",
            f"input `{name}` declares a digest that is none",
            f"{declared[1] if declared else ''!r} is not 64 lower-case hexadecimal digits",
            "write the digest that `sha256sum` prints",
        )
    return Reference(name=name, path=path, expected=expected, dates=dates[1] if dates else None)


def _unsafe(path: str) -> str:
    """Why a path is not one below the root, or empty. Checked as written and as decoders would read it."""
    readings = {path}
    climbs = len(list(takewhile(lambda part: part == "..", path.split("/"))))
    for _ in range(3):
        readings |= {unquote(reading) for reading in readings}
    for reading in sorted(readings):
        parts = re.split(r"[/\\]", reading)
        if any(ord(character) < 32 or ord(character) == 127 for character in reading):
            return "it holds a control character"
        if any(0xD800 <= ord(character) <= 0xDFFF for character in reading):
            return "it is not valid Unicode"
        if [number for number, part in enumerate(parts) if part == ".."] != list(range(climbs)):
            return "`..` may stand in front only, as `../`"
        if parts[0] == "" or re.match(r"[A-Za-z]:", reading):
            return "it is absolute" if reading else "it is empty"
        if parts[0].startswith("~"):
            return "`~` is another directory on another machine"
    return ""


def _remote(name: str, uri: str, scheme: str) -> Diagnostic:
    download = "download the file below the project's root, and declare its path"
    if scheme not in {"http", "https"}:
        return _refused(
            "E05", f"input `{name}` has the scheme `{scheme}:`", "inputs are local files", download
        )
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        host = ""
    why = "it is an address of an internal network" if _is_internal(host) else "no host is allowed"
    return _refused(
        "E06", f"input `{name}` is at the host `{host}`", f"{why}; inputs are local files", download
    )


def _is_internal(host: str) -> bool:
    """Whether ``host`` writes, in any of the forms that resolvers take, an address that is not a public one."""
    try:
        address = ipaddress.ip_address(
            int(host, 0) if re.fullmatch(r"0[xX][0-9a-fA-F]+|[0-9]+", host) else host
        )
    except ValueError:
        return (
            host == "localhost"
            or host.endswith((".localhost", ".local", ".internal"))
            or _embeds_address(host)
        )
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def _embeds_address(host: str) -> bool:
    found = re.search(r"(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})", host)
    try:
        return found is not None and not ipaddress.ip_address(".".join(found.groups())).is_global
    except ValueError:
        return False


def _refused(code: str, message: str, cause: str, fix: str) -> Diagnostic:
    return Diagnostic(code=f"NBC-{code}", message=message, cause=cause, fixes=(fix,), place=_META)
