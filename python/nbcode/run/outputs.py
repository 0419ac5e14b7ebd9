"""How much of what a cell prints and shows is kept, on both sides of the kernel's sockets."""

from __future__ import annotations

from nbcode.primitives import encodable

EDGE_CHARACTERS = 64 << 10
"""Of a stream of a cell: so many at its beginning, and so many at its end."""
MOST_DISPLAYS = 1_000
MOST_DISPLAYED_BYTES = 16 << 20


def shortened(text: str) -> str:
    """``text``, encodable, or its first and last 64 Ki characters with what is left out between them said."""
    if len(text) <= 2 * EDGE_CHARACTERS:
        return encodable(text)
    said = left_out(len(text) - 2 * EDGE_CHARACTERS)
    return encodable(text[:EDGE_CHARACTERS]) + said + encodable(text[-EDGE_CHARACTERS:])


def left_out(characters: int) -> str:
    """The line that stands where so many characters stood."""
    size = f"{characters / 1e6:.1f} MB" if characters >= 100_000 else f"{characters / 1e3:.1f} kB"
    return f"\n[{size} left out: {characters:,} characters]\n"


def size_of(value: object) -> int:
    """About the bytes that ``value``, the content of a message, takes."""
    if isinstance(value, str | bytes | bytearray):
        return len(value)
    if isinstance(value, dict):
        return sum(map(size_of, value.keys())) + sum(map(size_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    return 8
