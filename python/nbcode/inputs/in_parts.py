"""A parquet file of which some columns are read alone: its footer and their bytes, each compared with the digest that was found when all of it was read."""

from __future__ import annotations

from pathlib import Path

from nbcode.inputs import _fetched
from nbcode.inputs._elsewhere import Objects
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs._parts import Ranges, digest_of, joined, layout_of
from nbcode.inputs.sources import FileParts, SourceFile
from nbcode.primitives import Digest

_ASKING_BYTES = 64 << 10
"""What one more question costs, as bytes that are read meanwhile."""


def take_parts(objects: Objects, one: SourceFile, parts: FileParts, home: Path) -> Path | None:
    """Have a file in ``home`` of which ``parts`` are there, and holes elsewhere; None where it costs less to read it whole.

    Nothing is read of the file but the bytes of these parts; what the footer says is asked only when it is the one that is meant.

    Raises:
        RefusedFileError: E02 for a part with another content, E12 for another object or an answer cut short; as :func:`nbcode.inputs.fetching.identify`.
    """
    with _fetched.incoming(home) as written:
        _fetched.make_sparse(written, one.size_bytes)
        _fill(objects, one, written, _within(one, parts.rest))
        _hold(one, "the footer", digest_of(written, parts.rest), parts.rest_digest)
        layout = layout_of(written)
        if layout is None or layout.rest != parts.rest:
            raise _refused(one, "its footer is not what was pinned")
        asked = joined(span for part in parts.columns for span in layout.columns.get(part.name, ()))
        cost = parts.size_bytes + len(asked) * _ASKING_BYTES
        if cost >= one.size_bytes:
            return None
        _fill(objects, one, written, asked)
        for part in parts.columns:
            if part.name not in layout.columns:
                raise _refused(one, f"it has no column {part.name}")
            _hold(one, f"column {part.name}", digest_of(written, layout.columns[part.name]), part.digest)
        return _fetched.keep_parts(home, written, one)


def other_content(one: SourceFile, found: Digest, pinned: Digest, part: str = "") -> RefusedFileError:
    """Why a file is not taken whose content, or that of a ``part``, is not the one that is pinned."""
    whole = f"`{one.path}` in it" if one.path else "it"
    what = f"{part} of {whole}" if part else whole
    return _refused(one, f"{what} has {found}, and {pinned} is pinned")


def _hold(one: SourceFile, part: str, found: Digest, pinned: Digest) -> None:
    if found != pinned:
        raise other_content(one, found, pinned, part)


def _fill(objects: Objects, one: SourceFile, written: Path, ranges: Ranges) -> None:
    for begin, end in ranges:
        blocks = objects.read_range(objects.listed(one), begin, end, one.version)
        _fetched.write_at(written, begin, end, blocks)


def _within(one: SourceFile, ranges: Ranges) -> Ranges:
    """Ranges that a file of this size has, in order. What says otherwise was not found by a look at the file."""
    edges = [edge for span in ranges for edge in span]
    if edges != sorted(edges) or not edges or edges[0] < 0 or edges[-1] > one.size_bytes:
        raise _refused(one, "the parts that are told of it are none of a file of its size")
    return ranges


def _refused(one: SourceFile, why: str) -> RefusedFileError:
    shown = f"`{one.path}`: {why}" if one.path and one.path not in why else why
    return RefusedFileError("E02", shown, "promote again, so that what is there now is pinned")
