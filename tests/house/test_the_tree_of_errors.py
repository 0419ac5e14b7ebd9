"""Whatever leaves a room of nbcode is an `NbcodeError`: also what nobody foresaw is told with a code, a cause and a fix."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbcode
from nbcode.artifact import ArtifactMissingError, ArtifactRefusedError
from nbcode.diagnostics import all_codes
from nbcode.inputs import StagingError
from nbcode.notebook import TaggingError
from nbcode.objects import Refusal, StoreError
from nbcode.primitives import CancelledError, Diagnostic, Digest, NbcodeError
from nbcode.primitives import errors as tree
from nbcode.promotion import Holder, JournalConflictError, JournalError, LeaseHeldError
from nbcode.registry import RegistryError
from nbcode.registry.archive import ArchiveRefusedError
from nbcode.run._kubernetes import KubernetesError
from nbcode.sandbox import IsolationLevel, SandboxUnavailableError
from nbcode.spec import SpecError

NBCODE = Path(__file__).parents[2] / "python" / "nbcode"
STAY_INSIDE = {
    "ReplyError": "definition: `describe_cells` tells it as NBC-H01",
    "DifferentContentError": "environment: `create` tells it as NBC-G04",
    "DirectoryRefusedError": "environment: locking tells it as NBC-G03",
    "ExpressionError": "notebook: reading [meta] tells it as NBC-C20",
    "ForkRefusedError": "definition: raised into the cells; told as NBC-E11",
    "LockFileError": "environment: locking tells it",
    "NoCompatibleWheelError": "environment: `create` tells it as NBC-G07",
    "NoReplyError": "definition: `describe_cells` tells it as NBC-H01",
    "NothingNewError": "commands: a refit that has nothing to fit ends with the version that exists",
    "RefusedFileError": "inputs: it holds a code already, and pinning adds the input",
    "StagedRunError": "run: a pod ends by it with an exit code of its own",
    "StoreUnwritableError": "inputs: whoever fetches tells it as NBC-F07",
    "StoppedError": "run: in the run's own process, whose answer it becomes",
    "TooMuchError": "kernel: a larger value is looked at in part",
    "UndatedError": "inputs: a RefusedFileError, of a table whose rows nobody can date",
    "UndeclaredAccessError": "run: raised into the cells, whose libraries know a PermissionError",
}
FOUND = Diagnostic(code="NBC-I16", message="no", fixes=("`nbcode resume`",))
RAISED = (
    ArtifactMissingError(Digest("sha256:" + "0" * 64), Path("artifacts")),
    ArtifactRefusedError("report.json is a link"),
    ArchiveRefusedError("it ends within report.json"),
    JournalConflictError("it is no longer begun"),
    JournalError(FOUND),
    LeaseHeldError(Holder(pid=1, host="here", since="2026-01-01T00:00:00Z")),
    KubernetesError(FOUND),
    LeaseHeldError(None),
    RegistryError(FOUND),
    SandboxUnavailableError(IsolationLevel.LANDLOCK, "the kernel has none"),
    SpecError(FOUND),
    StagingError([FOUND]),
    StoreError(Refusal.AWAY, "HTTP error"),
    TaggingError("n.py", "a cell would not be what it was"),
)


def defined() -> Iterator[tuple[str, str]]:
    """Module and name of every public exception class in the sources."""
    for path in NBCODE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.ClassDef)
                and node.name.endswith("Error")
                and not node.name.startswith("_")
            ):
                yield ".".join(("nbcode", *path.relative_to(NBCODE).with_suffix("").parts)), node.name


def outside(classes: dict[str, type[BaseException]]) -> set[str]:
    """The names of those that are not in the tree."""
    return {name for name, found in classes.items() if not issubclass(found, NbcodeError | CancelledError)}


def test_every_public_error_is_in_the_tree_or_stays_in_its_room() -> None:
    classes = {name: getattr(importlib.import_module(module), name) for module, name in defined()}
    assert outside(classes) == set(STAY_INSIDE)
    assert {type(e).__name__ for e in RAISED} == set(classes) - set(STAY_INSIDE) - {
        "NbcodeError",
        "CancelledError",
    }


def test_no_door_offers_an_error_that_is_not_in_the_tree() -> None:
    doors = [
        importlib.import_module(f"nbcode.{room.name}")
        for room in pkgutil.iter_modules(nbcode.__path__)
        if room.ispkg
    ]
    offered = {
        name: found
        for door in doors
        for name in getattr(door, "__all__", ())
        if isinstance(found := getattr(door, name), type) and issubclass(found, BaseException)
    }
    assert len(offered) >= 10
    assert outside(offered) == set()


@pytest.mark.parametrize("error", RAISED, ids=lambda e: type(e).__name__)
def test_each_is_told_by_a_known_code_with_a_cause_or_a_fix(error: NbcodeError) -> None:
    (diagnostic,) = error.diagnostics
    assert diagnostic.code.removeprefix("NBC-") in {str(code).removeprefix("NBC-") for code in all_codes()}
    assert diagnostic.fixes
    assert error.exit_code


def test_callers_of_the_language_know_them_too() -> None:
    bases = {
        SpecError: ValueError,
        ArtifactRefusedError: ValueError,
        ArchiveRefusedError: ValueError,
        ArtifactMissingError: LookupError,
        LeaseHeldError: TimeoutError,
    }
    assert all(issubclass(found, base) for found, base in bases.items())


def test_the_tree_is_drawn_where_the_root_is() -> None:
    drawn = tree.__doc__ or ""
    assert {type(e).__name__ for e in RAISED} <= set(drawn.replace("|-", "").replace("`-", "").split())


def test_one_outside_of_the_tree_is_seen() -> None:
    """The control."""
    assert outside({"ours": SpecError, "stranger": KeyError}) == {"stranger"}
