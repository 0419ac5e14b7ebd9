"""Folds that are fitted in several processes: each fits its share, and one of them takes what the others left.

What a fit depends on is its *key*: the definition, the bytes of every column, the sessions of all training sets, which of them it is,
and the *terms* of the caller (whatever else decides about bits: the environment, the machine). A fit that was left under its key is taken
where it can be read, predicts here what it predicted there, and a fold that is drawn by chance, fitted here, is that one byte for byte. Whatever
is not taken is fitted here; so what is left decides how long an evaluation takes, and never what it finds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from alpha_bench.definitions import Evaluable, EvaluationDefinition, ModelDefinition
from alpha_bench.errors import AlphaBenchError, DefinitionError, SavedModelError
from alpha_bench.evaluation.folds import folds_of
from alpha_bench.expressions import ValueSource
from alpha_bench.fitting import Columns, Fit, columns_of, fit_from_bytes, fit_model, fit_to_bytes
from alpha_bench.model_selection import Split
from alpha_bench.runtime import Floats, canonical, report_progress, write_atomic

_FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Of a walk-forward what one of ``of`` processes fits: the ``number``-th, counted from 0. ``terms`` is whatever decides about the bits of a fit
    beside definition and values."""

    number: int
    of: int
    terms: str


@dataclass(kw_only=True, slots=True)
class KeptFolds:
    """Fits that other processes left.

    Attributes:
        folder: where they are, each in a file named by its key.
        digests: file name -> sha256 of its bytes in hex; other files, and other bytes, are not read.
        terms: as they were for the share.
        draw: which of so many that are taken is fitted again, to compare it.
        taken, refused: how many were; ``differed``: the one that was fitted again was another, so that none was taken.
    """

    folder: Path
    digests: Mapping[str, str]
    terms: str
    draw: Callable[[int], int] = secrets.randbelow
    taken: int = 0
    refused: int = 0
    differed: bool = False
    _data: dict[int, bytes] = field(default_factory=dict)

    def fits(self, model: ModelDefinition, columns: Columns, splits: Sequence[Split]) -> tuple[Fit, ...]:
        """The fit of every fold: as :func:`alpha_bench.fitting.nested_search.fit_model` makes them, and some of them taken."""
        keys = keys_of(self.terms, model, columns, splits)
        found: dict[int, Fit] = {}
        for number, key in enumerate(keys):
            fit = self._read(model, columns, splits[number], number, key)
            if fit is not None:
                found[number] = fit
        again = sorted(found)[self.draw(len(found))] if found else None
        missing = [n for n in range(len(splits)) if n not in found or n == again]
        made = _fitted(model, columns, splits, missing)
        if again is not None and self._differs(
            model, columns, splits[again], made[again], (again, keys[again])
        ):
            self.refused, self.differed = self.refused + len(found), True
            made |= _fitted(model, columns, splits, [n for n in sorted(found) if n != again])
            found = {}
        self.taken = len(found)
        return tuple((found | made)[n] for n in range(len(splits)))

    def _read(
        self, model: ModelDefinition, columns: Columns, split: Split, number: int, key: str
    ) -> Fit | None:
        name = file_of(key)
        if name not in self.digests:
            return None
        try:
            data = (self.folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest() == self.digests[name]:
                fit, predicted = fit_from_bytes(model, data, key=key)
                if _predicted(fit, columns, split) == predicted:
                    self._data[number] = data
                    return fit
        except (OSError, SavedModelError):
            pass
        except Exception:  # noqa: S110 - an estimator of other arrays may raise anything; the fold is fitted here
            pass
        self.refused += 1
        return None

    def _differs(
        self, model: ModelDefinition, columns: Columns, split: Split, fit: Fit, of: tuple[int, str]
    ) -> bool:
        number, key = of
        return _bytes_of(model, columns, split, fit, key) != self._data[number]


def fit_share(definition: Evaluable, panel: ValueSource, share: Share, into: Path) -> int:
    """Fit the folds of ``share`` and leave them in the folder ``into``; returns how many there are. One that cannot be kept is left out.

    Raises:
        AlphaBenchError: as :func:`alpha_bench.evaluation.evaluator.evaluate`, as far as it fits.
    """
    plan = getattr(definition, "definition", definition)
    if not isinstance(plan, EvaluationDefinition):
        raise DefinitionError(
            "R33", f"{type(plan).__name__} has no folds", fix="give what walk_forward(m) returns"
        )
    splits = folds_of(plan, len(panel.dates))
    own = [n for n, k in enumerate(shares_of(splits, share.of)) if k == share.number]
    into.mkdir(parents=True, exist_ok=True)
    if not own:
        return 0
    model = plan.model
    columns = columns_of(model, panel)
    keys = keys_of(share.terms, model, columns, splits)
    kept = 0
    for number, fit in _fitted(model, columns, splits, own).items():
        data = _bytes_of(model, columns, splits[number], fit, keys[number])
        if data is not None:
            write_atomic(into / file_of(keys[number]), data, durable=False)
            kept += 1
    report_progress("kept", kept, len(own))
    return kept


def shares_of(splits: Sequence[Split], of: int) -> tuple[int, ...]:
    """Which of ``of`` processes fits each fold, so that each has about as many training sessions: the longest first, to who has the fewest."""
    loads, found = [0] * of, [0] * len(splits)
    for number in sorted(range(len(splits)), key=lambda n: (-len(splits[n].train), n)):
        found[number] = min(range(of), key=lambda k: (loads[k], k))
        loads[found[number]] += len(splits[number].train)
    return tuple(found)


def keys_of(terms: str, model: ModelDefinition, columns: Columns, splits: Sequence[Split]) -> tuple[str, ...]:
    """For each fold the digest of everything that its fit depends on. All training sets are in each: sums of linear models are shared."""
    data = columns.training
    arrays = [*data.features, data.label, *(() if data.weights is None else (data.weights,))]
    shared = {
        "format": _FORMAT,
        "terms": terms,
        "model": model.to_plain(),
        "columns": [_digest_of_array(a) for a in arrays],
        "weights": data.weights is not None,
        "sets": [[[r.start, r.stop] for r in split.train.ranges] for split in splits],
    }
    return tuple(
        hashlib.sha256(canonical({**shared, "fold": number})).hexdigest() for number in range(len(splits))
    )


def file_of(key: str) -> str:
    """The name of the file in which the fit of ``key`` is left."""
    return f"{key}.json"


def _digest_of_array(values: Floats) -> str:
    whole = np.ascontiguousarray(values)
    found = hashlib.sha256(f"{whole.dtype.str}{whole.shape}".encode())
    found.update(whole.data)
    return found.hexdigest()


def _fitted(
    model: ModelDefinition, columns: Columns, splits: Sequence[Split], numbers: Sequence[int]
) -> dict[int, Fit]:
    fits = fit_model(model, columns.training, [s.train for s in splits], numbers)
    return dict(zip(numbers, fits, strict=True))


def _predicted(fit: Fit, columns: Columns, split: Split) -> str:
    found = hashlib.sha256()
    for block in split.test.ranges:
        found.update(np.ascontiguousarray(columns.predict(fit, block.start, block.stop)).data)
    return found.hexdigest()


def _bytes_of(model: ModelDefinition, columns: Columns, split: Split, fit: Fit, key: str) -> bytes | None:
    """The fit as it is left; None where it cannot be."""
    try:
        return fit_to_bytes(model, fit, key=key, predicted=_predicted(fit, columns, split))
    except (ValueError, AlphaBenchError):
        return None
