"""Bytes that come in pieces, as lines of text. Each byte is handled a fixed number of times, however long a line is."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST_LINE_BYTES = 16 << 20


class Lines:
    """Collects pieces. Of a line that is longer than ``longest_bytes`` the beginning is kept, and the rest counted in ``dropped_bytes``."""

    def __init__(self, longest_bytes: int = LONGEST_LINE_BYTES) -> None:
        """What comes may be foreign: it is bounded, and need not be UTF-8."""
        self._longest_bytes = longest_bytes
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self.dropped_bytes = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that ``data`` completes, without their ends."""
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._hold(piece)
            line = b"".join(self._pieces).decode("utf-8", "replace")
            self._pieces, self._held_bytes = [], 0
            yield line
        self._hold(rest)

    def _hold(self, piece: bytes) -> None:
        kept = piece[: self._longest_bytes - self._held_bytes]
        self.dropped_bytes += len(piece) - len(kept)
        self._held_bytes += len(kept)
        if kept:
            self._pieces.append(kept)
