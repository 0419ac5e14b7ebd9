"""A journal in memory."""

from __future__ import annotations

from nbcode.primitives import Digest
from nbcode.promotion import Journal, JournalConflictError, Promotion, Transition


class MemoryJournal(Journal):
    """Keeps the law of the port, but not over a restart."""

    def __init__(self) -> None:
        self._promotions: dict[Digest, Promotion] = {}
        self._payloads: dict[Digest, bytes] = {}
        self._lines: list[Transition] = []

    def begin(self, promotion: Promotion, payload: bytes) -> Promotion:
        if promotion.key in self._promotions:
            return self._promotions[promotion.key]
        self._payloads[promotion.key] = payload
        self._write("", promotion)
        return promotion

    def read(self, key: Digest) -> Promotion | None:
        return self._promotions.get(key)

    def payload(self, key: Digest) -> bytes | None:
        return self._payloads.get(key)

    def record(self, before: Promotion, after: Promotion) -> None:
        now = self._promotions.get(before.key)
        if now is None or (now.state, now.attempt) != (before.state, before.attempt):
            raise JournalConflictError(f"{before.key} is no longer {before.state} (attempt {before.attempt})")
        self._write(before.state, after)
        if after.finished:
            self._payloads.pop(after.key, None)

    def renew(self, before: Promotion, after: Promotion, payload: bytes) -> None:
        self.record(before, after)
        self._payloads[after.key] = payload

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        found = [p for p in self._promotions.values() if model in {None, p.model}]
        return tuple(sorted(sorted(found, key=lambda p: p.key), key=lambda p: p.updated_at, reverse=True))

    def history(self, model: str) -> tuple[Transition, ...]:
        return tuple(t for t in self._lines if self._promotions[t.key].model == model)

    def _write(self, before: str, after: Promotion) -> None:
        self._promotions[after.key] = after
        self._lines.append(
            Transition(
                key=after.key,
                attempt=after.attempt,
                before=str(before),
                after=str(after.state),
                at=after.updated_at,
                who=after.who,
                version=None if after.superseded else after.version,
                code=after.failure.code if after.failure else None,
            )
        )
