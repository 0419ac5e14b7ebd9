"""What the program hands to a verb: the process's runtime, the request to end, and where to write."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from nbcode.cli.output import Output
from nbcode.primitives import dataclass

if TYPE_CHECKING:
    from nbcode.commands.calls import Commands
    from nbcode.primitives import Cancellation, Runtime


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One call of the program."""

    runtime: Runtime
    cancellation: Cancellation
    _outputs: list[Output] = field(default_factory=list)

    @property
    def commands(self) -> Commands:
        """Nbcode's commands, on the adapters of this machine."""
        from nbcode.wiring import commands

        return commands(self.runtime)

    def output(self, *, as_json: bool) -> Output:
        """Where the verb tells its result. It is written when the verb has returned its exit code."""
        made = Output(as_json=as_json)
        self._outputs.append(made)
        return made

    def emit(self) -> None:
        """Write what was reported."""
        for output in self._outputs:
            output.emit()
