"""Inside the kernel: draws that nobody seeded are seeded by the run, so that two clean runs draw the same.

1. The generators that everybody shares (``random``, ``numpy.random``) start from :data:`SEED`; scikit-learn, pandas and SciPy draw
   from these where no ``random_state`` is given.
2. A generator that is made without a seed takes its entropy from one seeded sequence, in the order in which they are made.

What a cell seeds itself draws as ever. ``secrets``, ``uuid`` and ``os.urandom`` are not touched: ``check`` refuses them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

SEED = 0


def seed_everything() -> None:
    """Seed this process. Imports numpy, whose state would otherwise be drawn when a cell imports it."""
    import numpy as np
    from numpy.random import bit_generator

    entropy = random.Random(SEED)  # noqa: S311 - numbers for research, no secrets
    fresh: Any = bit_generator
    fresh.randbits = entropy.getrandbits  # what numpy asks for entropy: `secrets.randbits`
    classes: Any = random.Random
    classes.seed = _seeded(classes.seed, entropy)
    shared: Any = random
    shared.seed = shared._inst.seed  # noqa: SLF001 - bound before the class was changed
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - the generator that legacy code shares


def _seeded(seed: Callable[..., None], entropy: random.Random) -> Callable[..., None]:
    def seeded(self: random.Random, a: object = None, version: int = 2) -> None:
        seed(self, entropy.getrandbits(128) if a is None else a, version)

    return seeded
