"""A server on this machine that answers nothing useful and remembers every request."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fakes.authorities import Authority


@dataclass(frozen=True)
class Listener:
    """``requests``: method, path and headers of each, in the order in which they came."""

    uri: str
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextlib.contextmanager
def listener(
    status: int = 500, body: bytes = b"{}", *, kind: str = "", behind: Authority | None = None
) -> Iterator[Listener]:
    """Listens while inside; answers every request with ``status`` and ``body`` of the media type ``kind``; ``behind`` TLS, with a certificate
    of that authority."""
    heard: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.append((self.command, self.path, dict(self.headers)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if kind:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if behind is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(behind.server, behind.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        scheme = "http" if behind is None else "https"
        yield Listener(uri=f"{scheme}://127.0.0.1:{server.server_address[1]}", requests=heard)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
