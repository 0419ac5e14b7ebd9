"""A model as YAML or in a module: its cells, its [meta] with the lines of the file, and what is told where it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.notebook import is_framework, located, parse_notebook, read_meta, read_notebook, source_file

YAML = """\
# momentum
meta:
  id: a_model
  kind: model   # what is promoted
  horizon: 10d

  owner: me
  gates:
    rank_ic: ">= 0.01"
features:
  mom: cs.zscore(features.mom_12_1())
  rev: ret(5)
label: fwd_ret_10d
model: Ridge(alpha=2.0)
evaluation: {folds: 12, embargo: 5d}
"""
MODULE = '''\
"""A model."""

# [meta]
# id: a_model
# kind: model
# horizon: 10d
# owner: me

from alpha_bench import Ridge
'''


def codes(text: str, path: str) -> list[tuple[str, int | None]]:
    return [
        (d.code, d.place.line if d.place else None) for d in parse_notebook(text.encode(), path).diagnostics
    ]


@pytest.mark.parametrize(("text", "path"), [(YAML, "m.yaml"), (MODULE, "pkg.m:model")])
def test_the_meta_of_a_file_is_that_of_a_notebook(text: str, path: str) -> None:
    notebook = parse_notebook(text.encode(), path).notebook
    assert notebook is not None
    reading = read_meta(notebook.cells[0], path)
    assert reading.diagnostics == ()
    assert reading.meta is not None
    assert (reading.meta.id, reading.meta.horizon_sessions, reading.meta.owner) == ("a_model", 10, "me")


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [(YAML.replace("owner: me", "ownr: me"), "m.yaml", 7), (MODULE.replace("owner:", "ownr:"), "m:x", 7)],
)
def test_a_wrong_key_of_meta_has_its_line_in_the_file(text: str, path: str, line: int) -> None:
    notebook = parse_notebook(text.encode(), path).notebook
    assert notebook is not None
    found = read_meta(notebook.cells[0], path).diagnostics
    unknown = next(d for d in found if d.code == "NBC-C12")
    assert unknown.place is not None
    assert unknown.place.file_line == line
    assert "did you mean `owner`" in unknown.message


def test_comments_and_layout_of_yaml_are_not_in_its_cells() -> None:
    other = YAML.replace("# momentum\n", "").replace("  rev: ret(5)", "  rev: 'ret(5)'  # a week")
    cells = [parse_notebook(text.encode(), "m.yaml").notebook for text in (YAML, other)]
    assert [c.source for c in cells[0].cells] != []  # type: ignore[union-attr]
    first, second = ([c.source for c in one.cells[1:]] for one in cells if one is not None)
    assert first == second
    changed = parse_notebook(YAML.replace("ret(5)", "ret(6)").encode(), "m.yaml").notebook
    assert changed is not None
    assert [c.source for c in changed.cells[1:]] != first  # the control


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (YAML.replace("alpha=2.0", "alph=2.0"), ("NBC-R25", 14)),
        (YAML.replace("features:", "featurs:"), ("NBC-R37", 10)),
        (YAML.replace("ret(5)", "rett(5)"), ("NBC-R37", 12)),
        (YAML.replace("  mom: cs", "   mom: cs"), ("NBC-R37", 12)),
        (YAML.replace("ret(5)", "!!python/object/apply:os.system [ls]"), ("NBC-R37", 12)),
        ("a: &a [x]\nfeatures: [*a, *a, *a]\n", ("NBC-R37", 1)),
        (YAML.partition("features:")[2].join(["features:", ""]), ("NBC-B22", None)),
        (YAML.partition("evaluation")[0], ("NBC-B23", None)),
        ("services: {db: {image: postgres}}\n", ("NBC-A37", None)),
        ("- 1\n- 2\n", ("NBC-A37", None)),
        ("# nothing\n", ("NBC-R37", 1)),
    ],
)
def test_what_is_wrong_with_yaml_is_told_with_its_line(text: str, expected: tuple[str, int | None]) -> None:
    assert expected in codes(text, "m.yaml")
    assert parse_notebook(text.encode(), "m.yaml").notebook is None


def test_a_meta_in_braces_and_a_module_without_one_are_refused() -> None:
    one_line = "meta: {id: a_model}\n" + YAML[YAML.index("features:") :]
    assert codes(one_line, "m.yaml") == [("NBC-B22", 1)]
    assert codes("x = 1\n", "m:x") == [("NBC-B22", None)]


def test_data_of_a_document_is_told_not_to_be_read() -> None:
    reading = parse_notebook((YAML + "data: {prices: p.parquet}\n").encode(), "m.yaml")
    assert [d.code for d in reading.diagnostics] == ["NBC-B26"]
    assert reading.notebook is not None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("src/pkg/sub", "flat"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/m.py", "flat/a.py"):
        (tmp_path / name).write_text(MODULE)
    return tmp_path


def test_a_module_is_found_where_python_would_import_it(project: Path) -> None:
    for folder in (project, project / "flat"):
        found = located(folder / "pkg.sub.m:model", project)
        assert (found, source_file(found)) == (project / "src/pkg.sub.m:model", project / "src/pkg/sub/m.py")
    assert located(project / "src/pkg/sub/m.py:model", project) == project / "src/pkg.sub.m:model"
    assert located(project / "flat/a.py:x", project) == project / "flat/a:x"
    assert source_file(located(project / "pkg:x", project)) == project / "src/pkg/__init__.py"
    assert located(project / "n.ipynb", project) == project / "n.ipynb"


def test_a_module_that_is_not_there_is_told(project: Path) -> None:
    path = located(project / "pkg.nothing:model", project)
    (found,) = read_notebook(path).diagnostics
    assert (found.code, "no module pkg.nothing" in found.message) == ("NBC-A36", True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("m.yaml", True), ("a/m.YML", True), ("pkg.m:model", True), ("n.ipynb", False), ("n.py", False)],
)
def test_a_path_tells_how_the_model_is_written(name: str, expected: bool) -> None:
    assert is_framework(name) is expected


def test_a_file_of_a_package_is_located_from_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lib" / "deep"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "mixmod.py").touch()
    for here, name in (
        (tmp_path, "lib/deep/"),
        (package.parent, "deep/"),
        (package, ""),
        (package, "../deep/"),
    ):
        monkeypatch.chdir(here)
        found = located(Path(f"{name}mixmod.py:report"), tmp_path)
        assert (found.name, found.parent.resolve()) == ("lib.deep.mixmod:report", tmp_path), here
        assert source_file(found).resolve() == package / "mixmod.py"
