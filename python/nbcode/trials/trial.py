"""What was tried, and how often that was: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbcode.primitives import Json, dataclass, digest_json

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A variant as it was first looked at. ``variant`` is the digest of its definition, ``label`` as it is written, ``panel`` says which
    data it was judged on; the three are its identity. ``first_at`` is an instant, ``notebook`` relative to the project."""

    variant: str
    label: str
    panel: str
    first_at: str
    notebook: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Two trials of one key are one."""
        return self.variant, self.label, self.panel


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """How many ``variants`` were looked at on one panel, and the instant ``since`` when the first was."""

    variants: int
    since: str

    def __str__(self) -> str:
        """``37 variants were looked at since 3 November 2026``, without its stop."""
        year, month, day = self.since[:10].split("-")
        what = "1 variant was" if self.variants == 1 else f"{self.variants:,} variants were"
        return f"{what} looked at since {int(day)} {_MONTHS[int(month) - 1]} {year}"


def variant_of_figures(figures: Mapping[str, Json]) -> str:
    """A variant of plain Python is known by its figures, to nine digits (the last ones are of threads and processors): the same ones show
    nothing new."""
    return str(digest_json(_rounded(dict(figures))))


def _rounded(value: Json) -> Json:
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def panel_of_dataset(name: str) -> str:
    """A dataset of the project is one panel, also when it has a day more."""
    return f"data {name}"


def panel_of_cells(notebook: str) -> str:
    """Plain Python is judged on whatever its ``notebook`` reads."""
    return f"cells of {notebook}"


def looked_at(
    trials: Iterable[Trial], panel: str, *, also: Trial | None = None, until: str | None = None
) -> Looked | None:
    """What of ``trials`` was looked at on ``panel`` at or before the instant ``until``; ``also`` counts whether it is among them or not.
    None where nothing was."""
    known = {
        one.key: one for one in trials if one.panel == panel and (until is None or one.first_at <= until)
    }
    if also is not None:
        known.setdefault(also.key, also)
    if not known:
        return None
    return Looked(variants=len(known), since=min(one.first_at for one in known.values()))
