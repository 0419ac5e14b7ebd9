"""``@feature`` on functions after public threads: each that knows more than it may is told, and none that does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import AlphaBenchError, Panel, data, feature
from fakes import own_functions_fresh, own_functions_from_threads, research_defaults
from fakes.own_function_panels import inputs_of, market, write_files

Own = Callable[..., Any]
CORPORA = (own_functions_from_threads, own_functions_fresh)
LEAKS = [pytest.param(f, w, id=f.__name__) for corpus in CORPORA for f, w in corpus.LEAKS]
HONEST = [pytest.param(f, w, id=f.__name__) for corpus in CORPORA for f, w in corpus.HONEST]


def computed(function: Own, window: int, panel: Panel) -> np.ndarray:
    expr = feature(inputs=[data[n] for n in inputs_of(function)], window=window)(function)
    return panel.compute((expr,))[0]


@pytest.mark.filterwarnings("ignore::UserWarning")  # what libraries say about the sessions they are given
@pytest.mark.parametrize(("function", "window"), LEAKS)
def test_a_function_that_knows_more_than_it_may_is_told(
    function: Own, window: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files()
    with pytest.raises(AlphaBenchError, match=r"^R4[89] @feature") as caught:
        computed(function, window, market())
    assert caught.value.context.get("kind") != "raised"  # that it fails by itself tells nobody anything
    assert caught.value.fix


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("function", "window"), HONEST)
def test_an_honest_function_is_not_told(function: Own, window: int) -> None:
    assert np.isfinite(computed(function, window, market(8, gaps=True))).any()


def test_the_sets_are_as_large_as_the_docs_say() -> None:
    sizes = [(len(c.LEAKS), len(c.HONEST)) for c in CORPORA]
    assert sizes == [(60, 46), (44, 35)]


# -- what is not found, as the docs say --------------------------------------------------------------------------------

BY_HAND = 48.7  # the mean of the sample, typed in after a look at it


def by_a_number_typed_in(close: np.ndarray) -> np.ndarray:
    return close / BY_HAND


def by_a_number_set_from_elsewhere(close: np.ndarray) -> np.ndarray:
    return close / research_defaults.LEVEL


def by_an_installed_module(close: np.ndarray) -> np.ndarray:
    import installed_of_a_test

    return close / installed_of_a_test.LEVEL


def dear_and_wrong_on_one_session(close: np.ndarray) -> np.ndarray:
    """Too dear for every window, honest but for one of them, and cuts fall elsewhere."""
    for _ in range(200_000):
        len(close)
    out = np.array(close)
    if len(close) > 108:
        out[103] = close[108]
    return out


@pytest.mark.parametrize(
    "function",
    [
        by_a_number_typed_in,
        by_a_number_set_from_elsewhere,
        by_an_installed_module,
        dear_and_wrong_on_one_session,
    ],
)
@pytest.mark.xfail(strict=True, reason="listed in docs/how-to/own-functions.md under what is not found")
def test_what_is_not_found(function: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "installed_of_a_test.py").write_text(
        "import pandas as pd\nTABLE = pd.DataFrame({'x': [48.7]})\nLEVEL = TABLE.x.mean()\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    table = pd.DataFrame(np.asarray(market().fields["close"]))
    monkeypatch.setattr(research_defaults, "LEVEL", float(table.mean().mean()))
    with pytest.raises(AlphaBenchError, match=r"^R4[89] "):
        computed(function, 1, market())
