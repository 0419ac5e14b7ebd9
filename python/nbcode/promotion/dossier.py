"""What a controller has to know of a promotion that it did not begin: laid down in the object store when the run is submitted, taken from there where
the promotion is gone on with. Everything that is believed has a digest that the journal names, or is only counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from alpha_bench.describe import write_atomic
from nbcode.configuration import HERE, RefitConfig, Workspace
from nbcode.primitives import Diagnostic, Digest, NbcodeError, canonical_json, dataclass, from_plain, to_plain
from nbcode.promotion.state import Promotion
from nbcode.spec import BuildSpec, decode, spec_digest
from nbcode.trials import LEDGER_NAME, Trial, TrialLedger, merged_ledgers, trials_in

LIMITS = "refit.json"
HINDERED = "hindered.json"
LOCKS = ("uv.lock", "pyproject.toml", "pylock.toml")
"""What tells which versions a model needs that its run did not."""


class Objects(Protocol):
    """Bytes by key, in a store that several machines reach."""

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object, whole or not at all."""
        ...

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None where there is none."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """The canonical bytes of the ``spec``; ``root``, whose lock files say which versions there are; the file of the trials so far; the project's
    limits of refits."""

    spec: bytes
    root: Path
    ledger: Path
    limits: RefitConfig


def lay_down(objects: Objects, promotion: Promotion, dossier: Dossier) -> None:
    """Put the ``dossier`` of ``promotion`` where a controller finds it."""
    root, ledger = dossier.root, dossier.ledger
    objects.put(_spec_key(promotion.spec_digest), dossier.spec)
    objects.put(f"{_folder(promotion.key)}/{LIMITS}", canonical_json(to_plain(dossier.limits)))
    for name in LOCKS:
        if (root / name).is_file():
            objects.put(f"{_folder(promotion.key)}/{name}", root / name)
    if ledger.is_file():
        _add_trials(objects, promotion.key, ledger.read_bytes())


class HandOver:
    """Between a project and the controller of its cluster, by the object store."""

    def __init__(
        self, objects: Callable[[], Objects], spec: Callable[[Digest], bytes], workspace: Workspace
    ) -> None:
        """``objects`` are asked for, and ``spec`` read, when there is a promotion of ``workspace`` to hand over."""
        self._objects, self._spec, self._workspace = objects, spec, workspace

    def __call__(self, promotion: Promotion) -> None:
        """Lay down what a controller needs of ``promotion``."""
        told = Dossier(
            spec=self._spec(promotion.spec_digest),
            root=self._workspace.root,
            ledger=self._workspace.store / LEDGER_NAME,
            limits=self._workspace.config.refit,
        )
        lay_down(self._objects(), promotion, told)

    def counted(self, promotions: Iterable[Promotion]) -> tuple[Trial, ...]:
        """The trials that were laid down and counted for those of ``promotions`` that ran on a cluster. Raises ``NbcodeError`` where that cannot be asked now."""
        there = [one.key for one in promotions if one.runs_on != HERE]
        objects = self._objects() if there else None
        held = [objects.get(f"{_folder(key)}/{LEDGER_NAME}") for key in there] if objects else []
        return tuple(trials_in(merged_ledgers(one for one in held if one)))

    def hindered(self, promotion: Promotion) -> tuple[Diagnostic, ...]:
        """Why its controller cannot go on with ``promotion`` where it stands, as it said the last time. Raises ``NbcodeError`` where that cannot be asked now."""
        held = self._objects().get(f"{_folder(promotion.key)}/{HINDERED}")
        try:
            told = json.loads(held or b"{}")
            if told.get("state") != str(promotion.state):
                return ()
            return tuple(map(Diagnostic.from_json, told["diagnostics"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return ()  # another release's word


def say_hindered(objects: Objects, promotion: Promotion, found: Iterable[Diagnostic]) -> None:
    """Say why a controller cannot go on with ``promotion``, to whoever watches it: he cannot read the controller's log."""
    told = {"state": str(promotion.state), "diagnostics": [one.to_json() for one in found]}
    objects.put(f"{_folder(promotion.key)}/{HINDERED}", json.dumps(told, sort_keys=True).encode())


def handing_over(
    objects: Callable[[], Objects], spec: Callable[[Digest], bytes], workspace: Workspace
) -> HandOver | None:
    """To the controller, which sees a journal that is shared and no other: None where it is a file of the project."""
    return HandOver(objects, spec, workspace) if workspace.journal is not None else None


def take_up(objects: Objects, promotion: Promotion, into: Path, others: Iterable[Digest] = ()) -> None:
    """Write what was laid down for ``promotion`` into the folder ``into``, but what is there already. Its ledger has the trials of ``others``, too: promotions of the same
    model, whoever began them."""
    into.mkdir(parents=True, exist_ok=True)
    for name in (LIMITS, *LOCKS):
        if (
            not (into / name).exists()
            and (held := objects.get(f"{_folder(promotion.key)}/{name}")) is not None
        ):
            write_atomic(into / name, held, durable=False)
    if not (into / LEDGER_NAME).exists():
        found = [objects.get(f"{_folder(key)}/{LEDGER_NAME}") for key in (promotion.key, *others)]
        if merged := merged_ledgers(one for one in found if one):
            write_atomic(into / LEDGER_NAME, merged, durable=False)


def give_back(objects: Objects, key: Digest, folder: Path) -> None:
    """Keep the trials that were counted in ``folder`` for the promotion ``key``, where the next one of its model finds them."""
    if (folder / LEDGER_NAME).is_file():
        _add_trials(objects, key, (folder / LEDGER_NAME).read_bytes())


class KeptLedger(TrialLedger):
    """A controller's ledger of one promotion: what is counted is in the object store as soon as it is counted."""

    def __init__(self, folder: Path, objects: Objects, key: Digest) -> None:
        """``folder`` is that of the promotion ``key``."""
        super().__init__(folder)
        self._folder, self._objects, self._of = folder, objects, key

    def add(self, trial: Trial) -> bool:
        """As every ledger. Raises ``NbcodeError`` where the object store does not answer: it is counted again then."""
        new = super().add(trial)
        give_back(self._objects, self._of, self._folder)
        return new


def _add_trials(objects: Objects, key: Digest, ledger: bytes) -> None:
    """What was counted stays counted: a promotion that begins anew may come from where less is known. Who calls has its lease, or has it for himself."""
    place = f"{_folder(key)}/{LEDGER_NAME}"
    there = objects.get(place) or b""
    if (both := merged_ledgers((ledger, there))) != there:
        objects.put(place, both)


def limits_in(folder: Path) -> RefitConfig:
    """The project's limits of refits, of what was taken up in ``folder``; the usual ones where it says none."""
    try:
        return from_plain(RefitConfig, json.loads((folder / LIMITS).read_bytes()), "the limits of refits")
    except (OSError, ValueError):
        return RefitConfig()


def spec_of(objects: Objects, digest: Digest) -> BuildSpec:
    """The spec that was promoted. Raises ``NbcodeError`` (NBC-I06) where it is gone or another."""
    held = objects.get(_spec_key(digest))
    if held is not None and spec_digest(found := decode(held)) == digest:
        return found
    gone = Diagnostic(
        code="NBC-I06",
        message=f"the spec {digest.short} is {'gone from' if held is None else 'another in'} the object store",
        cause="the controller goes on with nothing but what was promoted",
        fixes=("promote the notebook again: it is laid down anew",),
    )
    raise NbcodeError([gone])


def _folder(key: Digest) -> str:
    return f"promotions/{key.hex}"


def _spec_key(digest: Digest) -> str:
    return f"specs/{digest.hex}.json"
