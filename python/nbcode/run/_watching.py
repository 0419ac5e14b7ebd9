"""Window: hears of what changes in nbcode's Workflows of a namespace, so that a controller looks when there is something to see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbcode.configuration import ArgoConfig
from nbcode.run._kubernetes import changed_workflows, connected

if TYPE_CHECKING:
    from lightkube import Client

_AGAIN_S, _AT_MOST_S = 1.0, 30.0


class Hearing:
    """Listens from the first :meth:`wait` on. A watch that ends, is refused or has fallen too far behind (410) begins anew: whoever waits looks at
    everything then, so that nothing is missed."""

    def __init__(self, client: Callable[[], Client]) -> None:
        """``client`` connects; it is asked again after a failure."""
        self._client = client
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def wait(self, seconds: float) -> None:
        """Return when something has changed since the last return, at the latest after ``seconds``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="nbcode-watch", daemon=True)
            self._thread.start()
        self._changed.wait(seconds)
        self._changed.clear()

    def _listen(self) -> None:
        pause_s = _AGAIN_S
        while True:
            try:
                with self._client() as client:
                    for _ in changed_workflows(client):
                        pause_s = _AGAIN_S
                        self._changed.set()
            except Exception:  # whatever it is, looking every few seconds goes on without it
                pause_s = min(pause_s * 2, _AT_MOST_S)
            self._changed.set()
            time.sleep(pause_s)


def hearing(argo: ArgoConfig) -> Hearing:
    """Of the Workflows of the cluster that nbcode.toml names."""
    return Hearing(lambda: connected(argo.context, argo.namespace))
