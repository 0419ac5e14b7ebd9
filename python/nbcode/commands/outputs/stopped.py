"""What the outputs of several commands have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from nbcode.primitives import Judgement, LookAhead
from nbcode.primitives.json_schema import Written
from nbcode.primitives.wire import WireDiagnostic

Ended = Literal["done", "failed"]
Findings = Annotated[Sequence[Mapping[str, object]], Written(list[WireDiagnostic])]
LookAheadJson = Annotated[object, Written(LookAhead | None)]
JudgementJson = Annotated[object, Written(Judgement | None)]


class StoppedOutput(TypedDict):
    """Of any command that was stopped: ``exit_code`` says whose turn it is."""

    status: Literal["failed"]
    exit_code: int
    diagnostics: Findings
