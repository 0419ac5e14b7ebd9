"""What of a notebook is in its spec digest, with everything around the notebook held still.

The spec is the product's own (``assemble``, ``spec_digest``). Held still: an input's content is its path, a lock is the list of
imports, and a declarative model is described by its code alone.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from nbcode.cells import CellGraph, SourceCache, analyse
from nbcode.commands.build import assemble
from nbcode.definition import ChildOutcome, ChildRequest, Definition, describe_cells
from nbcode.environment import EnvironmentLock
from nbcode.inputs import LocalModules, PinnedInput, Role
from nbcode.notebook import Meta, Notebook, parse_notebook
from nbcode.primitives import Diagnostic, Digest, digest_bytes, digest_json, errors_of
from nbcode.spec import spec_digest

KNOWN = SourceCache(most_characters=20_000_000)
UNDESCRIBED = Definition(kind="declarative", plain={}, digest=digest_json({}))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A notebook's digest, None where it is refused, and the codes of what refuses it."""

    digest: Digest | None
    refused: tuple[str, ...]


class _NeedsAChildError(Exception):
    """The cells are declarative: a child would be asked."""


def read(data: bytes, name: str) -> tuple[Notebook | None, CellGraph | None, tuple[str, ...]]:
    """The notebook, its graph, and the codes of every error."""
    reading = parse_notebook(data, name)
    if reading.notebook is None:
        return None, None, _errors(reading.diagnostics)
    analysis = analyse(reading.notebook, known=KNOWN)
    return reading.notebook, analysis.graph, _errors((*reading.diagnostics, *analysis.diagnostics))


@cache
def identity(data: bytes, name: str) -> Told:
    """The digest of a notebook's bytes in a file called ``name``."""
    _, graph, refused = read(data, name)
    if graph is None or graph.meta is None:
        return Told(digest=None, refused=refused)
    spec = assemble(
        graph,
        graph.meta,
        _definition(graph),
        _inputs(graph, graph.meta),
        _lock(graph),
        modules=LocalModules(),
    )
    return Told(digest=spec_digest(spec), refused=refused)


def _errors(found: Iterable[Diagnostic]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(d.code for d in errors_of(found)))


def _definition(graph: CellGraph) -> Definition:
    try:
        described = describe_cells(graph, python=Path(sys.executable), launch=_no_child)
    except _NeedsAChildError:
        return UNDESCRIBED
    assert described.definition is not None
    return described.definition


def _no_child(request: ChildRequest) -> ChildOutcome:
    raise _NeedsAChildError(request.arguments)


def _inputs(graph: CellGraph, meta: Meta) -> tuple[PinnedInput, ...]:
    panel = [("panel", meta.data or "default", Role.PRICES)] if graph.reads_panel or meta.data else []
    declared = [(name, uri, Role.INPUT) for name, uri in sorted(meta.inputs)]
    return tuple(_input(*one) for one in (*panel, *declared))


def _input(name: str, uri: str, role: Role) -> PinnedInput:
    plain = posixpath.normpath(uri)
    return PinnedInput(
        name=name,
        role=role,
        uri=uri,
        path=Path(PurePosixPath(plain)),
        digest=digest_bytes(plain.encode()),
        size_bytes=len(plain),
        schema=(),
        as_of=None,
    )


def _lock(graph: CellGraph) -> EnvironmentLock:
    imports = [*sorted(graph.imports)]
    return EnvironmentLock(
        python_version="3.11", distributions=(), digest=digest_json(imports), source="installed"
    )
