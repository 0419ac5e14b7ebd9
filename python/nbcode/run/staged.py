"""A run as files, for a runner that has to carry it to where it is executed: what is run, by content, and how its findings are placed.

``content.json`` is the content in its canonical bytes, ``staged.json`` names the run and the content's digest, ``inputs/N.SUFFIX`` are the declared
inputs in their order. The same files give the same run wherever they lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Literal

from nbcode.configuration import Isolation
from nbcode.inputs import InputSource, stage_reference
from nbcode.objects import Opening
from nbcode.primitives import Diagnostic, Digest, Json, canonical_json, dataclass, from_plain, to_plain
from nbcode.run.content import content_digest, decode_content, encode_content
from nbcode.run.left_folds import FOLDS, is_fold
from nbcode.run.values import LeftFold, Placement, RunContent, RunPlan, Share, Spreading

_REFERENCED = "referenced"
CONTENT_NAME, STAGED_NAME, INPUTS_NAME = "content.json", "staged.json", "inputs"


class StagedRunError(ValueError):
    """Files that are no staged run, or not the one that was asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _WireStaged:
    schema_version: Literal[1]
    run_id: str
    content_digest: Digest
    notebook_path: str | None
    first_lines: tuple[tuple[int, int], ...]
    made_of: bool
    notes: tuple[Json, ...]
    distributions: tuple[tuple[str, str], ...]
    references: tuple[InputSource | None, ...] = field(default=(), metadata={"omit_empty": True})
    over: int = field(default=0, metadata={"omit_empty": True})
    share: Share | None = field(default=None, metadata={"omit_empty": True})
    joined: bool = field(default=False, metadata={"omit_empty": True})
    folds: tuple[LeftFold, ...] = field(default=(), metadata={"omit_empty": True})


def staged_files(plan: RunPlan) -> dict[str, bytes | Path]:
    """What ``plan`` is staged as: relative path -> bytes, or the file on this machine that has them. Inputs that are elsewhere are told by reference, and
    :func:`stage_referenced` brings them."""
    own = {CONTENT_NAME: encode_content(plan.content), STAGED_NAME: staged_document(plan)}
    folds = {f"{FOLDS}/{one.name}": path for one, path in carried_folds(plan)}
    return {**own, **folds, **{input_name(n, plan.content): path for n, path in carried_inputs(plan)}}


def carried_inputs(plan: RunPlan) -> Iterator[tuple[int, Path]]:
    """Number and file of each input that has to be carried: it is on this machine alone."""
    place = plan.placement
    references = place.references or (None,) * len(place.inputs)
    for number, (path, reference) in enumerate(zip(place.inputs, references, strict=True)):
        if reference is None:
            yield number, path


def carried_folds(plan: RunPlan) -> Iterator[tuple[LeftFold, Path]]:
    """Each fit of a fold that goes with the run, and its file, where it has to be carried."""
    spreading = plan.placement.spreading
    if spreading.at is not None:
        for one in spreading.folds:
            yield one, spreading.at / one.name


def staged_document(plan: RunPlan) -> bytes:
    """``staged.json``: the name of the run, the digest of its content, and how its findings are placed."""
    place = plan.placement
    wire = _WireStaged(
        schema_version=1,
        run_id=plan.run_id,
        content_digest=content_digest(plan.content),
        notebook_path=place.notebook_path,
        first_lines=place.first_lines,
        made_of=place.made_of,
        notes=tuple(one.to_json() for one in place.notes),
        distributions=place.distributions,
        references=place.references if any(place.references) else (),
        over=place.spreading.over,
        share=place.spreading.share,
        joined=place.spreading.joined,
        folds=place.spreading.folds,
    )
    return canonical_json(to_plain(wire))


def staged_content(document: bytes) -> Digest:
    """The digest of the content that ``document``, a ``staged.json``, names. Raises :class:`StagedRunError` where it is none."""
    try:
        return from_plain(_WireStaged, json.loads(document), "the staged run").content_digest
    except (ValueError, RecursionError) as error:
        raise StagedRunError(f"not a staged run: {error}") from error


def is_spread(document: bytes) -> bool:
    """Whether the folds of the run of ``document`` are spread over others. Raises :class:`StagedRunError` where it is none."""
    try:
        return from_plain(_WireStaged, json.loads(document), "the staged run").over > 0
    except (ValueError, RecursionError) as error:
        raise StagedRunError(f"not a staged run: {error}") from error


def staged_folds(document: bytes) -> tuple[LeftFold, ...]:
    """The fits of folds that go with the run of ``document``. Raises :class:`StagedRunError` where one is named as no such file is."""
    try:
        folds = from_plain(_WireStaged, json.loads(document), "the staged run").folds
    except (ValueError, RecursionError) as error:
        raise StagedRunError(f"not a staged run: {error}") from error
    if bad := [one.name for one in folds if not is_fold(one.name)]:
        raise StagedRunError(f"{bad[0]!r} is no name of a fold")
    return folds


def read_staged(folder: Path, expected: Digest) -> RunPlan:
    """The plan that was staged in ``folder``; ``expected`` is the digest of its content. Inputs are compared with their digests by the run itself.

    Raises:
        StagedRunError: something is not there or cannot be read, or the content is another.
    """
    try:
        content = decode_content((folder / CONTENT_NAME).read_bytes())
        wire = from_plain(_WireStaged, json.loads((folder / STAGED_NAME).read_bytes()), "the staged run")
        notes = tuple(map(Diagnostic.from_json, wire.notes))
    except (OSError, ValueError, RecursionError) as error:
        raise StagedRunError(f"no run is staged in {folder}: {error}") from error
    if not content_digest(content) == wire.content_digest == expected:
        raise StagedRunError(
            f"what is staged in {folder} is {content_digest(content)}, and {expected} is to be run"
        )
    _hold_references(wire, content)
    placement = Placement(
        inputs=tuple(folder / input_name(n, content) for n in range(len(content.inputs))),
        isolation=Isolation.LANDLOCK,
        notebook_path=wire.notebook_path,
        first_lines=wire.first_lines,
        made_of=wire.made_of,
        distributions=wire.distributions,
        references=wire.references,
        notes=notes,
        spreading=_spreading(wire, folder),
    )
    return RunPlan(run_id=wire.run_id, content=content, placement=placement)


def _spreading(wire: _WireStaged, folder: Path) -> Spreading:
    at = folder / FOLDS if wire.joined and (folder / FOLDS).is_dir() else None
    return Spreading(over=wire.over, share=wire.share, joined=wire.joined, folds=wire.folds, at=at)


def stage_referenced(folder: Path, content: RunContent, *, opening: Opening | None = None) -> frozenset[int]:
    """Bring the inputs that ``staged.json`` of ``folder`` names by reference to where the run looks for them, from where they are; returns their numbers. What else
    is staged has to be brought by whoever calls.

    Raises:
        StagedRunError: ``staged.json`` cannot be read, or refers to another content than is to be run.
        StagingError: an input is not there, or has another content.
    """
    try:
        wire = from_plain(_WireStaged, json.loads((folder / STAGED_NAME).read_bytes()), "the staged run")
    except (OSError, ValueError, RecursionError) as error:
        raise StagedRunError(f"no run is staged in {folder}: {error}") from error
    _hold_references(wire, content)
    staged = set()
    for number, reference in enumerate(wire.references):
        if reference is None:
            continue
        path = stage_reference(reference, folder / _REFERENCED, opening=opening)
        there = folder / input_name(number, content)
        there.parent.mkdir(parents=True, exist_ok=True)
        path.replace(there)
        staged.add(number)
    return frozenset(staged)


def _hold_references(wire: _WireStaged, content: RunContent) -> None:
    """Raise :class:`StagedRunError` where the references are not to the content that is to be run, or to other parts of it."""
    references = wire.references or (None,) * len(content.inputs)
    if len(references) != len(content.inputs):
        raise StagedRunError(f"{len(references)} references of a run with {len(content.inputs)} inputs")
    for planned, reference in zip(content.inputs, references, strict=True):
        if reference is not None and reference.digest != planned.digest:
            raise StagedRunError(
                f"input `{planned.name}` is {planned.digest}, and its reference {reference.digest}"
            )
        if planned.parts != (None if reference is None else reference.parts_digest):
            raise StagedRunError(f"the parts of input `{planned.name}` are not those that are to be read")


def with_kernels(plan: RunPlan, cache: Path | None) -> RunPlan:
    """The same plan where compiled kernels are kept in ``cache``."""
    return replace(plan, placement=replace(plan.placement, numba_cache=cache))


def input_name(number: int, content: RunContent) -> str:
    """The path of an input of ``content`` in the folder of a staged run."""
    return f"{INPUTS_NAME}/{number}{content.inputs[number].suffix}"
