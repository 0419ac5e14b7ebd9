"""Building for a promote: once when it begins, and again from the journal's bytes where another process goes on with it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from nbcode.commands.anew import AS_IT_IS, Anew
from nbcode.commands.build import BuildResult
from nbcode.commands.fan_out import FanOut
from nbcode.environment import EnvironmentLock
from nbcode.inputs import PinnedInput
from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.promotion import Journal, Promotion
from nbcode.spec import BuildSpec


class Built(Protocol):
    """What a promote needs of a built notebook: of a :class:`nbcode.commands.build.BuildResult`."""

    @property
    def spec(self) -> BuildSpec:
        """The spec."""

    @property
    def spec_bytes(self) -> bytes:
        """Its canonical bytes."""

    @property
    def spec_digest(self) -> Digest:
        """Its identity."""

    @property
    def definition_digest(self) -> Digest:
        """The identity of what it defines."""

    @property
    def inputs(self) -> tuple[PinnedInput, ...]:
        """The files that it is built on."""

    @property
    def data(self) -> bytes:
        """The notebook's bytes as they were read."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was found and did not hinder."""


class Build(Protocol):
    """Builds a notebook: from its file, or from these bytes where they were read before; ``as_of`` is the last day whose rows are read, in
    place of what [meta] says."""

    def __call__(self, path: Path, data: bytes | None, as_of: str | None = None) -> BuildResult:
        """Build it. Raises ``NbcodeError`` with every finding."""
        ...


class Builder:
    """Builds the notebooks of one project, and remembers them until their run is planned."""

    def __init__(
        self,
        root: Path,
        build: Build,
        spec: Callable[[Digest], BuildSpec],
        anew: Anew = AS_IT_IS,
    ) -> None:
        """``root`` is what the notebooks of promotions are relative to, ``spec`` reads the spec that one was begun with."""
        self._root = root
        self._build = build
        self._spec = spec
        self._anew = anew
        self._built: dict[Digest, BuildResult] = {}

    def __call__(self, notebook: Path) -> BuildResult:
        """Build ``notebook`` as it is now."""
        built = self._build(notebook, self._anew.data, self._anew.as_of)
        self._built[built.spec_digest] = built
        return built

    def lock_of(self, spec: Digest) -> EnvironmentLock:
        """The environment's lock of the spec ``spec``, which was built here."""
        return self._built[spec].lock

    def fan_out(self, built: Built) -> FanOut | None:
        """Over how many runs the folds of what was built here are spread; None where that is not wanted."""
        planner = self._anew.fan_out
        return None if planner is None else planner(self._built[built.spec_digest])

    def over(self, spec: Digest) -> int:
        """Over how many runs those of the spec ``spec`` are, as it was planned; 0 where it was not."""
        return 0 if self._anew.fan_out is None else self._anew.fan_out.over(spec)

    def inputs_of(self, spec: Digest) -> tuple[PinnedInput, ...]:
        """What the spec ``spec`` was built on; nothing where it was not built here."""
        built = self._built.get(spec)
        return () if built is None else built.inputs

    def of(self, promotion: Promotion, journal: Journal) -> BuildResult:
        """What ``promotion`` was begun with; built from the bytes in ``journal`` when another process began it.

        Raises ``NbcodeError`` (NBC-I18) when that gives another spec now.
        """
        built = self._built.get(promotion.spec_digest)
        if built is None:
            as_of = None
            with contextlib.suppress(
                NbcodeError
            ):  # without its spec it is built as [meta] says, and compared
                as_of = self._spec(promotion.spec_digest).meta.as_of or None
            built = self._build(self._root / promotion.notebook, journal.payload(promotion.key), as_of)
        if built.spec_digest != promotion.spec_digest:
            raise NbcodeError([_changed(promotion, built.spec_digest)])
        return built


def name_in(root: Path, notebook: Path) -> str:
    """The notebook's path as a record keeps it: relative to ``root`` when it is inside. Links in its folder are followed."""
    where = notebook.parent.resolve() / notebook.name
    return str(where.relative_to(root) if where.is_relative_to(root) else where)


def _changed(promotion: Promotion, now_digest: Digest) -> Diagnostic:
    return Diagnostic(
        code="NBC-I18",
        message=f"{promotion.model}: what the interrupted promote began with is no longer here",
        cause=(
            f"its spec was {promotion.spec_digest.short}, the same notebook gives {now_digest.short} now:"
            " an input or an installed version changed"
        ),
        fixes=("`nbcode promote` the notebook as it is now",),
    )
