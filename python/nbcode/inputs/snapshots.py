"""A dataset that is the answer to a query: asked by the user's command and by nothing else, written whole, pinned as any file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alpha_bench.describe import atomic_file
from nbcode.configuration import DatasetConfig, TrustKind, Workspace, query_target, refusal
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs._queries import ask
from nbcode.inputs._tables import write_table
from nbcode.inputs.declared import declared_at
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Place, dataclass, digest_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The file that was written: its digest, size, rows and columns."""

    path: Path
    digest: Digest
    size_bytes: int
    rows: int
    columns: tuple[str, ...]


def take_snapshot(workspace: Workspace, name: str, *, environment: Mapping[str, str]) -> Snapshot:
    """Ask the query of a dataset and write its rows to the dataset's prices, in order of date and symbol: the same rows are the same file.

    Raises:
        NbcodeError: NBC-E01 for a dataset that is not declared, C33 for one without a query, T04 for a query or a file that is not trusted, E51 for a query that
            fails or gives nothing, F07 where the file cannot be written.
    """
    dataset = next((one for one in workspace.config.datasets if one.name == name), None)
    if dataset is None:
        raise NbcodeError([_unknown(workspace, name)])
    if dataset.query is None:
        raise NbcodeError([_without_query(workspace, dataset)])
    _require(workspace, dataset, dataset.query)
    keys = (dataset.date_column, dataset.symbol_column)
    try:
        table = ask(dataset.query, dataset.connection, keys=keys, environment=environment)
        dataset.prices.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(dataset.prices, durable=True) as stream:
            write_table(table, stream)
    except RefusedFileError as refused:
        raise NbcodeError([_refused(workspace, dataset, refused)]) from refused
    except OSError as error:
        raise NbcodeError([_unwritable(dataset, error)]) from error
    return Snapshot(
        path=dataset.prices,
        digest=digest_file(dataset.prices),
        size_bytes=dataset.prices.stat().st_size,
        rows=table.num_rows,
        columns=tuple(table.column_names),
    )


def _require(workspace: Workspace, dataset: DatasetConfig, query: str) -> None:
    target = query_target(dataset.connection, query)
    asked = [item for item in workspace.untrusted if item.kind is TrustKind.DATA and item.target == target]
    refused = [*(refusal(item, workspace.root) for item in asked), *workspace.refused_data(dataset.prices)]
    if refused:
        raise NbcodeError(refused)


def _unknown(workspace: Workspace, name: str) -> Diagnostic:
    asked = [one.name for one in workspace.config.datasets if one.query is not None]
    return Diagnostic(
        code="NBC-E01",
        message=f"no dataset is named `{name}`",
        cause=f"with a query there {'are' if len(asked) > 1 else 'is'}: {', '.join(asked) or 'none'}",
        fixes=tuple(f"`nbcode data snapshot {one}`" for one in asked[:3])
        or (f"declare it as [data.{name}] in nbcode.toml, with a query",),
        place=None if workspace.config.path is None else Place(path=str(workspace.config.path)),
    )


def _without_query(workspace: Workspace, dataset: DatasetConfig) -> Diagnostic:
    return Diagnostic(
        code="NBC-C33",
        message=f"`query` is missing in [data.{dataset.name}]",
        cause="a snapshot is the answer to a query",
        fixes=('add query = "select date, symbol, close from ..."',),
        place=declared_at(workspace, dataset, "prices"),
    )


def _refused(workspace: Workspace, dataset: DatasetConfig, refused: RefusedFileError) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{refused.code}",
        message=f"[data.{dataset.name}]: the query gives no snapshot",
        cause=str(refused),
        fixes=(refused.fix,),
        place=declared_at(workspace, dataset, "query"),
    )


def _unwritable(dataset: DatasetConfig, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="NBC-F07",
        message=f"{dataset.prices.name} cannot be written",
        cause=error.strerror or str(error),
        fixes=("make room, or make the folder writable",),
        place=Place(path=str(dataset.prices)),
    )
