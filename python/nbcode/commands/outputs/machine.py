"""Of the project, the machine and the codes: `init`, `doctor`, `trust`, `explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from nbcode.commands.outputs.stopped import Ended
from nbcode.configuration import TrustKind
from nbcode.primitives import Digest
from nbcode.primitives.json_schema import Written


class HealthFinding(TypedDict):
    """One thing that was looked at."""

    area: str
    name: str
    level: Annotated[str, Written(Literal["ok", "warn", "fail"])]
    text: str
    fix: str


class DoctorOutput(TypedDict):
    """``nbcode doctor``."""

    status: Ended
    findings: list[HealthFinding]


class TrustedItem(TypedDict):
    """Something that was trusted, by its digest."""

    digest: Digest
    kind: Annotated[str, Written(TrustKind)]
    value: str
    target: str
    trusted_at: str


class AskedItem(TypedDict):
    """Something that a project asks for beyond itself."""

    kind: Annotated[str, Written(TrustKind)]
    setting: str
    value: str
    target: str
    why: str
    path: str | None
    line: int | None
    digest: Digest


class TrustOutput(TypedDict):
    """``nbcode trust``: what was asked for; with ``--revoke`` what was taken back."""

    status: Annotated[str, Written(Literal["trusted", "declined", "nothing to trust", "revoked"])]
    root: str
    items: Annotated[Sequence[object], Written(list[AskedItem | TrustedItem])]


class TrustedProject(TypedDict):
    """What is trusted of one project."""

    root: str
    items: list[TrustedItem]


class TrustedOutput(TypedDict):
    """``nbcode trust --list``."""

    projects: Annotated[Sequence[Mapping[str, object]], Written(list[TrustedProject])]


class MadeItem(TypedDict):
    """A file or a kernel, and what became of it."""

    what: str
    path: str | None
    state: Annotated[str, Written(Literal["written", "exists", "not wanted"])]
    note: str


class DeclaredDataset(TypedDict):
    """The dataset of ``--data``, as nbcode.toml has it."""

    name: str
    configuration: str
    section: str
    written: bool
    notes: list[str]
    panel: str
    validation: str


class InitOutput(TypedDict):
    """``nbcode init``. ``next`` is what to type now."""

    status: Literal["done"]
    folder: str
    items: list[MadeItem]
    next: list[str]
    dataset: DeclaredDataset | None


class ExamplesOutput(TypedDict):
    """``nbcode init --example``: each example's name and what it is about."""

    examples: dict[str, str]


class ExplainOutput(TypedDict):
    """``nbcode explain CODE``."""

    code: str
    title: str
    text: str


class CodeTitle(TypedDict):
    """A code of the manual."""

    code: str
    title: str


class CodesOutput(TypedDict):
    """``nbcode explain``: every code."""

    codes: list[CodeTitle]


class DataOutput(TypedDict):
    """``nbcode data snapshot``: the file that was written, relative to the project where it is in it."""

    dataset: str
    file: str
    digest: Digest
    size_bytes: str
    rows: int
    columns: list[str]
