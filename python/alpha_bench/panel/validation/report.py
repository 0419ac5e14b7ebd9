"""The report on a panel: its shape, and what was found; as text, as plain data, as rows, and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from alpha_bench.panel.validation.findings import Finding, Place


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

    def rows(self) -> list[dict[str, object]]:
        """One row a place, ready for ``pandas.DataFrame`` or ``polars.DataFrame``; a finding without places is one row."""
        return [
            {
                "code": f.code,
                "severity": f.severity,
                "field": f.field,
                "asset": place.asset,
                "date": place.date,
                "note": place.note,
            }
            for f in self.findings
            for place in f.places or (Place(note=", ".join(f.examples) or str(f.count)),)
        ]

    def __str__(self) -> str:
        head = f"{self.sessions} sessions {self.first} to {self.last}, {self.assets} assets: {', '.join(self.fields)}"
        lines = [head]
        for finding in self.findings:
            lines.append(str(finding))
            if finding.severity == "warning":
                lines.append(f"    {finding.why} {finding.do}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from alpha_bench.panel.validation.page import validation_html

        size = f"{self.sessions} sessions, {self.first} to {self.last}, {self.assets} assets"
        return validation_html(
            (size, ", ".join(self.fields)), self.findings, between=(self.first, self.last), listed=self.listed
        )
