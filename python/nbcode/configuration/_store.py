"""The window to the store's folder: made for its user alone, and marked, so that another user's is recognised.

The mark is a seal of the store's real path. A store that came with a clone, was copied or was moved has none that fits.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import stat
from pathlib import Path

from alpha_bench.describe import create_atomic, place_directory, write_atomic
from nbcode.configuration._state import UserState
from nbcode.configuration.keys import setting
from nbcode.primitives import Diagnostic, NbcodeError, Place, locked_directory, sweep_unlocked

IGNORE = ".gitignore"
_PURPOSE = "store"
_LONGEST_BYTES = 200


def is_foreign(store: Path, state: UserState) -> bool:
    """Whether something is in ``store`` that the user's own nbcode did not begin here."""
    try:
        if _holds_nothing(store):
            return False
    except (FileNotFoundError, NotADirectoryError):
        return False  # not asked again: another of ours may make it at this moment
    except OSError:
        return True
    try:
        descriptor = os.open(_mark(store), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    with os.fdopen(descriptor, "rb") as stream:
        mark = stream.read(_LONGEST_BYTES).decode("ascii", errors="replace").strip()
    return not state.verify_seal(_PURPOSE, os.fsencode(store), mark)


def _holds_nothing(store: Path) -> bool:
    """Whether nothing is there that is believed: no more than the .gitignore and the mark, one of them half written."""
    half_written = tuple(f".{name}." for name in (IGNORE, _mark(store).name))
    return all(name == IGNORE or name.startswith(half_written) for name in os.listdir(store))  # noqa: PTH208 - names are enough


def make_store(store: Path, state: UserState) -> None:
    """Make ``store`` with its mark and a .gitignore, so that git never sees it; whole, so that nobody meets it half made.

    Nobody but the user can look into a store that is made here: it holds notebooks, what they printed, copies of data.
    """
    prefix = f"{store.name}."
    if (_mark(store)).exists():
        sweep_unlocked(store.parent, prefix)  # of one that was killed after another had made the store
        return
    store.parent.mkdir(parents=True, exist_ok=True)
    with locked_directory(store.parent, prefix) as beside:  # 0700 whatever the umask
        _fill(beside, store, state)
        with contextlib.suppress(OSError):  # a mount point, for one, takes no other folder's name
            place_directory(beside, store, durable=False)
    if not _mark(store).exists():  # a folder was there already, and nobody had marked it
        if store.stat().st_uid == os.geteuid():
            store.chmod(0o700)  # there is nothing in it yet that another could have put there
        _fill(store, store, state)


def mark_store(store: Path, state: UserState) -> None:
    """Take a store that is there for the user's own. Raises ``OSError`` when it cannot be written."""
    _fill(store, store, state)


def unmark_store(store: Path) -> None:
    """Take the mark away."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        (_mark(store)).unlink()


_BELIEVED = (
    "journal.db",
    "journal.db-wal",
    "registry",
    "registry/mlflow.db",
    "artifacts",
    "specs",
    "runs",
    "shares",
    "locks",
)


def loose(store: Path) -> tuple[Diagnostic, ...]:
    """NBC-T07 when others can write to a store that is in use, or to what nbcode believes in it; empty when they cannot."""
    try:
        found = store.stat()
        if _holds_nothing(store):
            return ()
    except OSError:
        return ()
    if not found.st_mode & 0o077:
        return ()  # nobody else comes in, whatever the modes inside are
    for path in (store, _mark(store), *(store / name for name in _BELIEVED)):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o022:
            return (_loose(store, path, mode),)
    return ()


def _loose(store: Path, path: Path, mode: int) -> Diagnostic:
    whose = "everybody" if mode & 0o002 else "its group"
    return Diagnostic(
        code="NBC-T07",
        message=f"{whose} can write to the store",
        cause=f"the mode of {path} is {mode:o}: what the journal, the registry and the artifacts say may be another's word",
        fixes=(
            f"look at what is in it, then `chmod -R go-w {shlex.quote(str(store))}`",
            f"remove it, and a new one is made; or name a folder of yours: {setting('store', 'path')}",
        ),
        place=Place(path=str(path)),
    )


def require_writable(store: Path) -> None:
    """Raise NBC-I23 when the store, or its journal, is another user's and cannot be written."""
    for path in (store, store / "journal.db"):
        try:
            owner = path.stat().st_uid
        except OSError:
            continue
        if owner != os.geteuid() and not os.access(path, os.W_OK, effective_ids=True):
            raise NbcodeError([_of_another(path, owner)])


def _of_another(path: Path, owner: int) -> Diagnostic:
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"uid {owner}"
    return Diagnostic(
        code="NBC-I23",
        message=f"the store is {name}'s, and you cannot write to it",
        cause="one store serves one user: its journal and its locks are written by whoever made them",
        fixes=(
            'in nbcode.toml: [store] path = ".nbcode"',
            "share what is registered: `[registry] uri` names a server for all of you",
        ),
        place=Place(path=str(path)),
    )


def _mark(folder: Path) -> Path:
    """Each user's own: where several may write to a store, each has trusted it."""
    return folder / f"owner-{os.getuid()}"


def _fill(folder: Path, store: Path, state: UserState) -> None:
    # Either takes its name whole: a link that a repository laid out under it is not followed.
    create_atomic(folder / IGNORE, b"*\n")
    seal = state.seal(_PURPOSE, os.fsencode(store)) + "\n"
    write_atomic(_mark(folder), seal.encode("ascii"), durable=False)
