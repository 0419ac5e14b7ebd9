"""What the run of a share leaves: fits of folds, each in a file that is named by what it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from nbcode.run.values import LeftFold, ResultManifest, RunPlan, Share, Spreading

FOLDS = "folds"
"""The folder of a result, and of a staged run, in which they are."""
_NAME = re.compile(r"[0-9a-f]{64}\.json")


def is_fold(name: str) -> bool:
    """Whether a file may be called so: nothing that leads out of a folder."""
    return _NAME.fullmatch(name) is not None


def left_in(result: ResultManifest) -> tuple[LeftFold, ...]:
    """The folds among the files of a result."""
    found = []
    for one in result.files:
        folder, _, name = one.path.partition("/")
        if folder == FOLDS and is_fold(name):
            found.append(LeftFold(name=name, digest=one.digest, size_bytes=one.size_bytes))
    return tuple(found)


def share_name(run_id: str, share: Share) -> str:
    """The name of the run of a share."""
    return f"{run_id}-p{share.number}of{share.of}"


def shares_of(plan: RunPlan) -> tuple[RunPlan, ...]:
    """The runs over which the folds of ``plan`` are spread."""
    over = plan.placement.spreading.over
    return tuple(
        replace(
            plan,
            run_id=share_name(plan.run_id, share),
            placement=replace(plan.placement, spreading=Spreading(share=share)),
        )
        for share in (Share(number=number, of=over) for number in range(1, over + 1))
    )


def joined(plan: RunPlan, folds: Iterable[LeftFold]) -> RunPlan:
    """``plan`` with what the runs of its shares left, in no order that could differ."""
    each = {one.name: one for one in sorted(folds, key=lambda one: (one.name, one.digest))}
    spreading = replace(plan.placement.spreading, joined=True, folds=tuple(each.values()))
    return replace(plan, placement=replace(plan.placement, spreading=spreading))
