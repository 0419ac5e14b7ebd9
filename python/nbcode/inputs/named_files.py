"""The files of a dataset by name, as they are now: for what reads data without a build, or looks for what a build has read."""

from __future__ import annotations

from pathlib import Path

from nbcode.configuration import DatasetConfig, TrustKind, Workspace, prepare_store
from nbcode.inputs._cuts import cut_at
from nbcode.inputs._files import RefusedFileError, digest_now
from nbcode.inputs.declared import unknown_dataset
from nbcode.inputs.fetching import StoreUnwritableError, bring
from nbcode.inputs.pinned import PinnedInput
from nbcode.inputs.pinning import sample_dataset
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Place


def dataset_named(workspace: Workspace, name: str | None) -> DatasetConfig:
    """The dataset of nbcode.toml, the default one for None, or the embedded sample.

    Raises:
        NbcodeError: NBC-E01 for a name that is not declared, NBC-T04 for data outside the project that are not trusted, and what keeps data
            elsewhere from being fetched.
        OSError: the sample, or what was fetched, cannot be written to the store.
    """
    try:
        found = workspace.config.dataset(name)
    except KeyError as error:
        wanted = name or workspace.config.defaults_data or ""
        raise NbcodeError([unknown_dataset(wanted, workspace.config)]) from error
    if found is None:
        workspace.require(TrustKind.STORE, TrustKind.FOREIGN_STORE)
        prepare_store(workspace)
        return sample_dataset(workspace.store)
    paths = (found.prices, *(() if found.reference is None else (found.reference,)))
    refused = [one for path in paths for one in workspace.refused_data(path)]
    if refused:
        raise NbcodeError(refused)
    for path in paths:
        _bring(workspace, found, path)
    return found


def _bring(workspace: Workspace, dataset: DatasetConfig, path: Path) -> None:
    uri = dataset.remote(path)
    if uri is None:
        return
    workspace.require(TrustKind.STORE, TrustKind.FOREIGN_STORE)
    prepare_store(workspace)
    stated = dataset.digest if path == dataset.prices else dataset.reference_digest
    try:
        bring(uri, path, workspace.store, stated=stated)
    except StoreUnwritableError as error:
        raise error.error from error
    except RefusedFileError as refused:
        raise NbcodeError([_not_taken(uri, refused, path)]) from refused


def digest_of_data(path: Path) -> Digest:
    """The digest of a file or folder as it is now. Raises ``NbcodeError`` (NBC-E01, E03) where it cannot be read."""
    try:
        return digest_now(path.resolve())  # what was fetched is a link
    except RefusedFileError as refused:
        raise NbcodeError([_not_taken(path.name, refused, path)]) from refused


def _not_taken(name: str, refused: RefusedFileError, path: Path) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{refused.code}",
        message=f"{name} is not taken",
        cause=str(refused),
        fixes=(refused.fix,),
        place=Place(path=str(path)),
    )


def digest_at(pinned: PinnedInput, as_of: str | None, store: Path) -> Digest | None:
    """The digest that a build with ``as_of`` would give the file or folder ``pinned``; None where it cannot be read, or cut at that day. A cut is
    kept in ``store`` as a build keeps it."""
    try:
        return pinned.digest if as_of is None else cut_at(pinned, as_of, store).digest
    except (RefusedFileError, OSError, ValueError):
        return None
