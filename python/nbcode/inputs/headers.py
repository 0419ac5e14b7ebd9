"""What can be known of a notebook's inputs without reading their rows: that the files are there, and what columns they have."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from alpha_bench.names import VOCABULARY
from nbcode.configuration import DatasetConfig, Workspace
from nbcode.inputs._beside import FilesBeside
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs._places import find_places, reference_of
from nbcode.inputs.declared import declared_at, fields_of, unknown_dataset, wrong_columns, wrong_formulas
from nbcode.inputs.references import Reference, parse_reference
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Place, Severity, dataclass

_LINE_CHARACTERS = 1 << 20
_INDEX = "__index_level_"
"""How parquet calls the index of a frame that has no name for it: no field."""
_SAMPLE_FIELDS = frozenset({*VOCABULARY["data"], "sector"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Headers:
    """``fields`` of the panel (None: not known here), findings about its files, findings about the declared inputs."""

    fields: frozenset[str] | None
    of_panel: tuple[Diagnostic, ...] = ()
    of_inputs: tuple[Diagnostic, ...] = ()


def inspect_headers(workspace: Workspace, meta: Meta, *, notebook_folder: Path) -> Headers:
    """Headers of the dataset that ``meta`` names, or the default one, and what a build would refuse of the paths of ``meta.inputs``.

    No row is read and nothing is hashed. Files outside the project that are not trusted are not looked at, which is a note: a build
    refuses them until they are. What is found of a dataset that ``meta`` names itself is among those of its inputs: a build refuses
    it even where no cell reads the panel.
    """
    headers = _of_dataset(workspace, meta)
    of_inputs = _refused_inputs(workspace, meta, notebook_folder)
    if meta.data is not None:
        return replace(headers, of_panel=(), of_inputs=(*headers.of_panel, *of_inputs))
    return replace(headers, of_inputs=of_inputs)


def _of_dataset(workspace: Workspace, meta: Meta) -> Headers:
    try:
        dataset = workspace.config.dataset(meta.data)
    except KeyError as unknown:
        return Headers(fields=None, of_panel=(unknown_dataset(unknown.args[0], workspace.config),))
    if dataset is None:
        return Headers(fields=_SAMPLE_FIELDS)
    files = [path for path in (dataset.prices, dataset.reference) if path is not None]
    untrusted = tuple(
        replace(one, severity=Severity.NOTE) for path in files for one in workspace.refused_data(path)
    )
    if untrusted:
        return Headers(fields=None, of_panel=untrusted)
    fields: set[str] = set()
    found: list[Diagnostic] = []
    known = True
    layout = dataset.layout
    for path in files:
        place = declared_at(workspace, dataset, "prices" if path == dataset.prices else "reference")
        if path.is_dir() or (dataset.remote(path) and not path.exists()):
            known = (
                False  # what its parts have is read when it is pinned, and what is elsewhere is fetched then
            )
            continue
        try:
            columns = header_of(path, layout.delimiter if layout else "")
        except RefusedFileError as refused:
            found.append(_refused(dataset, path, refused, place))
            known = False
            continue
        if path == dataset.prices:
            wrong = wrong_columns(dataset, columns, place)
            named = fields_of(dataset, columns)
            known = known and named is not None
            fields |= named or set()
        else:
            wrong = _without_symbol(dataset, path, columns, place)
            fields |= set(columns)
        if wrong is not None:
            found.append(wrong)
            known = False
    fields = {name for name in fields if not name.startswith(_INDEX)}
    fields -= {dataset.date_column, dataset.symbol_column}
    if known:
        found += wrong_formulas(dataset, fields, declared_at(workspace, dataset, "derive"))
    return Headers(
        fields=frozenset(fields | {field for field, _ in dataset.derive}) if known else None,
        of_panel=tuple(found),
    )


def column_names(path: Path, delimiter: str = "") -> tuple[str, ...] | None:
    """The columns of a CSV or parquet file by its head; None where it is neither, or cannot be read."""
    try:
        return header_of(path, delimiter)
    except RefusedFileError:
        return None


def header_of(path: Path, delimiter: str = "") -> tuple[str, ...]:
    """The columns of a CSV or parquet file, by its first line or its schema.

    Raises:
        RefusedFileError: E01 when it is not there, E03 when it is neither, or not readable.
    """
    if not path.exists():
        raise RefusedFileError("E01", f"{path.name} is not there", "write the path of a file that is there")
    if path.suffix.lower() == ".parquet":
        from nbcode.inputs import _tables

        columns, _ = _tables.inspect_parquet(path, path.stat().st_size, "")
        return tuple(column.name for column in columns)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return tuple(
                next(csv.reader([stream.readline(_LINE_CHARACTERS)], delimiter=delimiter or ","), ())
            )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RefusedFileError("E03", f"it is not CSV: {error}", "write it as CSV or parquet") from error


def columns_of(
    workspace: Workspace, meta: Meta, *, notebook_folder: Path
) -> Callable[[str], frozenset[str] | None]:
    """What gives the columns of an input of ``meta`` by its name, as pandas names them: None where it is no CSV or parquet file
    below the project's root, or not readable. Nothing is opened before it is asked for."""

    @cache
    def columns(name: str) -> frozenset[str] | None:
        reference = parse_reference(name, dict(meta.inputs).get(name, ""))
        if not isinstance(reference, Reference):
            return None
        path = find_places(reference, workspace.root.resolve(), notebook_folder).path
        if path is None or path.suffix.lower() not in {".csv", ".parquet"} or not path.is_file():
            return None
        try:
            header = header_of(path)
        except RefusedFileError:
            return None
        return _as_pandas_names(header) if any(header) else None

    return columns


def _as_pandas_names(header: tuple[str, ...]) -> frozenset[str]:
    """The names of a header, with those that pandas gives to unnamed and repeated columns."""
    unnamed = {f"Unnamed: {number}" for number, name in enumerate(header) if not name}
    repeated = {f"{name}.{times}" for name, count in Counter(header).items() for times in range(1, count)}
    return frozenset(name for name in header if name) | unnamed | repeated


def _refused_inputs(workspace: Workspace, meta: Meta, notebook_folder: Path) -> tuple[Diagnostic, ...]:
    """What a build would refuse of the paths of ``meta.inputs`` before it opens any."""
    found: list[Diagnostic] = []
    for name, uri in sorted(meta.inputs):
        reference = reference_of(name, uri, workspace.root.resolve(), notebook_folder)
        if isinstance(reference, Diagnostic):
            found.append(reference)
            continue
        places = find_places(reference, workspace.root.resolve(), notebook_folder)
        found += places.diagnostics
        if places.path is not None and not places.path.exists():
            found.append(_not_there(name, uri, reference, workspace.root, notebook_folder))
    return tuple(found)


def _not_there(name: str, uri: str, reference: Reference, root: Path, notebook_folder: Path) -> Diagnostic:
    folders = (notebook_folder, root)
    found = [FilesBeside(root, folder).like(reference.path) for folder in folders]
    near = next((one for one in found if one is not None), None)
    return Diagnostic(
        code="NBC-E01",
        message=f"input `{name}` at {uri!r} is not there" + (f": did you mean {near!r}?" if near else ""),
        cause="a path of [meta] is sought beside the notebook, then from the project's root",
        fixes=(
            f"write {name}: {near} in [meta]" if near else "correct the path in [meta]",
            "put the file there",
        ),
        place=Place(tag="meta"),
    )


def _refused(
    dataset: DatasetConfig, path: Path, refused: RefusedFileError, place: Place | None
) -> Diagnostic:
    uri = dataset.prices_uri if path == dataset.prices else dataset.reference_uri
    return Diagnostic(
        code=f"NBC-{refused.code}",
        message=f"dataset `{dataset.name}` at {uri!r} is not taken",
        cause=str(refused),
        fixes=(refused.fix,),
        place=place,
    )


def _without_symbol(
    dataset: DatasetConfig, path: Path, columns: tuple[str, ...], place: Place | None
) -> Diagnostic | None:
    if dataset.symbol_column in columns:
        return None
    shown = ", ".join(columns[:12]) + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
    return Diagnostic(
        code="NBC-E15",
        message=f"[data.{dataset.name}]: {path.name} has no column {dataset.symbol_column!r}",
        cause=f"a reference has one row a symbol; the columns are {shown}",
        fixes=(f'name the column: in [data.{dataset.name}] write symbol = "..."',),
        place=place,
    )
