"""Where a live kernel is: its notebook, its project, and the data that a clean run of it would read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from nbcode.namespace import DataSource, InputFile, PanelFiles
from nbcode.notebook import Cell, Meta, MetaReading, read_meta, read_notebook
from nbcode.primitives import NbcodeError, errors_of

_MARKER = re.compile(r"\A\s*#\s*%%\s*\[meta\]")
_META_LINE = re.compile(r"^#\s*(id|kind|horizon)\s*:", re.MULTILINE)
_NO_META = Meta(id="live-kernel", kind="model", horizon="1d", horizon_sessions=1, owner="live-kernel")


def notebook_path(
    namespace: Mapping[str, object], environment: Mapping[str, str], folder: Path
) -> Path | None:
    """The notebook that this kernel belongs to, as VS Code or Jupyter Server tells it; None where neither does."""
    for said in (namespace.get("__vsc_ipynb_file__"), environment.get("JPY_SESSION_NAME")):
        if isinstance(said, str) and said:
            path = folder / said
            if path.suffix in {".ipynb", ".py"} and path.is_file():
                return path
    return None


def meta_in_cell(source: str) -> MetaReading | None:
    """The meta that a cell declares when it is run; None for any other cell.

    A kernel sees the text of a cell, not its tags: a cell of comments alone that gives id, kind and horizon is a [meta] cell.
    """
    if not _MARKER.match(source):
        only_comments = all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())
        if not only_comments or len(set(_META_LINE.findall(source))) < 3:
            return None
    return read_meta(Cell(index=1, kind="code", source=source.strip("\n"), tag="meta"), "this cell")


def saved_meta(path: Path) -> Meta | None:
    """The meta of the saved notebook, None where it has none that can be read."""
    notebook = read_notebook(path).notebook
    if notebook is None:
        return None
    cell = next((c for c in notebook.cells if c.tag == "meta"), None)
    return None if cell is None else read_meta(cell, str(path)).meta


def resolve_data(start: Path, meta: Meta | None) -> tuple[DataSource, tuple[Path, ...]]:
    """The data that a clean run would read: the workspace above ``start``, the dataset and the inputs of ``meta``, up to its ``as_of``; and the
    files that this was read from, whose change makes it another.

    Without digests: a person's kernel reads what is there now, and the next promote pins that.

    Raises:
        NbcodeError: for a wrong nbcode.toml, an unknown dataset or a missing file, with every finding.
    """
    from nbcode.configuration import FILE_NAME, find_root, open_workspace
    from nbcode.inputs import Role, pin_inputs

    workspace = open_workspace(start)
    pinning = pin_inputs(
        workspace, meta or _NO_META, notebook_folder=start if start.is_dir() else start.parent
    )
    errors = errors_of(pinning.diagnostics)
    if errors:
        raise NbcodeError(errors)
    prices = next(p for p in pinning.inputs if p.role is Role.PRICES)
    reference = next((p for p in pinning.inputs if p.role is Role.REFERENCE), None)
    source = DataSource(
        panel_files=PanelFiles(
            prices=prices.path,
            reference=reference.path if reference else None,
            derive=tuple((d.field, d.formula) for d in prices.derive),
            date_column=prices.date_column,
            symbol_column=prices.symbol_column,
            layout=prices.layout,
            name=prices.name,
            line=workspace.config.line_of(prices.name),
        ),
        inputs=tuple(InputFile(name=p.name, path=p.path) for p in pinning.inputs if p.role is Role.INPUT),
        columns=workspace.columns,
    )
    return source, (find_root(start) / FILE_NAME, *(p.cut_of or p.path for p in pinning.inputs))
