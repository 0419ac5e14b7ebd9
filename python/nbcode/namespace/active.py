"""The platform's names in a namespace: the same ones for the describe child, the clean run and the live kernel."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import (
    AlphaBenchError,
    Session,
    ValuesNeeded,
    cache_columns,
    is_label_name,
    read_panel,
)
from nbcode.namespace.source import DataSource, InputFile, PanelFiles
from nbcode.primitives import Diagnostic, NbcodeError, Place, digest_file

if TYPE_CHECKING:
    from alpha_bench.describe import Panel, ValueSource
    from nbcode.configuration import TableLayout


class ActiveSession:
    """Names bound in one namespace to one source of data. Made by :func:`open_session` or :func:`open_session_lazily`."""

    def __init__(
        self,
        *,
        namespace: MutableMapping[str, object],
        panel: Callable[[], ValueSource] | None,
        inputs: Mapping[str, Callable[[], object]],
        paths: Mapping[str, Callable[[], Path]],
        live: bool,
        at_once: bool = True,
    ) -> None:
        self._paths = dict(paths)
        self.namespace = namespace
        self._read_panel = panel
        self._panel: ValueSource | None = None
        self._session = Session(
            panel=None if panel is None else self.panel,
            inputs=inputs,
            paths=paths,
            live=live,
            at_once=at_once,
        )
        self.names = dict(self._session.names())
        self._before = {name: namespace[name] for name in self.names if name in namespace}
        namespace.update(self.names)

    def panel(self) -> ValueSource:
        """The panel, read at its first use and kept. Raises ``NbcodeError`` as :func:`load_panel` does."""
        if self._panel is None:
            assert self._read_panel is not None, "describe mode has no panel"
            self._panel = self._read_panel()
        return self._panel

    @property
    def columns(self) -> dict[str, int] | None:
        """What happened to the computed columns so far: how many were reused, recomputed, verified, found different; None where
        none are kept."""
        use = getattr(self._panel, "use", None)  # who asked :meth:`panel` has not asked the session
        return self._session.columns if use is None else use.to_plain()

    def label(self, name: str) -> object:
        """Bind the label ``name``, such as ``fwd_ret_10d``, in the namespace, and return it."""
        self.namespace[name] = self.names[name] = self._session.label(name)
        return self.names[name]

    def reopened(
        self,
        namespace: MutableMapping[str, object],
        frames: Mapping[str, Any],
        panel: ValueSource | None = None,
        paths: Mapping[str, Callable[[], Path]] | None = None,
    ) -> ActiveSession:
        """The same names in another ``namespace``, on other data: ``frames`` by input name, and ``panel`` and ``paths`` where they
        are not None."""
        again = ActiveSession(
            namespace=namespace,
            panel=self._read_panel if panel is None else lambda: panel,
            inputs={name: partial(_share, frame) for name, frame in frames.items()},
            paths=self._paths if paths is None else paths,
            live=False,
        )
        for name in filter(is_label_name, self.names):
            again.label(name)
        return again

    @property
    def bound(self) -> bool:
        """Whether expressions show values of this session's data: False after a cell bound other data by ``alpha_bench.use``."""
        return self._session.bound

    @property
    def rebound(self) -> tuple[str, ...]:
        """The names of this session that hold something else now."""
        return tuple(
            sorted(n for n, v in self.names.items() if n in self.namespace and self.namespace[n] is not v)
        )

    @property
    def panel_in_use(self) -> ValueSource | None:
        """The panel where a cell has used it, else None."""
        return self._panel

    def close(self) -> None:
        """Unbind the data and take back every name that still is what this session put there; what it replaced returns."""
        for name, value in self.names.items():
            if self.namespace.get(name) is value:
                del self.namespace[name]
                if name in self._before:
                    self.namespace[name] = self._before[name]
        self._session.close()


def open_session(
    namespace: MutableMapping[str, object],
    source: DataSource,
    label_names: Iterable[str] = (),
    *,
    live: bool = False,
    at_once: bool = True,
) -> ActiveSession:
    """Put the platform's names and the labels ``label_names`` in ``namespace``, on the data of ``source``.

    ``live`` is for a person's kernel: expressions show themselves as previews. Nothing is read before a cell asks. ``at_once``:
    whether ``walk_forward`` computes where it is written.
    """
    files = source.panel_files
    active = ActiveSession(
        namespace=namespace,
        panel=None if files is None else (lambda: _with_cache(load_panel(files), source.columns, live=live)),
        inputs={file.name: _reader(file) for file in source.inputs},
        paths={file.name: partial(_place, file) for file in source.inputs if file.path is not None},
        live=live,
        at_once=at_once,
    )
    for name in sorted(label_names):
        active.label(name)
    return active


def open_session_lazily(
    namespace: MutableMapping[str, object], resolve: Callable[[], DataSource], input_names: Iterable[str]
) -> ActiveSession:
    """As :func:`open_session` for a live kernel, where even finding out which files there are waits for the first value."""
    known: list[DataSource] = []

    def source() -> DataSource:
        if not known:
            known.append(resolve())
        return known[0]

    def panel() -> ValueSource:
        files = source().panel_files
        assert files is not None, "a live kernel always has a panel"
        return _with_cache(load_panel(files), source().columns, live=True)

    def reader(name: str) -> Callable[[], object]:
        kept: list[Callable[[], object]] = []

        def read() -> object:
            if not kept:
                kept.append(_reader(next(f for f in source().inputs if f.name == name)))
            return kept[0]()

        return read

    def place(name: str) -> Path:
        return _place(next(f for f in source().inputs if f.name == name))

    names = tuple(input_names)
    return ActiveSession(
        namespace=namespace,
        panel=panel,
        inputs={name: reader(name) for name in names},
        paths={name: partial(place, name) for name in names},
        live=True,
    )


def load_panel(files: PanelFiles) -> Panel:
    """Read a panel from its files, whose digests must be as declared.

    Raises:
        NbcodeError: NBC-E01 for a missing file, NBC-E02 for a changed one.
    """
    for path, digest in ((files.prices, files.prices_digest), (files.reference, files.reference_digest)):
        if path is None:
            continue
        if not path.exists():
            raise _refused("NBC-E01", path, f"data file {path.name} cannot be read", "there is no such file")
        if digest is not None and path.is_file() and (found := digest_file(path)) != digest:
            cause = f"the spec names {digest.short} and the file has {found.short}"
            raise _refused("NBC-E02", path, f"{path.name} changed", cause)
    layout = None if files.layout is None else layout_of(files.layout)
    keys = {"date": files.date_column, "symbol": files.symbol_column}
    try:
        if files.there is not None:
            from alpha_bench.describe import columns_of_file

            read = columns_of_file(
                files.prices, files.wanted or frozenset(), dict(files.derive), layout=layout, **keys
            )
            if files.wanted is None or read is None or not read <= files.there:
                raise NbcodeError([_left_out(files, read)])
        return read_panel(
            files.prices, files.reference, dict(files.derive), layout=layout, wanted=files.wanted, **keys
        )
    except AlphaBenchError as error:
        from nbcode.configuration import SAMPLE

        if files.name in ("", SAMPLE):
            raise
        raise NbcodeError([_in_toml(error, files)]) from error


def _left_out(files: PanelFiles, read: frozenset[str] | None) -> Diagnostic:
    """Why prices are not read that have holes where columns are: what is in a hole looks like numbers."""
    absent = sorted((read or frozenset()) - (files.there or frozenset()))
    what = f"column {absent[0]!r} is" if absent else "all of their columns are"
    return Diagnostic(
        code="NBC-E15",
        message=f"the prices of `{files.name}` are not here whole, and {what} read",
        cause="a run in a cluster has the columns that its definition reads, and no others",
        fixes=(
            "promote again with this version of nbcode",
            "`nbcode promote NOTEBOOK --on here` has all of them",
        ),
    )


def layout_of(layout: TableLayout) -> dict[str, object]:
    """The words of nbcode.toml as those of :func:`alpha_bench.describe.read_panel`."""
    levels = tuple(part.strip() for part in layout.levels.split(",")) if layout.levels else None
    return {
        "field": layout.field,
        "levels": levels,
        "delimiter": layout.delimiter or ",",
        "decimal_point": layout.decimal or ".",
        "date_format": layout.date_format,
        "rename": dict(layout.rename) or None,
    }


_STAGED = re.compile(r"(?<![\w.])\d+\.(parquet|csv)\b")
_TOML_WAYS = (
    ("does not hold dates", 'date_format = "%m/%d/%Y", as its dates are written'),
    ("which is no date written as", "date_format as its dates are written, such as %m/%d/%Y or %d.%m.%Y"),
    ("holds string; numbers are needed", 'decimal = ",", where decimals are written so'),
    ("is no column", "derive over columns that the file has, by their names after rename"),
)
"""What research says of a file, and the line of nbcode.toml that would read it."""


def _in_toml(error: AlphaBenchError, files: PanelFiles) -> Diagnostic:
    """What research says of a file, as a finding about the lines that declare it."""
    # A run has its files by number: what they are called is no word of the user's.
    message = _STAGED.sub("its file", error.message)
    ways = [f"in [data.{files.name}] write {way}" for said, way in _TOML_WAYS if said in error.message]
    fixes = (*ways, *([error.fix] if error.fix and not ways else []))
    return Diagnostic(
        code=f"NBC-{error.code}",
        message=f"[data.{files.name}]: {message}",
        fixes=fixes,
        place=Place(path="nbcode.toml", line=files.line, file_line=files.line),
    )


def _with_cache(panel: Panel, columns: Path | None, *, live: bool) -> ValueSource:
    return panel if columns is None else cache_columns(panel, columns, read_only=not live)


def read_inputs(source: DataSource) -> dict[str, Any]:
    """The declared inputs of ``source`` that are tables, as pandas frames by name. What else is declared is left out."""
    from nbcode.namespace._pandas import read_frame

    found: dict[str, Any] = {}
    for file in source.inputs:
        with contextlib.suppress(NbcodeError):
            if file.path is not None and file.path.suffix.lower() in {".csv", ".parquet"}:
                found[file.name] = read_frame(file)
    return found


def _share(frame: Any) -> Any:
    from nbcode.namespace._pandas import share

    return share(frame)


def _place(file: InputFile) -> Path:
    assert file.path is not None
    return file.place or file.path


def _reader(file: InputFile) -> Callable[[], object]:
    """Reads an input once, and hands out frames that cannot change what was read."""
    kept: list[Any] = []

    def read() -> object:
        from nbcode.namespace._pandas import read_frame

        if file.path is None:
            message = f"the values of input {file.name!r} are asked for where there is no data"
            raise ValuesNeeded("R05", message, "ask for them in a clean run or a live kernel")
        if not kept:
            kept.append(read_frame(file))
        return _share(kept[0])

    return read


def _refused(code: str, path: Path, message: str, cause: str) -> NbcodeError:
    fix = (
        "correct its path in nbcode.toml"
        if code == "NBC-E01"
        else "promote again, so that the spec names the new bytes"
    )
    return NbcodeError(
        [Diagnostic(code=code, message=message, cause=cause, fixes=(fix,), place=Place(path=path.name))]
    )
