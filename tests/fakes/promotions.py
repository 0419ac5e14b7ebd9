"""Promotions that have just begun: as the journal holds them before the first effect."""

from __future__ import annotations

from nbcode.primitives import digest_bytes
from nbcode.promotion import Promotion, promotion_key

AT = "2026-01-05T09:00:00.000Z"


def begun(spec: str = "spec", *, model: str = "xsmom", notebook: str = "n.py", at: str = AT) -> Promotion:
    """Promotions of other specs or models have other keys."""
    digest = digest_bytes(spec.encode())
    return Promotion(
        key=promotion_key(model, digest, "linux"),
        model=model,
        spec_digest=digest,
        definition_digest=digest_bytes(b"definition"),
        platform="linux",
        notebook=notebook,
        who="quant",
        begun_at=at,
        updated_at=at,
    )
