"""The final models of two fits on the prices that the new one was built on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from nbcode.inputs import PinnedInput, Role
from nbcode.namespace import layout_of
from nbcode.primitives import Digest
from nbcode.promotion import FinalModels, Promotion

Finals = Callable[[Promotion, Path, Path, str | None], FinalModels | None]


def finals_on(inputs: Callable[[Digest], Iterable[PinnedInput]]) -> Finals:
    """What compares them, see :class:`nbcode.promotion.EffectPorts`. ``inputs`` are those that a spec was built on, none where it was not built here."""

    def finals(promotion: Promotion, before: Path, now: Path, since: str | None) -> FinalModels | None:
        from nbcode.promotion._final_models import PricesOfARun, final_models

        found = {one.role: one for one in inputs(promotion.spec_digest)}
        prices, reference = found.get(Role.PRICES), found.get(Role.REFERENCE)
        if prices is None:
            return None
        declared: dict[str, object] = {"date": prices.date_column, "symbol": prices.symbol_column}
        if prices.layout is not None:
            declared["layout"] = layout_of(prices.layout)
        read = PricesOfARun(
            prices=prices.path, reference=None if reference is None else reference.path, declared=declared
        )
        return final_models(before, now, read, since)

    return finals
