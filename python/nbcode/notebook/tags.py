"""From what a cell carries (marker line, ``metadata.tags``, ``metadata.title``) to the one tag that it bears."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence

from nbcode.notebook.editing import replaced
from nbcode.notebook.marker import Marker, tag_word_of
from nbcode.notebook.model import TAGS, Carrier, CellKind
from nbcode.primitives import Diagnostic, Fix, MetadataEdit, Place, Severity, TextEdit, dataclass

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
class _Word:
    """A word that a carrier gives the cell, as written, and where: the whole line of a marker, or the whole title.

    ``explicit`` words stand in brackets: whatever they are, they were meant as a tag.
    """

    carrier: Carrier
    word: str
    explicit: bool
    place: Place
    line: str | None = None
    title: str = ""

    def fix(self, title: str, new: str | None) -> Fix:
        """The fix that writes ``new`` for the word; with None, that takes the tag away."""
        cell = self.place.cell or 1
        if self.line is not None:
            return Fix(title=title, edits=self._in_line(cell, self.line, new))
        if self.carrier == "title":
            bare = self.title.replace(f"[{self.word}]", "" if new is None else f"[{new}]", 1).strip()
            edit = MetadataEdit(cell=cell, key="title", old=self.title, new=bare or None)
        else:
            edit = MetadataEdit(cell=cell, key="tags", old=self.word, new=new)
        return Fix(title=title, metadata=(edit,))

    def _in_line(self, cell: int, line: str, new: str | None) -> tuple[TextEdit, ...]:
        around = ("[", "]") if self.carrier == "marker" else ('"', '"')
        start = line.find(self.word.join(around))
        if start < 0 or new is None:
            return ()
        return (replaced(cell, 1, start + 2, self.word, new),)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """One carrier that names a tag, as written and as understood."""

    carrier: Carrier
    word: str
    tag: str | None
    written: _Word


def tag_cell(
    *, kind: CellKind, marker: Marker | None, tags: Sequence[str], title: str | None, place: Place
) -> Tagging:
    """Decide the tag of a cell. A word that is close to a tag but is none is an error: the cell would silently stay
    exploratory; a word of ``metadata.tags`` that resembles none belongs to another tool and is left alone.
    """
    found: list[Diagnostic] = []
    claims: list[_Claim] = []
    for written in _words(marker, tags, title, place):
        tag, diagnostic = _understand(written)
        if diagnostic is not None:
            found.append(diagnostic)
        if tag is not None:
            claims.append(_Claim(carrier=written.carrier, word=written.word, tag=tag, written=written))
    if not claims:
        return Tagging(diagnostics=tuple(found))
    conflict = _conflict(claims, place)
    if conflict is not None:
        return Tagging(diagnostics=(*found, conflict))
    if kind != "code":
        return Tagging(diagnostics=(*found, _not_code(kind, claims, place)))
    return Tagging(tag=claims[0].tag, carrier=claims[0].carrier, diagnostics=tuple(found))


def _words(marker: Marker | None, tags: Sequence[str], title: str | None, place: Place) -> Iterator[_Word]:
    """Every word that may be a tag: of the marker, of the metadata, of a marker's own metadata, of the title."""
    line = None if marker is None else marker.line
    if marker is not None and marker.tag_word is not None:
        yield _Word(carrier="marker", word=marker.tag_word, explicit=True, place=place, line=line)
    for word in tags:
        yield _Word(carrier="tags", word=word, explicit=False, place=place)
    for word in marker.tags if marker is not None and isinstance(marker.tags, list) else ():
        if isinstance(word, str):
            yield _Word(carrier="tags", word=word, explicit=False, place=place, line=line)
    if title is not None and (named := tag_word_of(title.strip())) is not None:
        yield _Word(carrier="title", word=named, explicit=True, place=place, title=title)


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


def _not_code(kind: str, claims: Sequence[_Claim], place: Place) -> Diagnostic:
    removed = [claim.written.fix("remove the tag", None) for claim in claims]
    mechanical = all(fix.mechanical for fix in removed)
    return Diagnostic(
        code="NBC-B08",
        message=f"tag [{claims[0].word}] on a {kind} cell",
        cause="only code cells are promoted",
        fixes=(
            "change the cell's type to code",
            Fix(
                title="remove the tag",
                metadata=tuple(edit for fix in removed for edit in fix.metadata) if mechanical else (),
            ),
        ),
        place=place,
    )


def _understand(written: _Word) -> tuple[str | None, Diagnostic | None]:
    """The tag that a word is (or None) and what is wrong with it (or None)."""
    word = written.word
    if word in TAGS:
        return word, None
    for check in (_kale, _invisible, _lookalike):
        result = check(written)
        if result is not None:
            return result
    if word.strip().lower() in TAGS:
        tag = word.strip().lower()
        return None, Diagnostic(
            code="NBC-B05",
            message=f"tag [{word}] is not written as [{tag}]",
            cause="tags are lower case, without spaces",
            fixes=(written.fix(f"write [{tag}]", tag),),
            place=written.place,
        )
    return None, _unknown(written)


def _unknown(written: _Word) -> Diagnostic | None:
    word, place = written.word, written.place
    meant = _near(word.strip().lower())
    if meant is None and not written.explicit:
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
        fixes=(written.fix(f"write [{meant}]", meant), f"use one of {_LIST}"),
        place=place,
    )


def _invisible(written: _Word) -> tuple[None, Diagnostic] | None:
    word = written.word
    hidden = [c for c in word if c in _INVISIBLE or unicodedata.category(c) == "Cf"]
    if not hidden:
        return None
    plain = "".join(c for c in word if c not in hidden)
    return None, Diagnostic(
        code="NBC-B14",
        message=f"invisible character U+{ord(hidden[0]):04X} in the tag",
        cause=f"the tag is {word.encode('ascii', 'backslashreplace').decode()}, which only looks like a tag",
        fixes=(written.fix("type the tag anew", plain) if plain in TAGS else "type the tag anew",),
        place=written.place,
    )


def _lookalike(written: _Word) -> tuple[None, Diagnostic] | None:
    word = written.word
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
        fixes=(written.fix(f"type [{folded}] in plain letters", folded),),
        place=written.place,
    )


def _kale(written: _Word) -> tuple[str | None, Diagnostic | None] | None:
    """Kale's own words. Its untagged cells join the step before them; ours stay exploratory."""
    word = written.word
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
        fixes=(written.fix(f"tag the cell [{tag}]", tag),),
        severity=Severity.NOTE,
        place=written.place,
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
