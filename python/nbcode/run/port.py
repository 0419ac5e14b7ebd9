"""The port: what executes a plan, on this machine or elsewhere, and can be asked about the run later by any process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from nbcode.primitives import Json, dataclass
from nbcode.run.values import ResultManifest, RunEvent, RunPlan, RunRecord

START = ""
"""The cursor before the first event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReference:
    """How a run is found again, by another process or on another machine. ``runner`` is the kind of runner that has it."""

    runner: str
    run_id: str

    def to_json(self) -> dict[str, Json]:
        """``RunReference.from_json(r.to_json()) == r``."""
        return {"runner": self.runner, "run_id": self.run_id}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> RunReference:
        """Back from :meth:`to_json`. Raises ``ValueError`` for anything else."""
        if set(data) != {"runner", "run_id"} or not all(isinstance(v, str) for v in data.values()):
            raise ValueError("not the reference of a run")
        return cls(runner=str(data["runner"]), run_id=str(data["run_id"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What happened since a cursor. ``cursor`` is where to ask from next; ``record`` says how the run ended, and is there
    exactly when ``events`` are the last: a run that nobody has any more ends as ``lost``. ``waits`` says what keeps a run from beginning, where it
    has not and that is more than a matter of seconds."""

    events: tuple[RunEvent, ...]
    cursor: str
    record: RunRecord | None = None
    waits: str = ""

    def after(self, told: str) -> tuple[RunEvent, ...]:
        """The events, and for a reader who was ``told`` what it waits for another time what it waits for now."""
        new = self.waits and self.waits != told
        return (
            (RunEvent(kind="note", name="waits", elapsed_s=0.0, text=self.waits), *self.events)
            if new
            else self.events
        )


class Runner(Protocol):
    """Executes plans. No method waits for a run; none raises for what the user's code does: that is in the record.

    ``kind`` is the name of this kind of runner, as in its references; ``detached`` says whether a run goes on when the process
    that submitted it has ended; ``place`` is where runs of it are, as whoever else asks for them must say it, empty on this machine.
    """

    kind: str
    detached: bool
    place: str

    def submit(self, plan: RunPlan) -> RunReference:
        """Have ``plan`` run. To submit again what runs or has run, from whatever process, is success and starts nothing.

        Raises ``NbcodeError``: NBC-H23 when another content has run under this name; or it cannot be run now.
        """
        ...

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        """The events after the cursor ``since``, in order, none left out and none made up. Any process may ask, from any
        cursor that an observation of this run gave it, as often as it likes, also when the run is over.

        Raises ``NbcodeError`` when the runner cannot be asked now: that says nothing of the run.
        """
        ...

    def cancel(self, reference: RunReference) -> None:
        """Ask for its end. Returns at once; the run ends as KILLED, unless it had ended before. Of a run that is over, or of
        which nobody knows, it is no error."""
        ...

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        """Put the result of a FINISHED run into the directory ``into``, whole and with every digest checked; again is fine.

        Raises ``NbcodeError``: NBC-H15 when it was discarded, NBC-I06 when there is none or it is not what its manifest says.
        ``into`` is then not there, or as it was.
        """
        ...

    def keep(self, reference: RunReference, place: Path) -> None:
        """Have in the folder ``place`` what is known of the run: its events so far and, when it is over, its log, its executed notebook and last
        its record. A runner that writes there itself does nothing; neither does any for a run that nobody knows.

        Raises ``NbcodeError`` when the runner cannot be asked now.
        """
        ...

    def discard(self, reference: RunReference) -> None:
        """Let go of the result of a run that is over. What was seen of it can still be observed. Again is fine."""
        ...
