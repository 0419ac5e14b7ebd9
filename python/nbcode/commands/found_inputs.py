"""The inputs of a version, found by their digests: among files and in folders that the user names, else where the project here has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from nbcode.configuration import SAMPLE
from nbcode.inputs import PinnedInput, Role, column_names, digest_at, digest_of_data
from nbcode.primitives import Diagnostic, Digest, NbcodeError, dataclass, nearest
from nbcode.spec import SpecInput

_WITHOUT_DATES = "none"
_MOST_FILES = 500_000
_MOST_CUTS = 20
_COLUMNS_SHOWN = 12
_TABLES = (".csv", ".parquet")
_PARQUET = b"PAR1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """What the user offers: the file or folder at ``path`` for the input ``name``, or (None) a folder that is looked through."""

    name: str | None
    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundInput:
    """An input of the spec and where its bytes are: at ``path`` is the whole file where the spec has its rows up to a day."""

    input: SpecInput
    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """``version`` names it to a reader, ``command`` is the call without its inputs; ``as_of`` is the spec's, ``store`` a folder for cuts;
    ``here`` says where the project here has an input, None where it has none."""

    version: str
    command: str
    as_of: str | None
    store: Path
    offers: tuple[Offered, ...]
    here: Callable[[SpecInput], Path | None]


def offered(text: str) -> Offered:
    """``NAME=FILE``, or a folder; a folder that is there may have a ``=`` in its name."""
    name, equals, path = text.partition("=")
    if not equals or "/" in name or Path(text).is_dir():
        return Offered(name=None, path=Path(text))
    return Offered(name=name.strip(), path=Path(path))


def find_inputs(inputs: Iterable[SpecInput], search: Search) -> tuple[FoundInput, ...]:
    """Each of ``inputs``, which may be in any order; the embedded sample is looked for nowhere, since each installation has it.

    Raises ``NbcodeError`` with NBC-X09 for each that is nowhere or is offered under a name that none has, NBC-X10 for each whose file has
    other bytes.
    """
    wanted = tuple(inputs)
    problems = [
        _no_such_name(one, one.name, wanted, search)
        for one in search.offers
        if one.name is not None and not any(_is_called(each, one.name) for each in wanted)
    ]
    looking = _Looking(search)
    found: dict[SpecInput, Path] = {}
    for one in wanted:
        path = looking.among_named(one)
        if path is not None:
            found[one] = path
    for one in wanted:
        if one in found or is_sample(one):
            continue
        answer = looking.elsewhere(one, taken=frozenset(found.values()))
        if isinstance(answer, Diagnostic):
            problems.append(answer)
        else:
            found[one] = answer
    if problems:
        raise NbcodeError(problems)
    return tuple(FoundInput(input=one, path=found[one]) for one in wanted if one in found)


def is_sample(one: SpecInput) -> bool:
    """Whether it is a part of the embedded sample panel."""
    return one.role is not Role.INPUT and one.name == SAMPLE


def is_cut(one: SpecInput, as_of: str | None) -> bool:
    """Whether the spec has the rows of a file up to ``as_of`` alone."""
    return as_of is not None and one.role is not Role.REFERENCE and one.date_column != _WITHOUT_DATES


class _Looking:
    """One search; what was hashed once is remembered."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._digests: dict[tuple[Path, SpecInput], Digest | None] = {}

    def among_named(self, one: SpecInput) -> Path | None:
        """The file that the user named for it and that is it."""
        return next((path for path in self._named(one) if self._is(one, path)), None)

    def elsewhere(self, one: SpecInput, taken: frozenset[Path]) -> Path | Diagnostic:
        """Where it is, or why it is not taken. Files that the user named for it are no other input's, and none of them is it."""
        others = [path for path in self._named(one) if path not in taken]
        if others:
            return _other_bytes(one, others[0], self._digest(one, others[0]), self._search)
        for offer in self._search.offers:
            if offer.name is None and (found := self._below(one, offer.path)) is not None:
                return found
        here = self._search.here(one)
        if here is None or not here.exists():
            return _missing(one, self._search, here)
        if self._is(one, here):
            return here
        return _other_bytes(one, here, self._digest(one, here), self._search)

    def _named(self, one: SpecInput) -> list[Path]:
        return [
            offer.path.resolve()
            for offer in self._search.offers
            if offer.name is not None and _is_called(one, offer.name)
        ]

    def _below(self, one: SpecInput, folder: Path) -> Path | None:
        """The file below ``folder``: of those of its size, and of a cut of those of its kind."""
        if not is_cut(one, self._search.as_of):
            sized = (path for path in _files(folder) if _size(path) == one.size_bytes)
            folders = (path for path in _folders(folder) if path.name == PurePosixPath(one.uri).name)
            return next((path for path in (*sized, *folders) if self._is(one, path)), None)
        name = PurePosixPath(one.uri)
        delimiter = one.layout.delimiter if one.layout else ""
        wanted = tuple(column.name for column in one.schema)
        same_kind = (path for path in _files(folder) if _may_be(path, name))
        nearest_first = sorted(
            same_kind,
            key=lambda path: (column_names(path, delimiter) != wanted, path.name != name.name, str(path)),
        )
        return next((path for path in nearest_first[:_MOST_CUTS] if self._is(one, path)), None)

    def _is(self, one: SpecInput, path: Path) -> bool:
        return self._digest(one, path) == one.digest

    def _digest(self, one: SpecInput, path: Path) -> Digest | None:
        known = (path, one)
        if known not in self._digests:
            self._digests[known] = self._computed(one, path)
        return self._digests[known]

    def _computed(self, one: SpecInput, path: Path) -> Digest | None:
        try:
            whole = digest_of_data(path)
        except NbcodeError:
            return None
        like = PinnedInput(
            name=one.name,
            role=one.role,
            uri=one.uri,
            path=path,
            digest=whole,
            size_bytes=one.size_bytes,
            schema=one.schema,
            date_column=one.date_column,
            symbol_column=one.symbol_column,
            layout=one.layout,
        )
        return digest_at(like, self._search.as_of, self._search.store)


def _files(folder: Path) -> Iterator[Path]:
    for number, path in enumerate(_entries(folder, files=True)):
        if number >= _MOST_FILES:
            return
        yield path


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    yield from _entries(folder, files=False)


def _entries(folder: Path, *, files: bool) -> Iterator[Path]:
    for directory, folders, names in os.walk(folder.resolve()):
        folders.sort()
        yield from (Path(directory, name) for name in sorted(names if files else folders))


def _may_be(path: Path, name: PurePosixPath) -> bool:
    """Whether a file may hold such a table: by its suffix, or where that says nothing by how it begins."""
    own, wanted = path.suffix.lower(), name.suffix.lower()
    if own == wanted or own in _TABLES:
        return own == wanted
    try:
        with path.open("rb") as stream:
            begins = stream.read(len(_PARQUET))
    except OSError:
        return False
    return (begins == _PARQUET) == (wanted == ".parquet")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _is_called(one: SpecInput, name: str) -> bool:
    return name == one.name or (one.role is not Role.INPUT and name == str(one.role))


def key_of(one: SpecInput) -> str:
    """The name by which ``--input`` means this one: a dataset's table of prices and its reference bear one name."""
    return "reference" if one.role is Role.REFERENCE else one.name


def _words_of(one: SpecInput) -> tuple[str, ...]:
    """What one may write for it."""
    return (key_of(one),) if one.role is Role.INPUT else (key_of(one), str(one.role))


def said_of(one: SpecInput, as_of: str | None) -> str:
    """What the spec says of it: digest, size, day, columns."""
    columns = ", ".join(f"{column.name} {column.dtype}" for column in one.schema[:_COLUMNS_SHOWN])
    more = f" and {len(one.schema) - _COLUMNS_SHOWN} more" if len(one.schema) > _COLUMNS_SHOWN else ""
    rows = f"its rows up to {as_of}, " if is_cut(one, as_of) else ""
    last = f", to {one.as_of}" if one.as_of else ""
    table = f"; columns {columns}{more}" if columns else ""
    return f"{rows}{one.digest}, {one.size_bytes:,} bytes{last}{table}; declared as {one.uri}"


def _missing(one: SpecInput, search: Search, here: Path | None) -> Diagnostic:
    place = "" if here is None else f"; the project here would have it at {here}, and there is nothing"
    return Diagnostic(
        code="NBC-X09",
        message=f"the input `{key_of(one)}` of {search.version} is not here",
        cause=f"it is {said_of(one, search.as_of)}{place}",
        fixes=(
            f"name its file: {search.command} --input {key_of(one)}=FILE",
            f"name a folder that has it, under whatever name: {search.command} --input FOLDER",
        ),
    )


def _other_bytes(one: SpecInput, path: Path, found: Digest | None, search: Search) -> Diagnostic:
    if found is None:
        has = "that file cannot be read as such a table" if is_cut(one, search.as_of) else "it cannot be read"
    else:
        has = (
            f"the rows up to {search.as_of} of that file are {found}"
            if is_cut(one, search.as_of)
            else f"that file is {found}"
        )
    return Diagnostic(
        code="NBC-X10",
        message=f"{path} is not the input `{key_of(one)}` of {search.version}",
        cause=f"{has}; the input is {said_of(one, search.as_of)}",
        fixes=(
            f"name the file that was promoted: {search.command} --input {key_of(one)}=FILE",
            f"name a folder that has it, such as a backup: {search.command} --input FOLDER",
        ),
    )


def _no_such_name(offer: Offered, name: str, wanted: tuple[SpecInput, ...], search: Search) -> Diagnostic:
    theirs = [one for one in wanted if not is_sample(one)]
    names = ", ".join(sorted({key_of(one) for one in theirs}))
    by_word = {word: key_of(one) for one in theirs for word in _words_of(one)}
    near = nearest(name, by_word)
    meant = [by_word[near]] if near else sorted(set(by_word.values()))
    return Diagnostic(
        code="NBC-X09",
        message=f"{search.version} has no input `{offer.name}`",
        cause=f"it has: {names}" if names else "it reads the embedded sample alone",
        fixes=tuple(f"name one of them: {search.command} --input {one}={offer.path}" for one in meant)
        if names
        else (f"leave it out: {search.command}",),
    )
