"""What a run on a cluster loads, loaded before it is asked for."""

from __future__ import annotations

from nbcode.configuration import ARGO


def load(on: str) -> None:
    """Load what submitting a run ``on`` a cluster takes, a second and a half of imports, while another process computes; nothing for a run of this machine."""
    if on == ARGO:
        from nbcode.run import _argo

        _argo.load_ahead()
