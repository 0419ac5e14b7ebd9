"""One promotion: its states, what happened to it, and the pure function between them.

begun -> snapshotted -> submitted -> built -> verified -> registered -> aliased -> done, or failed from any of them.
A signature (attested, between verified and registered) takes its place in :data:`TRANSITIONS` and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from typing import TypeAlias

from nbcode.configuration import ARGO, HERE
from nbcode.notebook import is_framework
from nbcode.primitives import Digest, Json, dataclass, digest_json
from nbcode.registry import FRAMEWORK, NOTEBOOK


class State(StrEnum):
    """Where a promotion stands. Only ``DONE`` and ``FAILED`` need nothing more."""

    BEGUN = "begun"
    SNAPSHOTTED = "snapshotted"
    SUBMITTED = "submitted"
    BUILT = "built"
    VERIFIED = "verified"
    REGISTERED = "registered"
    ALIASED = "aliased"
    DONE = "done"
    FAILED = "failed"


REGISTERED_STATES = frozenset({State.REGISTERED, State.ALIASED, State.DONE})
"""Those in which the registry has a version of it."""


class Effect(StrEnum):
    """What is to be done next. Each is idempotent by content or by name."""

    SNAPSHOT = "snapshot"
    SUBMIT = "submit"
    RUN = "run"
    VERIFY = "verify"
    REGISTER = "register"
    ALIAS = "alias"
    FINISH = "finish"


TRANSITIONS: tuple[tuple[State, Effect, State], ...] = (
    (State.BEGUN, Effect.SNAPSHOT, State.SNAPSHOTTED),
    (State.SNAPSHOTTED, Effect.SUBMIT, State.SUBMITTED),
    (State.SUBMITTED, Effect.RUN, State.BUILT),
    (State.BUILT, Effect.VERIFY, State.VERIFIED),
    (State.VERIFIED, Effect.REGISTER, State.REGISTERED),
    (State.REGISTERED, Effect.ALIAS, State.ALIASED),
    (State.ALIASED, Effect.FINISH, State.DONE),
)
_EFFECT_AT = {state: effect for state, effect, _ in TRANSITIONS}
_STATE_AFTER = {effect: state for _, effect, state in TRANSITIONS}
_STATE_BEFORE = {effect: state for state, effect, _ in TRANSITIONS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a promotion stopped: the diagnostic's code and text, and the whole diagnostics as JSON data."""

    code: str
    message: str
    diagnostics: tuple[Json, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """A row of the journal. ``superseded``: registered, but a promote that began later has the alias, or it was to give a version its files back
    and no more. Times are ISO 8601 UTC
    text; ``seconds`` are wall seconds by step of this attempt.

    Whose it is: ``project`` is the real path of the root that ``notebook`` is relative to, ``notebook_digest`` that of the
    bytes it began with, ``who`` the user of this machine and ``account`` the one that the registry's server knew. ``adopt``:
    a registered model of another owner may be taken over. ``seal`` proves that this user's nbcode wrote the row.

        ``refit_of`` is the number of the version that `nbcode refit` fitted anew, None for a promote; ``line`` the text ``n.k`` of what was
    registered as refit ``k`` of version ``n``, by whichever of the two, empty for a changed model.

    ``runs_on`` is where it runs, of a cluster ``runs_in`` which: its namespace and its object store, empty until it is submitted.

    ``sequence`` is the line of the ledger at which this attempt began, which the journal gives: what began later has a larger
    one, whatever the clocks say (0: not begun).
    """

    key: Digest
    model: str
    spec_digest: Digest
    definition_digest: Digest
    platform: str
    notebook: str
    who: str
    begun_at: str
    updated_at: str
    isolation_asked: str = "auto"
    state: State = State.BEGUN
    attempt: int = 1
    snapshot: str | None = None
    run_id: str | None = None
    isolation: str | None = None
    artifact_digest: Digest | None = None
    verified_at: str | None = None
    version: int | None = None
    superseded: bool = False
    seconds: tuple[tuple[str, float], ...] = ()
    failure: Failure | None = None
    project: str = ""
    notebook_digest: Digest | None = None
    account: str | None = None
    adopt: bool = False
    refit_of: int | None = None
    line: str = ""
    runs_on: str = HERE
    runs_in: str = ""
    seal: str = ""
    sequence: int = 0

    @property
    def finished(self) -> bool:
        """Nothing more will happen by itself."""
        return self.state in {State.DONE, State.FAILED}

    @property
    def needs_payload(self) -> bool:
        """Whether the journal keeps the notebook's bytes: to the end, and where it failed on a cluster beyond it, since whoever runs that again may have no other copy."""
        return not self.finished or (self.state is State.FAILED and self.runs_on != HERE)

    @property
    def path(self) -> str:
        """How the model is written: in a notebook, or by the framework alone, as YAML or in a module."""
        return FRAMEWORK if is_framework(self.notebook) else NOTEBOOK

    def to_json(self) -> dict[str, Json]:
        """What ``nbcode status --json`` lists under ``promotions``."""
        return {
            "key": self.key,
            "model": self.model,
            "state": str(self.state),
            "spec_digest": self.spec_digest,
            "artifact_digest": self.artifact_digest,
            "version": self.version,
            "project": self.project,
            "notebook": self.notebook,
            "path": self.path,
            "snapshot": self.snapshot,
            "run_id": self.run_id,
            "isolation": self.isolation,
            "attempt": self.attempt,
            "who": self.who,
            "account": self.account,
            "adopt": self.adopt,
            "refit_of": self.refit_of,
            "line": self.line,
            "runs_on": self.runs_on,
            "runs_in": self.runs_in,
            "begun_at": self.begun_at,
            "updated_at": self.updated_at,
            "code": self.failure.code if self.failure else None,
            "message": self.failure.message if self.failure else None,
        }


_LATER = frozenset({State.SUBMITTED, State.BUILT, State.VERIFIED, State.REGISTERED, State.ALIASED})
"""States in which a run of a cluster is, or is over."""


def is_of_a_controller(promotion: Promotion) -> bool:
    """Whether a controller goes on with it. What was never submitted belongs to who began it."""
    if promotion.runs_on != ARGO:
        return False
    lost = promotion.state is State.SNAPSHOTTED and promotion.run_id is not None
    return lost or promotion.state in _LATER


def promotion_key(model: str, made_from: Digest, platform: str) -> Digest:
    """The identity of a promotion: the same three give the same key, so the same version. ``made_from`` is what the artifact follows
    from (:func:`nbcode.spec.made_from_digest`)."""
    return digest_json([model, made_from, platform])


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshotted:
    """The notebook's bytes are commit ``commit``."""

    commit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """A runner has the run under this name, in this place, so that whoever comes next finds it."""

    run_id: str
    runs_in: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLost:
    """The run ended without a result and not by its own fault (its process died, someone ended it): it is submitted again,
    under another name. ``seconds`` are not those of the next one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """The clean run left a complete result."""

    isolation: str
    seconds: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """Every file was checked against the result manifest and stored under ``artifact_digest``."""

    artifact_digest: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """The registry holds it as ``version``; ``account`` is who its server says we are, None where it does not ask; ``line`` as in
    :class:`Promotion`."""

    version: int
    account: str | None = None
    line: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aliased:
    """``candidate`` points at it, or rightly at a version whose promote began later."""

    superseded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What was temporary is gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """It cannot go on, for this reason."""

    failure: Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Retried:
    """Someone asked for the same spec again: after it failed, after its version was lost, or (``takes_over``) in place of
    somebody else who did not end it. What was asked for before counts no more. ``spec_digest`` is another one where another form of the same
    model is promoted. ``restores``: its version only gets back its files, and leaves the alias where it is. ``keeps_run``: the run that it had is
    made again, under another name, from what was laid down for it: by whoever has nothing else of it."""

    who: str
    isolation_asked: str = "auto"
    project: str = ""
    notebook: str | None = None
    notebook_digest: Digest | None = None
    spec_digest: Digest | None = None
    adopt: bool = False
    refit_of: int | None = None
    runs_on: str = HERE
    takes_over: bool = False
    restores: bool = False
    keeps_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptionAllowed:
    """Whoever asked for it says that a registered model of another owner may be taken over. Nothing else moves."""


Progress: TypeAlias = Snapshotted | Submitted | Built | Verified | Registered | Aliased | Finished
Event: TypeAlias = Progress | Failed | RunLost | Retried | AdoptionAllowed

_EVENT_OF: dict[Effect, type] = {
    Effect.SNAPSHOT: Snapshotted,
    Effect.SUBMIT: Submitted,
    Effect.RUN: Built,
    Effect.VERIFY: Verified,
    Effect.REGISTER: Registered,
    Effect.ALIAS: Aliased,
    Effect.FINISH: Finished,
}
_EFFECT_OF = {event: effect for effect, event in _EVENT_OF.items()}


def effects_at(state: State) -> tuple[Effect, ...]:
    """What a promotion in ``state`` waits for; nothing when it is finished."""
    effect = _EFFECT_AT.get(state)
    return (effect,) if effect else ()


def step(
    promotion: Promotion, event: Event, *, at: str, seconds: float | None = None
) -> tuple[Promotion, tuple[Effect, ...]]:
    """Apply ``event`` and say what is to be done next. Pure: ``at`` is the time written down, ``seconds`` what it took
    (of a run, what its own parts do not account for is written under its name, so that all of them add up).

    Raises ``ValueError`` for an event that cannot happen in this state.
    """
    if isinstance(event, Retried):
        return _retried(promotion, event, at)
    if promotion.finished:
        raise ValueError(f"{type(event).__name__} cannot happen to a promotion that is {promotion.state}")
    if isinstance(event, AdoptionAllowed):
        return replace(promotion, adopt=True, updated_at=at), effects_at(promotion.state)
    if isinstance(event, Failed):
        return replace(promotion, state=State.FAILED, failure=event.failure, updated_at=at), ()
    if isinstance(event, RunLost):
        if promotion.state is not State.SUBMITTED:
            raise ValueError(f"RunLost cannot happen to a promotion that is {promotion.state}")
        # Its name stays in the row: the next one is derived from it.
        gone = replace(promotion, state=State.SNAPSHOTTED, updated_at=at)
        return _timed(gone, str(Effect.RUN), seconds), effects_at(gone.state)
    effect = _EFFECT_OF[type(event)]
    if _STATE_BEFORE[effect] is not promotion.state:
        raise ValueError(f"{type(event).__name__} cannot happen to a promotion that is {promotion.state}")
    moved = replace(_noted(promotion, event, at), state=_STATE_AFTER[effect], updated_at=at)
    if seconds is not None and isinstance(event, Built):
        seconds = max(seconds - sum(part for _, part in event.seconds), 0.0)
    return _timed(moved, str(effect), seconds), effects_at(moved.state)


def next_run_id(promotion: Promotion) -> str:
    """The name for the next run of this attempt. A name is never used for a second run, so that no result, event or end is
    taken for another's; the same state gives the same name, so that submitting twice is submitting once."""
    first = f"{promotion.model}-{promotion.key.hex[:12]}-{promotion.attempt}"
    before = re.fullmatch(rf"{re.escape(first)}(?:-r(\d+))?", promotion.run_id or "")
    if before is None:  # none yet, or that of an attempt before
        return first
    return f"{first}-r{int(before[1] or 1) + 1}"


def _timed(promotion: Promotion, step: str, seconds: float | None) -> Promotion:
    if seconds is None:
        return promotion
    return replace(promotion, seconds=_together(promotion.seconds, ((step, round(seconds, 3)),)))


def _together(
    seconds: tuple[tuple[str, float], ...], more: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    """Both, one entry a name: what was done twice took the time of both."""
    found = dict(seconds)
    for name, taken in more:
        found[name] = round(found.get(name, 0.0) + taken, 4)
    return tuple(found.items())


def _retried(promotion: Promotion, event: Retried, at: str) -> tuple[Promotion, tuple[Effect, ...]]:
    if not promotion.finished and not event.takes_over:
        raise ValueError(f"Retried cannot happen to a promotion that is {promotion.state}")
    again = replace(
        promotion,
        state=State.SNAPSHOTTED if event.keeps_run else State.BEGUN,
        attempt=promotion.attempt + 1,
        who=event.who,
        begun_at=at,
        updated_at=at,
        superseded=event.restores,
        isolation_asked=event.isolation_asked,
        project=event.project,
        notebook=event.notebook or promotion.notebook,
        spec_digest=event.spec_digest or promotion.spec_digest,
        notebook_digest=event.notebook_digest,
        adopt=event.adopt,
        refit_of=event.refit_of,
        runs_on=event.runs_on,
        line="",
        account=None,
        snapshot=None if event.takes_over else promotion.snapshot,
        run_id=promotion.run_id if event.keeps_run else None,
        runs_in=promotion.runs_in if event.keeps_run else "",
        isolation=None,
        artifact_digest=None,
        verified_at=None,
        version=None,
        seconds=(),
        failure=None,
    )
    return again, effects_at(again.state)


def _noted(promotion: Promotion, event: Progress, at: str) -> Promotion:
    match event:
        case Snapshotted(commit=commit):
            return replace(promotion, snapshot=commit)
        case Submitted(run_id=run_id, runs_in=runs_in):
            return replace(promotion, run_id=run_id, runs_in=runs_in)
        case Built(isolation=isolation, seconds=seconds):
            return replace(promotion, isolation=isolation, seconds=_together(promotion.seconds, seconds))
        case Verified(artifact_digest=digest):
            return replace(promotion, artifact_digest=digest, verified_at=at)
        case Registered(version=version, account=account, line=line):
            return replace(promotion, version=version, account=account, line=line)
        case Aliased(superseded=superseded):
            return replace(promotion, superseded=superseded)
        case Finished():
            return promotion
