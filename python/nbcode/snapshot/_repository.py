"""The window to a repository: where it is, what it is in, what it would have run. Reads only."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from nbcode.primitives import Diagnostic, NbcodeError, dataclass
from nbcode.snapshot._git import Git, trusted_directories
from nbcode.snapshot.failures import failure, refusal

_IN_PROGRESS = (
    ("MERGE_HEAD", "merge in progress"),
    ("rebase-merge", "rebase in progress"),
    ("rebase-apply", "rebase in progress"),
    ("CHERRY_PICK_HEAD", "cherry-pick in progress"),
    ("REVERT_HEAD", "revert in progress"),
    ("BISECT_LOG", "bisect in progress"),
    ("index.lock", "index locked"),
)
_PROGRAMS = (
    r"^(core\.(hookspath|fsmonitor|sshcommand)|filter\..*\.(clean|smudge|process)|gpg\..*|commit\.gpgsign)$"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A repository that can take a snapshot. ``prefix`` is the notebook's folder in it, with a slash at its end."""

    git: Git
    git_dir: Path
    common_dir: Path
    prefix: str
    head_state: str


def find_repository(folder: Path, program: str) -> Repository | None:
    """The repository whose work tree holds ``folder``; None where there is none.

    Raises:
        NbcodeError: F02 another owner, F03 bare, F04 a submodule, F08 damaged, F10 unknown format.
    """
    git = Git(folder=folder, program=program)
    asked = (
        "rev-parse",
        "--path-format=absolute",
        "--git-dir",
        "--git-common-dir",
        "--is-inside-work-tree",
        "--show-prefix",
    )
    answer = git.run(*asked)
    if answer.code != 0 and "dubious ownership" in answer.err:
        git = replace(git, trusted=trusted_directories(program))
        answer = git.run(*asked)
    if answer.code != 0:
        if "not a git repository" in answer.err:
            return None
        raise NbcodeError([failure("rev-parse", answer.err, str(folder))])
    git_dir, common_dir, inside, prefix = os.fsdecode(answer.out).removesuffix("\n").split("\n", 3)
    if inside != "true":
        raise NbcodeError([_bare(folder)])
    found = Repository(
        git=git, git_dir=Path(git_dir), common_dir=Path(common_dir), prefix=prefix, head_state=""
    )
    if git_dir == common_dir and "modules" in found.git_dir.parts:
        _refuse_submodule(git, folder)
    return replace(found, head_state="; ".join((_head(git, git_dir), *_progress(found), *_not_run(found))))


def is_ignored(git: Git, name: str) -> bool:
    """Whether a .gitignore leaves the file out: a snapshot takes it all the same."""
    return git.run("check-ignore", "-q", "--", name).code == 0


def _head(git: Git, git_dir: str) -> str:
    branch = git.run("symbolic-ref", "-q", "HEAD")
    name = os.fsdecode(branch.out).strip().removeprefix("refs/heads/")
    commit = git.run("rev-parse", "-q", "--verify", "HEAD^{commit}")
    if commit.code == 0:
        at = commit.out.decode().strip()
        return f"branch {name} at {at}" if branch.code == 0 else f"detached at {at}"
    if branch.code == 0 and git.run("show-ref", "--verify", "-q", f"refs/heads/{name}").code == 1:
        return f"unborn branch {name}"
    raise NbcodeError([failure("rev-parse", commit.err or "HEAD's commit is a broken link", git_dir)])


def _progress(found: Repository) -> list[str]:
    states = [words for name, words in _IN_PROGRESS if os.path.lexists(found.git_dir / name)]
    if found.git_dir != found.common_dir:
        states.append("linked work tree")
    if (found.common_dir / "shallow").exists():
        states.append("shallow")
    if (found.common_dir / "objects" / "info" / "alternates").exists():
        states.append("alternates")
    return states


def _not_run(found: Repository) -> list[str]:
    """Programs that an ordinary commit would have run, so that the provenance can say that they were not."""
    hooks = found.common_dir / "hooks"
    names = {
        f"hook {entry.name}"
        for entry in _entries(hooks)
        if entry.suffix != ".sample" and os.access(entry, os.X_OK)
    }
    told = found.git.run("config", "--local", "-z", "--name-only", "--get-regexp", _PROGRAMS)
    names |= {entry.decode("utf-8", "replace") for entry in told.out.split(b"\0") if entry}
    return [f"not run: {', '.join(sorted(names))}"] if names else []


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return []


def _refuse_submodule(git: Git, folder: Path) -> None:
    parent = git.line("rev-parse", "--show-superproject-working-tree")
    if parent:
        name = git.line("rev-parse", "--show-toplevel").removeprefix(parent).lstrip("/")
        raise NbcodeError(
            [
                refusal(
                    "F04",
                    f"the notebook is in the submodule `{name}`",
                    f"its objects belong to {parent} and go when the submodule is taken out",
                    "clone the submodule's own repository, and promote from there",
                    str(folder),
                )
            ]
        )


def _bare(folder: Path) -> Diagnostic:
    return refusal(
        "F03",
        "the notebook is inside a bare repository or a `.git` directory",
        "there is no work tree that it could belong to",
        "promote it from a clone",
        str(folder),
    )
