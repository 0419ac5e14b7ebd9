"""The exceptions of nbcode, and the exit codes.

Whatever leaves a room is an :class:`NbcodeError`, so that unforeseen errors too have a code, a cause and a fix::

    NbcodeError                     a command cannot go on: every finding at once
    |- TaggingError                 notebook   B20      tags cannot be written so that the rest stays (ValueError too)
    |- StoreError                   objects    H40      a store of objects refuses, or does not answer
    |- StagingError                 inputs     E02 E50  an input of a run cannot be brought to where it runs
    |- SpecError                    spec       I03 I22  bytes that are no build spec of this version   (ValueError too)
    |- SandboxUnavailableError      sandbox    H19      an isolation level does not hold here
    |- KubernetesError              run        H10 H11 H12  the cluster refused, or does not answer
    |- ArtifactMissingError         artifact   I06      the store has none of that digest             (LookupError too)
    |- ArtifactRefusedError         artifact   I06      not what was described, or not plain files    (ValueError too)
    |- RegistryError                registry            the registry refused, or does not answer
    |- ArchiveRefusedError          registry   I48      a file is no archive of a version             (ValueError too)
    |- JournalError                 promotion           the journal cannot be used
    |- JournalConflictError         promotion  I17      somebody else moved the promotion meanwhile
    `- LeaseHeldError               promotion  I17      somebody else is at it, and lives             (TimeoutError too)

:class:`~nbcode.primitives.cancellation.CancelledError` is no error: a command ended as was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from nbcode.primitives.diagnostics import Diagnostic, errors_of


class Exit(IntEnum):
    """Whose turn it is: the user's input, the environment, safety refused it, or try again."""

    DONE = 0
    USER = 2
    ENVIRONMENT = 3
    SAFETY = 4
    RETRY = 5


SAFETY_CODES = frozenset(
    f"NBC-{code}"
    for code in (
        "A09 A22 B06 C01 C02 C16 C17 C35 D13 E04 E05 E06 G04 H17 I05 I06 I09 I24 I38 J01 J02 T01 T02 T03 T04 T05 T06 T07"  # (safety) in the table
    ).split()
)
RETRY_CODES = frozenset(
    {
        "NBC-A24",
        "NBC-H10",
        "NBC-H16",
        "NBC-H22",
        "NBC-H40",
        "NBC-I01",
        "NBC-I17",
        "NBC-I28",
        "NBC-I29",
        "NBC-R72",
    }
)
ENVIRONMENT_LETTERS = frozenset("FGHI")
_OF_THE_MACHINE = frozenset({"NBC-E50", "NBC-E51"})
"""Of the user's inputs, what a store or a database says."""
_OF_THE_USER = frozenset(
    {
        "NBC-F05",
        "NBC-H01",
        "NBC-H02",
        "NBC-H03",
        "NBC-H07",
        "NBC-H08",
        "NBC-H37",
        "NBC-I14",
        "NBC-I19",
        "NBC-I34",
        "NBC-I39",
        "NBC-I51",
    }
)


def exit_for(diagnostics: Iterable[Diagnostic]) -> Exit:
    """The exit code of a set of findings: safety first, then the user's input, the environment, try again."""
    codes = [d.code for d in errors_of(diagnostics)]
    if not codes:
        return Exit.DONE
    if any(code in SAFETY_CODES for code in codes):
        return Exit.SAFETY
    kinds = {_kind(code) for code in codes}
    return min(kinds, key=(Exit.USER, Exit.ENVIRONMENT, Exit.RETRY).index)


def _kind(code: str) -> Exit:
    if code in RETRY_CODES:
        return Exit.RETRY
    letter = code.removeprefix("NBC-")[:1]
    # A cell that fails or never ends is the user's code, not the machine's.
    if code in _OF_THE_USER:
        return Exit.USER
    machine = letter in ENVIRONMENT_LETTERS or code in _OF_THE_MACHINE
    return Exit.ENVIRONMENT if machine else Exit.USER


class NbcodeError(Exception):
    """A command cannot go on. Carries every finding, so that all are reported at once."""

    def __init__(self, diagnostics: Iterable[Diagnostic], exit_code: Exit | None = None) -> None:
        """Take at least one diagnostic of severity error; ``exit_code`` overrides the derived one."""
        self.diagnostics = tuple(diagnostics)
        self.exit_code = exit_code if exit_code is not None else exit_for(self.diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))
