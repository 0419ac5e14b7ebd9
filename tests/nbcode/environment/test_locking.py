"""What a run needs installed, locked: by a lock file, by what is installed, and where the two disagree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.sites import install, install_editable, runner_site
from nbcode.environment import (
    EnvironmentLock,
    Locking,
    Site,
    importable_modules,
    lock_environment,
    platform_key,
)
from nbcode.environment.locking import RUNNER_NEEDS
from nbcode.primitives import errors_of

WHEEL = "sha256:" + "1" * 64


def locked(result: Locking) -> EnvironmentLock:
    assert errors_of(result.diagnostics) == ()
    assert result.lock is not None
    return result.lock


def names(lock: EnvironmentLock) -> set[str]:
    return {d.name for d in lock.distributions}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_the_closure_of_the_runner_and_of_the_imports_is_locked(tmp_path: Path, folder: Path) -> None:
    site = runner_site(folder, alpha_bench=("numpy>=2",), numpy=(), pandas=("numpy", "tzdata"), tzdata=())
    assert names(locked(lock_environment(tmp_path, (), site=site))) == {*RUNNER_NEEDS, "numpy"}
    with_pandas = locked(lock_environment(tmp_path, ["pandas", "os"], site=site))
    assert names(with_pandas) == {*RUNNER_NEEDS, "numpy", "pandas", "tzdata"}
    assert with_pandas.source == "installed"
    assert with_pandas.python_version == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_an_unrelated_installation_changes_nothing(tmp_path: Path, folder: Path) -> None:
    before = locked(lock_environment(tmp_path, (), site=runner_site(folder)))
    install(folder, "unrelated")
    assert locked(lock_environment(tmp_path, (), site=Site((folder,)))) == before


def test_another_version_and_another_content_change_the_digest(tmp_path: Path, folder: Path) -> None:
    before = locked(lock_environment(tmp_path, (), site=runner_site(folder)))
    for path in folder.glob("skops-1.0.dist-info/*"):
        path.unlink()
    (folder / "skops-1.0.dist-info").rmdir()
    install(folder, "skops", "1.1")
    newer = locked(lock_environment(tmp_path, (), site=Site((folder,))))
    assert newer.digest != before.digest
    record = folder / "skops-1.1.dist-info" / "RECORD"
    record.write_text(record.read_text() + "\nskops/more.py,sha256=abc,3\n")
    assert locked(lock_environment(tmp_path, (), site=Site((folder,)))).digest != newer.digest


def test_installer_notes_scripts_and_byte_code_do_not_count(tmp_path: Path, folder: Path) -> None:
    before = locked(lock_environment(tmp_path, (), site=runner_site(folder)))
    info = folder / "skops-1.0.dist-info"
    noise = [
        "../../../bin/skops,sha256=abc,3",
        "skops-1.0.dist-info/INSTALLER,sha256=abc,3",
        "skops-1.0.dist-info/REQUESTED,sha256=abc,3",
        "skops/__pycache__/x.cpython-311.pyc,,",
    ]
    (info / "RECORD").write_text("\n".join([*noise, (info / "RECORD").read_text()]))
    assert locked(lock_environment(tmp_path, (), site=Site((folder,)))) == before


def test_only_nbcodes_own_code_goes_into_a_run(tmp_path: Path, folder: Path) -> None:
    site = runner_site(folder, nbcode=("mlflow",), mlflow=())
    assert "mlflow" not in names(locked(lock_environment(tmp_path, (), site=site)))
    assert "mlflow" in names(locked(lock_environment(tmp_path, ["mlflow"], site=site)))


def test_extras_and_markers_are_followed(tmp_path: Path, folder: Path) -> None:
    site = runner_site(
        folder,
        papermill=("tool[fast]", 'never; python_version < "3"', "also; python_version >= '3'"),
        tool=('quick; extra == "fast"', 'slow; extra == "other"'),
        quick=(),
        slow=(),
        never=(),
        also=(),
    )
    found = names(locked(lock_environment(tmp_path, (), site=site)))
    assert found == {*RUNNER_NEEDS, "tool", "quick", "also"}


def test_requirements_in_a_circle_end(tmp_path: Path, folder: Path) -> None:
    site = runner_site(folder, papermill=("a",), a=("b",), b=("a",))
    assert names(locked(lock_environment(tmp_path, (), site=site))) == {*RUNNER_NEEDS, "a", "b"}


def test_a_module_of_another_name_finds_its_distribution(tmp_path: Path, folder: Path) -> None:
    site = runner_site(folder)
    install(folder, "scikit-learn", module="sklearn")
    assert "scikit-learn" in names(locked(lock_environment(tmp_path, ["sklearn"], site=Site(site.paths))))


def test_an_editable_package_is_locked_by_its_source(tmp_path: Path, folder: Path) -> None:
    runner_site(folder)
    package = install_editable(folder, tmp_path / "work", "house-signals")
    (package / "__pycache__").mkdir()
    first = locked(lock_environment(tmp_path, ["house_signals"], site=Site((folder,))))
    (own,) = (d for d in first.distributions if d.name == "house-signals")
    assert own.hashes[0].startswith("tree-sha256:")
    (package / "__pycache__" / "x.pyc").touch()
    assert locked(lock_environment(tmp_path, ["house_signals"], site=Site((folder,)))) == first
    (package / "__init__.py").write_text("X = 2\n")
    assert locked(lock_environment(tmp_path, ["house_signals"], site=Site((folder,)))).digest != first.digest


def uv_lock(*extra: str, papermill: str = "1.0", requires: str = ">=3.8") -> str:
    """A lock with everything that the runner needs, and one distribution for every other platform."""
    entries = [
        f'[[package]]\nname = "{name}"\nversion = "{papermill if name == "papermill" else "1.0"}"\n'
        f'source = {{ registry = "r" }}\nwheels = [{{ url = "u", hash = "{WHEEL}" }}]\n'
        + (
            'dependencies = [{ name = "elsewhere", marker = "sys_platform == \'never\'" }]\n'
            if name == "skops"
            else ""
        )
        for name in RUNNER_NEEDS
    ]
    other = f'[[package]]\nname = "elsewhere"\nversion = "9"\nsource = {{ registry = "r" }}\nwheels = [{{ url = "u", hash = "{WHEEL}" }}]\n'
    return "\n".join([f'version = 1\nrequires-python = "{requires}"\n', *entries, other, *extra])


def test_a_uv_lock_is_taken_over_all_platforms(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "uv.lock").write_text(uv_lock())
    lock = locked(lock_environment(tmp_path, (), site=runner_site(folder)))
    assert lock.source == "uv.lock"
    (elsewhere,) = (d for d in lock.distributions if d.name == "elsewhere")
    assert elsewhere.marker == "(sys_platform == 'never')"
    assert {d.hashes for d in lock.distributions} == {(WHEEL,)}


def test_the_digest_is_that_of_the_lock_not_of_the_installation(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "uv.lock").write_text(uv_lock())
    first = locked(lock_environment(tmp_path, (), site=runner_site(folder)))
    record = folder / "skops-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text() + "\nskops/platform.so,sha256=abc,3\n")
    assert locked(lock_environment(tmp_path, (), site=Site((folder,)))).digest == first.digest


def test_what_a_projects_lock_leaves_out_is_locked_as_installed(tmp_path: Path, folder: Path) -> None:
    """A project that locks its own libraries, with nbcode installed beside them."""
    own = f'[[package]]\nname = "numpy"\nversion = "1.0"\nsource = {{ registry = "r" }}\nwheels = [{{ url = "u", hash = "{WHEEL}" }}]\n'
    (tmp_path / "uv.lock").write_text(own)
    lock = locked(lock_environment(tmp_path, ["numpy"], site=runner_site(folder, numpy=())))
    kinds = {d.name: d.hashes[0].partition(":")[0] for d in lock.distributions}
    assert kinds == dict.fromkeys(RUNNER_NEEDS, "record-sha256") | {"numpy": "sha256"}


@pytest.mark.parametrize("file", ["METADATA", "direct_url.json"])
def test_a_damaged_installation_is_no_traceback(tmp_path: Path, folder: Path, file: str) -> None:
    site = runner_site(folder)
    info = folder / "skops-1.0.dist-info"
    (info / "direct_url.json").write_text("[")
    if file == "METADATA":
        (info / "METADATA").unlink()
    result = lock_environment(tmp_path, (), site=site)
    assert [d.code for d in errors_of(result.diagnostics)] == (["NBC-G01"] if file == "METADATA" else [])


def test_the_working_directory_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("")
    code = "from nbcode.environment import importable_modules; k = importable_modules(); print('helper' in k, 'numpy' in k)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_a_distribution_with_two_versions_gets_the_condition_of_each(tmp_path: Path, folder: Path) -> None:
    forks = "\n".join(
        f'[[package]]\nname = "numpy"\nversion = "{version}"\nsource = {{ registry = "r" }}\n'
        f'resolution-markers = ["{marker}"]\nwheels = [{{ url = "u", hash = "{WHEEL}" }}]\n'
        for version, marker in [("1.0", "python_version >= '3'"), ("2.0", "python_version < '3'")]
    )
    (tmp_path / "uv.lock").write_text(uv_lock(forks))
    site = runner_site(folder, numpy=())
    lock = locked(lock_environment(tmp_path, ["numpy"], site=site))
    assert [(d.version, d.marker) for d in lock.distributions if d.name == "numpy"] == [
        ("1.0", "((python_version >= '3'))"),
        ("2.0", "((python_version < '3'))"),
    ]


def with_directory(name: str, source: str) -> str:
    """A lock in which a package that the run needs is a directory."""
    entry = f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "r" }}\nwheels = [{{ url = "u", hash = "{WHEEL}" }}]\n'
    assert entry in uv_lock()
    return uv_lock().replace(
        entry, f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ {source} }}\n'
    )


@pytest.mark.parametrize("source", ['directory = "/"', 'editable = "../.."', 'virtual = "link"'])
def test_a_directory_outside_of_the_project_is_refused_and_not_read(
    tmp_path: Path, folder: Path, source: str
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link").symlink_to(tmp_path)
    (tmp_path / "project" / "uv.lock").write_text(with_directory("papermill", source))
    result = lock_environment(tmp_path / "project", (), site=runner_site(folder))
    (finding,) = result.diagnostics
    assert result.lock is None
    assert finding.code == "NBC-G10"
    assert "outside of the project" in finding.cause
    assert finding.fixes


def test_a_directory_in_the_project_and_one_that_is_installed_from_are_taken(
    tmp_path: Path, folder: Path
) -> None:
    root = tmp_path / "project"
    site = runner_site(folder)
    (root / "lib" / "papermill").mkdir(parents=True)
    (root / "lib" / "papermill" / "__init__.py").write_text("")
    (root / "uv.lock").write_text(with_directory("papermill", 'directory = "lib"'))
    assert locked(lock_environment(root, (), site=site)).source == "uv.lock"
    install_editable(folder, tmp_path / "beside", "house-signals")
    beside = '[[package]]\nname = "house-signals"\nversion = "1.0"\nsource = { editable = "../beside" }\n'
    (root / "uv.lock").write_text(uv_lock(beside))
    lock = locked(lock_environment(root, ["house_signals"], site=Site((folder,))))
    (own,) = (d for d in lock.distributions if d.name == "house-signals")
    assert own.hashes[0].startswith("tree-sha256:")


def test_a_directory_that_holds_far_more_than_a_package_is_refused_before_it_is_read(
    tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "big").mkdir()
    with (tmp_path / "big" / "data").open("wb") as out:
        out.truncate(3 << 30)
    (tmp_path / "uv.lock").write_text(with_directory("papermill", 'directory = "big"'))
    (finding,) = lock_environment(tmp_path, (), site=runner_site(folder)).diagnostics
    assert finding.code == "NBC-G10"
    assert "far more than a package" in finding.cause


def test_where_a_lock_says_that_its_wheels_are_is_no_identity(tmp_path: Path, folder: Path) -> None:
    site = runner_site(folder)
    (tmp_path / "uv.lock").write_text(uv_lock())
    plain = locked(lock_environment(tmp_path, (), site=site))
    (tmp_path / "uv.lock").write_text(
        uv_lock()
        .replace('registry = "r" }', 'registry = "https://index.example/simple" }', 1)
        .replace(
            f'registry = "r" }}\nwheels = [{{ url = "u", hash = "{WHEEL}"',
            f'registry = "wheels" }}\nwheels = [{{ path = "a.whl", hash = "{WHEEL}"',
            1,
        )
    )
    other = locked(lock_environment(tmp_path, (), site=site))
    assert other == plain
    assert other.places.indexes == ("https://index.example/simple",)
    assert other.places.files == (tmp_path / "wheels" / "a.whl",)


def test_a_pylock_is_read_and_borrows_its_edges_from_what_is_installed(tmp_path: Path, folder: Path) -> None:
    entries = [
        f'[[packages]]\nname = "{name}"\nversion = "1.0"\nwheels = [{{ url = "u", hashes = {{ sha256 = "{"2" * 64}" }} }}]\n'
        for name in (*RUNNER_NEEDS, "numpy", "unrelated")
    ]
    (tmp_path / "pylock.toml").write_text("\n".join(['lock-version = "1.0"\ncreated-by = "x"\n', *entries]))
    site = runner_site(folder, alpha_bench=("numpy",), numpy=())
    lock = locked(lock_environment(tmp_path, (), site=site))
    assert lock.source == "pylock"
    assert names(lock) == {*RUNNER_NEEDS, "numpy"}
    assert {d.hashes for d in lock.distributions} == {("sha256:" + "2" * 64,)}


def test_what_is_remembered_is_what_would_be_computed(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "uv.lock").write_text(uv_lock())
    site, store = runner_site(folder), tmp_path / "store"
    first = lock_environment(tmp_path, (), site=site, store=store)
    assert lock_environment(tmp_path, (), site=site, store=store) == first
    (memory,) = (store / "closures").iterdir()
    for damage in (b"", b"{}", b"[[1]]", b"\xff"):
        memory.write_bytes(damage)
        assert lock_environment(tmp_path, (), site=site, store=store) == first
    (tmp_path / "uv.lock").write_text(uv_lock(requires=">=3.9"))
    assert lock_environment(tmp_path, (), site=site, store=store) == first
    assert len(list((store / "closures").iterdir())) == 2


# Section G of the bad inputs, as far as locking meets it.


def g01_no_lock(_: Path) -> None:
    return


def g01_not_toml(root: Path) -> None:
    (root / "uv.lock").write_text("version = ")


def g01_another_shape(root: Path) -> None:
    (root / "uv.lock").write_text("package = 3")


def g02_stale(root: Path) -> None:
    (root / "uv.lock").write_text(uv_lock(papermill="1.1"))


def g03_source_only(root: Path) -> None:
    (root / "uv.lock").write_text(uv_lock().replace(f'wheels = [{{ url = "u", hash = "{WHEEL}" }}]\n', "", 1))


def g06_other_python(root: Path) -> None:
    (root / "uv.lock").write_text(uv_lock(requires="<3"))


SECTION_G = [
    (g01_not_toml, "NBC-G01", "uv.lock cannot be read"),
    (g01_another_shape, "NBC-G01", "uv.lock cannot be read"),
    (g02_stale, "NBC-G02", "uv.lock has papermill 1.1, but 1.0 is installed"),
    (g03_source_only, "NBC-G03", "alpha-bench 1.0 is locked only as source"),
    (g06_other_python, "NBC-G06", "uv.lock is for Python <3"),
]


@pytest.mark.parametrize(("arrange", "code", "message"), SECTION_G, ids=[g[0].__name__ for g in SECTION_G])
def test_section_g_is_refused_by_its_code(
    tmp_path: Path, folder: Path, arrange: Callable[[Path], None], code: str, message: str
) -> None:
    arrange(tmp_path)
    result = lock_environment(tmp_path, (), site=runner_site(folder))
    (finding,) = errors_of(result.diagnostics)
    assert result.lock is None
    assert finding.code == code
    assert message in finding.message
    assert finding.cause
    assert finding.fixes


def test_a_project_without_a_lock_is_noted(tmp_path: Path, folder: Path) -> None:
    result = lock_environment(tmp_path, (), site=runner_site(folder))
    assert [d.code for d in result.diagnostics] == ["NBC-G01"]
    assert result.lock is not None


def test_what_the_runner_needs_and_is_not_installed_is_named(tmp_path: Path, folder: Path) -> None:
    install(folder, "papermill")
    missing = errors_of(lock_environment(tmp_path, (), site=Site((folder,))).diagnostics)
    assert {d.message.split()[0] for d in missing} == {*RUNNER_NEEDS} - {"papermill"}


def test_installed_modules_are_known(folder: Path) -> None:
    runner_site(folder)
    install_editable(folder, folder.parent / "work", "house-signals")
    (folder / "single.py").touch()
    known = importable_modules((folder,))
    assert {"os", "papermill", "alpha_bench", "house_signals", "single"} <= known
    assert "papermill-1" not in known
    assert "missing" not in known


def test_the_platform_key_names_system_machine_and_interpreter() -> None:
    system, *_, python = platform_key().split("-")
    assert system.startswith(("linux", "macos"))
    assert python == f"cpython{'.'.join(map(str, sys.version_info[:3]))}"
