"""What can be known of a notebook's inputs without reading their rows: that the files are there, and what columns they have."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from alpha_bench.names import VOCABULARY
from nbcode.configuration import DatasetConfig, Workspace
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.references import Reference, parse_reference
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Place

_LINE_CHARACTERS = 1 << 20
_SAMPLE_FIELDS = frozenset({*VOCABULARY["data"], "sector"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Headers:
    """``fields`` of the panel (None: not known here), findings about its files, findings about the declared inputs."""

    fields: frozenset[str] | None
    of_panel: tuple[Diagnostic, ...] = ()
    of_inputs: tuple[Diagnostic, ...] = ()


def inspect_headers(workspace: Workspace, meta: Meta, *, notebook_folder: Path) -> Headers:
    """Headers of the dataset that ``meta`` names, or the default one, and whether each file of ``meta.inputs`` is there.

    No row is read and nothing is hashed. Files outside the project that are not trusted are not looked at.
    """
    of_inputs = _missing_inputs(workspace, meta, notebook_folder)
    try:
        dataset = workspace.config.dataset(meta.data)
    except KeyError:
        return Headers(fields=None, of_inputs=of_inputs)
    if dataset is None:
        return Headers(fields=_SAMPLE_FIELDS, of_inputs=of_inputs)
    files = [path for path in (dataset.prices, dataset.reference) if path is not None]
    if any(workspace.refused_data(path) for path in files):
        return Headers(fields=None, of_inputs=of_inputs)
    fields: set[str] = {field for field, _ in dataset.derive}
    found: list[Diagnostic] = []
    known = True
    place = Place(path=str(workspace.config.path)) if workspace.config.path else None
    for path in files:
        try:
            columns = header_of(path)
        except RefusedFileError as refused:
            found.append(_refused(dataset, path, refused, place))
            known = False
            continue
        fields |= set(columns)
        keys = [dataset.symbol_column] + ([dataset.date_column] if path == dataset.prices else [])
        missing = [key for key in keys if key not in columns]
        if missing:
            found.append(_without(dataset, path, missing, columns, place))
            known = False
    return Headers(
        fields=frozenset(fields) - {dataset.date_column, dataset.symbol_column} if known else None,
        of_panel=tuple(found),
        of_inputs=of_inputs,
    )


def header_of(path: Path) -> tuple[str, ...]:
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
            return tuple(next(csv.reader([stream.readline(_LINE_CHARACTERS)]), ()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RefusedFileError("E03", f"it is not CSV: {error}", "write it as CSV or parquet") from error


def _missing_inputs(workspace: Workspace, meta: Meta, notebook_folder: Path) -> tuple[Diagnostic, ...]:
    found = []
    for name, uri in sorted(meta.inputs):
        reference = parse_reference(name, uri)
        if not isinstance(reference, Reference):
            continue  # has its own finding when it is built, and is none of a file
        if not any((folder / reference.path).exists() for folder in (notebook_folder, workspace.root)):
            found.append(
                Diagnostic(
                    code="NBC-E01",
                    message=f"input `{name}` at {uri!r} is not there",
                    cause="a path of [meta] is sought beside the notebook, then from the project's root",
                    fixes=("correct the path in [meta]", "put the file there"),
                    place=Place(tag="meta"),
                )
            )
    return tuple(found)


def _refused(
    dataset: DatasetConfig, path: Path, refused: RefusedFileError, place: Place | None
) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{refused.code}",
        message=f"dataset `{dataset.name}` at {path.name!r} is not taken",
        cause=str(refused),
        fixes=(refused.fix,),
        place=place,
    )


def _without(
    dataset: DatasetConfig, path: Path, missing: list[str], columns: tuple[str, ...], place: Place | None
) -> Diagnostic:
    shown = ", ".join(columns[:12]) + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
    keys = {dataset.date_column: "date", dataset.symbol_column: "symbol"}
    return Diagnostic(
        code="NBC-E15",
        message=f"dataset `{dataset.name}`: {path.name} has no column {' and no column '.join(map(repr, missing))}",
        cause=f"prices stand in long form, a row for each date and symbol; the columns are {shown}",
        fixes=tuple(
            f'name the column in nbcode.toml: [data.{dataset.name}] {keys[key]} = "..."' for key in missing
        ),
        place=place,
    )
