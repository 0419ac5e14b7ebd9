"""Snapshots on real git: what works in every state of a repository, what is refused, what never runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbcode.primitives import Exit, NbcodeError, digest_bytes
from nbcode.snapshot import GitSnapshots, Snapshot

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = b"# %% [meta]\n# id: xsmom_v3\n"
CLEAN = {
    "PATH": os.environ["PATH"],
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in {"NAME": "a", "EMAIL": "a@b"}.items()},
}


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=CLEAN, capture_output=True, text=True, check=False
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main", *options)
    return folder


def committed(folder: Path, name: str = "readme") -> Path:
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)
    return folder


def take(folder: Path, name: str = "notebook.py", data: bytes = DATA, **changes: object) -> Snapshot:
    program = str(changes.pop("program", "git"))
    root = Path(str(changes.pop("root", folder)))
    store = Path(str(changes.pop("store", folder / ".nbcode")))
    given = {"model_id": "xsmom_v3", "message": "nbcode: xsmom_v3", "recorded_at": AT} | changes
    return GitSnapshots(store=store, root=root, program=program).take(folder / name, data, **given)  # type: ignore[arg-type]


def everything_but_ours(folder: Path) -> dict[str, bytes]:
    """Every file of a repository, but for objects and nbcode's own refs."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "objects" not in p.parts and "nbcode" not in p.parts and ".nbcode" not in p.parts
    }


def test_the_commit_holds_the_bytes_at_the_notebooks_path(tmp_path: Path) -> None:
    home = committed(repository(tmp_path / "r"))
    (home / "research" / "mid").mkdir(parents=True)
    taken = take(home, "research/mid/notebook.py")
    assert taken.path == "research/mid/notebook.py"
    assert git(home, "show", f"{taken.commit}:{taken.path}").encode() + b"\n" == DATA
    assert git(home, "ls-tree", "-r", "--name-only", taken.commit) == taken.path
    assert git(home, "rev-parse", taken.ref) == taken.commit
    assert taken.notebook_digest == digest_bytes(DATA)
    assert taken.reference().blob == taken.blob


def test_no_filter_changes_the_bytes(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    (home / ".gitattributes").write_text("* text eol=lf filter=x\n")
    git(home, "config", "core.autocrlf", "true")
    data = b"\xef\xbb\xbfa\r\nb\r\n\xff"
    taken = take(home, data=data)
    raw = subprocess.run(
        ["git", "cat-file", "blob", taken.blob], cwd=home, env=CLEAN, capture_output=True, check=True
    )
    assert raw.stdout == data
    assert taken.notebook_digest == digest_bytes(data[3:])


def test_same_content_is_the_same_commit_whenever_and_by_whomever(tmp_path: Path) -> None:
    first = take(repository(tmp_path / "a"))
    second = take(repository(tmp_path / "b"))
    assert first.commit == second.commit
    later = take(tmp_path / "a", message="another", recorded_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert later.commit == first.commit
    assert git(tmp_path / "a", "for-each-ref", "--format=%(refname)") == first.ref


def test_other_content_model_or_path_is_another_snapshot(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    refs = {
        take(home).ref,
        take(home, data=DATA + b"x").ref,
        take(home, "other.py").ref,
        take(home, model_id="other").ref,
    }
    assert len(refs) == 4


def test_nothing_else_of_the_repository_is_touched(tmp_path: Path) -> None:
    home = committed(repository(tmp_path / "r"))
    (home / "staged").write_text("staged")
    git(home, "add", "staged")
    (home / "notebook.py").write_bytes(DATA)
    git(home, "config", "core.logAllRefUpdates", "always")
    before = everything_but_ours(home)
    take(home)
    assert everything_but_ours(home) == before
    assert git(home, "status", "--porcelain") == "A  staged\n?? notebook.py"


def state_detached(home: Path) -> None:
    git(committed(home), "checkout", "-q", "--detach")


def state_unborn(home: Path) -> None:
    assert git(home, "rev-parse", "-q", "--verify", "HEAD", check=False) == ""


def state_merge(home: Path) -> None:
    committed(home)
    git(home, "checkout", "-q", "-b", "side")
    (home / "readme").write_text("side")
    git(home, "commit", "-q", "-am", "side")
    git(home, "checkout", "-q", "main")
    (home / "readme").write_text("main")
    git(home, "commit", "-q", "-am", "main")
    git(home, "merge", "side", check=False)
    assert (home / ".git" / "MERGE_HEAD").exists()


def state_rebase(home: Path) -> None:
    committed(home)
    (home / ".git" / "rebase-merge").mkdir()


def state_index_locked(home: Path) -> None:
    (committed(home) / ".git" / "index.lock").touch()


def state_shallow(home: Path) -> None:
    source = committed(committed(repository(home.parent / "source")), "second")
    shutil.rmtree(home)
    git(home.parent, "clone", "-q", "--depth", "1", f"file://{source}", str(home))


def state_alternates(home: Path) -> None:
    source = committed(repository(home.parent / "source"))
    shutil.rmtree(home)
    git(home.parent, "clone", "-q", "--shared", str(source), str(home))


def state_sha256(home: Path) -> None:
    shutil.rmtree(home)
    committed(repository(home, "--object-format=sha256"))


def state_linked(home: Path) -> None:
    source = committed(repository(home.parent / "source"))
    shutil.rmtree(home)
    git(source, "worktree", "add", "-q", str(home))


STATES: list[tuple[Callable[[Path], None], str]] = [
    (state_detached, "detached at "),
    (state_unborn, "unborn branch main"),
    (state_merge, "merge in progress"),
    (state_rebase, "rebase in progress"),
    (state_index_locked, "index locked"),
    (state_shallow, "shallow"),
    (state_alternates, "alternates"),
    (state_sha256, "branch main at "),
    (state_linked, "linked work tree"),
]


@pytest.mark.parametrize(("arrange", "told"), STATES, ids=[s[0].__name__ for s in STATES])
def test_works_in_every_state_and_records_it(
    tmp_path: Path, arrange: Callable[[Path], None], told: str
) -> None:
    home = repository(tmp_path / "r")
    arrange(home)
    taken = take(home)
    assert told in taken.head_state
    assert git(home, "cat-file", "blob", taken.blob).encode() + b"\n" == DATA
    assert taken.notes == ()


def test_works_without_an_identity(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    git(home, "config", "user.useConfigOnly", "true")
    taken = take(home)
    assert git(home, "log", "-1", "--format=%an <%ae> %at %ct", taken.commit) == (
        f"nbcode <nbcode@localhost> {int(AT.timestamp())} {int(AT.timestamp())}"
    )


def test_sixteen_at_once_take_one_snapshot(tmp_path: Path) -> None:
    home = committed(repository(tmp_path / "r"))
    with ThreadPoolExecutor(16) as pool:
        futures = [
            pool.submit(take, home, recorded_at=datetime(2026, 1, 1, 0, 0, n, tzinfo=UTC)) for n in range(16)
        ]
        assert len({f.result().commit for f in futures}) == 1


def test_sixteen_first_uses_at_once_make_one_store(tmp_path: Path) -> None:
    home = tmp_path / "plain"
    home.mkdir()
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(take, home, data=DATA + bytes([n])) for n in range(16)]
        assert len({f.result().commit for f in futures}) == 16
    assert [p.name for p in (home / ".nbcode").iterdir()] == ["snapshots.git"]


HOOKS = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "reference-transaction",
    "post-index-change",
    "pre-auto-gc",
]


def hostile(home: Path) -> Path:
    """A repository that runs a program at every turn; each leaves its name in the file that is returned."""
    ran = home.parent / "ran"
    committed(home)
    script = home.parent / "program"
    script.write_text(f'#!/bin/sh\necho "$(basename "$0") $1" >> {ran}\ncat\n')
    script.chmod(0o755)
    for name in HOOKS:
        hook = home / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {ran}\n")
        hook.chmod(0o755)
    for key, value in {
        "filter.x.clean": f"{script} clean",
        "filter.x.smudge": f"{script} smudge",
        "core.fsmonitor": str(script),
        "gpg.program": str(script),
        "commit.gpgSign": "true",
    }.items():
        git(home, "config", key, value)
    (home / ".gitattributes").write_text("* filter=x\n")
    (home / "notebook.py").write_bytes(DATA)
    return ran


def test_no_hook_filter_monitor_or_signer_runs(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    ran = hostile(home)
    taken = take(home)
    assert not ran.exists()
    assert "not run: " in taken.head_state
    assert all(name in taken.head_state for name in ("hook pre-commit", "filter.x.clean", "core.fsmonitor"))


def test_the_control_an_ordinary_commit_runs_them(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    ran = hostile(home)
    git(home, "add", "notebook.py")
    git(home, "commit", "-q", "-m", "the signer that runs makes no signature", check=False)
    git(home, "commit", "-q", "-m", "ordinary", "--no-gpg-sign")
    told = set(ran.read_text().splitlines())
    assert told >= {"program clean", "program --status-fd=2", *HOOKS} - {"pre-auto-gc"}


def test_the_callers_environment_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository(tmp_path / "other")
    home = repository(tmp_path / "r")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    assert take(home).repository == str(home / ".git")


def test_a_notebook_that_is_gone_can_still_be_kept(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    assert take(home, "deleted/folder/notebook.py").path == "deleted/folder/notebook.py"


# Section F of the bad inputs: each row arranges a folder and says what to take there.


def f01_no_repository(home: Path) -> dict[str, object]:
    shutil.rmtree(home / ".git")
    return {}


def f01_no_git(_: Path) -> dict[str, object]:
    return {"program": "git-that-is-not-installed"}


def f02_foreign_owner(home: Path) -> dict[str, object]:
    return {"program": wrapper(home, "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")}


def f03_bare(home: Path) -> dict[str, object]:
    shutil.rmtree(home)
    repository(home, "--bare")
    return {}


def f03_inside_git_dir(_: Path) -> dict[str, object]:
    return {"name": ".git/notebook.py"}


def f04_submodule(home: Path) -> dict[str, object]:
    source = committed(repository(home.parent / "source"))
    git(
        committed(home),
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(source),
        "inner",
    )
    return {"name": "inner/notebook.py"}


def f05_lfs(_: Path) -> dict[str, object]:
    return {"data": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"}


def f06_ignored(home: Path) -> dict[str, object]:
    (home / ".gitignore").write_text("*.py\n")
    return {}


def f07_disk_full(home: Path) -> dict[str, object]:
    return {"program": wrapper(home, 'case "$*" in *hash-object*) trap "" XFSZ; ulimit -f 0;; esac')}


def f07_objects_not_writable(home: Path) -> dict[str, object]:
    shutil.rmtree(home / ".git" / "objects")
    (home / ".git" / "objects").symlink_to("/proc/self/attr")
    return {}


def f08_missing_head_commit(home: Path) -> dict[str, object]:
    commit = git(committed(home), "rev-parse", "HEAD")
    (home / ".git" / "objects" / commit[:2] / commit[2:]).unlink()
    return {}


def f08_corrupt_blob(home: Path) -> dict[str, object]:
    blob = take(home).blob
    file = home / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(b"not zlib")
    return {}


def f09_ref_of_another(home: Path) -> dict[str, object]:
    first, second = take(home), take(home, data=b"other")
    git(home, "update-ref", first.ref, second.commit)
    return {}


def f09_ref_in_the_way(home: Path) -> dict[str, object]:
    git(committed(home), "update-ref", "refs/nbcode", "HEAD")
    return {}


def f10_unknown_format(home: Path) -> dict[str, object]:
    git(home, "config", "core.repositoryFormatVersion", "1")
    git(home, "config", "extensions.ofTheFuture", "true")
    return {}


def f11_new_line(_: Path) -> dict[str, object]:
    return {"name": "note\nbook.py"}


def f11_leading_dash(_: Path) -> dict[str, object]:
    return {"name": "--all.py"}


def f11_not_utf8(_: Path) -> dict[str, object]:
    return {"name": os.fsdecode(b"caf\xe9.py")}


def wrapper(home: Path, line: str) -> str:
    """Real git, in circumstances that a test cannot bring about otherwise."""
    program = home.parent / "git"
    program.write_text(f'#!/bin/bash\n{line}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    return str(program)


REFUSED = [
    (f01_no_git, "NBC-F01", Exit.ENVIRONMENT),
    (f02_foreign_owner, "NBC-F02", Exit.ENVIRONMENT),
    (f03_bare, "NBC-F03", Exit.ENVIRONMENT),
    (f03_inside_git_dir, "NBC-F03", Exit.ENVIRONMENT),
    (f04_submodule, "NBC-F04", Exit.ENVIRONMENT),
    (f05_lfs, "NBC-F05", Exit.USER),
    (f07_disk_full, "NBC-F07", Exit.ENVIRONMENT),
    (f07_objects_not_writable, "NBC-F07", Exit.ENVIRONMENT),
    (f08_missing_head_commit, "NBC-F08", Exit.ENVIRONMENT),
    (f08_corrupt_blob, "NBC-F08", Exit.ENVIRONMENT),
    (f09_ref_of_another, "NBC-F09", Exit.ENVIRONMENT),
    (f09_ref_in_the_way, "NBC-F09", Exit.ENVIRONMENT),
    (f10_unknown_format, "NBC-F10", Exit.ENVIRONMENT),
    (f11_new_line, "NBC-F11", Exit.ENVIRONMENT),
    (f11_leading_dash, "NBC-F11", Exit.ENVIRONMENT),
    (f11_not_utf8, "NBC-F11", Exit.ENVIRONMENT),
]


@pytest.mark.parametrize(("arrange", "code", "exit_code"), REFUSED, ids=[r[0].__name__ for r in REFUSED])
def test_section_f_is_refused_by_its_code(
    tmp_path: Path, arrange: Callable[[Path], dict[str, object]], code: str, exit_code: Exit
) -> None:
    home = repository(tmp_path / "r")
    given = arrange(home)
    with pytest.raises(NbcodeError, match=code) as refused:
        take(home, **given)  # type: ignore[arg-type]
    (finding,) = refused.value.diagnostics
    assert refused.value.exit_code == exit_code
    assert finding.code == code
    assert finding.cause
    assert finding.fixes


NOTED = [(f01_no_repository, "NBC-F01"), (f06_ignored, "NBC-F06")]


@pytest.mark.parametrize(("arrange", "code"), NOTED, ids=[n[0].__name__ for n in NOTED])
def test_section_f_is_noted_and_the_snapshot_taken(
    tmp_path: Path, arrange: Callable[[Path], dict[str, object]], code: str
) -> None:
    home = repository(tmp_path / "r")
    taken = take(home, **arrange(home))  # type: ignore[arg-type]
    assert [n.code for n in taken.notes] == [code]
    assert git(Path(taken.repository), "cat-file", "blob", taken.blob).encode() + b"\n" == DATA


def test_a_directory_that_the_user_calls_safe_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = repository(tmp_path / "r")
    given = f02_foreign_owner(home)
    configuration = tmp_path / "gitconfig"
    configuration.write_text(f"[safe]\n\tdirectory = {home}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    assert take(home, **given).path == "notebook.py"  # type: ignore[arg-type]


def test_what_a_repository_says_of_its_own_safety_does_not_count(tmp_path: Path) -> None:
    home = repository(tmp_path / "r")
    git(home, "config", "safe.directory", "*")
    given = f02_foreign_owner(home)
    with pytest.raises(NbcodeError, match="NBC-F02"):
        take(home, **given)  # type: ignore[arg-type]


def test_no_heavy_import() -> None:
    code = (
        "import nbcode.snapshot, sys; print([m for m in ('numpy', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_killed_maker_left_is_removed_also_where_the_repository_is_there(tmp_path: Path) -> None:
    """Another had been first with it, so nobody makes it again."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "notebook.py").write_bytes(DATA)
    take(tmp_path / "plain")
    left = tmp_path / "plain" / ".nbcode" / ".snapshots-0123abcd"
    left.mkdir()
    left.with_name(f"{left.name}.lock").touch()
    take(tmp_path / "plain")
    assert [p.name for p in left.parent.iterdir() if p.name.startswith(left.name)] == []
