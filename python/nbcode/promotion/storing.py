"""From the output of a clean run to the artifact of its spec: the same for a promote and for a rebuild."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nbcode.artifact import Artifact, ArtifactStore, Provenance
from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.run import EXECUTED_NAME, ResultFile, read_result
from nbcode.spec import BuildSpec, is_form_independent, made_from_digest


def store_result(store: ArtifactStore, out: Path, spec: BuildSpec, digest: Digest) -> Artifact:
    """Check the output of a run in ``out`` against its result manifest and put it into ``store``, as the artifact of ``spec``, whose digest
    is ``digest``.

    Raises ``NbcodeError`` (NBC-I06) when a file is not what the manifest says.
    """
    try:
        result = read_result(out)
        provenance = Provenance(
            model_id=spec.meta.id,
            spec_digest=digest,
            made_from=made_from_digest(spec) if is_form_independent(spec) else None,
            definition_digest=spec.definition.digest,
            environment_digest=spec.environment.lock_digest,
            platform_key=spec.environment.platform_key,
            pins=result.pins,
        )
        return store.put(out, _files_of(result.files, spec), provenance)
    except NbcodeError:  # which says better what is wrong
        raise
    except ValueError as error:
        refused = Diagnostic(
            code="NBC-I06",
            message="the run's output is not what its result manifest says",
            cause=str(error),
            fixes=("promote again: the run is made anew",),
        )
        raise NbcodeError([refused]) from error


def _files_of(files: Iterable[ResultFile], spec: BuildSpec) -> tuple[ResultFile, ...]:
    """The files of the artifact: the cells as they ran are none of it where they only wrote down what it follows from."""
    left_out = {EXECUTED_NAME} if is_form_independent(spec) else set()
    return tuple(file for file in files if file.path not in left_out)
