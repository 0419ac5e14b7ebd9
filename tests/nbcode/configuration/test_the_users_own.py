"""What is the user's alone: the store, the key, and a store that is another user's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alpha_bench.describe import atomic_file
from nbcode.configuration import TrustItem, TrustKind, UserState, open_workspace, prepare_store
from nbcode.configuration._store import make_store, mark_store
from nbcode.primitives import Exit, NbcodeError


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_store_and_the_key_are_the_users_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    (tmp_path / "p").mkdir()
    code = (
        f"import os; os.umask({umask}); from pathlib import Path\n"
        "from nbcode.configuration import open_workspace, prepare_store\n"
        "prepare_store(open_workspace(Path('p')))\n"
    )
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    made = [tmp_path / "p" / ".nbcode", tmp_path / "state" / "nbcode", tmp_path / "state" / "nbcode" / "key"]
    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o700", "0o700", "0o600"]


def test_of_many_that_begin_at_once_all_have_one_key_and_one_store(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from nbcode.configuration import *\n"
        "prepare_store(open_workspace(Path())); prepare_store(open_workspace(Path())); print(UserState().seal('a', b'b'))"
    )
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    (tmp_path / "p").mkdir()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=tmp_path / "p",
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    said = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 6
    assert len(said) == 1
    assert [path.name for path in (tmp_path / "p").iterdir()] == [".nbcode"]


def test_a_folder_that_the_user_made_for_a_store_is_taken_and_one_with_something_in_it_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".nbcode").mkdir()
    (tmp_path / ".nbcode" / ".gitignore").write_text("*\n")
    prepare_store(open_workspace(tmp_path))
    assert open_workspace(tmp_path).untrusted == ()
    other = tmp_path / "other"
    (other / ".nbcode").mkdir(parents=True)
    (other / "nbcode.toml").touch()
    (other / ".nbcode" / "journal.db").touch()
    with pytest.raises(NbcodeError, match="NBC-T06"):
        prepare_store(open_workspace(other))


def test_a_store_that_another_of_the_users_makes_meanwhile_is_no_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.listdir

    def made_right_after(path: Path) -> list[str]:
        try:
            return listed(path)
        finally:
            monkeypatch.setattr(os, "listdir", listed)
            make_store(tmp_path / ".nbcode", UserState())

    monkeypatch.setattr(os, "listdir", made_right_after)
    assert open_workspace(tmp_path).untrusted == ()
    assert (tmp_path / ".nbcode" / f"owner-{os.getuid()}").is_file()


@pytest.mark.parametrize("name", [".gitignore", f"owner-{os.getuid()}"])
def test_a_store_of_which_no_more_than_its_mark_is_half_written_is_no_strangers(
    tmp_path: Path, name: str
) -> None:
    store = tmp_path / ".nbcode"
    store.mkdir()
    with atomic_file(store / name, durable=False):
        assert len(list(store.iterdir())) == 1
        assert open_workspace(tmp_path).untrusted == ()
    (store / "journal.db").touch()
    assert [item.kind for item in open_workspace(tmp_path).untrusted] == ["foreign store"]


def test_no_link_that_a_clone_laid_out_in_its_store_is_written_through(tmp_path: Path) -> None:
    (tmp_path / ".nbcode").mkdir()
    outside = tmp_path / "outside"
    mark = tmp_path / ".nbcode" / f"owner-{os.getuid()}"
    for name in (tmp_path / ".nbcode" / ".gitignore", mark):
        name.symlink_to(outside)
    mark_store(tmp_path / ".nbcode", UserState())
    assert not outside.exists()
    assert mark.is_file()
    assert not mark.is_symlink()


def test_a_mark_that_can_never_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / ".nbcode").mkdir()
    os.mkfifo(tmp_path / ".nbcode" / f"owner-{os.getuid()}")
    assert [item.kind for item in open_workspace(tmp_path).untrusted] == ["foreign store"]


def test_a_seal_is_of_one_purpose_and_one_key(tmp_path: Path) -> None:
    mine, other = UserState(tmp_path / "a"), UserState(tmp_path / "b")
    seal = mine.seal("store", b"x")
    assert mine.verify_seal("store", b"x", seal)
    assert not mine.verify_seal("promotion", b"x", seal)
    assert not mine.verify_seal("store", b"y", seal)
    assert not other.verify_seal("store", b"x", seal), "no key is made by looking"
    assert not (tmp_path / "b").exists()
    other.seal("store", b"x")
    assert not other.verify_seal("store", b"x", seal)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_store_of_another_user_is_told_with_his_name(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir(mode=0o755)
    (store / "journal.db").touch(mode=0o644)
    code = (
        "import os, sys; from pathlib import Path; from nbcode.configuration import require_writable\n"
        f"from nbcode.primitives import NbcodeError\nstore = Path({str(store)!r})\n"
        "os.chdir('/')\n"
        "require_writable(store)\n"  # the control: root may
        f"os.chmod({str(tmp_path)!r}, 0o755); [os.chmod(p, 0o755) for p in store.parents if os.stat(p).st_uid == 0 and str(p).startswith('/tmp/')]\n"
        "os.seteuid(65534)\n"
        "try: require_writable(store)\n"
        "except NbcodeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "NBC-I23 the store is root's, and you cannot write to it" in done.stdout


def used(folder: Path) -> UserState:
    """A state folder with a key and something that is trusted."""
    state = UserState(folder)
    state.seal("store", b"x")
    item = TrustItem(kind=TrustKind.STORE, setting="store.path", value="v", target="t", why="w")
    state.trust(Path("/project"), [item], "2026-01-05T09:00:00Z")
    return state


READS = {
    "verify_seal": lambda state: state.verify_seal("store", b"x", "0" * 64),
    "seal": lambda state: state.seal("store", b"x"),
    "trusted": lambda state: state.trusted(Path("/project")),
    "everything": lambda state: state.everything(),
    "revoke": lambda state: state.revoke(Path("/project")),
}


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722, 0o702, 0o720])
@pytest.mark.parametrize("read", READS)
def test_a_state_folder_that_others_can_write_to_is_believed_by_nothing_that_reads(
    tmp_path: Path, read: str, mode: int
) -> None:
    state = used(tmp_path / "state")
    READS[read](used(tmp_path / "control"))
    for folder in (tmp_path / "state" / "trust", tmp_path / "state"):
        folder.chmod(mode)
        with pytest.raises(NbcodeError, match=rf"NBC-T07 .*its mode is {mode:o}.*chmod 700 {folder}") as told:
            READS[read](state)
        assert told.value.exit_code == Exit.SAFETY
        folder.chmod(0o700)
    READS[read](state)


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o604, 0o620])
@pytest.mark.parametrize("name", ["key", "trust"])
def test_a_file_of_it_that_others_can_read_or_write_is_refused_with_the_chmod(
    tmp_path: Path, name: str, mode: int
) -> None:
    state = used(tmp_path)
    path = tmp_path / "key" if name == "key" else next((tmp_path / "trust").iterdir())
    read = READS["verify_seal" if name == "key" else "trusted"]
    path.chmod(mode)
    with pytest.raises(NbcodeError, match=rf"NBC-T07 .*its mode is {mode:o}.*chmod 600 {path}"):
        read(state)
    path.chmod(0o600)
    read(state)


def test_a_key_that_is_a_link_no_file_or_no_whole_key_is_refused(tmp_path: Path) -> None:
    """An empty key is one that everybody knows."""
    state = used(tmp_path / "state")
    key, kept = tmp_path / "state" / "key", tmp_path / "kept"
    key.rename(kept)
    for lay, why in (
        (lambda: key.symlink_to(kept), "it is a link"),
        (lambda: os.mkfifo(key, 0o600), "it is no regular file"),
        (lambda: key.touch(0o600), "it holds 0 bytes"),
        (lambda: (key.touch(0o600), key.write_bytes(b"x" * 31)), "it holds 31 bytes"),
    ):
        lay()
        for read in ("verify_seal", "seal"):
            with pytest.raises(NbcodeError, match=rf"NBC-T07 .*{why}"):
                READS[read](state)
        key.unlink()
    kept.rename(key)
    READS["seal"](state)


@pytest.mark.parametrize(
    "loosened", [".", "journal.db", "registry", "registry/mlflow.db", "artifacts", "runs", "specs", "locks"]
)
def test_a_store_in_use_that_others_can_write_to_is_refused(tmp_path: Path, loosened: str) -> None:
    workspace = open_workspace(tmp_path)
    prepare_store(workspace)
    store = tmp_path / ".nbcode"
    for name in ("registry", "artifacts", "runs", "specs", "locks"):
        (store / name).mkdir(mode=0o755)
    for name in ("journal.db", "registry/mlflow.db"):
        (store / name).touch(mode=0o644)
    store.chmod(0o755)
    workspace.require(TrustKind.STORE)  # the control
    for mode in (0o775, 0o757):
        before = (store / loosened).stat().st_mode
        (store / loosened).chmod(mode)
        with pytest.raises(
            NbcodeError, match=r"NBC-T07 (its group|everybody) can write to the store"
        ) as told:
            workspace.require(TrustKind.STORE)
        assert f"chmod -R go-w {store}" in told.value.diagnostics[0].fix_titles[0]
        (store / loosened).chmod(before)
    (store / loosened).chmod(0o777)
    if loosened != ".":
        store.chmod(0o700)
        workspace.require(TrustKind.STORE)  # nobody else comes in


def test_an_empty_folder_that_others_can_write_to_is_made_private_when_it_becomes_a_store(
    tmp_path: Path,
) -> None:
    (tmp_path / ".nbcode").mkdir()
    (tmp_path / ".nbcode").chmod(0o777)
    workspace = open_workspace(tmp_path)
    workspace.require(TrustKind.STORE)
    prepare_store(workspace)
    assert (tmp_path / ".nbcode").stat().st_mode & 0o777 == 0o700


def test_a_store_that_was_being_made_when_its_maker_was_killed_is_swept(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from nbcode.primitives import locked_directory\n"
        "with locked_directory(Path(sys.argv[1]), '.nbcode.'): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 2, "the folder and its lock"
    prepare_store(open_workspace(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [".nbcode"]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    prepare_store(open_workspace(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [".nbcode"], "also where another had made the store"
