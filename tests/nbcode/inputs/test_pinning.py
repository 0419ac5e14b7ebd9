"""Inputs by content: section E of the bad inputs, and what a pin says."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nbcode.configuration import Config, DatasetConfig, Workspace, find_root
from nbcode.inputs import (
    Column,
    Formula,
    PinnedInput,
    Pinning,
    Role,
    pin_inputs,
    sample_dataset,
    verify_inputs,
)
from nbcode.notebook import Meta
from nbcode.primitives import Exit, Severity, digest_bytes, digest_path, exit_for

CSV = b"date,symbol,price\n2020-01-02,A,1.5\n"
META = Meta(id="xsmom_v3", kind="model", horizon="10d", horizon_sessions=10, owner="team")


def write_prices(path: Path, rows: int = 3) -> Path:
    days = [dt.date(2020, 1, 1) + dt.timedelta(n) for n in range(rows)]
    table = pa.table({"date": days, "symbol": ["A"] * rows, "close": [float(n) for n in range(rows)]})
    pq.write_table(table, path)
    return path


class Project:
    """A project on disk with one dataset, `prices`; files are made settled, so that they are remembered."""

    def __init__(self, home: Path) -> None:
        self.root = home / "project"
        self.root.mkdir()
        self.outside = home / "outside"
        self.outside.mkdir()
        (self.outside / "secret.csv").write_bytes(CSV)
        self.dataset = DatasetConfig(
            name="prices",
            prices=write_prices(self.outside / "prices.parquet"),
            prices_uri="../outside/prices.parquet",
        )

    def pin(
        self,
        *inputs: tuple[str, str],
        data: str | None = None,
        folder: str = "",
        tables: Sequence[str] | None = None,
    ) -> Pinning:
        config = Config(datasets=(self.dataset,), defaults_data="prices", path=self.root / "nbcode.toml")
        workspace = Workspace(root=self.root, store=self.root / ".nbcode", config=config)
        where = self.root / folder if folder else None
        meta = replace(META, inputs=inputs, data=data)
        read_as_tables = tables if tables is not None else [name for name, _ in inputs]
        return pin_inputs(workspace, meta, notebook_folder=where, tables=read_as_tables)

    def file(self, name: str, data: bytes = CSV) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        settle(path)
        return path


def settle(path: Path) -> None:
    """Make a file older than the two seconds within which nothing is remembered (the change time cannot be set)."""
    old = path.stat().st_mtime_ns - 10**10
    os.utime(path, ns=(old, old))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def only(pinning: Pinning, name: str) -> PinnedInput:
    assert pinning.diagnostics == ()
    (found,) = (i for i in pinning.inputs if i.name == name)
    return found


def test_a_dataset_is_pinned_by_content_columns_and_last_date(project: Project) -> None:
    derive = (("size", "close * 2"), ("area", "close"))
    project.dataset = replace(project.dataset, derive=derive)
    found = only(project.pin(), "prices")
    assert found.role is Role.PRICES
    assert found.uri == "../outside/prices.parquet"
    assert found.digest == digest_bytes(project.dataset.prices.read_bytes())
    assert found.size_bytes == project.dataset.prices.stat().st_size
    assert found.schema == (
        Column(name="date", dtype="date32[day]"),
        Column(name="symbol", dtype="string"),
        Column(name="close", dtype="double"),
    )
    assert found.as_of == "2020-01-03"
    assert found.derive == (
        Formula(field="area", formula="close"),
        Formula(field="size", formula="close * 2"),
    )


def test_reference_and_inputs_follow_the_prices_in_order_of_name(project: Project) -> None:
    project.dataset = replace(
        project.dataset, reference=project.outside / "secret.csv", reference_uri="r.csv"
    )
    project.file("data/b.csv")
    project.file("data/a.csv")
    pinning = project.pin(("b", "data/b.csv"), ("a", "data/a.csv"))
    assert [(i.name, i.role) for i in pinning.inputs] == [
        ("prices", Role.PRICES),
        ("prices", Role.REFERENCE),
        ("a", Role.INPUT),
        ("b", Role.INPUT),
    ]


def test_an_input_is_sought_beside_the_notebook_then_in_the_root(project: Project) -> None:
    project.file("x.csv", b"a\n1\n")
    project.file("y.csv", b"a\n2\n")
    project.file("research/x.csv", b"a\n3\n")
    pinning = project.pin(("x", "x.csv"), ("y", "y.csv"), folder="research")
    found = {one.name: (one.digest, one.place) for one in pinning.inputs}
    assert found["x"] == (digest_bytes(b"a\n3\n"), "research/x.csv")
    assert found["y"] == (digest_bytes(b"a\n2\n"), "y.csv")
    (two,) = pinning.diagnostics
    assert (two.code, two.severity) == ("NBC-E25", Severity.WARNING)
    assert "research/x.csv and x.csv" in two.message


def test_a_path_that_means_one_file_is_not_ambiguous(project: Project) -> None:
    project.file("x.csv")
    (project.root / "research").mkdir()
    (project.root / "research" / "x.csv").symlink_to("../x.csv")
    assert project.pin(("x", "x.csv"), folder="research").diagnostics == ()


def test_a_path_may_climb_to_the_root_and_no_further(project: Project) -> None:
    project.file("data/x.csv")
    pinning = project.pin(("x", "../../data/x.csv"), folder="a/b")
    assert only(pinning, "x").place == "data/x.csv"
    (out,) = project.pin(("x", "../../outside/secret.csv"), folder="a").diagnostics
    assert (out.code, exit_for([out])) == ("NBC-E04", Exit.SAFETY)
    (project.root / "data" / "out").symlink_to(project.outside)
    (link,) = project.pin(("x", "../data/out/secret.csv"), folder="a").diagnostics
    assert (link.code, exit_for([link])) == ("NBC-E04", Exit.SAFETY)


def typed(fix: str) -> list[str]:
    return re.findall(r"`([^`]+)`", fix)


@pytest.mark.parametrize("written", ["../../outside/secret.csv", "/{home}/outside/secret.csv"])
@pytest.mark.parametrize("way", [0, 1])
@pytest.mark.parametrize("has_settings", [True, False])
def test_each_way_out_for_a_file_outside_works_as_it_is_typed(
    project: Project, tmp_path: Path, written: str, way: int, has_settings: bool
) -> None:
    folder = project.root / "a"
    folder.mkdir()
    if has_settings:
        (project.root / "nbcode.toml").touch()
    else:
        (project.root / ".git").mkdir()
    uri = written.replace("/{home}", str(tmp_path))
    assert find_root(folder) == project.root
    (out,) = project.pin(("x", uri), folder="a").diagnostics
    assert out.code == "NBC-E04"
    command, line = typed(out.fix_titles[way])
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)  # as a user types it
    name, _, path = line.partition(": ")
    root = find_root(folder)
    assert root == (tmp_path if way else project.root)
    meta = replace(META, inputs=((name, path),))
    pinning = pin_inputs(
        Workspace(root=root, store=root / ".nbcode", config=Config()),
        meta,
        notebook_folder=folder,
        panel=False,
        tables=[name],
    )
    assert only(pinning, "x").digest == digest_bytes(CSV)


def test_a_file_outside_that_is_not_there_is_not_to_be_copied(project: Project) -> None:
    (out,) = project.pin(("x", "../outside/none.csv")).diagnostics
    assert typed(out.fix_titles[0]) == ["x: none.csv"]
    project.file("none.csv")
    assert only(project.pin(("x", "none.csv")), "x").digest == digest_bytes(CSV)


def test_an_absolute_path_of_the_project_is_answered_with_the_relative_one(project: Project) -> None:
    path = project.file("data/x.csv")
    (project.root / "a").mkdir()
    (found,) = project.pin(("x", str(path)), folder="a").diagnostics
    assert (found.code, typed(found.fix_titles[0])) == ("NBC-E04", ["x: ../data/x.csv"])
    assert only(project.pin(("x", "../data/x.csv"), folder="a"), "x").digest == digest_bytes(CSV)


@pytest.mark.parametrize("name", ["a.h5", "a.npy", "a.npz", "a.joblib", "a.db", "a.xlsx", "a.txt", "a"])
def test_any_file_that_cells_open_themselves_is_pinned_as_its_bytes(project: Project, name: str) -> None:
    project.file(name, b"\0bytes")
    found = only(project.pin(("x", name), tables=()), "x")
    assert (found.digest, found.size_bytes, found.schema) == (digest_bytes(b"\0bytes"), 6, ())


def test_a_csv_that_another_reader_wants_is_pinned_and_one_that_is_a_table_has_its_columns(
    project: Project,
) -> None:
    project.file("latin.csv", "name;wert\nä;1,5\n".encode("latin-1"))
    assert only(project.pin(("x", "latin.csv"), tables=()), "x").schema == ()
    project.file("x.csv")
    assert [c.name for c in only(project.pin(("x", "x.csv"), tables=()), "x").schema] == [
        "date",
        "symbol",
        "price",
    ]


def test_a_folder_is_its_files_by_name_and_bytes(project: Project) -> None:
    project.file("data/a.csv")
    project.file("data/deep/b.csv")
    first = only(project.pin(("x", "data"), tables=()), "x")
    assert (first.size_bytes, first.place) == (2 * len(CSV), "data")
    assert first.digest == digest_path(project.root / "data")
    (project.root / "data" / "a.csv").rename(project.root / "data" / "c.csv")
    assert only(project.pin(("x", "data"), tables=()), "x").digest != first.digest
    (project.root / "data" / "c.csv").rename(project.root / "data" / "a.csv")
    assert only(project.pin(("x", "data"), tables=()), "x").digest == first.digest


@pytest.mark.parametrize("kind", ["link", "fifo", "empty", "notebook's", "root"])
def test_a_folder_that_is_not_plain_or_holds_the_notebook_is_refused(project: Project, kind: str) -> None:
    folder = project.root / "data"
    folder.mkdir()
    if kind == "link":
        (folder / "secret.csv").symlink_to(project.outside / "secret.csv")
    elif kind == "fifo":
        os.mkfifo(folder / "pipe")
    uri = {"notebook's": "../nb", "root": ".."}.get(kind, "../data")
    (project.root / "nb").mkdir()
    (found,) = project.pin(("x", uri), folder="nb", tables=()).diagnostics
    assert found.code == ("NBC-E04" if kind in {"notebook's", "root"} else "NBC-E03")


def test_a_declared_digest_is_checked(project: Project) -> None:
    file = project.file("x.csv")
    uri = f"x.csv#sha256={digest_bytes(CSV).hex}"
    assert only(project.pin(("x", uri)), "x").uri == "x.csv"
    file.write_bytes(CSV + b"2020-01-03,A,2\n")
    assert [d.code for d in project.pin(("x", uri)).diagnostics] == ["NBC-E02"]


def test_a_link_inside_the_root_is_followed(project: Project) -> None:
    project.file("real.csv")
    (project.root / "link.csv").symlink_to("real.csv")
    assert only(project.pin(("x", "link.csv")), "x").path == (project.root / "real.csv").resolve()


def test_every_problem_is_reported_at_once(project: Project) -> None:
    pinning = project.pin(
        ("a", "missing.csv"), ("b", "/etc/passwd"), ("c", "s3://bucket/x.csv"), data="pricse"
    )
    assert [d.code for d in pinning.diagnostics] == ["NBC-E01", "NBC-E01", "NBC-E04", "NBC-E05"]
    assert "data: prices" in pinning.diagnostics[0].fix_titles[0]


# Section E: each row arranges a project and gives the uri of one input, or None where the dataset itself is the case.


def at(uri: str) -> Callable[[Project], str]:
    return lambda _: uri


def a_link_out(project: Project) -> str:
    (project.root / "link.csv").symlink_to(project.outside / "secret.csv")
    return "link.csv"


def a_folder_link_out(project: Project) -> str:
    (project.root / "data").symlink_to(project.outside)
    return "data/secret.csv"


def a_changed_file(project: Project) -> str:
    project.file("x.csv")
    return f"x.csv#sha256={'0' * 64}"


def a_directory(project: Project) -> str:
    (project.root / "x.csv").mkdir()
    return "x.csv"


def a_fifo(project: Project) -> str:
    os.mkfifo(project.root / "x.csv")
    return "x.csv"


def a_loop(project: Project) -> str:
    (project.root / "x.csv").symlink_to("x.csv")
    return "x.csv"


def bytes_of(name: str, data: bytes) -> Callable[[Project], str]:
    def arrange(project: Project) -> str:
        project.file(name, data)
        return name

    return arrange


def a_lying_file(project: Project) -> None:
    link = project.outside / "endless.csv"
    link.symlink_to("/proc/self/maps")
    project.dataset = replace(project.dataset, prices=link)


def a_dataset_with_nul(project: Project) -> None:
    project.dataset = replace(project.dataset, prices=Path("a\0b.csv"))


def a_missing_dataset(project: Project) -> None:
    project.dataset.prices.unlink()


def a_parquet_bomb(project: Project) -> str:
    zeros = pa.table({"a": pa.array([0], pa.int64()).take(pa.array([0] * 4_000_000))})
    pq.write_table(zeros, project.root / "x.parquet", compression="zstd")
    return "x.parquet"


def a_zip_bomb(project: Project) -> str:
    with zipfile.ZipFile(project.root / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", b"0" * 40_000_000)
    return "x.zip"


def a_small_zip(project: Project) -> str:
    with zipfile.ZipFile(project.root / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", CSV)
    return "x.zip"


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
ROWS: list[tuple[str, Callable[[Project], str | None], str, Exit]] = [
    ("missing", at("data/none.csv"), "E01", Exit.USER),
    ("dataset missing", a_missing_dataset, "E01", Exit.USER),
    ("dataset with NUL", a_dataset_with_nul, "E04", Exit.SAFETY),
    ("digest differs", a_changed_file, "E02", Exit.USER),
    ("digest malformed", at("x.csv#sha256=a1"), "E02", Exit.USER),
    ("directory", a_directory, "E03", Exit.USER),
    ("fifo", a_fifo, "E03", Exit.USER),
    ("loop of links", a_loop, "E03", Exit.USER),
    ("not a table", bytes_of("x.xlsx", b"PK"), "E03", Exit.USER),
    ("small archive", a_small_zip, "E03", Exit.USER),
    ("gzip named csv", bytes_of("x.csv", gzip.compress(CSV)), "E03", Exit.USER),
    ("empty csv", bytes_of("x.csv", b""), "E03", Exit.USER),
    ("parquet cut off", bytes_of("x.parquet", b"PAR1\0\0"), "E03", Exit.USER),
    ("text named parquet", bytes_of("x.parquet", CSV), "E03", Exit.USER),
    ("parent", at("../outside/secret.csv"), "E04", Exit.SAFETY),
    ("parent inside", at("data/../../outside/secret.csv"), "E04", Exit.SAFETY),
    ("parent with backslash", at("..\\outside\\secret.csv"), "E04", Exit.SAFETY),
    ("absolute", at("/etc/passwd"), "E04", Exit.SAFETY),
    ("drive", at("C:\\secret.csv"), "E04", Exit.SAFETY),
    ("home", at("~/secret.csv"), "E04", Exit.SAFETY),
    ("other home", at("~root/secret.csv"), "E04", Exit.SAFETY),
    ("NUL", at("data\0.csv"), "E04", Exit.SAFETY),
    ("new line", at("data\n.csv"), "E04", Exit.SAFETY),
    ("lone surrogate", at("\udcff.csv"), "E04", Exit.SAFETY),
    ("empty", at(""), "E04", Exit.SAFETY),
    ("percent encoded", at("%2e%2e/secret.csv"), "E04", Exit.SAFETY),
    ("percent encoded slash", at("..%2fsecret.csv"), "E04", Exit.SAFETY),
    ("percent encoded twice", at("%252e%252e/secret.csv"), "E04", Exit.SAFETY),
    ("percent encoded NUL", at("x%00.csv"), "E04", Exit.SAFETY),
    ("link out of the root", a_link_out, "E04", Exit.SAFETY),
    ("linked folder out of the root", a_folder_link_out, "E04", Exit.SAFETY),
    ("file scheme", at("file:///etc/passwd"), "E05", Exit.SAFETY),
    ("gopher", at("gopher://x/1"), "E05", Exit.SAFETY),
    ("bucket", at("s3://other-bucket/x.csv"), "E05", Exit.SAFETY),
    ("scheme without slashes", at("data:text/csv,a"), "E05", Exit.SAFETY),
    ("chained scheme", at("simplecache::s3://b/x.csv"), "E05", Exit.SAFETY),
    ("metadata service", at("http://169.254.169.254/latest"), "E06", Exit.SAFETY),
    ("mapped loopback", at("http://[::ffff:127.0.0.1]/x.csv"), "E06", Exit.SAFETY),
    ("decimal address", at("http://2130706433/x.csv"), "E06", Exit.SAFETY),
    ("hexadecimal address", at("http://0x7f000001/x.csv"), "E06", Exit.SAFETY),
    ("rebinding name", at("http://127.0.0.1.nip.io/x.csv"), "E06", Exit.SAFETY),
    ("localhost", at("HTTP://localhost/x.csv"), "E06", Exit.SAFETY),
    ("public host", at("https://example.com/x.csv"), "E06", Exit.SAFETY),
    ("broken host", at("http://[::1/x.csv"), "E06", Exit.SAFETY),
    ("endless", a_lying_file, "E08", Exit.USER),
    ("parquet bomb", a_parquet_bomb, "E09", Exit.USER),
    ("zip bomb", a_zip_bomb, "E09", Exit.USER),
    ("git-lfs pointer", bytes_of("x.csv", LFS), "F05", Exit.USER),
]


@pytest.mark.parametrize(("arrange", "code", "exit_code"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_section_e_is_refused_by_its_code(
    project: Project, arrange: Callable[[Project], str | None], code: str, exit_code: Exit
) -> None:
    uri = arrange(project)
    pinning = project.pin() if uri is None else project.pin(("x", uri))
    (finding,) = pinning.diagnostics
    assert finding.code == f"NBC-{code}"
    assert finding.cause
    assert finding.fixes
    assert finding.place
    assert exit_for(pinning.diagnostics) == exit_code


def test_unlike_names_pass_and_names_equal_but_for_case_are_e10(project: Project) -> None:
    for name in "abc":
        project.file(f"{name}.csv")
    assert project.pin(("a", "a.csv"), ("b", "b.csv")).diagnostics == ()
    pinning = project.pin(("prices2", "a.csv"), ("Prices2", "b.csv"), ("c", "c.csv"))
    assert [d.code for d in pinning.diagnostics] == ["NBC-E10"]
    assert [i.name for i in pinning.inputs] == ["prices", "Prices2", "c"]


def test_an_address_is_refused_without_asking_a_network(project: Project) -> None:
    """E07, a redirect to another host, cannot happen: nothing is ever fetched."""
    assert [d.code for d in project.pin(("x", "https://redirect.example/x.csv")).diagnostics] == ["NBC-E06"]


def test_a_file_is_hashed_once_while_it_stays_the_same(project: Project) -> None:
    """A byte changed behind the file system's back (same size, times and inode) is seen when it is verified."""
    file = project.file("x.csv")
    time.sleep(
        2.1
    )  # what changed less than two seconds ago is not remembered, and a change time cannot be set
    first = only(project.pin(("x", "x.csv")), "x")
    memory = list((project.root / ".nbcode" / "cache" / "inputs").iterdir())
    assert memory
    assert only(project.pin(("x", "x.csv")), "x") == first
    file.write_bytes(CSV.replace(b"1.5", b"2.5"))
    assert only(project.pin(("x", "x.csv")), "x").digest != first.digest


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"stamp":1}', b"\xff"])
def test_a_damaged_memory_costs_time_not_truth(project: Project, damage: bytes) -> None:
    expected = only(project.pin(), "prices")
    for memory in (project.root / ".nbcode" / "cache" / "inputs").glob("*"):
        memory.write_bytes(damage)
    assert only(project.pin(), "prices") == expected


def test_what_changed_since_the_pin_is_e02_before_the_run_and_e12_during_it(project: Project) -> None:
    project.file("x.csv")
    pinned = project.pin(("x", "x.csv")).inputs
    assert verify_inputs(pinned, running=False) == ()
    (project.root / "x.csv").write_bytes(CSV.replace(b"1.5", b"2.5"))
    assert [d.code for d in verify_inputs(pinned, running=False)] == ["NBC-E02"]
    assert [d.code for d in verify_inputs(pinned, running=True)] == ["NBC-E12"]
    (project.root / "x.csv").unlink()
    assert [d.code for d in verify_inputs(pinned, running=True)] == ["NBC-E01"]


def test_the_sample_is_written_once_and_whole(tmp_path: Path) -> None:
    written = []

    def write(directory: Path) -> Path:
        written.append(directory)
        (directory / "sample_reference.csv").write_bytes(CSV)
        return write_prices(directory / "sample_prices.parquet")

    first = sample_dataset(tmp_path, write)
    assert sample_dataset(tmp_path, write) == first
    assert first.prices == tmp_path / "data" / "sample" / "sample_prices.parquet"
    assert first.reference == tmp_path / "data" / "sample" / "sample_reference.csv"
    assert len(written) == 1
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["sample"]


def test_a_sample_that_another_process_wrote_meanwhile_is_taken(tmp_path: Path) -> None:
    def slow(directory: Path) -> Path:
        sample_dataset(tmp_path, lambda d: write_prices(d / "prices.parquet", rows=5))
        return write_prices(directory / "prices.parquet", rows=5)

    assert pq.read_table(sample_dataset(tmp_path, slow).prices).num_rows == 5
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["sample"]


def test_the_embedded_sample_is_prices_and_reference(tmp_path: Path) -> None:
    workspace = Workspace(root=tmp_path, store=tmp_path / ".nbcode", config=Config())
    pinning = pin_inputs(workspace, META)
    assert pinning.diagnostics == ()
    assert [(i.name, i.role) for i in pinning.inputs] == [("sample", Role.PRICES), ("sample", Role.REFERENCE)]
    assert {"date", "symbol", "close", "volume"} <= {c.name for c in pinning.inputs[0].schema}
    assert {"symbol", "sector"} == {c.name for c in pinning.inputs[1].schema}


def test_a_sample_that_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    def broken(directory: Path) -> Path:
        (directory / "half").touch()
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        sample_dataset(tmp_path, broken)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_store_that_cannot_be_written_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the store should be")
    workspace = Workspace(root=tmp_path, store=tmp_path / "store", config=Config())
    pinning = pin_inputs(workspace, META)
    assert [d.code for d in pinning.diagnostics] == ["NBC-F07"]
    assert exit_for(pinning.diagnostics) == Exit.ENVIRONMENT


WRITES = (
    "import sys; from pathlib import Path; from nbcode.inputs import sample_dataset\n"
    "def write(directory):\n"
    "    (directory / 'half.parquet').write_bytes(b'PAR1'); print(flush=True); sys.stdin.read()\n"
    "sample_dataset(Path(sys.argv[1]), write)\n"
)


def test_a_sample_half_written_goes_with_the_next_build_once_its_writer_is_dead_and_not_before(
    project: Project,
) -> None:
    data = project.root / ".nbcode" / "data"
    (data / ".sample-of-mine").mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(data.parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        project.pin()
        assert list(data.glob(".sample-*/half.parquet"))
        writer.kill()
        writer.wait()
    project.pin()
    assert [p.name for p in data.glob(".sample-*")] == [".sample-of-mine"]
