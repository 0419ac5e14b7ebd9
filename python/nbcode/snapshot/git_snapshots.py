"""Taking a snapshot: blob, trees, commit, and a ref that is created and never moved.

1. Find the repository upward from the notebook, else nbcode's own bare one in the store.
2. Write the bytes as they are (no filter), then one tree a folder of the path, then a parentless commit with a fixed
   identity and the date that was given.
3. Create ``refs/nbcode/<model>/<tree>``. The tree names path and content, so whoever came first has taken the same
   snapshot, and his commit is the answer.
4. Read the blob back: what a damaged disk kept is not a snapshot.

Index, work tree, branches, HEAD and reflogs are not touched.
"""

from __future__ import annotations

import errno
import os
import time
from datetime import datetime
from pathlib import Path

from alpha_bench.describe import place_directory
from nbcode.primitives import (
    Diagnostic,
    NbcodeError,
    Place,
    Severity,
    digest_bytes,
    locked_directory,
    sweep_unlocked,
)
from nbcode.snapshot._git import Git
from nbcode.snapshot._repository import Repository, find_repository, is_ignored
from nbcode.snapshot.failures import failure, refusal
from nbcode.snapshot.paths import path_problem
from nbcode.snapshot.snapshots import Snapshot

_LFS = b"version https://git-lfs.github.com/spec/"
_BOM = b"\xef\xbb\xbf"
_BESIDE = ".snapshots-"
_TRIES = 10
_PAUSE_S = 0.05


class GitSnapshots:
    """Snapshots in the notebook's own repository, or in ``store/snapshots.git`` where it is in none.

    ``root`` is what paths are relative to there; ``program`` is the git to run.
    """

    def __init__(self, *, store: Path, root: Path, program: str = "git") -> None:
        """Look for nothing yet."""
        self._store = store
        self._root = root
        self._program = program

    def take(
        self, notebook_path: Path, data: bytes, *, model_id: str, message: str, recorded_at: datetime
    ) -> Snapshot:
        """Keep ``data`` as the content of ``notebook_path``, which need not be on disk any more.

        Raises:
            NbcodeError: F01 no git, F02 another owner, F03 bare, F04 submodule, F05 a git-lfs pointer, F07 cannot be
                written, F08 damaged, F09 the ref means something else, F10 unknown format, F11 the name.
        """
        if data.startswith(_LFS):
            raise NbcodeError([_lfs(notebook_path)])
        folder = _existing(notebook_path.parent)
        found = find_repository(folder, self._program)
        where = os.path.relpath(notebook_path.parent, folder)
        inner = "" if where == "." else f"{where}/"
        if found is None:
            path = os.path.relpath(notebook_path, self._root).removeprefix("../")
            repository = self._own_repository()
            notes = [_outside(notebook_path, repository.git_dir)]
        else:
            repository = found
            path = f"{found.prefix}{inner}{notebook_path.name}"
            notes = [_ignored(path)] if is_ignored(found.git, f"{inner}{notebook_path.name}") else []
        problem = path_problem(path)
        if problem is not None:
            raise NbcodeError([problem])
        git = Git(
            folder=repository.git_dir,
            program=self._program,
            git_dir=repository.common_dir,
            trusted=repository.git.trusted,
        )
        blob, tree = _write(git, path, data)
        ref = f"refs/nbcode/{model_id}/{tree}"
        commit = _keep(git, ref, tree, message, recorded_at)
        if git.check_output("cat-file", "blob", blob) != data:
            raise NbcodeError([failure("cat-file", f"object {blob} is corrupt", str(git.git_dir))])
        return Snapshot(
            commit=commit,
            blob=blob,
            notebook_digest=digest_bytes(data.removeprefix(_BOM)),
            path=path,
            repository=str(repository.common_dir),
            ref=ref,
            head_state=repository.head_state,
            notes=tuple(notes),
        )

    def read(self, commit: str) -> bytes | None:
        """The notebook's bytes in ``commit``, from the repository around the root, else nbcode's own; None where neither has it."""
        found = find_repository(_existing(self._root), self._program)
        own = self._store / "snapshots.git"
        gits = [found.git] if found is not None else []
        gits += [Git(folder=own, program=self._program, git_dir=own)] if own.is_dir() else []
        for git in gits:
            listed = git.run("ls-tree", "-r", "-z", commit)
            entries = listed.out.split(b"\0") if listed.code == 0 else []
            if len(entries) == 2:  # one blob, and nothing after the last NUL
                return git.check_output("cat-file", "blob", entries[0].split()[2].decode())
        return None

    def _own_repository(self) -> Repository:
        home = self._store / "snapshots.git"
        sweep_unlocked(self._store, _BESIDE)  # of one that was killed after another had made the repository
        if not home.is_dir():
            self._store.mkdir(parents=True, exist_ok=True)
            _create_bare(home, self._program)
        git = Git(folder=home, program=self._program, git_dir=home)
        return Repository(git=git, git_dir=home, common_dir=home, prefix="", head_state="no repository")


def _create_bare(home: Path, program: str) -> None:
    """Make it beside and rename it whole: of several first uses at once one wins, and none sees half of it."""
    try:
        with locked_directory(home.parent, _BESIDE) as temporary:
            Git(folder=temporary, program=program).check_output(
                "init", "-q", "--bare", "--template=", str(temporary)
            )
            # Durable, as what git writes into it will be. False: another process was first.
            if not place_directory(temporary, home, durable=True) and not home.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "not a directory", str(home))
    except OSError as error:
        raise NbcodeError([failure("init", str(error), str(home))]) from error


def _write(git: Git, path: str, data: bytes) -> tuple[str, str]:
    """Blob and root tree, both in the repository."""
    blob = git.line("hash-object", "-w", "--no-filters", "--stdin", data=data)
    entry, mode, kind = blob, "100644", "blob"
    for name in reversed(path.split("/")):
        row = f"{mode} {kind} {entry}\t{name}\0".encode()
        entry, mode, kind = git.line("mktree", "-z", data=row), "040000", "tree"
    return blob, entry


def _keep(git: Git, ref: str, tree: str, message: str, recorded_at: datetime) -> str:
    """The commit that ``ref`` keeps, created where it is not there yet."""
    for _ in range(_TRIES):
        kept = _kept(git, ref, tree)
        if kept is not None:
            return kept
        commit = git.line("commit-tree", tree, data=message.encode(), extra=_identity(recorded_at))
        answer = git.run("update-ref", "--no-deref", ref, commit, "0" * len(commit))
        if answer.code == 0:
            return commit
        if "exists" not in answer.err and "reference already exists" not in answer.err:
            break
        if "; cannot create" in answer.err:
            raise NbcodeError([_taken(ref, answer.err.strip())])
        time.sleep(_PAUSE_S)
    raise NbcodeError([failure("update-ref", answer.err, str(git.git_dir))])


def _kept(git: Git, ref: str, tree: str) -> str | None:
    found = git.run("rev-parse", "-q", "--verify", ref)
    if found.code != 0:
        return None
    commit = found.out.decode().strip()
    if git.run("rev-parse", "-q", "--verify", f"{commit}^{{commit}}").code != 0:
        raise NbcodeError([failure("rev-parse", f"bad object {commit} at {ref}", str(git.git_dir))])
    if git.line("rev-parse", f"{commit}^{{tree}}") != tree:
        raise NbcodeError([_taken(ref, f"it is at {commit}, which holds something else")])
    return commit


def _identity(recorded_at: datetime) -> dict[str, str]:
    who = {"NAME": "nbcode", "EMAIL": "nbcode@localhost", "DATE": f"{int(recorded_at.timestamp())} +0000"}
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}


def _existing(folder: Path) -> Path:
    """The nearest folder that is still there: a promotion is finished also after the notebook was moved."""
    return next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())


def _taken(ref: str, cause: str) -> Diagnostic:
    return refusal(
        "F09",
        f"the ref {ref} is taken",
        cause,
        f"look at it with `git show {ref}`; nbcode never moves a ref that exists",
        "",
    )


def _lfs(path: Path) -> Diagnostic:
    return refusal(
        "F05", "the notebook is a pointer of git-lfs", "its content is elsewhere", "`git lfs pull`", str(path)
    )


def _ignored(path: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-F06",
        severity=Severity.NOTE,
        message="git ignores the notebook; the snapshot keeps it all the same",
        cause="a .gitignore names it",
        place=Place(path=path),
    )


def _outside(path: Path, repository: Path) -> Diagnostic:
    return Diagnostic(
        code="NBC-F01",
        severity=Severity.NOTE,
        message="the notebook is in no git repository; the snapshot is kept in nbcode's own",
        cause=f"it is in {repository}",
        fixes=("`git init`, to keep snapshots with the project",),
        place=Place(path=str(path)),
    )
