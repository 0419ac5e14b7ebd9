"""`nbcode report MODEL`: the page of a version, with whose it is and what it was made from written above it.

An artifact's bytes depend on nothing but its spec, so its own page knows neither version nor date. What is shown is a copy that does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from alpha_bench.describe import Html, code, element, headed
from nbcode.commands.named_file import NamedFile
from nbcode.commands.show import ShowResult, VersionDetails, chosen
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Place, dataclass
from nbcode.spec import BuildSpec, SpecInput

if TYPE_CHECKING:
    from nbcode.commands.outputs.registered import ReportOutput

_LOOK = (
    "font:14px/1.5 system-ui,sans-serif;color:#1d2733;max-width:60rem;margin:0 auto 1.2rem;padding:.7rem 1rem;"
    "border:1px solid #d9dee4;border-radius:6px;overflow-wrap:anywhere"
)

_MARK = b"<!-- written by nbcode report -->"
"""What a page begins with, so that the next one may replace it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportResult:
    """The page that was written, and what stands above it: (name, text) pairs."""

    model: str
    version: int
    path: Path
    facts: tuple[tuple[str, str], ...]

    def to_json(self) -> ReportOutput:
        """What `report --json` prints."""
        return {
            "model": self.model,
            "version": self.version,
            "report": str(self.path),
            "facts": dict(self.facts),
        }


def report(
    shown: ShowResult,
    *,
    version: int | None,
    spec: Callable[[Digest], BuildSpec],
    path: Callable[[int], Path],
    to: Path | None = None,
) -> ReportResult:
    """Write the page of ``version`` (None: the candidate, else the newest) of the model in ``shown`` to ``to``, which the user named, or
    to ``path(version)``, which is nbcode's own.

    Raises ``NbcodeError``: NBC-I19 for a version that is not there, NBC-I06 for one without a page, NBC-X04 where it cannot be written,
    NBC-X08 where another file is at ``to``.
    """
    one = _chosen(shown, version)
    if one.artifact is None:
        why = (
            f"its files were removed: {one.collected}"
            if one.collected
            else "its artifact is not in this store"
        )
        raise NbcodeError([_no_page(shown.model, one, why)])
    try:
        page = (one.artifact / "report.html").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise NbcodeError([_no_page(shown.model, one, cause)]) from error
    facts = facts_of(shown.model, one, spec)
    made = _MARK + _headed(page, shown.model, one.version, facts).encode()
    target = NamedFile(
        path=to or path(one.version),
        what="page",
        ours=None if to is None else lambda there: there.startswith(_MARK),
        instead=f"nbcode report {shown.model} --to FILE",
    )
    target.prepare()
    target.write(made)
    return ReportResult(model=shown.model, version=one.version, path=target.path, facts=facts)


def facts_of(
    model: str, version: VersionDetails, spec: Callable[[Digest], BuildSpec]
) -> tuple[tuple[str, str], ...]:
    """What is known of a version beside its figures; what this store does not hold is said to be unknown."""
    try:
        built: BuildSpec | None = spec(version.spec_digest)
    except NbcodeError:  # of another project that shares the registry
        built = None
    owner = version.owner or (
        "not in this store" if built is None else built.meta.owner or "[meta] names none"
    )
    facts = [
        ("model", f"{model} version {version.version}" + (f", {version.alias}" if version.alias else "")),
        ("owner", owner),
        ("registered", f"{version.registered_at[:16].replace('T', ' ')} UTC by {version.registered_by}"),
        ("notebook", version.notebook + (f", snapshot {version.snapshot}" if version.snapshot else "")),
        ("spec", str(version.spec_digest)),
        ("artifact", str(version.artifact_digest)),
    ]
    if version.told.judged is not None:
        facts.append(("figures", str(version.told.judged)))
    if version.trials is not None:
        facts.append(("trials", str(version.trials)))
    if built is not None:
        facts += [("horizon", built.meta.horizon), ("data", "; ".join(map(_input, built.inputs)) or "none")]
        if built.meta.description:
            facts.append(("description", built.meta.description))
    return tuple(facts)


def _input(one: SpecInput) -> str:
    return f"{one.name} ({one.role}) {one.digest.short}" + (f", to {one.as_of}" if one.as_of else "")


def _chosen(shown: ShowResult, version: int | None) -> VersionDetails:
    if version is None:
        return next((v for v in shown.versions if v.alias), shown.versions[0])
    return chosen(shown.model, shown.versions, version)


def _headed(page: str, model: str, version: int, facts: tuple[tuple[str, str], ...]) -> str:
    """``page`` under its own title, with ``facts`` above what it shows."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="text-align:left;padding-right:1rem;vertical-align:top"),
            element("td", code(text) if text.startswith("sha256:") else text),
        )
        for name, text in facts
    ]
    head: Html = element("header", element("table", rows), style=_LOOK)
    return headed(page, f"{model} version {version}", head)


def _no_page(model: str, version: VersionDetails, cause: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I06",
        message=f"{model} version {version.version} has no report here",
        cause=cause,
        fixes=(
            f"`nbcode promote NOTEBOOK --again` makes it again, where {version.notebook or 'its notebook'} is here",
            "`nbcode import FILE` where the version was exported"
            if version.collected
            else "the registry has it: report.html among the files of the version's run",
        ),
        place=None if version.artifact is None else Place(path=str(version.artifact)),
    )
