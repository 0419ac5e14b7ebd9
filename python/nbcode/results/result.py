"""What a clean run hands back, before anybody has believed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from nbcode.primitives import Diagnostic, Digest, Json, dataclass, digest_json, errors_of

Kind = Literal["declarative", "python"]

PYTHON_DEFINITION: dict[str, Json] = {"kind": "python", "model": "m", "report": "report"}
"""The definition of cells that compute for themselves: the names where their results are."""

PYTHON_DIGEST: Digest = digest_json(PYTHON_DEFINITION)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """An expression that [meta] says a part of the result is: ``key`` as it stands there (``model``, ``report.ic``), ``line``
    in the [meta] cell."""

    key: str
    text: str
    line: int


def python_definition(asked: Iterable[Asked] = (), paths: Mapping[str, str] | None = None) -> dict[str, Json]:
    """The definition of cells that compute for themselves: where their results are, and ``paths``, the path by which the cells
    find each input where they open files themselves. Without either it is :data:`PYTHON_DEFINITION`."""
    said = {one.key: one.text for one in asked}
    figures: dict[str, Json] = {
        key.removeprefix("report."): text for key, text in said.items() if key.startswith("report.")
    }
    plain: dict[str, Json] = {"kind": "python", "report": figures or said.get("report", "report")}
    if "signal" in said:
        plain["signal"] = said["signal"]
    else:
        plain["model"] = said.get("model", "m")
    if paths:
        plain["paths"] = dict(sorted(paths.items()))
    return plain


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultDraft:
    """The end of a clean run. ``figures`` are (name, value) pairs, a value is a number, null, or a list or an object of them.

    ``files`` are the paths written, relative to the output directory, sorted, with forward slashes.
    """

    kind: Kind
    definition_digest: Digest | None
    figures: tuple[tuple[str, Json], ...]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether no diagnostic is an error."""
        return not errors_of(self.diagnostics)

    def to_json(self) -> dict[str, Json]:
        """Plain data for the result manifest."""
        return {
            "kind": self.kind,
            "definition_digest": self.definition_digest,
            "figures": dict(self.figures),
            "files": list(self.files),
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }
