"""Whether the servers of a promote answer, asked beside the build: one that is away is reported before the run, not after it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from nbcode.configuration import Workspace
from nbcode.primitives import Diagnostic, NbcodeError

PATIENCE_S = 10.0


def asked_of_servers(
    workspace: Workspace, journal_schema: Callable[[Workspace], object]
) -> tuple[Callable[[], None], ...]:
    """A quick question to each server in use. Where the store has everything there is none, and nothing to wait for."""
    asked: list[Callable[[], None]] = []
    registry = workspace.registry
    if registry is not None:

        def registry_answers() -> None:
            from nbcode.registry._knock import knock

            knock(registry.uri, registry.named_by("registry", "uri"))

        asked.append(registry_answers)
    if workspace.journal is not None:

        def journal_answers() -> None:
            journal_schema(workspace)

        asked.append(journal_answers)
    return tuple(asked)


class Knocks:
    """Each knock raises ``NbcodeError`` when its server is away; all begin at once, in threads of their own."""

    def __init__(self, knocks: Sequence[Callable[[], None]]) -> None:
        """Begin."""
        self._away: dict[int, tuple[Diagnostic, ...]] = {}
        self._threads = [
            threading.Thread(target=self._knock, args=(number, knock), name="nbcode-knock", daemon=True)
            for number, knock in enumerate(knocks)
        ]
        for thread in self._threads:
            thread.start()

    def answered(self) -> None:
        """Raise ``NbcodeError`` with every server that is away. One that stays silent for ``PATIENCE_S`` is not waited for:
        whoever needs it says so."""
        until_s = time.monotonic() + PATIENCE_S
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        away = [diagnostic for _, found in sorted(self._away.items()) for diagnostic in found]
        if away:
            raise NbcodeError(away)

    def _knock(self, number: int, knock: Callable[[], None]) -> None:
        with contextlib.suppress(
            Exception
        ):  # what is no answer to the question is reported by whoever needs the server
            try:
                knock()
            except NbcodeError as error:
                self._away[number] = error.diagnostics
