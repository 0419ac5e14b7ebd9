"""The build spec: everything that a run needs, nothing that a kernel happened to hold."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from nbcode.configuration import TableLayout
from nbcode.environment import LockedDistribution
from nbcode.inputs import Column, Formula, Role
from nbcode.primitives import Digest, Json, dataclass

SCHEMA_VERSION = 1
BUILD_TYPE = "urn:nbcode:build:notebook:v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """A condition that the evaluation must meet; ``value`` is the number as written, or of the metrics ``foresight`` and ``judged`` their word."""

    metric: str
    op: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecOutput:
    """A file or folder that the cells write and the artifact keeps; ``path`` is relative to the notebook."""

    name: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecMeta:
    """The ``[meta]`` cell. ``horizon`` counts sessions, such as ``10d``; ``as_of`` is the last day whose rows are read, empty where all are."""

    id: str
    kind: str
    horizon: str
    owner: str
    description: str
    gates: tuple[Gate, ...]
    outputs: tuple[SpecOutput, ...] = field(default=(), metadata={"omit_empty": True})
    as_of: str = field(default="", metadata={"omit_empty": True})


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecCell:
    """A promoted cell. ``source`` is as written, for people; ``code_digest`` is what the cell means."""

    tag: str
    source: str
    code_digest: Digest
    defs: tuple[str, ...]
    refs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecDefinition:
    """The model as plain data where the cells are declarative, else the names that plain Python cells leave."""

    kind: Literal["declarative", "python"]
    digest: Digest
    plain: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecInput:
    """A dataset by content. ``uri`` is as declared; no path of the machine that built the spec."""

    name: str
    role: Role
    uri: str
    digest: Digest
    size_bytes: int = field(metadata={"text": True})
    schema: tuple[Column, ...]
    as_of: str | None
    derive: tuple[Formula, ...]
    date_column: str
    symbol_column: str
    layout: TableLayout | None = field(default=None, metadata={"omit_empty": True})


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecEnvironment:
    """What is installed in the run. ``platform_key`` and ``python_version`` tell where the spec was built."""

    python_version: str
    lock_source: Literal["uv.lock", "pylock", "installed"]
    lock_digest: Digest
    distributions: tuple[LockedDistribution, ...]
    image_digest: Digest | None
    platform_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecModule:
    """A module of the project that the cells import. ``path`` is relative to the project's root; ``source`` is as written, for people
    and for the run; ``code_digest`` is what the module means."""

    path: str
    source: str
    code_digest: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotReference:
    """Where the notebook's bytes are kept in git. ``path`` is inside the repository."""

    commit: str
    blob: str
    notebook_digest: Digest
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A value bound from outside. ``value`` is the canonical text of a value of ``type``."""

    name: str
    type: Literal["bool", "int", "float", "str"]
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSpec:
    """A build, whole. Cells are in document order; inputs, distributions and parameters in order of name, modules in order of path.

    ``module_folders``, relative to the project's root, are where the cells' imports find ``modules``. Both are left out of the
    bytes and of the identity where there are none.
    """

    schema_version: int = SCHEMA_VERSION
    build_type: str = BUILD_TYPE
    meta: SpecMeta
    cells: tuple[SpecCell, ...]
    definition: SpecDefinition
    inputs: tuple[SpecInput, ...]
    environment: SpecEnvironment
    snapshot: SnapshotReference | None = None
    parameters: tuple[Parameter, ...] = ()
    modules: tuple[SpecModule, ...] = field(default=(), metadata={"omit_empty": True})
    module_folders: tuple[str, ...] = field(default=(), metadata={"omit_empty": True})
