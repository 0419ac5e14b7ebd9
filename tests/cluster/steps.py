"""Steps of set-up that say what they are and how long they took."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from cluster.layout import ClusterError, state

PATIENCE_S = 300.0
"""For what is waited for: enough on a machine that others use too, and never spent when all is well."""


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Says ``what`` and its seconds when it is done."""
    begun_s = time.monotonic()
    yield
    print(f"cluster: {what}: {time.monotonic() - begun_s:.1f} s", file=sys.stderr, flush=True)


def wait(what: str, holds: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
    """Until ``holds()``."""
    until_s = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > until_s:
            raise ClusterError(
                f"{what}: not after {patience_s:.0f} s", fix=f"read the logs in {state().processes}"
            )
        time.sleep(0.1)
