"""An import that fails in the run: the fix names the module that the run's environment lacks."""

from __future__ import annotations

import sys

import pytest

from nbcode.namespace import diagnostic_of


def fix_of(error: BaseException) -> str:
    return diagnostic_of(error, {}).fix_titles[0]


def raised(*, cause: BaseException | None) -> BaseException:
    error = ImportError("You must install it to plot.")
    error.__cause__ = cause
    return error


def test_the_module_is_named_also_where_a_library_tells_it_in_words_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    missing = ModuleNotFoundError("No module named 'matplotlib.cm'", name="matplotlib.cm")
    assert fix_of(missing).startswith("write `import matplotlib` in a [setup] cell")
    assert fix_of(raised(cause=missing)).startswith("write `import matplotlib` in a [setup] cell")
    assert "`import NAME`" in fix_of(raised(cause=None))
    assert "import" not in fix_of(ValueError("no"))


def test_a_package_that_is_here_is_not_brought_by_an_import() -> None:
    missing = ModuleNotFoundError("No module named 'nbcode.nothere'", name="nbcode.nothere")
    assert fix_of(missing) == "correct the name, or make the module: `nbcode` is here, and has no `nothere`"
