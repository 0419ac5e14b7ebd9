"""What `nbcode gc --keep RULE` says, and which versions it keeps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from nbcode.primitives import Diagnostic, Digest, NbcodeError, dataclass
from nbcode.registry import ModelVersion, RegisteredModel

EXAMPLE = "candidates,production,90d"
_ALIASES = frozenset({"candidates", "production"})
"""Words for what is always kept: it does no harm to say it."""
_SPAN = re.compile(r"([0-9]{1,5})([dw])")
_LAST = re.compile(r"last([0-9]{1,5})")
_DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeepRule:
    """What is kept beside what always is (see :func:`decisions`): versions of the last ``days``, and the ``last`` so many of each model. None: none for that."""

    text: str
    days: int | None = None
    last: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A version, and why its bytes are kept; empty: they are not."""

    version: ModelVersion
    because: str


def keep_rule(text: str) -> KeepRule:
    """Read ``candidates,production,90d``. Raises ``NbcodeError`` (NBC-X12) for a word that it does not know."""
    days, last = None, None
    for word in (part.strip() for part in text.split(",")):
        if span := _SPAN.fullmatch(word):
            days = max(days or 0, int(span.group(1)) * _DAYS[span.group(2)])
        elif newest := _LAST.fullmatch(word):
            last = max(last or 0, int(newest.group(1)))
        elif word not in _ALIASES:
            raise NbcodeError([_unknown(word)])
    return KeepRule(text=text, days=days, last=last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Why versions (model, number) are ``used`` by the registry's word, and the keys of promotes that are ``unfinished``."""

    used: Mapping[tuple[str, int], str]
    unfinished: Collection[Digest] = ()

    def of(self, version: ModelVersion) -> str:
        """Why its bytes are needed by somebody; empty where they are not."""
        used = self.used.get((version.model, version.version), "")
        return used or ("its promote has not ended" if version.key in self.unfinished else "")


def decisions(
    models: Iterable[RegisteredModel], needs: Needs, rule: KeepRule | None, now: datetime
) -> tuple[Decision, ...]:
    """One for each version of ``models`` that has bytes of its own: the models by name, versions newest first. Without a ``rule`` every version is kept.

    Always kept is what somebody ``needs``, and the newest of a model. A copy that MLflow made has no bytes of its own.
    """
    found = []
    for model in models:
        own = [one.version for one in model.versions if not one.copied]
        for place, version in enumerate(own):
            if not version.collected_at:
                because = needs.of(version) or _by_rule(place, version, rule, now)
                found.append(Decision(version=version, because=because))
    return tuple(found)


def _by_rule(place: int, version: ModelVersion, rule: KeepRule | None, now: datetime) -> str:
    if place == 0:
        return "the newest: a refit is compared with it"
    if rule is None:
        return "no rule was given"
    age = now - datetime.fromisoformat(version.registered_at)
    if rule.days is not None and age < timedelta(days=rule.days):
        return f"registered {age.days} day{'' if age.days == 1 else 's'} ago"
    if rule.last is not None and place < rule.last:
        return f"one of the last {rule.last}"
    return ""


def _unknown(word: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-X12",
        message=f"`{word}` does not say what is to be kept"
        if word
        else "nothing is said of what is to be kept",
        cause="known are candidates, production, a time such as 90d or 12w, and last5 for the newest five of each model",
        fixes=(f"nbcode gc --keep {EXAMPLE} --dry-run",),
    )
