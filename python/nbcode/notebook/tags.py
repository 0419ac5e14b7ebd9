"""From what a cell carries (marker line, ``metadata.tags``, ``metadata.title``) to the one tag that it bears."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nbcode.notebook.marker import Marker, tag_word_of
from nbcode.notebook.model import TAGS, Carrier, CellKind
from nbcode.primitives import Diagnostic, Place, Severity

_LIST = ", ".join(f"[{tag}]" for tag in TAGS)
_CARRIER_NAMES = {"marker": "the marker line", "tags": "metadata.tags", "title": "metadata.title"}
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u00a0\u180e\u200e\u200f")
_LOOKALIKE = str.maketrans(
    "аеорсухѕіјԁӏһкмтнвάαεορυνικτμАЕОРСХМТНВІЅ", "aeopcyxsijdlhkmthbaaeopuvikt" + "mAEOPCXMTHBIS"
)
_KALE_STEPS = {
    "features": ("feature", "data", "load", "prepare", "preprocess", "transform"),
    "eval": ("eval", "test", "score", "report", "metric", "valid", "result"),
    "model": ("model", "train", "fit"),
}
_KALE_TO_TAG = {"imports": "setup", "functions": "setup", "skip": None, "pipeline-parameters": "setup"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagging:
    """The tag of one cell (None: exploratory), what carried it, and the findings."""

    tag: str | None = None
    carrier: Carrier | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """One carrier that names a tag, as written and as understood."""

    carrier: Carrier
    word: str
    tag: str | None


def tag_cell(
    *, kind: CellKind, marker: Marker | None, tags: Sequence[str], title: str | None, place: Place
) -> Tagging:
    """Decide the tag of a cell. A word that is close to a tag but is none is an error: the cell would silently stay
    exploratory; a word of ``metadata.tags`` that resembles none belongs to another tool and is left alone.
    """
    found: list[Diagnostic] = []
    claims: list[_Claim] = []
    written: list[tuple[Carrier, str, bool]] = []
    if marker is not None and marker.tag_word is not None:
        written.append(("marker", marker.tag_word, True))
    listed = marker.tags if marker is not None and isinstance(marker.tags, list) else ()
    written += [("tags", word, False) for word in (*tags, *listed) if isinstance(word, str)]
    if title is not None and (word := tag_word_of(title.strip())) is not None:
        written.append(("title", word, True))
    for carrier, word, explicit in written:
        tag, diagnostic = _understand(word, explicit=explicit, place=place)
        if diagnostic is not None:
            found.append(diagnostic)
        if tag is not None:
            claims.append(_Claim(carrier=carrier, word=word, tag=tag))
    if not claims:
        return Tagging(diagnostics=tuple(found))
    conflict = _conflict(claims, place)
    if conflict is not None:
        return Tagging(diagnostics=(*found, conflict))
    if kind != "code":
        return Tagging(diagnostics=(*found, _not_code(kind, claims[0], place)))
    return Tagging(tag=claims[0].tag, carrier=claims[0].carrier, diagnostics=tuple(found))


def _conflict(claims: Sequence[_Claim], place: Place) -> Diagnostic | None:
    if len({claim.tag for claim in claims}) == 1:
        return None
    shown = " and ".join(f"{_CARRIER_NAMES[c.carrier]} says [{c.word}]" for c in claims)
    if len({claim.carrier for claim in claims}) == 1:
        return Diagnostic(
            code="NBC-B11",
            message="two tags on one cell",
            cause=shown,
            fixes=("keep one tag", "split the cell in two"),
            place=place,
        )
    return Diagnostic(
        code="NBC-B10",
        message="the carriers of this cell's tag disagree",
        cause=shown,
        fixes=("make them say the same", "remove all but one"),
        place=place,
    )


def _not_code(kind: str, claim: _Claim, place: Place) -> Diagnostic:
    return Diagnostic(
        code="NBC-B08",
        message=f"tag [{claim.word}] on a {kind} cell",
        cause="only code cells are promoted",
        fixes=("change the cell's type to code", "remove the tag"),
        place=place,
    )


def _understand(word: str, *, explicit: bool, place: Place) -> tuple[str | None, Diagnostic | None]:
    """The tag that ``word`` is (or None) and what is wrong with it (or None)."""
    if word in TAGS:
        return word, None
    for check in (_kale, _invisible, _lookalike):
        result = check(word, place)
        if result is not None:
            return result
    if word.strip().lower() in TAGS:
        tag = word.strip().lower()
        return None, Diagnostic(
            code="NBC-B05",
            message=f"tag [{word}] is not written as [{tag}]",
            cause="tags are lower case, without spaces",
            fixes=(f"write [{tag}]",),
            place=place,
        )
    return None, _unknown(word, explicit=explicit, place=place)


def _unknown(word: str, *, explicit: bool, place: Place) -> Diagnostic | None:
    meant = _near(word.strip().lower())
    if meant is None and not explicit:
        return None
    if meant is None:
        return Diagnostic(
            code="NBC-B04",
            message=f"unknown tag [{word}]",
            cause="the cell stays exploratory and is not promoted",
            fixes=(f"use one of {_LIST}", "write the title without brackets"),
            severity=Severity.WARNING,
            place=place,
        )
    return Diagnostic(
        code="NBC-B04",
        message=f"unknown tag [{word}]: did you mean [{meant}]?",
        cause="the cell would silently stay exploratory",
        fixes=(f"write [{meant}]", f"use one of {_LIST}"),
        place=place,
    )


def _invisible(word: str, place: Place) -> tuple[None, Diagnostic] | None:
    hidden = [c for c in word if c in _INVISIBLE or unicodedata.category(c) == "Cf"]
    if not hidden:
        return None
    return None, Diagnostic(
        code="NBC-B14",
        message=f"invisible character U+{ord(hidden[0]):04X} in the tag",
        cause=f"the tag is {word.encode('ascii', 'backslashreplace').decode()}, which only looks like a tag",
        fixes=("type the tag anew",),
        place=place,
    )


def _lookalike(word: str, place: Place) -> tuple[None, Diagnostic] | None:
    if word.isascii():
        return None
    folded = unicodedata.normalize("NFKC", word).translate(_LOOKALIKE).lower()
    if folded not in TAGS:
        return None
    letter = next(c for c in word if not c.isascii())
    latin = unicodedata.normalize("NFKC", letter).translate(_LOOKALIKE)
    return None, Diagnostic(
        code="NBC-B06",
        message=f"letter U+{ord(letter):04X} looks like '{latin}' in tag [{word}]",
        cause="two tags that look the same and are not would promote another cell than the one reviewed",
        fixes=(f"type [{folded}] in plain letters",),
        place=place,
    )


def _kale(word: str, place: Place) -> tuple[str | None, Diagnostic | None] | None:
    """Kale's own words. Its untagged cells join the step before them; ours stay exploratory."""
    if word in _KALE_TO_TAG:
        tag = _KALE_TO_TAG[word]
    elif word.startswith(("step:", "block:")):
        tag = _kale_step(word.partition(":")[2].lower())
    else:
        return (None, None) if word.startswith("prev:") else None
    if tag is None:
        return None, None
    return tag, Diagnostic(
        code="NBC-B16",
        message=f"Kale tag `{word}` is read as [{tag}]",
        cause="cells without a tag stay exploratory here, where Kale joins them to the step before",
        fixes=(f"tag the cell [{tag}]",),
        severity=Severity.NOTE,
        place=place,
    )


def _kale_step(name: str) -> str:
    for tag, parts in _KALE_STEPS.items():
        if any(part in name for part in parts):
            return tag
    return "features"


def _near(word: str) -> str | None:
    """The tag within two edits (one for a short word) of ``word``: closer than any other tool's tag is likely to be."""
    allowed = 2 if len(word) >= 5 else 1
    scored = sorted((_edits(word, tag), tag) for tag in TAGS if abs(len(word) - len(tag)) <= allowed)
    return scored[0][1] if scored and scored[0][0] <= allowed else None


def _edits(left: str, right: str) -> int:
    """Edits between two words, a swap of neighbours being one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    cost: Callable[[bool], int] = int
    for i, a in enumerate(left, 1):
        new = [i]
        for j, b in enumerate(right, 1):
            best = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + cost(a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            new.append(best)
        before, row = row, new
    return row[-1]
