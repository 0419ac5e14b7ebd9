"""Inside the kernel: what a cell prints and shows, bounded before it is sent.

1. Of the text of a stream the first and the last 64 Ki characters of each cell are sent; what is between is counted and said.
2. Of displays and widgets the first thousand, and no more than 16 MiB, of each cell are sent; the others are counted and said.
3. Texts of errors are shortened in the same way; half characters are written as escapes.
4. What changes the stream flushes the other one first, so that the order is the cell's own and not the clock's.

So neither an endless print nor a loop of displays costs more than the work of making them, and both give the same notebook each
time. It bounds what passes through the shell's own doors; the reader outside has bounds of its own.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from nbcode.primitives import encodable
from nbcode.run.outputs import (
    EDGE_CHARACTERS,
    MOST_DISPLAYED_BYTES,
    MOST_DISPLAYS,
    left_out,
    shortened,
    size_of,
)

_UNSAYABLE = "its message cannot be shown"
_MOST_TURNS = 1_000
_FLUSH_S = 0.05
_SHOWN = frozenset({"display_data", "update_display_data", "execute_result", "comm_open", "comm_msg"})
_TOLD = frozenset({"error", "execute_reply"})


class Outputs:
    """What the cell that runs now has sent. One a kernel."""

    def __init__(self, shell: Any, session: Any, streams: tuple[Any, Any]) -> None:
        """Take over the doors of ``shell`` and ``session``, and ``write`` and ``flush`` of ``streams``: standard output and error."""
        # One lock for both streams, since each may flush the other.
        self.lock = threading.RLock()
        self._send: Callable[..., Any] = session.send
        self._shown = self._shown_bytes = self._dropped = 0
        self._turns = 0
        self._last: _Stream | None = None
        self.streams = tuple(_Stream(self, stream) for stream in streams)
        self._own = streams
        self._shell_tells: Callable[..., Any] = shell._showtraceback  # noqa: SLF001
        shell._showtraceback = self._tell  # noqa: SLF001
        self.failed_display: BaseException | None = None
        self.told: BaseException | None = None
        self._shell = shell
        session.send = self._sent
        session.pack, session.unpack = _packed, _unpacked
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self.end)

    def restore_streams(self) -> None:
        """Where a cell left no stream at all, the kernel could not even answer."""
        for name, own in zip(("stdout", "stderr"), self._own, strict=True):
            if not callable(getattr(getattr(sys, name), "flush", None)):
                setattr(sys, name, own)

    def may_turn_to(self, stream: _Stream) -> bool:
        """Whether ``stream`` may still be sent from, now that it speaks; flushes the other one where that spoke last."""
        with self.lock:
            if self._last is not stream:
                if self._last is not None:
                    self._last.flush_now()
                self._last = stream
                self._turns += 1
            return self._turns <= _MOST_TURNS

    def _begin(self, _info: object) -> None:
        self._shown = self._shown_bytes = self._dropped = self._turns = 0
        self._last = self.failed_display = self.told = None

    def end(self, _result: object = None) -> None:
        """The cell is over, or tells its error: what was kept back comes out."""
        self.restore_streams()
        for stream in self.streams:
            stream.end()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.streams[0].note(
                f"\n[{dropped:,} displays left out: a cell keeps {MOST_DISPLAYS:,} of them, and {MOST_DISPLAYED_BYTES >> 20} MiB]\n"
            )

    @staticmethod
    def sayable(error: BaseException) -> BaseException:
        """``error``, or one of its name whose text can be had: the kernel puts it into its reply."""
        try:
            str(error)
        except Exception:
            kind: type[Exception] = type(type(error).__name__, (Exception,), {})
            return kind(_UNSAYABLE)
        return error

    def _tell(self, kind: Any, error: BaseException, lines: list[str]) -> Any:
        """The shell shows an exception: of the cell, or of what it displays."""
        self.end()
        self.told = self.told or error
        if getattr(self._shell.displayhook, "msg", None) is not None:
            self.failed_display = self.failed_display or error
        return self._shell_tells(kind, _ShownError(error), [shortened(line) for line in lines])

    def _sent(self, stream: Any, message: Any, content: Any = None, *arguments: Any, **options: Any) -> Any:
        kind = message["header"]["msg_type"] if isinstance(message, dict) else message
        body = message["content"] if isinstance(message, dict) else content
        if kind in _SHOWN and not self._may_show(body, options.get("buffers")):
            return None
        if kind == "clear_output":
            for one in self.streams:
                one.forget()
        if kind in _TOLD and isinstance(body, dict):
            for name in ("ename", "evalue"):
                if isinstance(body.get(name), str):
                    body[name] = shortened(body[name])
            if isinstance(body.get("traceback"), list):
                body["traceback"] = [shortened(str(line)) for line in body["traceback"]]
        return self._send(stream, message, content, *arguments, **options)

    def _may_show(self, body: object, buffers: Any) -> bool:
        with self.lock:
            size = size_of(body) + sum(memoryview(b).nbytes for b in buffers or ())
            if self._shown >= MOST_DISPLAYS or self._shown_bytes + size > MOST_DISPLAYED_BYTES:
                self._dropped += 1
                return False
            self._shown += 1
            self._shown_bytes += size
            if self._last is not None:
                self._last.flush_now()
                self._last = None
                self._turns += 1
            return True


class _ShownError:
    """An exception as the shell shows it, whose text can always be had."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __str__(self) -> str:
        try:
            return shortened(str(self._error))
        except Exception:
            return _UNSAYABLE


class _Stream:
    """``sys.stdout`` or ``sys.stderr`` of the kernel, whose ``write`` and ``flush`` are these."""

    def __init__(self, outputs: Outputs, stream: Any) -> None:
        self._outputs = outputs
        self._write: Callable[[str], Any] = stream.write
        self._flush: Callable[[], None] = stream.flush
        self._lock = outputs.lock
        self._pending = False
        self._flushed_at = 0.0
        self._sent = 0
        self._kept: list[str] = []
        self._kept_characters = 0
        self._left_out = 0
        stream.write, stream.flush = self.write, self.flush

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if not text:
            return 0
        with self._lock:
            room = EDGE_CHARACTERS - self._sent if self._outputs.may_turn_to(self) and not self._kept else 0
            if room > 0:
                head = text[:room]
                self._write(encodable(head))
                self._pending = True
                self._sent += len(head)
            if len(text) > room:
                self._keep(text[room:] if room > 0 else text)
        return len(text)

    def flush(self) -> None:
        """At most twenty times a second: the stream flushes itself a moment after each write."""
        if self._pending and time.monotonic() - self._flushed_at > _FLUSH_S:
            self.flush_now()

    def flush_now(self) -> None:
        with self._lock:
            if self._pending:
                self._pending = False
                self._flush()
                self._flushed_at = time.monotonic()

    def note(self, text: str) -> None:
        """Say something of nbcode's own."""
        self._write(text)
        self._pending = True
        self.flush_now()

    def forget(self) -> None:
        """What was kept back is cleared with what was shown."""
        with self._lock:
            self._kept, self._kept_characters, self._left_out = [], 0, 0

    def end(self) -> None:
        with self._lock:
            if self._kept:
                kept = "".join(self._kept)
                missing = self._left_out + max(0, len(kept) - EDGE_CHARACTERS)
                self.forget()
                self._write((left_out(missing) if missing else "") + encodable(kept[-EDGE_CHARACTERS:]))
                self._pending = True
            self._sent = 0
            self.flush_now()

    def _keep(self, text: str) -> None:
        last = text[-EDGE_CHARACTERS:]
        self._left_out += len(text) - len(last)
        self._kept.append(last)
        self._kept_characters += len(last)
        if self._kept_characters > 8 * EDGE_CHARACTERS:
            joined = "".join(self._kept)
            kept = joined[-EDGE_CHARACTERS:]
            self._left_out += len(joined) - len(kept)
            self._kept, self._kept_characters = [kept], len(kept)


def _json_default(value: object) -> object:
    from jupyter_client.jsonutil import json_default

    return json_default(value)


# Made before any cell runs: a cell that replaces `json.dumps` or `json.loads` changes its own, not the kernel's.
_ENCODE = json.JSONEncoder(default=_json_default, allow_nan=False).encode
_ENCODE_ANY = json.JSONEncoder(default=str).encode


_DECODE = json.JSONDecoder().decode


def _unpacked(data: bytes) -> object:
    return _DECODE(data.decode("utf-8", "replace"))


def _packed(message: object) -> bytes:
    """ASCII JSON: half characters travel as escapes."""
    try:
        return _ENCODE(message).encode("ascii")
    except (TypeError, ValueError):
        from jupyter_client.jsonutil import json_clean

        return _ENCODE_ANY(json_clean(message)).encode("ascii")
