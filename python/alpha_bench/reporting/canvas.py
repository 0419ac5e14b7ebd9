"""A small drawing layer: scales, ticks and a canvas that writes SVG text. Pictures need no font, script or network.

What the page's script may enlarge, hide or read out is marked in the SVG by ``data-`` attributes (see ``script.py``); without the script
they are nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from alpha_bench.runtime import SVG_NAMESPACE, Html, element

INK = "#1f2933"
QUIET = "#616e7c"
GRID = "#e4e7eb"
BLUE = "#0072b2"
SKY = "#56b4e9"
ORANGE = "#e69f00"
VERMILION = "#d55e00"
GREEN = "#009e73"
PALE = "#b9cfe0"
GREY = "#9aa5b1"
"""Okabe and Ito's palette: distinguishable with any colour vision, and in grey."""

_MARGIN = 0.06
_LEAST_TICKS = 3

FONT = "system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,sans-serif"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A linear map from values [low, high] to pixels [start, end]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of ``value``."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def scale_for(
    values: Sequence[float], start: float, end: float, *, zero: bool = False, ticks: int = 4
) -> Scale:
    """A scale over the finite ``values``; with ``zero`` it includes 0. It goes on to the next round tick, or by :data:`_MARGIN` of the span where
    that is nearer: an axis to -30 for values down to -20.5 would leave a third of the picture empty."""
    known = [v for v in values if math.isfinite(v)] + ([0.0] if zero else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        low, high = low - pad, high + pad
    step, margin = _step(low, high, ticks), _MARGIN * (high - low)
    return Scale(
        low=max(math.floor(low / step) * step, low - margin),
        high=min(math.ceil(high / step) * step, high + margin),
        start=start,
        end=end,
    )


def ticks_of(scale: Scale, count: int = 4) -> list[float]:
    """Round values inside the scale, about ``count`` of them and three at least."""
    step = _step(scale.low, scale.high, count)
    while len(found := _multiples(scale, step)) < _LEAST_TICKS:
        step = _step(0, step / 2.5, 1)
    return found


def _multiples(scale: Scale, step: float) -> list[float]:
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def _step(low: float, high: float, count: int) -> float:
    raw = (high - low) / max(1, count)
    size = 10.0 ** math.floor(math.log10(raw))
    return next((m * size for m in (1, 2, 5) if m * size >= raw * 0.999), 10 * size)


def number(value: float) -> str:
    """A tick's text: as short as it can be, with a true minus sign."""
    if value == 0:
        return "0"
    text = f"{value:.10g}" if 1e-4 <= abs(value) < 1e6 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


@dataclass(kw_only=True)
class Canvas:
    """Shapes in pixels, origin at the top left, written in the order they are added."""

    width: int
    height: int
    title: str
    description: str = ""
    parts: list[Html] = field(default_factory=list)
    reading: str = ""
    zooms: bool = False

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, note: str = "") -> None:
        """A filled rectangle; ``note`` is shown when the pointer rests on it."""
        at = {"x": _p(x), "y": _p(y), "width": _p(width), "height": _p(height)}
        self.parts.append(element("rect", _note(note), **at, fill=fill))

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        stroke: str = GRID,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """A straight line."""
        at = {"x1": _p(x1), "y1": _p(y1), "x2": _p(x2), "y2": _p(y2)}
        self.parts.append(
            element("line", **at, stroke=stroke, stroke_width=width, stroke_dasharray=dash or None)
        )

    def path(
        self, points: Sequence[tuple[float, float]], *, stroke: str, width: float = 1.75, dash: str = ""
    ) -> None:
        """A line through ``points``, broken where one is not finite."""
        parts, pen = [], "M"
        for x, y in points:
            if not math.isfinite(y):
                pen = "M"
                continue
            parts.append(f"{pen}{_p(x)} {_p(y)}")
            pen = "L"
        if parts:
            self.parts.append(
                element(
                    "path",
                    d="".join(parts),
                    fill="none",
                    stroke=stroke,
                    stroke_width=width,
                    stroke_linejoin="round",
                    stroke_dasharray=dash or None,
                )
            )

    def area(self, points: Sequence[tuple[float, float]], *, base: float, fill: str) -> None:
        """The surface between ``points``, in order of x, and the height ``base``."""
        known = [(x, y) for x, y in points if math.isfinite(y)]
        if known:
            d = "L".join(f"{_p(x)} {_p(y)}" for x, y in known)
            first, last = _p(known[0][0]), _p(known[-1][0])
            self.parts.append(element("path", d=f"M{first} {_p(base)}L{d}L{last} {_p(base)}Z", fill=fill))

    def dot(self, x: float, y: float, fill: str, radius: float = 2.5, *, note: str = "") -> None:
        """A filled circle; ``note`` as in :meth:`rect`."""
        self.parts.append(element("circle", _note(note), cx=_p(x), cy=_p(y), r=radius, fill=fill))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: Literal["start", "middle", "end"] = "start",
        fill: str = QUIET,
        size: int = 12,
        bold: bool = False,
    ) -> None:
        """A line of text on baseline ``y``."""
        weight = 600 if bold else None
        self.parts.append(
            element(
                "text",
                text,
                x=_p(x),
                y=_p(y),
                text_anchor=anchor,
                fill=fill,
                font_size=size,
                font_weight=weight,
            )
        )

    def legend(self, x: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
        """Colour and name, side by side from ``x``."""
        for colour, name in entries:
            self.rect(x, y - 9, 11, 11, colour)
            self.text(x + 16, y, name)
            x += 16 + 6.6 * len(name) + 20

    def keys(self, x: float, y: float, entries: Sequence[tuple[str, str, str]]) -> None:
        """Colour, dashes and name of each line, side by side from ``x``; the script shows and hides the series of that name."""
        for colour, dash, name in entries:
            with self._inside("g", data_key=name):
                self.line(x, y - 4, x + 26, y - 4, stroke=colour, width=2.2, dash=dash)
                self.text(x + 32, y, name)
            x += 32 + 6.6 * len(name) + 20

    @contextmanager
    def series(self, name: str) -> Iterator[None]:
        """What is drawn inside belongs to the series ``name`` of the keys."""
        with self._inside("g", data_series=name):
            yield

    @contextmanager
    def plot(self, left: float, right: float, top: float, bottom: float) -> Iterator[None]:
        """What is drawn inside is cut at these edges, and may be enlarged along x."""
        self.zooms = True
        box = f"{_p(left)} {_p(top)} {_p(right - left)} {_p(bottom - top)}"
        x, y, width, height = box.split()
        at = {"x": x, "y": y, "width": width, "height": height, "viewBox": box}
        with self._inside("svg", class_="zoom", **at, preserveAspectRatio="none"), self._inside("g"):
            yield

    @contextmanager
    def tick(self, x: float) -> Iterator[None]:
        """What is drawn inside moves with the position ``x`` of an enlarged plot."""
        with self._inside("g", class_="tick", data_x=_p(x)):
            yield

    @contextmanager
    def _inside(self, tag: str, **attributes: str) -> Iterator[None]:
        outer, self.parts = self.parts, []
        yield
        self.parts = [*outer, element(tag, self.parts, **attributes)]

    def read_out(
        self, left: float, right: float, labels: Sequence[str], series: Sequence[tuple[str, Sequence[str]]]
    ) -> None:
        """What the pointer tells between ``left`` and ``right``: at equal steps a label, and a text of each series."""
        self.reading = json.dumps(
            {"x": [left, right], "t": list(labels), "s": [[name, list(texts)] for name, texts in series]},
            separators=(",", ":"),
            ensure_ascii=False,
        )

    def value_axis(self, scale: Scale, left: float, right: float, *, ticks: int = 4, size: int = 12) -> None:
        """Horizontal grid lines with their values at the left; zero is darker."""
        for value in ticks_of(scale, ticks):
            y = scale(value)
            self.line(left, y, right, y, stroke=QUIET if abs(value) < 1e-12 else GRID)
            self.text(left - 7, y + size * 0.35, number(round(value, 12)), anchor="end", size=size)

    def svg(self) -> Html:
        """The picture as SVG text."""
        return element(
            "svg",
            element("title", self.title),
            element("desc", self.description) if self.description else None,
            element("rect", width="100%", height="100%", fill="#fff"),
            self.parts,
            xmlns=SVG_NAMESPACE,
            viewBox=f"0 0 {self.width} {self.height}",
            width=self.width,
            height=self.height,
            role="img",
            style="max-width:100%;height:auto",
            font_family=FONT,
            data_read=self.reading or None,
            data_zoom="" if self.zooms else None,
        )


def _note(text: str) -> Html | None:
    return element("title", text) if text else None


def _p(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
