"""A registry in one file, so that it survives the kill of a process."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcode.primitives import Diagnostic, Digest
from nbcode.registry import (
    CANDIDATE,
    Figures,
    ModelVersion,
    RegisteredModel,
    RegisteredVersion,
    Registration,
    Registry,
    RegistryError,
    no_failpoint,
)

_DIGESTS = ("key", "spec_digest", "definition_digest", "artifact_digest")


class FileRegistry(Registry):
    """Versions and aliases in a JSON file, behind a lock. Passes the failpoints that MLflow's adapter passes."""

    def __init__(self, path: Path, failpoint=no_failpoint) -> None:
        self._path = path
        self._failpoint = failpoint

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def find(self, model: str, key: Digest) -> ModelVersion | None:
        return next((v for v in self.versions(model) if v.key == key), None)

    def register(self, wanted: Registration) -> ModelVersion:
        with self._open() as rows:
            adopted_from = _settled(rows, wanted)
            mine = [row for row in rows["versions"] if row["model"] == wanted.model]
            found = next((row for row in mine if row["key"] == wanted.key), None)
            if found is None:
                for point in ("run_created", "files_logged"):
                    self._failpoint(f"register.{point}")
                found = _row(wanted, 1 + max((row["version"] for row in mine), default=0))
                found["adopted_from"] = adopted_from
                rows["versions"].append(found)
                rows.setdefault("specs", {})[wanted.key] = wanted.spec
                rows.setdefault("sources", {})[wanted.key] = dict(wanted.sources)
                rows.setdefault("said", {})[wanted.key] = _said(wanted)
            elif found["artifact_digest"] == wanted.artifact_digest:
                at, by = found.pop("collected_at", None), found.pop("collected_by", None)
                if at is not None:
                    before = found.get("collected_before", "").splitlines()
                    found["collected_before"] = "\n".join([*before, f"{at} {by}"])
        self._failpoint("register.version_created")
        if found["artifact_digest"] != wanted.artifact_digest:
            raise RegistryError(
                Diagnostic(code="NBC-I05", message=f"{wanted.model}: the same spec gave another artifact")
            )
        return self.find(wanted.model, wanted.key)

    def fetch(self, version: ModelVersion, into: Path, *, only: str = "") -> Path:
        if version.collected_at and only in ("", version.artifact_digest.hex):
            raise RegistryError(Diagnostic(code="NBC-I47", message="its files were removed"))
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(version.source, into / version.artifact_digest.hex)
        with self._open() as rows:
            spec = rows.get("specs", {}).get(version.key)
            sources = rows.get("sources", {}).get(version.key, {})
        for name, text in {**sources, **({"spec.json": spec} if spec else {})}.items():
            (into / name).write_text(text)
        for other in [one for one in into.iterdir() if only and one.name != only]:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
        if not (into / only).exists():
            raise RegistryError(Diagnostic(code="NBC-I47", message=f"there is no {only}"))
        return into / only

    def set_candidate(self, version: ModelVersion) -> ModelVersion:
        with self._open() as rows:
            rows["aliases"][version.model] = version.version
        return dataclasses.replace(version, alias=CANDIDATE)

    def owner_of(self, model: str) -> str | None:
        with self._open() as rows:
            return rows["owners"][model] or "" if model in rows["owners"] else None

    def in_use(self) -> dict[tuple[str, int], str]:
        with self._open() as rows:
            named = [(model, number, CANDIDATE) for model, number in rows["aliases"].items()]
            for model, others in rows.get("others", {}).items():
                named += [(model, number, name) for name, number in others.items()]
        return {(model, number): f"under the alias {name}" for model, number, name in named}

    def collect(self, version: ModelVersion, *, at: str, by: str) -> ModelVersion:
        if (because := self.in_use().get((version.model, version.version))) is not None:
            raise RegistryError(Diagnostic(code="NBC-I49", message="its bytes stay", cause=because))
        with self._open() as rows:
            for row in rows["versions"]:
                if (row["model"], row["version"]) == (version.model, version.version):
                    row["collected_by"] = row.get("collected_by") or by
                    row["collected_at"] = row.get("collected_at") or at
        self._failpoint("collect.written")
        return self.find(version.model, version.key)

    def candidate(self, model: str) -> int | None:
        with self._open() as rows:
            return rows["aliases"].get(model)

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        with self._open() as rows:
            found = [row for row in rows["versions"] if row["model"] == model]
            candidate = rows["aliases"].get(model)
        return tuple(
            ModelVersion(
                **row | {name: Digest(row[name]) for name in _DIGESTS},
                alias=CANDIDATE if row["version"] == candidate else None,
            )
            for row in sorted(found, key=lambda row: -row["version"])
        )

    def models(self) -> tuple[str, ...]:
        with self._open() as rows:
            return tuple(sorted({row["model"] for row in rows["versions"]}))

    def registered(
        self, model: str | None = None, *, figures: Figures = Figures.NONE
    ) -> tuple[RegisteredModel, ...]:
        with self._open() as rows:
            said, adopted, owners = rows.get("said", {}), rows.get("adopted", {}), rows["owners"]
        found = []
        for name in self.models() if model is None else (model,):
            versions = tuple(
                RegisteredVersion(version=one, run_id=one.key, **_told(said[one.key]))
                for one in self.versions(name)
            )
            if versions:
                taken = adopted.get(name, {})
                one = RegisteredModel(
                    model=name, versions=versions, owner=owners[name], candidate=self.candidate(name), **taken
                )
                found.append(_with_figures(one, said, figures))
        return tuple(found)

    def change_source(self, key: Digest, name: str, text: str | None) -> None:
        """What somebody does outside of nbcode: write another file of what was promoted, or remove it."""
        with self._open() as rows:
            rows["sources"][key].pop(name, None)
            if text is not None:
                rows["sources"][key][name] = text

    def forget_version(self, model: str, number: int) -> None:
        """What somebody does outside of nbcode: delete one version."""
        with self._open() as rows:
            rows["versions"] = [r for r in rows["versions"] if (r["model"], r["version"]) != (model, number)]

    def made_by_another_tool(self, model: str) -> None:
        """What somebody does outside of nbcode: make a model of that name, with no owner that nbcode knows."""
        with self._open() as rows:
            rows["owners"][model] = None

    def set_alias(self, model: str, alias: str, version: int) -> None:
        """What somebody does outside of nbcode: set an alias of their own."""
        with self._open() as rows:
            rows.setdefault("others", {}).setdefault(model, {})[alias] = version

    def forget(self, model: str) -> None:
        """What somebody does outside of nbcode: delete the model."""
        with self._open() as rows:
            rows["versions"] = [row for row in rows["versions"] if row["model"] != model]
            rows["aliases"].pop(model, None)
            rows["owners"].pop(model, None)

    def point_candidate_at(self, model: str, version: int) -> None:
        """What somebody does outside of nbcode: move the alias."""
        with self._open() as rows:
            rows["aliases"][model] = version

    @contextmanager
    def _open(self) -> Iterator[dict]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            text = stream.read()
            rows = json.loads(text) if text else {"versions": [], "aliases": {}, "owners": {}}
            yield rows
            if json.dumps(rows) != text:
                stream.truncate(0)
                stream.write(json.dumps(rows))


def _said(wanted: Registration) -> dict:
    """What is kept of a registration beside its version."""
    return {
        "figures": dict(wanted.metrics),
        "look_ahead": wanted.look_ahead,
        "judged": wanted.judged,
        "trials": wanted.trials,
        "findings": list(wanted.findings),
    }


def _told(said: dict) -> dict:
    return {name: value for name, value in said.items() if name != "figures"} | {
        "findings": tuple(said["findings"])
    }


def _with_figures(model: RegisteredModel, said: dict, figures: Figures) -> RegisteredModel:
    asked = {Figures.NONE: (), Figures.SHOWN: (model.shown,), Figures.ALL: model.versions}[figures]
    return dataclasses.replace(
        model,
        versions=tuple(
            dataclasses.replace(one, figures=tuple(sorted(said[one.version.key]["figures"].items())))
            if one in asked
            else one
            for one in model.versions
        ),
    )


def _settled(rows: dict, wanted: Registration) -> str | None:
    owner = rows["owners"].setdefault(wanted.model, wanted.owner)
    if owner == wanted.owner:
        return None
    if not wanted.adopt:
        raise RegistryError(
            Diagnostic(code="NBC-I24", message=f"the registered model {wanted.model} is somebody else's")
        )
    rows["owners"][wanted.model] = wanted.owner
    rows.setdefault("adopted", {})[wanted.model] = {
        "adopted_from": owner or "nobody",
        "adopted_by": wanted.registered_by,
        "adopted_at": wanted.registered_at,
    }
    return owner or "nobody"


def _row(wanted: Registration, version: int) -> dict:
    return {
        "model": wanted.model,
        "version": version,
        "key": wanted.key,
        "spec_digest": wanted.spec_digest,
        "definition_digest": wanted.definition_digest,
        "artifact_digest": wanted.artifact_digest,
        "owner": wanted.owner,
        "path": wanted.path,
        "line": wanted.line,
        "registered_at": wanted.registered_at,
        "registered_by": wanted.registered_by,
        "source": str(wanted.artifact),
        "notebook": wanted.notebook,
        "snapshot": wanted.snapshot,
    }
