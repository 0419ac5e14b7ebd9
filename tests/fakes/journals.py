"""A journal in memory."""

from __future__ import annotations

from dataclasses import replace

from nbcode.primitives import Digest
from nbcode.promotion import Journal, JournalConflictError, Promotion, Transition, unsealed


class MemoryJournal(Journal):
    """Keeps the law of the port, but not over a restart."""

    def __init__(self) -> None:
        self._promotions: dict[Digest, Promotion] = {}
        self._payloads: dict[Digest, bytes] = {}
        self._lines: list[Transition] = []

    def begin(self, promotion: Promotion, payload: bytes, sealed=unsealed) -> Promotion:
        if promotion.key in self._promotions:
            return self._promotions[promotion.key]
        self._payloads[promotion.key] = payload
        begun = sealed(self._next(promotion))
        self._write("", begun)
        return begun

    def read(self, key: Digest) -> Promotion | None:
        return self._promotions.get(key)

    def payload(self, key: Digest) -> bytes | None:
        return self._payloads.get(key)

    def record(self, before: Promotion, after: Promotion) -> None:
        now = self._promotions.get(before.key)
        if now is None or (now.state, now.attempt) != (before.state, before.attempt):
            raise JournalConflictError(f"{before.key} is no longer {before.state} (attempt {before.attempt})")
        self._write(before.state, after)
        if not after.needs_payload:
            self._payloads.pop(after.key, None)

    def renew(self, before: Promotion, after: Promotion, payload: bytes, sealed=unsealed) -> Promotion:
        renewed = sealed(self._next(after))
        self.record(before, renewed)
        self._payloads[after.key] = payload
        return renewed

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        latest = dict.fromkeys(line.key for line in reversed(self._lines))
        found = [self._promotions[key] for key in latest]
        return tuple(p for p in found if model in {None, p.model})

    def history(self, model: str) -> tuple[Transition, ...]:
        return tuple(t for t in self._lines if self._promotions[t.key].model == model)

    def _next(self, promotion: Promotion) -> Promotion:
        return replace(promotion, sequence=len(self._lines) + 1)

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
