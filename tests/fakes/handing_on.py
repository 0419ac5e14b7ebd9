"""A server in front of another, which knows accounts as MLflow's basic-auth application does."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextlib.contextmanager
def in_front_of(
    server: str, *, account: str, heard: Callable[[str], None] = lambda _path: None
) -> Iterator[str]:
    """A server that says who one is, and hands everything else on; ``heard`` gets the path of each request."""

    class Handler(BaseHTTPRequestHandler):
        def hand_on(self) -> None:
            heard(self.path)
            if self.path == "/api/2.0/mlflow/users/current":
                return self.answer(200, {}, json.dumps({"user": {"username": account}}).encode())
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
            asked = urllib.request.Request(
                server + self.path, data=body or None, headers=headers, method=self.command
            )
            try:
                with urllib.request.urlopen(asked) as got:
                    return self.answer(got.status, dict(got.headers), got.read())
            except urllib.error.HTTPError as error:
                return self.answer(error.code, dict(error.headers), error.read())

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = hand_on  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=front.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{front.server_address[1]}"
    finally:
        front.shutdown()
        thread.join()
        front.server_close()
