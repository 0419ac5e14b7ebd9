"""What a registry holds, as it is told: models with their owner and candidate, versions with the figures of their runs."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from nbcode.primitives import Digest, dataclass
from nbcode.registry.version import CANDIDATE, NOTEBOOK, ModelVersion

TAG = "nbcode."
FILES_TAG = f"{TAG}files_digest"
_LARGEST = 1e300
"""MLflow keeps an infinity as the largest number of its database."""
_COPIED = "models:/"
"""What MLflow writes as the source of a version that was copied from another."""
Named: TypeAlias = tuple[tuple[str, float], ...]


class Figures(StrEnum):
    """Of which versions the figures are asked for: of none, of the one that stands for its model, of all."""

    NONE = "none"
    SHOWN = "shown"
    ALL = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredVersion:
    """A version and what the registry says of its run. ``figures`` are finite, by the names that the registry took, in order of name; empty where they were
    not asked for, or where the run is gone. ``look_ahead``, ``judged`` and ``trials`` are sentences, ``findings`` a line each;
    each is empty where there is none. ``run_id`` names the run in the registry."""

    version: ModelVersion
    run_id: str = ""
    figures: Named = ()
    look_ahead: str = ""
    judged: str = ""
    trials: str = ""
    findings: tuple[str, ...] = ()

    @property
    def copied(self) -> bool:
        """Whether MLflow's own "Promote model" made it from another version, with that one's tags."""
        return self.version.source.startswith(_COPIED)

    @property
    def ran_for(self) -> str:
        """The model under which it was promoted, whose name its experiment bears."""
        source = self.version.source
        return source.removeprefix(_COPIED).partition("/")[0] if self.copied else self.version.model


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredModel:
    """A registered model and the ``versions`` of it that nbcode made, newest first; there is at least one. ``candidate`` is the number under
    the alias, which may be that of a version that another tool made. ``adopted_at`` and ``adopted_by`` say when and by whom it was taken over last,
    and ``adopted_from`` whose it was."""

    model: str
    versions: tuple[RegisteredVersion, ...]
    owner: str = ""
    candidate: int | None = None
    adopted_from: str = ""
    adopted_by: str = ""
    adopted_at: str = ""

    @property
    def shown(self) -> RegisteredVersion:
        """The version that stands for the model: the candidate, else the newest."""
        return next((one for one in self.versions if one.version.alias), self.versions[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredVersion:
    """A version as a registry's tables or answers have it."""

    model: str
    number: int
    source: str
    run_id: str
    tags: Mapping[str, str]


def models_of(
    stored: Iterable[StoredVersion],
    tags_of_models: Mapping[str, Mapping[str, str]],
    candidates: Mapping[str, int],
) -> tuple[RegisteredModel, ...]:
    """The models of the ``stored`` versions that are nbcode's, in order of name. One whose tags another hand wrote or spoilt is left out, so that the
    others are told."""
    by_model: dict[str, dict[int, RegisteredVersion]] = {}
    for one in stored:
        with contextlib.suppress(KeyError, ValueError):
            found = _registered(one, candidates.get(one.model))
            by_model.setdefault(one.model, {})[one.number] = found
    return tuple(
        RegisteredModel(
            model=model,
            versions=tuple(versions[number] for number in sorted(versions, reverse=True)),
            owner=tags.get(f"{TAG}owner", ""),
            candidate=candidates.get(model),
            adopted_from=tags.get(f"{TAG}adopted_from", ""),
            adopted_by=tags.get(f"{TAG}adopted_by", ""),
            adopted_at=tags.get(f"{TAG}adopted_at", ""),
        )
        for model, versions in sorted(by_model.items())
        for tags in [tags_of_models.get(model, {})]
    )


def runs_wanted(models: Iterable[RegisteredModel], figures: Figures) -> list[str]:
    """The runs whose figures are asked for."""
    if figures is Figures.NONE:
        return []
    chosen = [
        one for model in models for one in (model.versions if figures is Figures.ALL else (model.shown,))
    ]
    return [one.run_id for one in chosen if one.run_id]


def with_figures(
    models: Iterable[RegisteredModel], figures: Mapping[str, Mapping[str, float]]
) -> tuple[RegisteredModel, ...]:
    """The models with ``figures`` by run."""
    return tuple(
        replace(
            model,
            versions=tuple(
                replace(one, figures=_finite(figures.get(one.run_id, {}))) for one in model.versions
            ),
        )
        for model in models
    )


def _finite(figures: Mapping[str, float]) -> Named:
    return tuple(
        (name, float(value))
        for name, value in sorted(figures.items())
        if math.isfinite(value) and abs(value) < _LARGEST
    )


def _registered(stored: StoredVersion, candidate: int | None) -> RegisteredVersion:
    tags = stored.tags
    if datetime.fromisoformat(tags[f"{TAG}registered_at"]).tzinfo is None:
        raise ValueError("a time without its zone")
    return RegisteredVersion(
        version=version_of(stored.model, stored.number, stored.source, tags, candidate),
        run_id=stored.run_id,
        look_ahead=tags.get(f"{TAG}look_ahead", ""),
        judged=tags.get(f"{TAG}judged", ""),
        trials=tags.get(f"{TAG}trials", ""),
        findings=tuple(tags.get(f"{TAG}findings", "").splitlines()),
    )


def version_of(
    model: str, number: int, source: str, tags: Mapping[str, str], candidate: int | None
) -> ModelVersion:
    """A version from its number and tags. Raises ``KeyError``, ``ValueError`` for tags that are not ours."""
    definition = tags.get(f"{TAG}definition_digest")
    return ModelVersion(
        model=model,
        version=number,
        key=Digest(tags[f"{TAG}key"]),
        spec_digest=Digest(tags[f"{TAG}spec_digest"]),
        artifact_digest=Digest(tags[f"{TAG}artifact_digest"]),
        registered_at=tags[f"{TAG}registered_at"],
        registered_by=tags.get(f"{TAG}registered_by", ""),
        source=source,
        alias=CANDIDATE if candidate == number else None,
        notebook=tags.get(f"{TAG}notebook"),
        snapshot=tags.get(f"{TAG}snapshot"),
        account=tags.get(f"{TAG}registered_as"),
        adopted_from=tags.get(f"{TAG}adopted_from"),
        owner=tags.get(f"{TAG}owner", ""),
        definition_digest=None if definition is None else Digest(definition),
        path=tags.get(f"{TAG}path", NOTEBOOK),
        line=tags.get(f"{TAG}line", ""),
        files_digest=tags.get(FILES_TAG, ""),
        collected_at=tags.get(f"{TAG}collected_at", ""),
        collected_by=tags.get(f"{TAG}collected_by", ""),
        collected_before=tags.get(f"{TAG}collected_before", ""),
        imported_from=tags.get(f"{TAG}imported_from", ""),
        imported_at=tags.get(f"{TAG}imported_at", ""),
        imported_by=tags.get(f"{TAG}imported_by", ""),
    )
