"""What predicting with a model needs: no more, at the versions of its run, and with wheels of what no index has."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from fakes.sites import install, install_editable
from nbcode.environment import LockedDistribution, Serving, Site, serving_of

PINNED = "sha256:" + "1" * 64


def site_of(folder: Path, **needs: tuple[str, ...]) -> Site:
    """nbcode-runtime from its directory, the others from wheels, and what ``needs`` says."""
    wanted = {"alpha_bench": ("numpy",), "numpy": (), "mlflow_skinny": ("flask",), "flask": (), **needs}
    for name, theirs in wanted.items():
        install(folder, name.replace("_", "-"), requires=theirs)
    package = install_editable(folder, folder.parent / "project", "nbcode-runtime")
    (package / "__init__.py").write_text("ANSWER = 42\n")
    (package / "pyproject.toml").write_text("")
    return Site((folder,))


def ran(*names: str, version: str = "1.0", hashes: tuple[str, ...] = (PINNED,)) -> list[LockedDistribution]:
    return [LockedDistribution(name=name, version=version, hashes=hashes) for name in names]


def pins(serving: Serving) -> list[str]:
    return [line.split(" ")[0] for line in serving.requirements if not line.startswith("#")]


def test_what_the_model_names_is_needed_and_what_only_the_run_needed_is_not(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", lightgbm=("scipy",), scipy=(), papermill=(), seaborn=())
    locked = ran("alpha-bench", "numpy", "lightgbm", "scipy", "papermill", "seaborn")

    def needed(*modules: str) -> list[str]:
        return pins(serving_of(locked, modules, root=tmp_path, folder=tmp_path / "kept", site=site))

    first = ["alpha-bench==1.0", "flask==1.0"]
    runtime = "wheels/nbcode_runtime-1.0-py3-none-any.whl"
    assert needed("numpy", "ret", "close") == [*first, "mlflow-skinny==1.0", runtime, "numpy==1.0"]
    more = ["lightgbm==1.0", "mlflow-skinny==1.0", runtime, "numpy==1.0", "scipy==1.0"]
    assert needed("lightgbm") == [*first, *more]


def test_versions_are_those_of_the_run_whatever_is_installed_now(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site")
    older = [*ran("alpha-bench"), *ran("numpy", version="0.9")]
    found = pins(serving_of(older, (), root=tmp_path, folder=tmp_path / "kept", site=site))
    assert "numpy==0.9" in found
    assert "flask==1.0" in found


def test_a_condition_of_the_run_is_not_that_of_who_predicts(tmp_path: Path) -> None:
    """The run needed it under PyPy alone; MLflow's client needs it always."""
    site = site_of(tmp_path / "site")
    odd = [replace(one, marker="implementation_name == 'pypy'") for one in ran("flask")]
    found = serving_of(odd, (), root=tmp_path, folder=tmp_path / "kept", site=site).requirements
    assert "flask==1.0" in found


def test_hashes_are_given_where_all_have_one_and_else_it_is_said(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site")
    every = ran("alpha-bench", "numpy", "mlflow-skinny", "flask")
    hashed = serving_of(every, (), root=tmp_path, folder=tmp_path / "kept", site=site).requirements
    assert all("--hash=sha256:" in line for line in hashed[1:])
    assert f"numpy==1.0 \\\n    --hash={PINNED}" in hashed
    some = serving_of(every[:3], (), root=tmp_path, folder=tmp_path / "kept", site=site).requirements
    assert not any("--hash" in line for line in some)
    assert "Without hashes" in some[1]


def test_a_wheel_holds_the_sources_and_can_be_imported(tmp_path: Path) -> None:
    site = site_of(tmp_path / "site")
    (wheel,) = serving_of(ran("alpha-bench"), (), root=tmp_path, folder=tmp_path / "kept", site=site).wheels
    names = set(zipfile.ZipFile(wheel).namelist())
    home = "nbcode_runtime-1.0.dist-info"
    assert names == {"nbcode_runtime/__init__.py", *(f"{home}/{n}" for n in ("METADATA", "WHEEL", "RECORD"))}
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); import nbcode_runtime; print(nbcode_runtime.ANSWER)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"


def test_what_was_installed_from_a_wheel_that_no_index_has_is_one_again(tmp_path: Path) -> None:
    """alpha-bench is ours; numpy, from a wheel too, is left to its index."""
    site = site_of(tmp_path / "site")
    mine = ran("alpha-bench", hashes=(site.record("alpha-bench"),))
    wheels = serving_of(mine, (), root=tmp_path, folder=tmp_path / "kept", site=site).wheels
    assert {wheel.name.partition("-")[0] for wheel in wheels} == {"alpha_bench", "nbcode_runtime"}
    names = zipfile.ZipFile(wheels[0]).namelist()
    assert "alpha_bench/__init__.py" in names
    assert len(names) == len(set(names)) == 4


def test_sources_that_are_not_what_ran_are_not_handed_on(tmp_path: Path) -> None:
    """The control is the same package as it is."""
    site = site_of(tmp_path / "site")
    package = site.package("nbcode-runtime")
    assert package is not None
    for hashes, wheels in ((package.hashes, 1), (("tree-sha256:" + "0" * 64,), 0)):
        mine = [*ran("alpha-bench"), *ran("nbcode-runtime", hashes=hashes)]
        found = serving_of(mine, (), root=tmp_path, folder=tmp_path / f"kept{wheels}", site=site)
        assert len(found.wheels) == wheels
        assert any(
            pin.startswith(("wheels/nbcode_runtime", "nbcode-runtime==")[1 - wheels]) for pin in pins(found)
        )


def test_an_answer_is_kept_until_something_that_it_follows_from_changes(tmp_path: Path) -> None:
    folder, site = tmp_path / "kept", site_of(tmp_path / "site")
    first = serving_of(ran("alpha-bench"), (), root=tmp_path, folder=folder, site=site)
    (answer,) = folder.glob("*.json")
    stamp = answer.stat().st_mtime_ns
    assert serving_of(ran("alpha-bench"), (), root=tmp_path, folder=folder, site=site) == first
    assert answer.stat().st_mtime_ns == stamp
    first.wheels[0].unlink()
    assert serving_of(ran("alpha-bench"), (), root=tmp_path, folder=folder, site=site) == first
    assert first.wheels[0].is_file()
    (tmp_path / "project" / "nbcode_runtime" / "__init__.py").write_text("ANSWER = 43\n")
    changed = serving_of(
        ran("alpha-bench"), (), root=tmp_path, folder=folder, site=Site((tmp_path / "site",))
    )
    assert changed.wheels != first.wheels
