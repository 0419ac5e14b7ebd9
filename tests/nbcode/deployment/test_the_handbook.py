"""docs/how-to/operate.md: every command in it is run as it stands there, or says why it is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cluster.api_server import ApiServer
from cluster.builds import program
from fakes.deployed import ROOT, apply
from fakes.postgres import Cluster, programs
from fakes.promotions import AT, begun
from fakes.users import argo
from nbcode.promotion import Failed, Failure, Snapshotted, step
from nbcode.promotion._sql import open_postgres

PAGE = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (run(?: [a-z]+)?|not run: [^>]+) -->\n)?[ ]*```bash\n(.*?)```", re.DOTALL)
BLOCKS = [(found[1] or "", found[2]) for found in BLOCK.finditer(PAGE)]
"""What is said of each block of commands, and the block."""


def blocks(of: str) -> Iterator[str]:
    return (text for said, text in BLOCKS if said == of)


def test_every_block_of_commands_is_run_or_says_why_not() -> None:
    assert PAGE.count("```bash") == len(BLOCKS)
    assert [text for said, text in BLOCKS if not said] == []
    assert {said.partition(":")[0] for said, _ in BLOCKS} == {"run", "run postgres", "not run"}


def test_control_a_block_that_says_nothing_is_seen() -> None:
    (found,) = BLOCK.finditer("text\n\n```bash\nrm -r /\n```\n")
    assert not found[1]


def typed(block: str, folder: Path, path: list[Path], **environment: str) -> str:
    told = os.pathsep.join([*map(str, path), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder, env=os.environ | {"PATH": told, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (block, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def test_the_commands_for_the_cluster_work_as_they_stand(api_server: ApiServer, tmp_path: Path) -> None:
    apply(api_server, argo(data={}))
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / "store.env").write_text("NBCODE_STORE=s3://research/nbcode\nAWS_ACCESS_KEY_ID=placeholder\n")
    (tmp_path / "controller.env").write_text("PGPASSWORD=placeholder\n")
    programs_of = [Path(sys.executable).parent, Path(program("kubectl")).parent]
    # What stands first in the page needs what is installed further down.
    ordered = sorted(blocks("run"), key=lambda block: "rolebinding" in block or "get workflows" in block)
    told = [typed(block, tmp_path, programs_of, KUBECONFIG=str(api_server.kubeconfig)) for block in ordered]
    assert any("serverside-applied" in text for text in told)
    assert any(text.rstrip().endswith("yes") for text in told), "auth can-i"
    for secret in ("nbcode-store", "nbcode-controller"):
        api_server.checked("delete", "secret", secret, "--namespace=nbcode")
    api_server.checked("delete", "rolebinding", "nbcode-people", "--namespace=nbcode")


def test_a_journal_is_restored_from_its_backup(postgres: Cluster, tmp_path: Path) -> None:
    address = postgres.new_database()
    journal = open_postgres(address)
    over = journal.begin(begun("over"), b"bytes of one that failed")
    journal.record(
        over, step(over, Failed(failure=Failure(code="NBC-H01", message="cell 3 raised")), at=AT)[0]
    )
    going_on = journal.begin(begun("going on"), b"bytes of one that goes on")
    database = address.partition("@/")[2].partition("?")[0]
    (block,) = blocks("run postgres")
    binaries = programs()
    assert binaries is not None
    typed(
        block, tmp_path, [binaries], JOURNAL=address, SERVER=postgres.address("postgres"), RESTORED=postgres.address("restored")
    )  # fmt: skip
    assert contents(postgres, "restored") == contents(postgres, database)
    assert contents(postgres, "restored") != contents(postgres, "postgres"), "the control"
    restored = open_postgres(postgres.address("restored"))
    assert restored.promotions() == journal.promotions()
    assert restored.history("xsmom") == journal.history("xsmom")
    assert restored.payload(going_on.key) == b"bytes of one that goes on"
    # And it goes on: the next has the next place, and what was going on is moved.
    restored.record(going_on, step(going_on, Snapshotted(commit="c1"), at=AT)[0])
    assert restored.begin(begun("next"), b"").sequence == 5
    assert restored.promotions() != journal.promotions(), "the control"


def contents(postgres: Cluster, database: str) -> list[tuple[object, ...]]:
    return postgres.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
        database,
    )
