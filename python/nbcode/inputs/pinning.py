"""From what a notebook declares to files by content, before the first cell runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from alpha_bench.describe import place_directory
from nbcode.configuration import (
    SAMPLE,
    DatasetConfig,
    TableLayout,
    TrustKind,
    Workspace,
    prepare_store,
    setting,
)
from nbcode.inputs import _tables
from nbcode.inputs._cuts import cut_at, late
from nbcode.inputs._files import (
    Content,
    RefusedFileError,
    digest_now,
    look_at_nothing,
    read_content,
    read_folder,
)
from nbcode.inputs._places import Places, find_places, reference_of
from nbcode.inputs.dated import UNDECLARED
from nbcode.inputs.declared import declared_at, unknown_dataset, wrong_columns
from nbcode.inputs.fetching import StoreUnwritableError, bring, hold_to
from nbcode.inputs.pinned import Formula, PinnedInput, Pinning, Role
from nbcode.inputs.references import Reference
from nbcode.notebook import Meta
from nbcode.primitives import Diagnostic, Digest, Place, locked_directory, sweep_unlocked

_UNFINISHED = ".sample-"


def pin_inputs(
    workspace: Workspace,
    meta: Meta,
    *,
    notebook_folder: Path | None = None,
    panel: bool = True,
    tables: Container[str] = (),
    local: bool = True,
) -> Pinning:
    """Pin the dataset that ``meta.data`` names, or the default one, and every file of ``meta.inputs``.

    ``panel`` says whether the notebook may read the default dataset: one that does not is not a build of it.

    ``tables`` are the inputs that are read as ``inputs["x"]``: they must be tables; any other file or folder is pinned as the
    bytes that it holds, for whatever opens it by its path.

    Data elsewhere are fetched, but where the run is not to be on this machine (``local``) and nothing is cut, a folder of them is only identified: files that are not
    known are read to be hashed, and none is kept.

    A path in ``meta.inputs`` is sought in ``notebook_folder`` first, then in the project's root, and never leads out
    of the root. Paths in nbcode.toml may, where the user trusts them. With ``meta.as_of`` each is the rows of that day and before alone,
    in a file of the store: what cannot be cut is NBC-H37. The store is made, since digests are remembered there.
    """
    refused = workspace.refusals(TrustKind.STORE, TrustKind.FOREIGN_STORE)
    if refused:
        return Pinning(inputs=(), diagnostics=refused)
    with contextlib.suppress(OSError):  # a store that cannot be written matters only to the sample
        prepare_store(workspace)
    # What a build that was killed left half written: that of one that is at work is held.
    sweep_unlocked(workspace.store / "data", _UNFINISHED)
    pinned: list[PinnedInput] = []
    findings: list[Diagnostic] = []
    # What is cut has to be here.
    here = local or meta.as_of is not None
    dataset = _dataset(workspace, meta.data, local=here) if panel or meta.data is not None else []
    for result in (*dataset, *_declared(workspace, meta, notebook_folder, tables)):
        one = result if meta.as_of is None else _at(result, meta.as_of, workspace.store)
        if isinstance(one, Diagnostic):
            findings.append(one)
            continue
        pinned.append(one)
        if meta.as_of is not None and (behind := late(one, meta.as_of)) is not None:
            findings.append(behind)
    return Pinning(inputs=tuple(pinned), diagnostics=tuple(findings))


def _at(found: PinnedInput | Diagnostic, as_of: str, store: Path) -> PinnedInput | Diagnostic:
    """An input as it was at the end of the day ``as_of``."""
    if isinstance(found, Diagnostic):
        return found
    try:
        return cut_at(found, as_of, store)
    except RefusedFileError as refused:
        place = Place(tag="meta") if found.role is Role.INPUT else Place(path=str(found.path))
        return replace(
            _finding(found.name, refused, place),
            message=f"input `{found.name}` cannot be cut at as_of {as_of}",
        )
    except OSError as error:
        return _unwritable(store, error, f"`{found.name}` at as_of {as_of}")


def verify_inputs(inputs: Iterable[PinnedInput], *, running: bool) -> tuple[Diagnostic, ...]:
    """Hash each input anew: NBC-E12 for one that changed during the run, NBC-E02 for one that changed before it."""
    findings = []
    for pinned in inputs:
        place = Place(path=str(pinned.path))
        try:
            found = digest_now(pinned.path)
        except RefusedFileError as refused:
            findings.append(_finding(pinned.name, refused, place))
            continue
        if found != pinned.digest:
            when = "while the run was reading it" if running else "since it was pinned"
            findings.append(
                Diagnostic(
                    code="NBC-E12" if running else "NBC-E02",
                    message=f"input `{pinned.name}` changed: {pinned.digest.short} -> {found.short}",
                    cause=f"the file's content changed {when}",
                    fixes=("build again, so that the new content is pinned",),
                    place=place,
                )
            )
    return tuple(findings)


def sample_dataset(store: Path, write: Callable[[Path], Path] | None = None) -> DatasetConfig:
    """The embedded sample panel in ``store``, written there on first use.

    Written beside and renamed whole, so that several first uses at once leave one complete panel. ``write`` fills a
    directory and returns the prices' path in it, by default alpha_bench's own; what else it writes and is named
    ``*reference.csv`` is the reference table.

    Raises:
        OSError: the store cannot be written.
    """
    home = store / "data" / SAMPLE
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with locked_directory(home.parent, _UNFINISHED) as temporary:
            (write or _own_sample)(temporary)
            temporary.chmod(0o755)
            place_directory(temporary, home, durable=False)  # else another was first, with the same bytes
    reference = next(home.glob("*reference.csv"), None)
    return DatasetConfig(
        name=SAMPLE,
        prices=next(home.glob("*.parquet"), home / "missing.parquet"),
        prices_uri=SAMPLE,
        reference=reference,
        reference_uri=f"{SAMPLE}-reference" if reference else None,
    )


def _own_sample(directory: Path) -> Path:
    from alpha_bench.describe import write_sample

    return write_sample(directory)


def _dataset(workspace: Workspace, name: str | None, *, local: bool) -> list[PinnedInput | Diagnostic]:
    try:
        dataset = workspace.config.dataset(name)
    except KeyError:
        return [unknown_dataset(name or workspace.config.defaults_data or "", workspace.config)]
    if dataset is None:
        try:
            dataset = sample_dataset(workspace.store)
        except OSError as error:
            return [_unwritable(workspace.store, error)]
    pin = partial(
        _pin,
        name=dataset.name,
        store=workspace.store,
        date_column=dataset.date_column,
        symbol_column=dataset.symbol_column,
        layout=dataset.layout,
        local=local,
    )
    derive = tuple(Formula(field=field, formula=formula) for field, formula in sorted(dataset.derive))
    refused = [
        workspace.refused_data(path) for path in (dataset.prices, dataset.reference) if path is not None
    ]
    if any(refused):
        return [diagnostic for found in refused for diagnostic in found]
    prices_at, reference_at = (declared_at(workspace, dataset, key) for key in ("prices", "reference"))
    prices = pin(
        role=Role.PRICES,
        uri=dataset.prices_uri,
        path=dataset.prices,
        derive=derive,
        place=prices_at,
        remote=dataset.remote(dataset.prices),
        stated=dataset.digest,
    )
    if isinstance(prices, PinnedInput) and prices.schema:
        prices = wrong_columns(dataset, [column.name for column in prices.schema], prices_at) or prices
    if isinstance(prices, PinnedInput):
        prices = replace(prices, calendar=dataset.calendar)
    if dataset.reference is None:
        return [prices]
    reference = pin(
        role=Role.REFERENCE,
        uri=dataset.reference_uri or dataset.reference.name,
        path=dataset.reference,
        place=reference_at,
        remote=dataset.remote(dataset.reference),
        stated=dataset.reference_digest,
    )
    return [prices, reference]


def _declared(
    workspace: Workspace, meta: Meta, notebook_folder: Path | None, tables: Container[str]
) -> Iterator[PinnedInput | Diagnostic]:
    seen: dict[str, str] = {}
    for name, uri in sorted(meta.inputs):
        other = seen.get(name.casefold())
        seen[name.casefold()] = name
        reference = reference_of(name, uri, workspace.root.resolve(), notebook_folder)
        if other is not None:
            yield _same_name(other, name)
        elif isinstance(reference, Diagnostic):
            yield reference
        else:
            places = find_places(reference, workspace.root.resolve(), notebook_folder)
            yield from places.diagnostics
            if places.path is not None:
                yield _pin_reference(workspace, reference, places, table=name in tables)


def _pin_reference(
    workspace: Workspace, reference: Reference, places: Places, *, table: bool
) -> PinnedInput | Diagnostic:
    assert places.path is not None
    pinned = _pin(
        name=reference.name,
        role=Role.INPUT,
        uri=reference.path,
        path=places.path,
        store=workspace.store,
        place=Place(tag="meta"),
        table=table,
        date_column=reference.dates or UNDECLARED,
    )
    if not isinstance(pinned, PinnedInput):
        return pinned
    if reference.expected not in (None, pinned.digest):
        return Diagnostic(
            code="NBC-E02",
            message=f"input `{reference.name}` changed: {reference.expected} -> {pinned.digest}",
            cause="the notebook declares another content than the file has",
            fixes=("restore the file", "declare the new digest"),
            place=Place(tag="meta"),
        )
    return replace(pinned, place=places.place)


def _pin(
    *,
    name: str,
    role: Role,
    uri: str,
    path: Path,
    store: Path,
    place: Place | None,
    derive: tuple[Formula, ...] = (),
    date_column: str = "date",
    symbol_column: str = "symbol",
    layout: TableLayout | None = None,
    table: bool = True,
    remote: str | None = None,
    stated: Digest | None = None,
    local: bool = True,
) -> PinnedInput | Diagnostic:
    """``remote`` is where it is fetched from, to be at ``path``; ``stated`` is the content that nbcode.toml says it has."""
    try:
        brought = None if remote is None else bring(remote, path, store, stated=stated, local=local)
        source = None if brought is None else brought.source
        real = Path(os.path.realpath(path)) if brought is None else brought.path.resolve()
        known = None if source is None else source.digest
        take = partial(_table, delimiter=layout.delimiter if layout else "", known=known) if table else _bytes
        if source is not None and source.is_folder:  # hashed when it was fetched
            content = Content(digest=source.digest, size_bytes=source.size_bytes, schema=(), as_of=None)
        else:
            content = (_bytes if real.is_dir() else take)(path, real, date_column, store)
        path = real
        hold_to(stated, content.digest)
    except StoreUnwritableError as error:
        return _unwritable(store, error.error, f"`{name}`")
    except ValueError as error:  # a path with NUL, which TOML can write
        refused = RefusedFileError("E04", str(error), "write the path of a file")
        return _finding(name, refused, place, uri)
    except RefusedFileError as refused:
        return _finding(name, refused, place, uri)
    pinned = PinnedInput(
        name=name, role=role, uri=uri, path=path, digest=content.digest, size_bytes=content.size_bytes,
        schema=content.schema, as_of=content.as_of, derive=derive, source=source,
    )  # fmt: skip
    return replace(pinned, date_column=date_column, symbol_column=symbol_column, layout=layout)


def _table(
    path: Path,
    real: Path,
    date_column: str,
    store: Path,
    *,
    delimiter: str = "",
    known: Digest | None = None,
) -> Content:
    kind = _tables.table_kind(path)
    look = (
        partial(_tables.inspect_parquet, date_column=date_column)
        if kind == "parquet"
        else partial(_tables.inspect_csv, delimiter=delimiter or ",")
    )
    return read_content(real, f"{kind}{delimiter}:{date_column}", look, store, known)


def _bytes(path: Path, real: Path, date_column: str, store: Path) -> Content:
    """A folder, or a file of any format: with its columns where it is a table."""
    if real.is_dir():
        return read_folder(real, store)
    try:
        return _table(path, real, date_column, store)
    except RefusedFileError as refused:
        if refused.code != "E03":
            raise
    return read_content(real, "bytes", look_at_nothing, store)


def _finding(name: str, refused: RefusedFileError, place: Place | None, uri: str = "") -> Diagnostic:
    where = f" at {uri!r}" if uri else ""
    return Diagnostic(
        code=f"NBC-{refused.code}",
        message=f"input `{name}`{where} is not taken",
        cause=str(refused),
        fixes=(refused.fix,),
        place=place,
    )


def _same_name(first: str, second: str) -> Diagnostic:
    how = "twice" if first == second else f"as `{first}` and `{second}`, which some file systems hold for one"
    return Diagnostic(
        code="NBC-E10",
        message=f"input `{second}` is declared {how}",
        cause="each input has a name of its own",
        fixes=("rename one of them",),
        place=Place(tag="meta"),
    )


def _unwritable(store: Path, error: OSError, what: str = "the sample panel") -> Diagnostic:
    return Diagnostic(
        code="NBC-F07",
        message=f"{what} cannot be written to the store",
        cause=error.strerror or str(error),
        fixes=("make room, or make the store writable", f"set {setting('store', 'path')}"),
        place=Place(path=str(store)),
    )
