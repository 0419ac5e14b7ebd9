"""Data that is elsewhere, as references: where each file of it is, in which version, and what its content is. Pure."""

from __future__ import annotations

from nbcode.primitives import Digest, Json, dataclass, digest_files, from_plain, to_plain


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file: ``path`` relative to the source, empty where the source is one file. ``version`` is the object's where its bucket keeps versions, else
    None and ``etag`` says which object it was."""

    path: str
    digest: Digest
    size_bytes: int
    etag: str = ""
    version: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSource:
    """Where the content of an input is to be had: ``uri`` is ``s3://bucket/key``, ``s3://bucket/prefix``, ``https://...`` or an absolute path, as all who read it see it.

    ``digest`` follows from ``files`` as that of a file or folder of this machine does, so that the same data has the same digest wherever it is.
    """

    uri: str
    digest: Digest
    files: tuple[SourceFile, ...]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return any(one.path for one in self.files)

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(one.size_bytes for one in self.files)

    def to_json(self) -> Json:
        """Plain data; :func:`source_from_json` reads it."""
        return to_plain(self)


def source_of(uri: str, files: tuple[SourceFile, ...]) -> InputSource:
    """The source of these files. Raises ``ValueError`` where there are none."""
    if not files:
        raise ValueError("no files")
    alone = files[0].digest if len(files) == 1 and not files[0].path else None
    digest = alone or digest_files({one.path: one.digest for one in files})
    return InputSource(uri=uri, digest=digest, files=files)


def source_from_json(value: Json) -> InputSource:
    """The source in ``value``. Raises ``ValueError`` for anything but what ``to_json`` gives, and where the digest does not follow from the files."""
    try:
        made = from_plain(InputSource, value, "source")
        again = source_of(made.uri, made.files)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the source of an input: {error}") from error
    if again.digest != made.digest:
        raise ValueError("not the source of an input: its digest is not that of its files")
    return made
