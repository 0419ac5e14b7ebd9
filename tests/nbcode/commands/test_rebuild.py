"""`nbcode rebuild` over the fake registry and the fake runner: what it needs, what it refuses before anything runs, and what it keeps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.registries import FileRegistry
from fakes.runners import FakeRunner
from nbcode.artifact import ArtifactStore
from nbcode.commands.build import BuildResult, build
from nbcode.commands.found_inputs import Offered, offered
from nbcode.commands.rebuild import RebuildAsked, RebuildPorts, RebuildResult, rebuild
from nbcode.configuration import open_workspace
from nbcode.environment import lock_digest
from nbcode.primitives import Cancellation, Diagnostic, Exit, NbcodeError, this_process
from nbcode.promotion import promotion_key, store_result
from nbcode.promotion.promoted_cells import promoted_file
from nbcode.registry import ModelVersion, Registration
from nbcode.run import RunEvent, drive
from nbcode.spec import BuildSpec, encode, spec_digest

NOTEBOOK = """\
# %% [meta]
# id: small
# kind: model
# horizon: 10d
# owner: team
# inputs:
#   extra: ../data/extra.csv

# %%
explored = 1

# %% [setup]
from pkg.windows import SHORT

# %% [features]
ret_20 = features.ret(window=SHORT)

# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)

# %% [eval]
report = walk_forward(m, folds=12, embargo="5d")
"""
CONFIGURATION = """\
[data.p]
prices = "data/prices.csv"
reference = "data/names.csv"
derive = { shares_outstanding = "market_cap_usd / price_usd" }
"""
FILES = {
    "data/prices.csv": "date,symbol,close\n2020-01-02,A,1.0\n2020-01-03,A,1.1\n2020-01-06,A,1.2\n",
    "data/names.csv": "symbol,sector,price_usd,market_cap_usd\nA,X,1.0,100.0\n",
    "data/extra.csv": "date,stress\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3\n",
    "pkg/__init__.py": "",
    "pkg/windows.py": "SHORT = 20  # sessions\n",
    "research/n.py": NOTEBOOK,
    "nbcode.toml": CONFIGURATION,
}
OUTPUT = {"report.json": b"{}", "model/model.json": b"{}"}


class Registered:
    """A project of one notebook, and what is registered of it; ``version`` is what a reader asks for."""

    def __init__(self, root: Path, as_of: str | None = None) -> None:
        self.root, self.project, self.elsewhere = root, root / "project", root / "elsewhere"
        self.elsewhere.mkdir(parents=True)
        for name, text in FILES.items():
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            (self.project / name).write_text(text)
        self.registry = FileRegistry(root / "registry.json")
        self.events: list[RunEvent] = []
        self.output = OUTPUT
        notebook = self.project / "research" / "n.py"
        self.built = build(notebook, workspace=open_workspace(notebook), as_of=as_of)
        self.version = self.register(self.built.spec)

    def register(self, spec: BuildSpec) -> ModelVersion:
        """What a promote leaves of ``spec`` in the registry."""
        digest = spec_digest(spec)
        self.made = 1 + getattr(self, "made", 0)
        out = self.root / f"made-{self.made}"
        drive(
            FakeRunner(self.root / f"runner-{self.made}", self.output),
            plan_for(self.built),
            into=out,
            on_event=self.events.append,
        )
        artifact = store_result(ArtifactStore(self.root / "artifacts"), out, spec, digest)
        source = promoted_file(NOTEBOOK.encode(), "research/n.py")
        assert source is not None
        wanted = Registration(
            model="small",
            key=promotion_key("small", digest, spec.environment.platform_key),
            spec_digest=digest,
            definition_digest=spec.definition.digest,
            artifact_digest=artifact.digest,
            artifact=artifact.path,
            registered_at="2026-11-01T09:00:00.000Z",
            registered_by="quant",
            notebook="research/n.py",
            snapshot="a" * 40,
            spec=encode(spec).decode(),
            sources=(source,),
        )
        return self.registry.register(wanted)

    def rebuild(self, here: Path | None = None, *offers: str, **asked: object) -> RebuildResult:
        """As the command does it in the folder ``here``, by default one without a project."""
        scratch = self.root / "scratch"
        scratch.mkdir()
        try:
            ports = RebuildPorts(
                registry=self.registry,
                here=open_workspace(here or self.elsewhere),
                snapshot={"a" * 40: NOTEBOOK.encode()}.get if here == self.project else lambda _commit: None,
                build=lambda workspace, lock: (
                    lambda path, data, as_of=None: build(path, data, as_of, workspace=workspace, lock=lock)
                ),
                runner=lambda workspace: FakeRunner(workspace.store / "runner", self.output),
                environment=this_process().environment,
                scratch=scratch,
                on_event=self.events.append,
                monotonic_s=lambda: 0.0,
                cancellation=Cancellation(),
            )
            wanted = {"check": True, "isolation": "process", "number": self.version.version, **asked}
            return rebuild(RebuildAsked(model="small", offers=tuple(map(offered, offers)), **wanted), ports)
        finally:
            shutil.rmtree(scratch)

    def refused(self, here: Path | None = None, *offers: str, **asked: object) -> tuple[Diagnostic, ...]:
        """Why it was not even run."""
        self.events.clear()
        with pytest.raises(NbcodeError, match=r"NBC-[IX]") as stopped:
            self.rebuild(here, *offers, **asked)
        assert "cells" not in {event.name for event in self.events}
        return stopped.value.diagnostics


def plan_for(built: BuildResult):
    from nbcode.commands.planning import plan_of

    workspace = open_workspace(Path(built.notebook.path))
    return plan_of(built, workspace, run_id="made", isolation="process", environment={})


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return Registered(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def registered(pristine: Registered) -> Iterator[Registered]:
    """What is in it is put back after each test."""
    kept = (pristine.root / "registry.json").read_bytes()
    version, output = pristine.version, pristine.output
    pristine.events.clear()
    yield pristine
    (pristine.root / "registry.json").write_bytes(kept)
    pristine.version, pristine.output = version, output
    for name, text in FILES.items():
        (pristine.project / name).write_text(text)


def the_offers(registered: Registered) -> list[str]:
    data = registered.project / "data"
    return [f"p={data / 'prices.csv'}", f"reference={data / 'names.csv'}", f"extra={data / 'extra.csv'}"]


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    return [one.code for one in found]


def test_a_version_comes_out_again_anywhere_and_nothing_is_left(registered: Registered) -> None:
    result = registered.rebuild(None, *the_offers(registered))
    assert (result.equal, result.exit_code, result.differing) == (True, Exit.DONE, ())
    assert result.rebuilt == registered.version.artifact_digest
    assert result.sources == "promoted.py of the registry"
    assert list(registered.elsewhere.iterdir()) == []
    assert [e.name for e in registered.events if e.kind == "step"][:3] == ["fetch", "inputs", "build"]


def test_the_project_here_has_the_inputs(registered: Registered) -> None:
    before = sorted(p for p in registered.project.rglob("*") if ".nbcode" not in p.parts)
    assert registered.rebuild(registered.project).equal
    assert sorted(p for p in registered.project.rglob("*") if ".nbcode" not in p.parts) == before


def test_a_folder_is_searched_whatever_the_files_are_called(registered: Registered, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "by-digest"
    kept.mkdir(parents=True)
    for number, name in enumerate(("prices", "names", "extra")):
        (kept / f"{number}").write_text(FILES[f"data/{name}.csv"])
        (kept / f"{number}.other").write_text(FILES[f"data/{name}.csv"].replace("0", "9"))  # as long
    result = registered.rebuild(None, str(tmp_path / "kept"))
    assert result.equal
    assert [one.path.name for one in result.inputs] == ["0", "1", "2"]


def test_prices_and_reference_of_one_name_are_told_apart_by_their_digests(registered: Registered) -> None:
    data = registered.project / "data"
    offers = [f"p={data / 'names.csv'}", f"p={data / 'prices.csv'}", f"extra={data / 'extra.csv'}"]
    assert registered.rebuild(None, *offers).equal


def test_each_input_that_is_nowhere_is_named_with_what_it_is(registered: Registered) -> None:
    found = registered.refused()
    assert codes(found) == ["NBC-X09"] * 3
    (prices,) = [one for one in found if "`p`" in one.message]
    spec = next(one for one in registered.built.spec.inputs if str(one.role) == "prices")
    assert spec.digest in prices.cause
    assert "close double" in prices.cause
    assert prices.fix_titles[0].endswith("nbcode rebuild small 1 --check --input p=FILE")
    assert NbcodeError(found).exit_code is Exit.USER


@pytest.mark.parametrize("file", ["prices", "names", "extra"])
def test_control_one_byte_of_an_input_is_another_input(
    registered: Registered, file: str, tmp_path: Path
) -> None:
    path = registered.project / "data" / f"{file}.csv"
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    for here, offers in ((None, the_offers(registered)), (registered.project, [])):
        (found,) = registered.refused(here, *offers)
        assert found.code == "NBC-X10"
        assert str(path) in found.message
    assert codes(registered.refused(None, str(registered.project)))[0] == "NBC-X09"


def test_a_name_that_no_input_has_is_told_with_those_there_are(registered: Registered) -> None:
    found = registered.refused(None, *the_offers(registered), f"prizes={registered.project / 'nbcode.toml'}")
    assert codes(found) == ["NBC-X09"]
    assert found[0].cause == "it has: extra, p, reference"
    assert found[0].fix_titles == (
        f"name one of them: nbcode rebuild small 1 --check --input p={registered.project / 'nbcode.toml'}",
    ), "prizes are prices"
    (far,) = registered.refused(None, *the_offers(registered), "zzz=x.csv")
    assert [fix.partition("--input ")[2] for fix in far.fix_titles] == [
        "extra=x.csv",
        "p=x.csv",
        "reference=x.csv",
    ]


def test_control_a_line_of_a_cell_that_was_changed_in_the_registry_is_found_before_it_runs(
    registered: Registered,
) -> None:
    _, text = promoted_file(NOTEBOOK.encode(), "research/n.py") or ("", "")
    registered.registry.change_source(
        registered.version.key, "promoted.py", text.replace("window=SHORT", "window=SHORT + 1")
    )
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-I46"
    assert "promoted cell 2 [features]" in found.cause
    assert "build" in {event.name for event in registered.events}


def test_a_comment_in_the_sources_is_no_other_code(registered: Registered) -> None:
    _, text = promoted_file(NOTEBOOK.encode(), "research/n.py") or ("", "")
    registered.registry.change_source(
        registered.version.key, "promoted.py", text.replace("(window=SHORT)", "(window=SHORT)  # a month")
    )
    assert registered.rebuild(None, *the_offers(registered)).equal


def test_meta_that_was_changed_in_the_registry_is_another_spec(registered: Registered) -> None:
    _, text = promoted_file(NOTEBOOK.encode(), "research/n.py") or ("", "")
    registered.registry.change_source(
        registered.version.key, "promoted.py", text.replace("owner: team", "owner: me")
    )
    (found,) = registered.refused(None, *the_offers(registered))
    assert (found.code, "[meta]" in found.cause) == ("NBC-X11", True)


def test_control_a_module_that_was_changed_in_the_spec_is_found(registered: Registered) -> None:
    spec = registered.built.spec
    modules = tuple(replace(one, source=one.source.replace("20", "21")) for one in spec.modules)
    other = replace(spec, modules=modules)
    with registered.registry._open() as rows:
        rows["specs"][registered.version.key] = encode(other).decode()
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-I46"
    assert "pkg/windows.py" in found.cause


def test_control_another_package_version_is_told_package_by_package(registered: Registered) -> None:
    environment = registered.built.spec.environment
    distributions = tuple(
        replace(one, version="0.0.1") if one.name in {"numpy", "pyarrow"} else one
        for one in environment.distributions
    )
    other = replace(environment, distributions=distributions, lock_digest=lock_digest(distributions))
    registered.version = registered.register(replace(registered.built.spec, environment=other))
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-I40"
    here = {one.name: one.version for one in environment.distributions}
    assert f"numpy 0.0.1 -> {here['numpy']}, pyarrow 0.0.1 -> {here['pyarrow']}" in found.cause
    assert "pip install numpy==0.0.1 pyarrow==0.0.1" in found.fix_titles[0]
    assert NbcodeError([found]).exit_code is Exit.ENVIRONMENT


def test_a_list_of_packages_that_is_not_that_of_its_lock_is_refused(registered: Registered) -> None:
    environment = registered.built.spec.environment
    other = replace(environment, distributions=environment.distributions[1:])
    with registered.registry._open() as rows:
        rows["specs"][registered.version.key] = encode(
            replace(registered.built.spec, environment=other)
        ).decode()
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-I46"


def test_another_platform_is_told_before_anything_is_looked_for(registered: Registered) -> None:
    environment = replace(registered.built.spec.environment, platform_key="linux-musl-riscv-cpython3.9.1")
    registered.version = registered.register(replace(registered.built.spec, environment=environment))
    (found,) = registered.refused()
    assert (found.code, "linux-musl-riscv-cpython3.9.1" in found.cause) == ("NBC-I40", True)


def test_another_artifact_is_a_result_that_names_its_files_and_keeps_both(
    registered: Registered, tmp_path: Path
) -> None:
    registered.output = {**OUTPUT, "report.json": b'{"a": 1}', "more.json": b"{}"}
    result = registered.rebuild(None, *the_offers(registered), to=tmp_path / "look")
    assert (result.equal, result.exit_code) == (False, Exit.ENVIRONMENT)
    assert [one.path for one in result.differing] == ["more.json", "report.json"]
    assert result.differing[0].registered is None
    assert codes(result.diagnostics) == ["NBC-H09"]
    assert result.diagnostics[0].cause.endswith(
        "differ: more.json, report.json; first in report.json, a: only in what came out"
    )
    was, now = registered.version.artifact_digest.hex, result.rebuilt.hex
    look = tmp_path / "look"
    assert (look / "registered" / was / "report.json").read_bytes() == b"{}"
    assert (look / "rebuilt" / now / "report.json").read_bytes() == b'{"a": 1}'
    assert (look / "sources" / "research" / "n.py").exists()
    assert registered.rebuild(None, *the_offers(registered)).folder is None  # --check alone keeps nothing


def test_without_check_the_artifact_and_its_sources_are_kept(registered: Registered, tmp_path: Path) -> None:
    result = registered.rebuild(None, *the_offers(registered), to=tmp_path / "o" / "kept", check=False)
    there = {p.relative_to(result.folder).as_posix() for p in result.folder.rglob("*") if p.is_file()}
    sources = {"spec.json", "research/n.py", "pkg/__init__.py", "pkg/windows.py"}
    assert {f"sources/{name}" for name in sources} == {one for one in there if one.startswith("sources/")}
    assert f"{result.rebuilt.hex}/manifest.json" in there
    (again,) = registered.refused(None, *the_offers(registered), to=tmp_path / "o" / "kept", check=False)
    assert again.code == "NBC-X08"
    assert [p.name for p in (tmp_path / "o").iterdir()] == ["kept"]


def test_a_version_whose_bytes_were_collected_comes_out_again(registered: Registered, tmp_path: Path) -> None:
    collected = registered.registry.collect(registered.version, at="2026-11-02T09:00:00.000Z", by="quant")
    assert collected.collected_at
    offers = the_offers(registered)
    assert registered.rebuild(None, *offers).equal
    kept = registered.rebuild(None, *offers, check=False, to=tmp_path / "kept")
    assert kept.folder == tmp_path / "kept"
    assert (tmp_path / "kept" / registered.version.artifact_digest.hex / "report.json").is_file()
    assert (tmp_path / "kept" / "sources" / "spec.json").is_file()
    registered.output = {**OUTPUT, "report.json": b'{"ic": 1}'}
    other = registered.rebuild(None, *offers, to=tmp_path / "other")
    assert (other.equal, other.exit_code, codes(other.diagnostics)) == (False, Exit.ENVIRONMENT, ["NBC-H09"])
    assert "its digest alone is known" in (other.diagnostics[0].cause or "")
    assert sorted(one.name for one in (tmp_path / "other").iterdir()) == ["rebuilt", "sources"]


def test_control_the_cells_of_a_collected_version_are_held_to_its_spec(registered: Registered) -> None:
    registered.registry.collect(registered.version, at="2026-11-02T09:00:00.000Z", by="quant")
    changed = NOTEBOOK.replace("folds=12", "folds=11")
    registered.registry.change_source(registered.version.key, "promoted.py", changed)
    assert codes(registered.refused(None, *the_offers(registered))) == ["NBC-I46"]


def test_sources_that_the_registry_has_not_come_from_the_snapshot_here(registered: Registered) -> None:
    registered.registry.change_source(registered.version.key, "promoted.py", None)
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-I47"
    result = registered.rebuild(registered.project)
    assert result.equal
    assert result.sources.startswith("the snapshot aaaa")


def test_rows_up_to_a_day_are_found_in_files_that_have_grown_since(tmp_path: Path) -> None:
    registered = Registered(tmp_path, as_of="2020-01-03")
    for name in ("prices", "extra"):
        path = registered.project / "data" / f"{name}.csv"
        path.write_text(path.read_text() + path.read_text().splitlines()[-1].replace("01-06", "01-07") + "\n")
    for here, offers in (
        (None, the_offers(registered)),
        (None, [str(registered.project)]),
        (registered.project, []),
    ):
        assert registered.rebuild(here, *offers).equal
    kept = tmp_path / "kept"
    kept.mkdir()
    named = []
    for name, called in (("prices", "p"), ("names", "reference"), ("extra", "extra")):
        (kept / f"{name}.dat").write_text((registered.project / "data" / f"{name}.csv").read_text())
        named.append(f"{called}={kept / name}.dat")
    assert registered.rebuild(None, str(kept)).equal
    assert registered.rebuild(None, *named).equal
    path.write_text(path.read_text().replace("2020-01-03,2", "2020-01-03,7"))  # revised before the day
    (found,) = registered.refused(None, *the_offers(registered))
    assert found.code == "NBC-X10"
    assert "rows up to 2020-01-03" in found.cause


@pytest.mark.parametrize("hostile", ["../../outside.py", "/outside.py", "research/../../outside.py"])
def test_a_path_that_the_registry_says_never_leads_out(registered: Registered, hostile: str) -> None:
    """Its name alone is taken, and then the way to an input leads out of the project."""
    with registered.registry._open() as rows:
        rows["versions"][0]["notebook"] = hostile
    (found,) = registered.refused(None, *the_offers(registered))
    assert (found.code, "'../data/extra.csv' is no path inside" in found.cause) == ("NBC-I46", True)
    assert not list(registered.root.rglob("outside.py"))


@pytest.mark.parametrize("hostile", ["../../outside.py", "/outside.py", "pkg/../../outside.py"])
def test_a_module_of_a_spec_never_leads_out(registered: Registered, hostile: str) -> None:
    first, *others = registered.built.spec.modules
    modules = (replace(first, path=hostile), *others)
    registered.version = registered.register(replace(registered.built.spec, modules=modules))
    (found,) = registered.refused(None, *the_offers(registered))
    assert (found.code, "is no path inside" in found.cause) == ("NBC-I46", True)
    assert not list(registered.root.rglob("outside.py"))


def test_what_is_offered_is_a_file_of_a_name_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "date=2020").mkdir()
    assert offered("prices=/data/a=b.csv") == Offered(name="prices", path=Path("/data/a=b.csv"))
    assert offered("/data") == Offered(name=None, path=Path("/data"))
    assert offered(f"{tmp_path}/date=2020") == Offered(name=None, path=tmp_path / "date=2020")
