"""A scripted history of promotes: who promoted what for whom, when and by which path, as registrations and as a plain table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from nbcode.primitives import digest_bytes
from nbcode.registry import FRAMEWORK, NOTEBOOK, Registration

BEGIN = datetime(2026, 9, 28, tzinfo=UTC)
"""A Monday: the first day of week 40."""
OWNERS = tuple(
    f"team-{name}" for name in ("alpha", "beta", "credit", "delta", "event", "fx", "gamma", "hedge")
)


class Line(NamedTuple):
    """A promote."""

    number: int
    model: str
    owner: str
    who: str
    path: str
    line: str
    at: datetime


def history(count: int = 200) -> tuple[Line, ...]:
    """``count`` promotes of eight owners over some weeks, by both paths, some of them refits; two lie on the edges of a week, one before and one at it."""
    lines = []
    for number in range(count):
        owner = OWNERS[(number * 5 + number // 13) % len(OWNERS)]
        at = BEGIN + timedelta(hours=8.5 * number, minutes=number % 7)
        refit = number % 6 == 5
        path = FRAMEWORK if number % 7 in (1, 4) else NOTEBOOK
        lines.append(
            Line(
                number=number,
                model=f"{owner.removeprefix('team-')}_{number % 5}",
                owner=owner,
                who=f"user_{(number * 3) % 11}",
                path=path,
                line=f"{number // 12 + 1}.{number % 12 + 1}" if refit else "",
                at=at,
            )
        )
    lines[40] = lines[40]._replace(at=BEGIN + timedelta(weeks=2) - timedelta(milliseconds=1))
    lines[41] = lines[41]._replace(at=BEGIN + timedelta(weeks=2))
    return tuple(lines)


def registration(line: Line, artifact: Path) -> Registration:
    """What is registered for ``line``; every one has the files of ``artifact``."""
    artifact.mkdir(exist_ok=True)
    (artifact / "report.html").write_text("<p>report</p>")
    digest = digest_bytes(str(line.number).encode())
    return Registration(
        model=line.model,
        key=digest,
        spec_digest=digest,
        definition_digest=digest_bytes(line.model.encode()),
        artifact_digest=digest,
        artifact=artifact,
        registered_at=line.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        registered_by=line.who,
        owner=line.owner,
        path=line.path,
        line=line.line,
        notebook="model.yaml" if line.path == FRAMEWORK else "model.ipynb",
        metrics=(("ic_mean", 0.01 + line.number / 10000), ("ic_t_newey_west", line.number / 50)),
    )
