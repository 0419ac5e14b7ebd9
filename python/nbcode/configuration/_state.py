"""The window to the user's own folder: what he trusted, and the key that proves what his nbcode wrote.

No repository can write there. Where there is no home to write to, a folder of the user's own among the temporary ones does,
for as long as it lasts.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from alpha_bench.describe import create_atomic, write_atomic
from nbcode.configuration.trust import TrustItem
from nbcode.primitives import Diagnostic, Digest, Json, NbcodeError, Place, dataclass, digest_bytes

_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Trusted:
    """What the user trusted of the project at ``root``: (kind, value, target) and the time of each."""

    root: str
    items: tuple[tuple[Digest, str, str, str, str], ...]

    def to_json(self) -> dict[str, Json]:
        """One of ``projects`` of `trust --list --json`."""
        names = ("digest", "kind", "value", "target", "trusted_at")
        return {"root": self.root, "items": [dict(zip(names, item, strict=True)) for item in self.items]}


def state_home() -> Path:
    """``$XDG_STATE_HOME/nbcode``, else ``~/.local/state/nbcode``; a folder among the temporary ones where neither can be
    written."""
    named = os.environ.get("XDG_STATE_HOME", "")
    home = Path(named) if named.startswith("/") else Path(os.path.expanduser("~/.local/state"))  # noqa: PTH111 - never raises
    return (home / "nbcode") if is_writable(home) else user_scratch("state")


def is_writable(home: Path) -> bool:
    """Whether the folder can be made or written in."""
    there = next((p for p in (home, *home.parents) if p.is_dir()), None)
    return home.is_absolute() and there is not None and os.access(there, os.W_OK)


def user_scratch(name: str) -> Path:
    """A folder of this user alone, where there is no home. Raises ``NbcodeError`` when somebody else laid it out."""
    place = Path(tempfile.gettempdir()) / f"nbcode-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    _only_ours(place, 0o077)
    return place / name


class UserState:
    """The folder, by default where :func:`state_home` says. Nothing is made before something is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        """Remember the place only."""
        self._folder = folder or state_home()

    def seal(self, purpose: str, data: bytes) -> str:
        """A text that only this user's nbcode can make of ``data``: HMAC-SHA256 under a key of his own, made on first use."""
        return _mac(self._key(), purpose, data)

    def verify_seal(self, purpose: str, data: bytes, seal: str) -> bool:
        """Whether ``seal`` is what :meth:`seal` gives. Makes no key."""
        try:
            key = self._key_there()
        except FileNotFoundError:
            return False
        import hmac

        return hmac.compare_digest(_mac(key, purpose, data).encode(), seal.encode())

    def trusted(self, root: Path) -> frozenset[Digest]:
        """The digests of what the user trusted of the project at ``root``."""
        found = self._read(self._file(root))
        return frozenset(digest for digest, *_ in found.items) if found else frozenset()

    def trust(self, root: Path, items: Iterable[TrustItem], at: str) -> None:
        """Remember that the user trusts ``items`` of the project at ``root``, beside what he trusted before."""
        found = self._read(self._file(root))
        kept = {item[0]: item for item in (found.items if found else ())}
        for item in items:
            kept[item.digest] = (item.digest, str(item.kind), item.value, item.target, at)
        document = Trusted(root=str(root), items=tuple(kept.values())).to_json()
        _private_folder(self._folder)
        _private_folder(self._file(root).parent)
        write_atomic(self._file(root), json.dumps(document, indent=1).encode(), durable=True, mode=0o600)

    def revoke(self, root: Path) -> Trusted | None:
        """Forget what was trusted of the project at ``root`` and return it; None when nothing was."""
        found = self._read(self._file(root))
        self._file(root).unlink(missing_ok=True)
        return found

    def everything(self) -> tuple[Trusted, ...]:
        """What was trusted of every project, in order of its root."""
        self._hold_to_it()
        found = [self._read(path) for path in sorted((self._folder / "trust").glob("*.json"))]
        return tuple(sorted((one for one in found if one), key=lambda one: one.root))

    def _file(self, root: Path) -> Path:
        return self._folder / "trust" / f"{digest_bytes(os.fsencode(root)).hex[:32]}.json"

    def _hold_to_it(self) -> None:
        """Raise NBC-T07 when others can write to the folder, or to the one in it: they could put any file there."""
        for folder in (self._folder, self._folder / "trust"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                _only_ours(folder, 0o022)

    def _key_there(self) -> bytes:
        self._hold_to_it()
        path = self._folder / "key"
        key = _read_private(path)
        if len(key) != _KEY_BYTES:
            # An empty key would be one that everybody knows.
            raise NbcodeError(
                [
                    _not_ours(
                        path,
                        f"it holds {len(key)} bytes, a key has {_KEY_BYTES}",
                        f"remove {path}: what it sealed is trusted anew",
                    )
                ]
            )
        return key

    def _read(self, path: Path) -> Trusted | None:
        self._hold_to_it()
        try:
            stored = json.loads(_read_private(path))
            return Trusted(root=str(stored["root"]), items=tuple(map(_item, stored["items"])))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):
            return None  # damaged: nothing is trusted, and the next trust writes it anew

    def _key(self) -> bytes:
        path = self._folder / "key"
        with contextlib.suppress(FileNotFoundError):
            return self._key_there()
        _private_folder(self._folder)
        # Of two that begin at once, both use the first one's.
        create_atomic(path, os.urandom(_KEY_BYTES), mode=0o600)
        return self._key_there()


def _item(stored: dict[str, str]) -> tuple[Digest, str, str, str, str]:
    return Digest(stored["digest"]), stored["kind"], stored["value"], stored["target"], stored["trusted_at"]


def _mac(key: bytes, purpose: str, data: bytes) -> str:
    import hmac

    return hmac.new(key, purpose.encode() + b"\0" + data, "sha256").hexdigest()


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _only_ours(folder, 0o022)


def _read_private(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NbcodeError([_not_ours(path, "it is a link", f"remove {path}")]) from error
        raise
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NbcodeError([_not_ours(path, "it is no regular file", f"remove {path}")])
        _refuse_shared(path, found, 0o077)
        return stream.read()


def _only_ours(path: Path, forbidden: int) -> None:
    _refuse_shared(path, path.lstat(), forbidden)


def _refuse_shared(path: Path, found: os.stat_result, forbidden: int) -> None:
    if found.st_uid != os.getuid():
        why, fix = (
            f"it belongs to uid {found.st_uid}",
            f"remove {path}, or set XDG_STATE_HOME to a folder of yours",
        )
    elif not stat.S_ISLNK(found.st_mode) and stat.S_IMODE(found.st_mode) & forbidden:
        mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
        why, fix = f"its mode is {stat.S_IMODE(found.st_mode):o}", f"`chmod {mode} {shlex.quote(str(path))}`"
    else:
        return
    raise NbcodeError([_not_ours(path, why, fix)])


def _not_ours(path: Path, why: str, fix: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-T07",
        message="what you trust is kept where others can reach it",
        cause=f"{path}: {why}",
        fixes=(fix,),
        place=Place(path=str(path)),
    )
