"""The report on a panel: its shape, and what was found; as text, as plain data, as a pandas frame, and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alpha_bench.validation.findings import Finding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation:
    """The shape of a panel and what was found, warnings first as they were looked for.

    Attributes:
        sessions: T.
        assets: N.
        first: the first session.
        last: the last session.
        fields: their names, sorted.
        findings: what was found, nothing that was not.
        listed: assets with a price at each of at most 200 evenly spaced sessions, for the picture.
    """

    sessions: int
    assets: int
    first: str
    last: str
    fields: tuple[str, ...]
    findings: tuple[Finding, ...]
    listed: tuple[int, ...] = ()

    def __getitem__(self, code: str) -> Finding:
        """The first finding of that code. Raises KeyError where there is none: nothing of the kind was found."""
        for finding in self.findings:
            if finding.code == code:
                return finding
        raise KeyError(code)

    def to_json(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "sessions": self.sessions,
            "assets": self.assets,
            "first": self.first,
            "last": self.last,
            "fields": list(self.fields),
            "findings": [f.to_json() for f in self.findings],
        }

    def to_frame(self) -> pd.DataFrame:
        """One row a place: code, severity, field, asset, date, note; a finding without places is one row."""
        from alpha_bench.interchange._pandas import table

        rows = [
            (f.code, f.severity, f.field, place.asset, place.date, place.note)
            for f in self.findings
            for place in f.places
        ]
        rows += [(f.code, f.severity, f.field, "", "", str(f.count)) for f in self.findings if not f.places]
        return table(rows, ("code", "severity", "field", "asset", "date", "note"))

    def __str__(self) -> str:
        head = f"{self.sessions} sessions {self.first} to {self.last}, {self.assets} assets: {', '.join(self.fields)}"
        lines = [head]
        for finding in self.findings:
            lines.append(str(finding))
            if finding.severity == "warning":
                lines.append(f"    {finding.why} {finding.do}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from alpha_bench.validation.page import validation_html

        return validation_html(self)
