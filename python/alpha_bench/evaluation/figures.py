"""The figures of a report: most of them computed when they are first read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from alpha_bench.evaluation.named_figures import FigureValue, NamedFigures
from alpha_bench.evaluation.study import Study
from alpha_bench.evaluation.supplement import SUPPLEMENTS, Supplement
from alpha_bench.names import FIGURES


class Figures(NamedFigures, Mapping[str, FigureValue]):
    """All of :data:`alpha_bench.names.FIGURES`, in that order: ``figures["ic_mean"]`` and ``figures.ic_mean``.

    Those of the daily scores are there at once; those of the book are computed by ``study`` when one of them is first read, and each
    further one by ``supplement``.
    """

    def __init__(self, scores: Mapping[str, FigureValue], study: Study, supplement: Supplement) -> None:
        self._known = {name: _finite(value) for name, value in scores.items()}
        self._study = study
        self._supplement = supplement

    @property
    def figures(self) -> Figures:
        """Itself: what the attributes read."""
        return self

    def __getitem__(self, name: str) -> FigureValue:
        if name not in self._known and name in SUPPLEMENTS:
            self._known[name] = _finite(self._supplement.figure(name))
        elif name not in self._known and name in FIGURES:
            later = {k: _finite(v) for k, v in self._study.figures().items()}
            without: dict[str, FigureValue] = dict.fromkeys(n for n in FIGURES if n not in SUPPLEMENTS)
            self._known = without | self._known | later  # without a book its figures are None
        return self._known[name]

    @property
    def known(self) -> Mapping[str, FigureValue]:
        """Those that are computed already."""
        return dict(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(FIGURES)

    def __len__(self) -> int:
        return len(FIGURES)

    def __repr__(self) -> str:
        return repr(dict(self))


def _finite(value: FigureValue) -> FigureValue:
    if isinstance(value, Sequence):
        return [v if v is None or math.isfinite(v) else None for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
