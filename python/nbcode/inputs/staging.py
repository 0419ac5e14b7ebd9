"""The inputs of a run, brought to where it is executed: read from where they are, by digest, and by nobody else's hands."""

from __future__ import annotations

from pathlib import Path

from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.fetching import fetch
from nbcode.inputs.sources import InputSource
from nbcode.objects import Opening
from nbcode.primitives import Diagnostic, NbcodeError, Place


class StagingError(NbcodeError):
    """An input that cannot be staged: NBC-E01 not there, E02 another content, E12 changed while it was read, E50 the store refuses, F07 ``into`` cannot be written."""


def stage_reference(reference: InputSource, into: Path, *, opening: Opening | None = None) -> Path:
    """Stage one input below the folder ``into`` and return the path of its file or folder: every byte was read from ``reference.uri`` and compared
    with its digest on the way; nothing is staged in part.

    This is what the init container of a pod calls, once for each input of the run's content that has a reference::

        reference = source_from_json(json.loads(...))  # what PinnedInput.source.to_json() gave
        path = stage_reference(reference, Path("/in/inputs"))

    An ``s3://`` source is read in the version that was pinned where its bucket keeps versions, else the object must have the pinned ETag; an absolute path
    (a mounted volume) is linked or copied. ``reference.digest`` is the digest of the run's input (``PlannedInput.digest``): the caller
    compares the two. Files that ``into`` has already by their digest are not read again, so ``into`` may be a cache that pods share.

    Raises:
        StagingError: with the finding to show.
    """
    try:
        return fetch(reference, into, opening=opening, parts=True)
    except RefusedFileError as refused:
        finding = Diagnostic(
            code=f"NBC-{refused.code}",
            message=f"input at {reference.uri} is not staged",
            cause=str(refused),
            fixes=(refused.fix,),
            place=Place(path=reference.uri),
        )
        raise StagingError([finding]) from refused
    except OSError as error:
        finding = Diagnostic(
            code="NBC-F07",
            message=f"input at {reference.uri} cannot be written to {into}",
            cause=error.strerror or str(error),
            fixes=("make room, or make the folder writable",),
            place=Place(path=str(into)),
        )
        raise StagingError([finding]) from error
