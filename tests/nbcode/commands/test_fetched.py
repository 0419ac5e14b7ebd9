"""What `show --verify` says of bytes that are what was registered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nbcode.artifact import Provenance, made_from_of, origin_of
from nbcode.artifact.manifest import PROVENANCE_NAME
from nbcode.artifact.provenance import encode_provenance
from nbcode.commands import fetched
from nbcode.primitives import Severity, digest_bytes
from nbcode.registry import ModelVersion

SPEC, DEFINITION = digest_bytes(b"spec"), digest_bytes(b"definition")
OF_CELLS = Provenance(
    model_id="m",
    spec_digest=SPEC,
    definition_digest=None,
    environment_digest=None,
    platform_key="here",
    pins=(),
)
OF_A_DEFINITION = replace(OF_CELLS, made_from=DEFINITION)


def version(number: int, files: bool = True) -> ModelVersion:
    return ModelVersion(
        model="m", version=number, key=SPEC, spec_digest=SPEC, artifact_digest=digest_bytes(str(number).encode()),
        registered_at="2026-01-05T09:00:00Z", source="", files_digest=SPEC if files else None,
    )  # fmt: skip


class _Registry:
    """Has the artifact of each version."""

    def __init__(self, made: dict[int, Provenance]) -> None:
        self.made = made

    def fetch(self, version: ModelVersion, into: Path, *, only: str = "") -> Path:
        artifact = into / version.artifact_digest.hex
        artifact.mkdir(parents=True, exist_ok=True)
        (artifact / PROVENANCE_NAME).write_bytes(encode_provenance(self.made[version.version]))
        return into


def test_what_an_artifact_is_made_from_is_told_where_its_form_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched, "wrong_with", lambda *_: ())
    registry = _Registry({3: OF_A_DEFINITION, 2: OF_CELLS, 1: OF_CELLS})
    every = [version(3), version(2), version(1, files=False)]
    (note,) = fetched.verified(registry, every, tmp_path)  # type: ignore[arg-type]
    assert (note.code, note.severity) == ("NBC-I46", Severity.NOTE)
    assert note.message == "the bytes of versions 3, 2, 1 were fetched, and are what was registered"
    assert note.cause == (
        f"3 is made from {DEFINITION.short}: definition, data and environment, whatever form the model is written in; "
        "of 1 only artifact and spec have a digest: an older nbcode registered them"
    )
    (alone,) = fetched.verified(registry, [version(2)], tmp_path)  # type: ignore[arg-type]
    assert alone.cause == ""  # the control: it follows from its spec, which is shown


def test_an_artifact_says_what_it_is_made_from_or_of_which_spec(tmp_path: Path) -> None:
    assert made_from_of(tmp_path) is None
    (tmp_path / PROVENANCE_NAME).write_bytes(encode_provenance(OF_A_DEFINITION))
    assert (made_from_of(tmp_path), origin_of(tmp_path)) == (DEFINITION, ("m", None))
    (tmp_path / PROVENANCE_NAME).write_bytes(encode_provenance(OF_CELLS))
    assert (made_from_of(tmp_path), origin_of(tmp_path)) == (None, ("m", SPEC))
